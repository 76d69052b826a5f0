"""A name's addresses are judged all together, before any of them is dialled."""

import asyncio
import socket
from collections.abc import Sequence

import pytest

from webhook.sending.names import JudgedNames, LookUp, RefusedAddress, SystemNames


def answering(*addresses: str) -> LookUp:
    async def look_up(name: str) -> Sequence[str]:
        return addresses

    return look_up


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"], ["2002:7f00:1::"],
        ["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["2606:4700::1111", "8.8.8.8", "fe80::1%eth0"],
    ],
)  # fmt: skip
async def test_one_refused_address_among_a_names_refuses_them_all(addresses: list[str]) -> None:
    with pytest.raises(RefusedAddress):
        await JudgedNames(answering(*addresses), allow_loopback=False).resolve("mixed.example", 443)


async def test_public_addresses_pass_in_their_order() -> None:
    passed = await JudgedNames(answering("2606:4700::1111", "8.8.8.8"), allow_loopback=False).resolve("a.example", 443)
    assert [(one["host"], one["port"], one["family"]) for one in passed] == [
        ("2606:4700::1111", 443, socket.AF_INET6),
        ("8.8.8.8", 443, socket.AF_INET),
    ]


async def test_the_system_knows_this_machine_and_not_what_is_no_name() -> None:
    names = SystemNames(threads=1)
    try:
        assert set(await names("localhost")) <= {"127.0.0.1", "::1"}
        with pytest.raises(OSError, match=r".+"):
            await names("a" * 64 + ".example")
    finally:
        names.close()


async def test_a_name_that_takes_long_holds_up_no_other() -> None:
    silent = asyncio.Event()

    async def look_up(name: str) -> Sequence[str]:
        if name == "slow.example":
            await silent.wait()
        return ["8.8.8.8"]

    judged = JudgedNames(look_up, allow_loopback=False)
    slow = asyncio.create_task(judged.resolve("slow.example"))
    assert await judged.resolve("quick.example")
    assert not slow.done()
    silent.set()
    assert await slow
