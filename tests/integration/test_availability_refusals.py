"""Waiting for a token, and refusing what cannot be answered, each time by the field that is at fault."""

import asyncio
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from functools import partialmethod
from typing import Any

import httpx
import msgspec
import pytest
import pytest_asyncio

import samples
from asking import Asking, Office, asking
from availability.store import DiaryModel
from projections.freshness import Freshness
from projections.projector import Projector
from read_model import PART, open_clinic, reading, write

AVAILABILITY = {"service_id": "cut", "from_": "2026-03-02", "to": "2026-03-04"}

# --- tokens -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_header", [True, False])
async def test_a_token_waits_until_the_read_model_is_there(postgres: Any, as_header: bool) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_clinic())
        await office.publish()
        late = await write(here.log, office.clinic.accept(samples.book("tue 10:00")))
        token = late[-1].position
        how: dict[str, Any] = {"headers": {"Slotkeeper-After": token}} if as_header else {"after": token}
        question = asyncio.create_task(asker.ask("/v1/appointments", **how))
        done, _ = await asyncio.wait([question], timeout=0.1)
        assert not done
        await here.project(late)
        response: httpx.Response = await question
        assert len(response.json()["items"]) == 1
        assert response.headers["Slotkeeper-Position"] == token


async def test_another_process_writes_and_the_watcher_sees_it(postgres: Any) -> None:
    async with reading(postgres) as here, reading(postgres, here.log) as other, asking(here) as asker:
        watching = asyncio.create_task(here.freshness.watch())
        records = await write(here.log, open_clinic().records)
        elsewhere = Projector(DiaryModel(), here.pool, here.log, other.freshness)
        waiting = asyncio.create_task(asker.ask("/v1/services", after=records[-1].position))
        await elsewhere.catch_up(PART)
        assert (await waiting).status_code == 200
        watching.cancel()


async def test_a_token_never_reached_is_not_caught_up(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Freshness, "wait", partialmethod(Freshness.wait, seconds=0.05))
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, open_clinic()).publish()
        response = await asker.ask("/v1/services", after=f"{PART}.999")
        assert (response.status_code, response.json()["code"]) == (503, "not_caught_up")
        assert response.headers["Retry-After"] == "1"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def open_reading(postgres: Any) -> AsyncIterator[Asking]:
    """An open clinic that nobody has booked."""
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, open_clinic()).publish()
        yield asker


# --- refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "params", "refusal"),
    [
        ("/v1/availability", {**AVAILABILITY, "service_id": "nothing"}, (404, "service_not_found", "service_id")),
        ("/v1/availability", {**AVAILABILITY, "x": "1"}, (400, "invalid_query", "x")),
        ("/v1/availability", {"service_id": "cut", "to": "2026-03-04"}, (400, "invalid_query", "from")),
        ("/v1/availability", {**AVAILABILITY, "from_": "yesterday"}, (400, "invalid_query", "from")),
        ("/v1/availability", {**AVAILABILITY, "to": "2026-02-30"}, (400, "invalid_query", "to")),
        ("/v1/availability", {**AVAILABILITY, "to": "2026-03-01"}, (400, "invalid_query", "to")),
        ("/v1/availability", {**AVAILABILITY, "to": "2028-03-01"}, (400, "invalid_query", "to")),
        ("/v1/availability", {**AVAILABILITY, "from_": "0001-01-01"}, (400, "invalid_query", "from")),
        ("/v1/availability", {**AVAILABILITY, "tz": "Mars/Base"}, (422, "unknown_zone", "tz")),
        ("/v1/availability", {**AVAILABILITY, "limit": "0"}, (400, "invalid_query", "limit")),
        ("/v1/availability", {**AVAILABILITY, "seats": "one"}, (400, "invalid_query", "seats")),
        ("/v1/availability", {**AVAILABILITY, "owner": "a\x00b"}, (400, "invalid_query", "owner")),
        ("/v1/availability", {**AVAILABILITY, "location_id": "moon"}, (404, "not_found", "location_id")),
        ("/v1/availability", {**AVAILABILITY, "resource_id": "eve"}, (404, "not_found", "resource_id")),
        ("/v1/availability", {**AVAILABILITY, "option_id": "long"}, (404, "not_found", "option_id")),
        ("/v1/availability", {**AVAILABILITY, "as_of": "soon"}, (400, "invalid_query", "as_of")),
        ("/v1/availability", {**AVAILABILITY, "as_of": "11.1"}, (400, "invalid_query", "as_of")),
        ("/v1/availability", {**AVAILABILITY, "after": "-1.x"}, (400, "invalid_query", "after")),
        ("/v1/availability", {**AVAILABILITY, "cursor": "abc"}, (400, "invalid_query", "cursor")),
        ("/v1/availability/explain", {"service_id": "cut"}, (400, "invalid_query", "start")),
        ("/v1/appointments", {"status": "lost"}, (400, "invalid_query", "status.0")),
        ("/v1/appointments", {"sort": "name"}, (400, "invalid_query", "sort")),
        ("/v1/appointments", {"cursor": "W10"}, (400, "invalid_query", "cursor")),
        ("/v1/appointments/apt_none", {}, (404, "not_found", None)),
        ("/v1/appointments/%00", {}, (404, "not_found", None)),
        ("/v1/services/none", {}, (404, "service_not_found", None)),
        ("/v1/customers/none", {}, (404, "customer_not_found", None)),
        ("/v1/resources/none/busy", {"from_": "2026-03-02", "to": "2026-03-03"}, (404, "not_found", None)),
        ("/v1/events", {"from_": "x"}, (400, "invalid_query", "from")),
        ("/v1/nothing", {}, (404, "not_found", None)),
    ],
)
async def test_a_question_that_cannot_be_answered_names_the_field(
    open_reading: Asking, path: str, params: dict[str, Any], refusal: tuple[int, str, str | None]
) -> None:
    assert await open_reading.refusal(path, **params) == refusal


async def test_a_refusal_names_the_position_too(open_reading: Asking) -> None:
    response = await open_reading.ask("/v1/appointments/apt_none")
    assert response.headers["Slotkeeper-Position"] == (await open_reading.ask("/v1/services")).json()["position"]


async def test_a_forged_cursor_is_refused(open_reading: Asking) -> None:
    first = await open_reading.answer("/v1/availability", **AVAILABILITY, limit=1)
    whole = msgspec.json.decode(urlsafe_b64decode(first["next"] + "=="))
    for where in (["x"], [], ["1"], ["1", "x"], ["9" * 40, "0"], ["1", "2", "3"]):
        forged = urlsafe_b64encode(msgspec.json.encode([whole[0], where, whole[2]])).decode().rstrip("=")
        asked = {**AVAILABILITY, "cursor": forged}
        assert await open_reading.refusal("/v1/availability", **asked) == (400, "invalid_query", "cursor")


async def test_a_wall_time_that_does_not_exist_is_refused_with_the_two_nearest(open_reading: Asking) -> None:
    asked = {"service_id": "cut", "start": "2026-03-08T02:30", "tz": "America/New_York"}
    body = (await open_reading.ask("/v1/availability/explain", **asked)).json()
    assert (body["code"], body["field"]) == ("nonexistent_local_time", "start")
    assert body["alternatives"] == ["2026-03-08T06:30:00Z", "2026-03-08T07:30:00Z"]


async def test_a_cursor_of_another_list_is_refused(open_reading: Asking) -> None:
    first = await open_reading.answer("/v1/availability", **AVAILABILITY, limit=1)
    asked = {**AVAILABILITY, "resource_id": "ann", "cursor": first["next"]}
    assert await open_reading.refusal("/v1/availability", **asked) == (400, "invalid_query", "cursor")


async def test_nobody_asks_without_a_signed_identity(open_reading: Asking) -> None:
    response = await open_reading.ask("/v1/services", headers={"Slotkeeper-Identity": "e30.AAAA"})
    assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
    assert await open_reading.refusal("/v1/services", tenant="nobody") == (404, "unknown_tenant", None)
