"""Endpoints changed over HTTP: two changes at once, keys of every kind, old and new; and notices about endpoints."""

import asyncio
from base64 import b64decode
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hooked import Hooked, Received, failing, hooked, until
from hooks import ENDPOINTS, ROOT, asking, made, refused
from verifying import verifies, verifies_publicly

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="
NOTICES = f"{ROOT}/notices"


async def next_sent(here: Hooked) -> Received:
    """The newest webhook, after something happened."""
    before = len(here.receiver.got)
    here.floods(2)
    await here.arrives()
    return (await here.receiver.has(before + 2))[-1]


def signed(one: Received, *keys: str) -> list[bool]:
    """Whether it verifies with each of these, secret or public."""
    return [
        (verifies_publicly if key.startswith("whpk_") else verifies)(key, one.headers, one.raw) for key in keys
    ]  # fmt: skip


def kinds(one: Received) -> list[str]:
    return sorted(each.partition(",")[0] for each in one.headers["webhook-signature"].split(" "))


# --- two at once --------------------------------------------------------------------------------------------------


async def in_turn(here: Hooked, client: httpx.AsyncClient, *asked: tuple[str, str, Any, timedelta]) -> list[Any]:
    """Requests that all begin before the first of them may change anything, in this order; their answers.

    Each begins at another time of the service's clock, and changes something at the real one.
    """
    async with here.pool.acquire() as holder, holder.transaction():
        await holder.execute("select from endpoints for update")
        begun: list[asyncio.Task[httpx.Response]] = []
        for method, path, body, here.clock.ahead in asked:
            begun.append(asyncio.create_task(client.request(method, path, json=body)))
            await until(lambda: waiting(here, len(begun)))
        here.clock.ahead = timedelta()
    answers = await asyncio.gather(*begun)
    return [answer.raise_for_status().json() for answer in answers]


async def waiting(here: Hooked, count: int) -> bool:
    """Whether so many stand at the lock."""
    stand = "select count(*) from pg_locks join pg_stat_activity using (pid)"
    return bool(await here.pool.fetchval(f"{stand} where datname = current_database() and not granted") == count)


NOW, LATER = timedelta(), timedelta(hours=1)


async def test_of_two_changes_at_once_each_keeps_what_it_names(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        path = f"{ENDPOINTS}/{(await made(client))['id']}"
        named: list[dict[str, Any]] = [{"description": "Books"}, {"timeout_seconds": 20}, {"types": ["*"]}]
        await in_turn(here, client, *(("PATCH", path, one, NOW) for one in named))
        found = (await client.get(path)).json()
        assert {name: found[name] for one in named for name in one} == {k: v for one in named for k, v in one.items()}


async def test_a_rotation_beside_a_change_makes_a_key_of_the_kind_that_it_has_then(postgres: Any) -> None:
    async with hooked(postgres) as here, asking(here) as client:
        path = f"{ENDPOINTS}/{(await made(client, here.receiver.url()))['id']}"
        change = "PATCH", path, {"signing": "v1a"}, NOW
        _, rotated = await in_turn(here, client, change, ("POST", f"{path}/rotate", {}, NOW))
        assert rotated["secret"].startswith("whsk_")
        sent = await next_sent(here)
        assert (kinds(sent), signed(sent, rotated["public_key"])) == (["v1a", "v1a"], [True])


async def test_a_kind_that_is_given_up_and_taken_again_at_once_has_a_key(postgres: Any) -> None:
    """However long the first of the changes thought about it."""
    async with hooked(postgres) as here, asking(here) as client:
        path = f"{ENDPOINTS}/{(await made(client, here.receiver.url()))['id']}"
        asked = ("PATCH", path, {"signing": "v1a"}, LATER), ("PATCH", path, {"signing": "v1"}, NOW)
        await in_turn(here, client, *asked)
        here.clock.ahead = LATER * 2
        assert kinds(await next_sent(here)) == ["v1"]


# --- kinds of keys ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["v1a", "both"])
async def test_after_a_change_of_kind_webhooks_verify_with_the_key_that_was_told(postgres: Any, kind: str) -> None:
    async with hooked(postgres) as here, asking(here) as client:
        path = f"{ENDPOINTS}/{(await made(client, here.receiver.url(), secret=SECRET))['id']}"
        changed = (await client.patch(path, json={"signing": kind})).json()
        sent = await next_sent(here)
        assert signed(sent, changed["public_key"], SECRET) == [True, kind == "both"]
        assert kinds(sent) == (["v1", "v1a"] if kind == "both" else ["v1a"])
        back = (await client.patch(path, json={"signing": "v1"})).json()
        assert (back["public_key"], "secret" in back) == (None, False)
        sent = await next_sent(here)
        assert (kinds(sent), signed(sent, SECRET)) == (["v1"], [kind == "both"])


@pytest.mark.parametrize("kind", ["v1a", "both"])
async def test_after_a_rotation_old_and_new_keys_of_each_kind_sign_until_the_overlap_ends(
    postgres: Any, kind: str
) -> None:
    async with hooked(postgres) as here, asking(here) as client:
        old = await made(client, here.receiver.url(), signing=kind)
        path = f"{ENDPOINTS}/{old['id']}"
        new = (await client.post(f"{path}/rotate", json={"overlap_seconds": 60})).json()
        shown = (await client.get(path)).json()
        assert shown["public_key"] == new["public_key"] != old["public_key"]
        before, after = ([one["public_key"], *([one["secret"]] if kind == "both" else [])] for one in (old, new))
        sent = await next_sent(here)
        assert signed(sent, *before, *after) == [True] * 2 * len(after)
        here.clock.ahead = timedelta(seconds=61)
        sent = await next_sent(here)
        assert len(kinds(sent)) == len(after)
        assert verifies_publicly(new["public_key"], sent.headers, sent.raw)
        assert not verifies_publicly(old["public_key"], sent.headers, sent.raw)


async def test_the_secret_of_v1a_is_the_pair_and_one_may_be_brought_along(postgres: Any) -> None:
    async with hooked(postgres) as here, asking(here) as client:
        told = await made(client, here.receiver.url(), signing="v1a")
        pair = b64decode(told["secret"].removeprefix("whsk_"))
        assert pair[32:] == b64decode(told["public_key"].removeprefix("whpk_"))
        rotate = f"{ENDPOINTS}/{told['id']}/rotate"
        given = (await client.post(rotate, json={"secret": PRIVATE, "overlap_seconds": 0})).json()
        assert given == {"secret": PRIVATE, "public_key": PUBLIC}
        assert signed(await next_sent(here), PUBLIC, told["public_key"]) == [True, False]
        assert refused(await client.post(rotate, json={"secret": SECRET})) == (422, "invalid_command", "secret")


async def test_a_shared_secret_that_a_change_made_is_told_by_the_next_rotation(postgres: Any) -> None:
    async with hooked(postgres) as here, asking(here) as client:
        path = f"{ENDPOINTS}/{(await made(client, here.receiver.url(), signing='v1a'))['id']}"
        changed = (await client.patch(path, json={"signing": "both"})).json()
        assert "secret" not in changed
        sent = await next_sent(here)
        assert (kinds(sent), signed(sent, changed["public_key"])) == (["v1", "v1a"], [True])
        rotated = (await client.post(f"{path}/rotate")).json()
        assert rotated["secret"].startswith("whsec_")
        sent = await next_sent(here)
        assert signed(sent, rotated["secret"], rotated["public_key"], changed["public_key"]) == [True] * 3


# --- notices ------------------------------------------------------------------------------------------------------


async def test_notices_come_newest_first_page_by_page_and_belong_to_their_tenant(postgres: Any) -> None:
    async with hooked(postgres) as here, asking(here) as client, asking(here, tenant="rival") as rival:
        stuck, gone = await here.subscribes("/stuck"), await here.subscribes("/gone")
        here.receiver.answers = failing(lambda one: one.path == "/stuck")
        here.books("09:00")
        await here.arrives()
        await here.are(stuck, parked=1)
        here.receiver.answers = failing(lambda one: True, 410)
        here.books("10:00")
        await here.arrives()
        await until(lambda: told(client, 3))
        poison = here.receiver.of("/stuck")[0].id
        newest = (await client.get(NOTICES, params={"limit": 2})).json()
        oldest = (await client.get(NOTICES, params={"limit": 2, "cursor": newest["next"]})).json()
        assert {one["endpoint_id"] for one in newest["items"]} == {stuck.id, gone.id}
        assert {(one["type"], one["reason"], one["webhook_id"]) for one in newest["items"]} == {
            ("endpoint.disabled", "gone", None)
        }
        [first] = oldest["items"]
        assert first.pop("at") < newest["items"][-1]["at"]
        parked = {"type": "endpoint.parked", "reason": "failing", "webhook_id": poison}
        assert (first, oldest["next"]) == (parked | {"endpoint_id": stuck.id}, None)
        assert (await rival.get(NOTICES)).json() == {"items": [], "next": None}


async def told(client: httpx.AsyncClient, count: int) -> bool:
    return len((await client.get(NOTICES)).json()["items"]) == count


async def test_notices_are_asked_for_properly(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        for name, value in (("cursor", "x"), ("limit", "0"), ("limit", "1001"), ("colour", "red")):
            answer = await client.get(NOTICES, params={name: value})
            assert refused(answer) == (400, "invalid_query", name)
