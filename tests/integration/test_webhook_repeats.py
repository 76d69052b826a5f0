"""A webhook request under a key is done once, whatever becomes of the process that does it; and who may ask at all."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

import samples
from hooked import Hooked, hooked
from hooks import ENDPOINTS, URL, asking, refused
from kit.identity import HEADER
from webhook import endpoints, repeats
from webhook.upkeep import KEPT, tidy

MADE = {"url": URL}


def under(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


async def count(here: Hooked) -> int:
    return len(await endpoints.every(here.sources, samples.TENANT))


def broken(error: Exception) -> Callable[..., Awaitable[Any]]:
    async def fails(*_: Any, **__: Any) -> Any:
        raise error

    return fails


# --- once ---------------------------------------------------------------------------------------------------------


async def test_what_ended_with_a_bug_was_not_done_and_is_done_when_asked_again(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        with monkeypatch.context() as patched:
            patched.setattr(endpoints, "create", broken(RuntimeError("a bug")))
            assert refused(await client.post(ENDPOINTS, json=MADE, headers=under("k")))[:2] == (500, "internal_error")
        answer = await client.post(ENDPOINTS, json=MADE, headers=under("k"))
        assert (answer.status_code, await count(here)) == (201, 1)


async def test_a_request_whose_process_died_is_done_by_whoever_asks_a_minute_later(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeats, "PATIENCE_SECONDS", 0.1)
    async with hooked(postgres, running=False) as here, asking(here) as client:
        await client.post(ENDPOINTS, json=MADE, headers=under("k"))
        await here.pool.execute("update repeats set status = null, answer = null")
        late = await client.post(ENDPOINTS, json=MADE, headers=under("k"))
        assert refused(late)[:2] == (503, "unavailable")
        assert late.headers["Retry-After"] == "1"
        here.clock.ahead = repeats.GIVEN_UP + timedelta(seconds=1)
        assert (await client.post(ENDPOINTS, json=MADE, headers=under("k"))).status_code == 201
        assert await count(here) == 2


async def test_answers_are_kept_sealed_and_for_thirty_days(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        first = (await client.post(ENDPOINTS, json=MADE, headers=under("k"))).json()
        stored = await here.pool.fetchval("select answer from repeats")
        assert first["secret"].encode() not in stored
        assert first["id"].encode() not in stored
        await tidy(here.pool, here.clock())
        assert (await client.post(ENDPOINTS, json=MADE, headers=under("k"))).json() == first
        await tidy(here.pool, here.clock() + KEPT + timedelta(seconds=1))
        assert (await client.post(ENDPOINTS, json=MADE, headers=under("k"))).json()["id"] != first["id"]


async def test_without_a_key_every_request_is_another(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        for _ in range(2):
            await client.post(ENDPOINTS, json=MADE)
        assert await count(here) == 2
        assert await here.pool.fetchval("select count(*) from repeats") == 0


# --- who may ask --------------------------------------------------------------------------------------------------


async def test_whoever_the_gateway_did_not_let_in_is_refused(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        async with asking(here) as client:
            client.headers.pop(HEADER)
            assert refused(await client.get(ENDPOINTS))[:2] == (401, "unauthorized")
            assert refused(await client.post(ENDPOINTS, json=MADE, headers=under("k")))[:2] == (401, "unauthorized")
        async with asking(here, "events:read") as client:
            assert refused(await client.get(ENDPOINTS))[:2] == (403, "forbidden")
        async with asking(here, tenant=None) as client:
            assert refused(await client.get(ENDPOINTS)) == (400, "invalid_query", "Slotkeeper-Tenant")


async def test_a_database_that_is_away_may_be_back_soon(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with hooked(postgres, running=False) as here, asking(here) as client:
        gone = asyncpg.CannotConnectNowError("starting up")
        monkeypatch.setattr(endpoints, "every", broken(gone))
        away = await client.get(ENDPOINTS)
        assert refused(away)[:2] == (503, "unavailable")
        assert away.headers["Retry-After"] == "1"
