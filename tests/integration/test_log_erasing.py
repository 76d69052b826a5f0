"""Who is erased has no key from the append on, in every adapter of the log, and stays so after a backup is restored."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from contracts.routing import part_of
from eventlog.log import KEYS_ONCE, AlreadyThere, KeyRow, Log, LookUp, PartAppend, Wanted
from eventlog.memory import MemoryLog
from eventlog.postgres import PostgresLog
from eventlog.restore import Erasure, restore
from logs import TENANT, change, log_database, now, take

JOE, SUE = "customer/joe", "customer/sue"
JOE_FOUND, SUE_FOUND = LookUp(TENANT, "j", "joe"), LookUp(TENANT, "s", "sue")
PARTS = 12


@pytest.fixture(params=["postgres", "memory"])
async def log(request: pytest.FixtureRequest, postgres: Any) -> AsyncIterator[Log]:
    if request.param == "memory":
        yield MemoryLog()
        return
    opened = await PostgresLog.open({"main": await log_database(postgres)}, writer=True)
    yield opened
    await opened.close()


def key(subject: str, *, tenant: str = TENANT, number: int = 1, wrapped: bytes = b"key") -> KeyRow:
    return KeyRow(tenant, subject, number, wrapped)


async def keys(log: Log, part: int = 3) -> list[KeyRow]:
    return sorted(await log.keys(part, [(TENANT, JOE), (TENANT, SUE), ("other", JOE)]))


async def found(log: Log, part: int = 3) -> dict[tuple[str, str], str]:
    look_ups = {(tenant, email_key) for tenant in (TENANT, "other") for email_key in ("j", "s")}
    return (await log.load([Wanted(part=part, look_ups=look_ups)]))[part].look_ups


async def append(log: Log, part: int = 3, **more: Any) -> PartAppend:
    appended = change((await log.heads())[part], **more)
    assert await log.append([appended], now()) == set()
    return appended


async def test_every_key_of_the_erased_goes_and_nobody_elses(log: Log) -> None:
    await take(log, 3)
    others = [key(SUE), key(JOE, tenant="other")]
    await append(log, keys=[key(JOE), key(JOE, number=2), *others])
    await append(log, events=1, erased=[(TENANT, JOE)])
    assert await keys(log) == sorted([key(JOE, wrapped=b""), key(JOE, number=2, wrapped=b""), *others])
    assert (await log.heads())[3].position == 1


async def test_a_key_that_is_made_and_erased_at_once_is_gone_too(log: Log) -> None:
    await take(log, 3)
    await append(log, keys=[key(JOE)], look_ups=[JOE_FOUND], erased=[(TENANT, JOE)], look_ups_cleared=[JOE_FOUND])
    assert (await keys(log), await found(log)) == ([key(JOE, wrapped=b"")], {})


async def test_an_erased_subject_is_never_given_another_key(log: Log) -> None:
    await take(log, 3)
    await append(log, keys=[key(JOE)], erased=[(TENANT, JOE)])
    with pytest.raises(AlreadyThere, match=KEYS_ONCE):
        await log.append([change((await log.heads())[3], keys=[key(JOE)])], now())


async def test_a_look_up_goes_only_while_it_leads_to_the_erased(log: Log) -> None:
    await take(log, 3)
    await append(log, keys=[key(JOE)], look_ups=[JOE_FOUND, SUE_FOUND, LookUp("other", "j", "joe")])
    anew = LookUp(TENANT, "j", "joe-again")
    await append(log, look_ups=[anew], erased=[(TENANT, JOE)], look_ups_cleared=[JOE_FOUND])
    assert await found(log) == {(TENANT, "j"): "joe-again", (TENANT, "s"): "sue", ("other", "j"): "joe"}
    await append(log, erased=[(TENANT, "customer/joe-again")], look_ups_cleared=[anew])
    assert (TENANT, "j") not in await found(log)


async def test_a_look_up_that_somebody_left_goes_though_nobody_is_erased(log: Log) -> None:
    await take(log, 3)
    await append(log, keys=[key(JOE)], look_ups=[JOE_FOUND, SUE_FOUND])
    await append(log, look_ups=[LookUp(TENANT, "s", "joe")], look_ups_cleared=[JOE_FOUND, SUE_FOUND])
    assert await found(log) == {(TENANT, "s"): "joe"}
    assert await keys(log) == [key(JOE)]


async def test_a_fenced_owner_erases_nobody(log: Log) -> None:
    head = (await take(log, 3))[3]
    await append(log, keys=[key(JOE)], look_ups=[JOE_FOUND])
    await take(log, 3, instance="b")
    erasing = change(head, erased=[(TENANT, JOE)], look_ups_cleared=[JOE_FOUND])
    assert await log.append([erasing], now()) == {3}
    assert (await keys(log), await found(log)) == ([key(JOE)], {(TENANT, "j"): "joe"})


async def test_a_restored_log_is_told_who_was_erased_since(postgres: Any) -> None:
    databases = {"main": await log_database(postgres)}
    log, part = await PostgresLog.open(databases, writer=True), part_of(TENANT, PARTS)
    await take(log, part)
    await append(log, part, keys=[key(JOE), key(SUE)], look_ups=[JOE_FOUND, SUE_FOUND])
    for _ in range(2):
        assert await restore(databases, {}, [Erasure(TENANT, JOE), Erasure(TENANT, "customer/unknown")], PARTS) == []
        assert await keys(log, part) == [key(JOE, wrapped=b""), key(SUE)]
        assert await found(log, part) == {(TENANT, "s"): "sue"}
    await log.close()
