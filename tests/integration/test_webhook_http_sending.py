"""Webhooks through the front door: what a receiver gets, the attempts at it, and what is sent again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from contracts.catalogue import schema_of
from contracts.public_types import ENDPOINT_TEST, EVERY_TYPE
from hooked import SECONDS, receiving, status, until
from hooks import ENDPOINTS, ROOT, made, refused
from served_gateway import Served
from stack import Postgres
from verifying import verifies, verifies_publicly
from whole import clinic, haircut, whole

ABSENT = "ep_none"


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running:
        yield running


@pytest.fixture(scope="module")
async def acme(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge) as client:
        yield client


@pytest.fixture(scope="module")
async def rival(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge, "rival") as client:
        yield client


# --- what is sent -------------------------------------------------------------------------------------------------


async def test_a_test_is_sent_at_once_and_says_what_came_of_it(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await made(acme, receiver.url(), signing="both", types=["session.*"])
        path = f"{ENDPOINTS}/{shown['id']}"
        tried = (await acme.post(f"{path}/test")).json()
        assert (tried["result"], tried["status"], tried["error"]) == ("delivered", 200, None)
        (got,) = receiver.got
        assert got.id == tried["webhook_id"]
        assert verifies(shown["secret"], got.headers, got.raw)
        assert verifies_publicly(shown["public_key"], got.headers, got.raw)
        assert got.body["type"] == ENDPOINT_TEST
        Draft202012Validator(schema_of(ENDPOINT_TEST)).validate(got.body)
        receiver.answers = status(500)
        tried = (await acme.post(f"{path}/test")).json()
        assert (tried["result"], tried["status"]) == ("failed", 500)
    newest = (await acme.get(f"{ROOT}/attempts", params={"endpoint_id": shown["id"]})).json()["items"][0]
    assert (newest["webhook_id"], newest["attempt"], newest["status"]) == (tried["webhook_id"], 1, 500)


async def test_what_a_webhook_gets_is_what_the_feed_has_with_the_same_ids(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await made(acme, receiver.url(), types=["appointment.created", "appointment.cancelled"])
        booked = (await acme.post("/v1/appointments", json=haircut("09:00"))).json()
        appointment = booked["appointment"]["id"]
        cancelled = await acme.post(f"/v1/appointments/{appointment}/cancel", json={"reason": "ill"})
        await until(lambda: len(receiver.got) >= 2)
        asked = {"from": shown["from"], "types": "appointment.created,appointment.cancelled"}
        feed = await acme.get("/v1/events", params=asked | {"after": cancelled.headers["Slotkeeper-Position"]})
    got = [{"id": one.id} | one.body for one in receiver.got]
    assert got == feed.json()["items"]
    assert [(one["type"], one["sequence"], one["previous_sequence"]) for one in got] == [
        ("appointment.created", 1, None), ("appointment.cancelled", 2, 1),
    ]  # fmt: skip
    assert got[0]["data"]["customer"]["name"] == "Joe Doe"
    assert got[1]["previous"]["status"] == "scheduled"
    schemas = {one["type"]: one["schema"] for one in (await acme.get(f"{ROOT}/types")).json()["items"]}
    for one in receiver.got:
        body = one.body
        Draft202012Validator(schemas[body["type"]]).validate(body)


async def test_the_catalogue_names_every_type(acme: httpx.AsyncClient) -> None:
    items = (await acme.get(f"{ROOT}/types")).json()["items"]
    assert [one["type"] for one in items] == list(EVERY_TYPE)
    assert all(one["description"] and one["schema"]["title"] == one["type"] for one in items)


# --- attempts and replays -----------------------------------------------------------------------------------------


async def test_attempts_come_newest_first_page_by_page(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        endpoint_id = (await made(acme, receiver.url(), types=["session.*"]))["id"]
        for _ in range(5):
            await acme.post(f"{ENDPOINTS}/{endpoint_id}/test")
    sent = [one.id for one in receiver.got]
    found: list[str] = []
    asked: dict[str, Any] = {"endpoint_id": endpoint_id, "limit": 2}
    for size in (2, 2, 1):
        page = (await acme.get(f"{ROOT}/attempts", params=asked)).json()
        assert len(page["items"]) == size
        found += [one["webhook_id"] for one in page["items"]]
        asked["cursor"] = page["next"]
    assert page["next"] is None
    assert found == sent[::-1]


@pytest.mark.parametrize(
    ("query", "said"),
    [({}, (400, "invalid_query", "endpoint_id")), ({"endpoint_id": ABSENT}, (404, "not_found", None)),
     ({"endpoint_id": "known", "cursor": "x"}, (400, "invalid_query", "cursor")),
     ({"endpoint_id": "known", "limit": 0}, (400, "invalid_query", "limit")),
     ({"endpoint_id": "known", "colour": "red"}, (400, "invalid_query", "colour"))],
    ids=str,
)  # fmt: skip
async def test_attempts_are_asked_for_properly(acme: httpx.AsyncClient, query: dict[str, Any], said: object) -> None:
    if query.get("endpoint_id") == "known":
        query = query | {"endpoint_id": (await made(acme))["id"]}
    assert refused(await acme.get(f"{ROOT}/attempts", params=query)) == said


async def test_a_delivery_is_sent_once_more_under_its_id(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await made(acme, receiver.url(), types=["appointment.created"])
        await acme.post("/v1/appointments", json=haircut("10:00"))
        await until(lambda: len(receiver.got) == 1)
        named = {"endpoint_id": shown["id"], "webhook_id": receiver.got[0].id}

        async def again() -> httpx.Response:
            return await acme.post(f"{ROOT}/attempts/resend", json=named)

        answer = await again()
        async with asyncio.timeout(SECONDS):
            while answer.status_code == 404:  # the first one is under way until its result is recorded
                answer = await again()
        assert (answer.status_code, answer.json()) == (202, named)
        await until(lambda: len(receiver.got) == 2)
    assert receiver.got[0].raw == receiver.got[1].raw
    assert receiver.got[1].id == named["webhook_id"]


async def test_a_parked_delivery_is_skipped_and_what_is_not_parked_cannot_be(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        receiver.answers = status(500)
        shown = await made(acme, receiver.url(), types=["appointment.*"], schedule_seconds=[0])
        booked = (await acme.post("/v1/appointments", json=haircut("11:00"))).json()
        await acme.post(f"/v1/appointments/{booked['appointment']['id']}/confirm")
        await until(lambda: len(receiver.got) == 1)
        named = {"endpoint_id": shown["id"], "webhook_id": receiver.got[0].id}
        receiver.answers = None
        async with asyncio.timeout(SECONDS):
            while (answer := await acme.post(f"{ROOT}/attempts/skip", json=named)).status_code != 202:
                assert refused(answer) == (404, "not_found", "webhook_id")
        await until(lambda: len(receiver.got) == 3)
        again = await acme.post(f"{ROOT}/attempts/skip", json=named)
    assert refused(again) == (404, "not_found", "webhook_id")
    bodies = [one.body for one in receiver.got[1:]]
    assert [(one["type"], one["gap"]) for one in bodies] == [
        ("appointment.confirmed", [1]), ("appointment.status_changed", []),
    ]  # fmt: skip


async def test_a_replay_sends_the_range_again_and_says_how_far_it_is(acme: httpx.AsyncClient) -> None:
    async with receiving() as receiver:
        shown = await made(acme, receiver.url(), types=["appointment.created", "appointment.confirmed"])
        booked = (await acme.post("/v1/appointments", json=haircut("12:00"))).json()
        await acme.post(f"/v1/appointments/{booked['appointment']['id']}/confirm")
        await until(lambda: len(receiver.got) == 2)
        asked = {"endpoint_id": shown["id"], "from": shown["from"], "to": "now", "types": ["appointment.created"]}
        answer = await acme.post(f"{ROOT}/replays", json=asked)
        job = answer.json()
        assert (answer.status_code, job["from"], job["types"]) == (201, shown["from"], ["appointment.created"])
        async with asyncio.timeout(SECONDS):
            while job["status"] != "done":
                job = (await acme.get(f"{ROOT}/replays/{job['id']}")).json()
    assert (job["done"], job["total"]) == (1, 1)
    assert len(receiver.got) == 3
    assert (receiver.got[0].raw, receiver.got[0].id) == (
        receiver.got[2].raw, receiver.got[2].id,
    )  # fmt: skip
    assert job in (await acme.get(f"{ROOT}/replays")).json()["items"]
    assert (await acme.post(f"{ROOT}/replays/{job['id']}/cancel")).json()["status"] == "done"


async def test_a_replay_is_cancelled_and_belongs_to_its_tenant(
    acme: httpx.AsyncClient, rival: httpx.AsyncClient
) -> None:
    shown = await made(acme)
    await acme.post(f"{ENDPOINTS}/{shown['id']}/pause")
    job = (await acme.post(f"{ROOT}/replays", json={"endpoint_id": shown["id"]})).json()
    path = f"{ROOT}/replays/{job['id']}"
    assert refused(await rival.get(path))[:2] == (404, "not_found")
    assert refused(await rival.post(f"{path}/cancel"))[:2] == (404, "not_found")
    assert (await acme.post(f"{path}/cancel")).json()["status"] == "cancelled"
    assert (await acme.get(path)).json()["status"] == "cancelled"
    foreign = await rival.post(f"{ROOT}/replays", json={"endpoint_id": shown["id"]})
    assert refused(foreign) == (422, "not_found", "endpoint_id")


@pytest.mark.parametrize(
    ("more", "field"),
    [({"from": "yesterday"}, "from"), ({"to": "0"}, "to"), ({"types": ["nothing"]}, "types.0"),
     ({"endpoint_id": ""}, "endpoint_id")],
)  # fmt: skip
async def test_a_replays_bounds_and_types_are_checked(
    acme: httpx.AsyncClient, more: dict[str, Any], field: str
) -> None:
    asked = {"endpoint_id": (await made(acme))["id"]} | more
    assert refused(await acme.post(f"{ROOT}/replays", json=asked)) == (400, "invalid_command", field)
