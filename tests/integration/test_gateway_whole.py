"""Through the front door, with everything real behind it: from a tenant's first command to what its reads show."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import orjson
import pytest

from served_gateway import OPERATOR_KEY, Served
from stack import Postgres
from whole import MONDAY, clinic, haircut, whole

TUESDAY = "2031-03-04"


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


async def slots(client: httpx.AsyncClient, after: str, day: str = MONDAY) -> list[str]:
    query = {"service_id": "cut", "from": day, "to": day.replace("03-03", "03-04"), "after": after}
    answer = await client.get("/v1/availability", params=query)
    assert answer.status_code == 200, answer.text
    return [slot["local_start"][11:16] for slot in answer.json()["slots"]]


async def test_a_slot_is_offered_booked_and_no_longer_offered(acme: httpx.AsyncClient) -> None:
    before = await slots(acme, "0.0")
    booked = await acme.post("/v1/appointments", json=haircut("10:00"))
    assert (booked.status_code, booked.headers["ETag"]) == (201, '"1"')
    said = booked.json()["appointment"]
    assert (said["status"], said["customer"]["name"]) == ("scheduled", "Joe Doe")
    after = await slots(acme, booked.headers["Slotkeeper-Position"])
    assert sorted(set(before) - set(after)) == ["09:45", "10:00", "10:15"]
    read = await acme.get(f"/v1/appointments/{said['id']}", headers={"Slotkeeper-After": booked.json()["position"]})
    assert read.json() == said
    assert read.headers["ETag"] == '"1"'


async def test_a_double_booking_is_refused_with_its_blocker_and_explain_says_the_same(acme: httpx.AsyncClient) -> None:
    first = await acme.post("/v1/appointments", json=haircut("11:00"))
    second = await acme.post("/v1/appointments", json=haircut("11:15"))
    assert (second.status_code, second.json()["code"]) == (409, "slot_unavailable")
    blocker = second.json()["blockers"][0]
    assert blocker["event_id"] == first.json()["events"][-1]["id"]
    query = {"service_id": "cut", "start": haircut("11:15")["start"], "resource_id": "ann"}
    explained = await acme.get("/v1/availability/explain", params=query | {"after": second.json()["position"]})
    assert explained.json()["blockers"][0]["event_id"] == blocker["event_id"]


async def test_the_same_id_a_hundred_times_is_one_booking_and_another_body_is_refused(acme: httpx.AsyncClient) -> None:
    named = {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(acme.post("/v1/appointments", json=haircut("12:00"), headers=named) for _ in range(100))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    other = await acme.post("/v1/appointments", json=haircut("13:00"), headers=named)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = await acme.post(
        "/v1/holds", json={"service_id": "cut", "start": haircut("13:00")["start"]}, headers=named
    )
    assert elsewhere.status_code == 422
    inbox = await acme.get("/v1/commands/once")
    assert (inbox.status_code, inbox.json()) == (200, answers[0].json())


async def test_another_tenants_ids_are_not_found_and_its_outcomes_unknown(
    acme: httpx.AsyncClient, rival: httpx.AsyncClient
) -> None:
    booked = (await acme.post("/v1/appointments", json=haircut("14:00"), headers={"Idempotency-Key": "own"})).json()
    id = booked["appointment"]["id"]
    after = {"after": booked["position"]}
    answers = [
        await rival.get(f"/v1/appointments/{id}"),
        await rival.post(f"/v1/appointments/{id}/cancel"),
        await rival.post(f"/v1/holds/{id}/confirm"),
        await rival.get("/v1/commands/own"),
        await rival.get("/v1/commands/own", params={"source": booked["source"]}),
        await rival.get(f"/v1/customers/{booked['appointment']['customer']['id']}"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 6
    assert (await acme.get(f"/v1/appointments/{id}", params=after)).status_code == 200
    assert (await rival.get("/v1/appointments")).json()["items"] == []


async def test_what_a_body_names_beside_itself_is_422(acme: httpx.AsyncClient) -> None:
    service = await acme.post("/v1/appointments", json=haircut("15:00", service_id="none"))
    customer = await acme.post("/v1/appointments", json=haircut("15:00", customer={"id": "cus_none"}))
    assert (service.status_code, service.json()["code"]) == (422, "service_not_found")
    assert (customer.status_code, customer.json()["code"]) == (422, "customer_not_found")


async def test_a_change_of_another_version_is_refused(acme: httpx.AsyncClient) -> None:
    id = (await acme.post("/v1/appointments", json=haircut("15:00"))).json()["appointment"]["id"]
    stale = await acme.post(f"/v1/appointments/{id}/confirm", headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    right = await acme.post(f"/v1/appointments/{id}/confirm", headers={"If-Match": '"1"'})
    assert (right.status_code, right.headers["ETag"]) == (200, '"2"')
    again = await acme.post(f"/v1/appointments/{id}/check-in")
    illegal = await acme.post(f"/v1/appointments/{id}/confirm")
    assert again.json()["appointment"]["status"] == "checked_in"
    assert (illegal.status_code, illegal.json()["code"]) == (409, "invalid_transition")


async def test_a_hold_is_kept_extended_confirmed_and_has_one_id(acme: httpx.AsyncClient) -> None:
    wish = {"service_id": "cut", "start": f"{TUESDAY}T10:00:00-05:00", "owner": "basket"}
    held = await acme.post("/v1/holds", json=wish)
    id = held.json()["appointment"]["id"]
    stranger = await acme.post(f"/v1/holds/{id}/extend", json={"owner": "other"})
    longer = await acme.post(f"/v1/holds/{id}/extend", json={"owner": "basket", "seconds": 60})
    body = {"owner": "basket", "customer": {"name": "Joe Doe", "email": "joe@example.com"}}
    booked = await acme.post(f"/v1/holds/{id}/confirm", json=body)
    assert [held.status_code, stranger.status_code, longer.status_code, booked.status_code] == [201, 403, 200, 200]
    assert (booked.json()["appointment"]["id"], booked.json()["appointment"]["status"]) == (id, "scheduled")
    other = (await acme.post("/v1/holds", json=wish | {"start": f"{TUESDAY}T11:00:00-05:00"})).json()["appointment"]
    assert (await acme.delete(f"/v1/holds/{other['id']}?owner=basket")).status_code == 200


async def test_a_dry_run_answers_and_writes_nothing(acme: httpx.AsyncClient) -> None:
    named = {"Idempotency-Key": "perhaps"}
    wish = haircut("09:00")
    dry = await acme.post("/v1/appointments?dry_run=true", json=wish, headers=named)
    assert (dry.status_code, dry.json()["dry_run"]) == (200, True)
    assert (await acme.get("/v1/commands/perhaps")).status_code == 404
    assert (await acme.post("/v1/appointments", json=wish, headers=named)).status_code == 201


async def test_supply_is_201_when_new_and_200_when_it_replaces(acme: httpx.AsyncClient) -> None:
    bob = {"kind": "staff", "name": "Bob"}
    answers = [await acme.put("/v1/resources/bob", json=bob), await acme.put("/v1/resources/bob", json=bob)]
    answers.append(await acme.put("/v1/resources/bob", json=bob | {"name": "Robert"}))
    answers.append(await acme.post("/v1/resources/bob/time-off", json={"start": "2031-07-01", "end": "2031-07-02"}))
    assert [answer.status_code for answer in answers] == [201, 200, 200, 201]
    read = await acme.get("/v1/resources/bob", params={"after": answers[3].json()["position"]})
    assert read.json()["name"] == "Robert"


async def test_a_customer_is_registered_once_and_found_after(acme: httpx.AsyncClient) -> None:
    ann = {"name": "Zoe", "email": "zoe@example.com"}
    made, found = [await acme.post("/v1/customers", json=ann) for _ in range(2)]
    assert (made.status_code, found.status_code) == (201, 200)


async def test_many_lines_get_their_outcomes_in_order(acme: httpx.AsyncClient) -> None:
    lines = [{"id": f"l{n}", "type": "RegisterCustomer", "data": {"email": f"p{n}@example.com"}} for n in range(300)]
    lines[7] = {"id": "l7", "type": "CancelAppointment", "data": {"appointment_id": "apt_none"}}
    content = b"\n".join(map(orjson.dumps, lines))
    answer = await acme.post("/v1/commands", content=content, headers={"Content-Type": "application/x-ndjson"})
    said = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [one["command_id"] for one in said] == [line["id"] for line in lines]
    assert [n for n, one in enumerate(said) if one["result"] != "accepted"] == [7]
    assert said[7]["error"]["code"] == "not_found"


async def test_the_feed_tells_what_happened_and_operators_see_the_whole(edge: Served, acme: httpx.AsyncClient) -> None:
    booked = await acme.post("/v1/appointments", json=haircut("16:00"))
    feed = await acme.get("/v1/events", params={"after": booked.json()["position"], "types": "appointment.created"})
    assert booked.json()["appointment"]["id"] in [one["data"]["id"] for one in feed.json()["items"]]
    async with edge.client(OPERATOR_KEY) as operator:
        tenants = (await operator.get("/ops/tenants")).json()["items"]
        partitions = (await operator.get("/ops/partitions")).json()["items"]
        generations = await operator.get("/ops/generations")
        dead = await operator.get("/ops/dead?limit=10")
    assert {"id": "acme", "name": "Acme"}.items() <= tenants[0].items()
    assert [one["partition"] for one in partitions] == [0, 1, 2]
    assert (generations.status_code, dead.status_code) == (200, 200)


async def test_a_tenant_that_nobody_defined_is_unknown(edge: Served) -> None:
    async with edge.client((await edge.new_key("nobody"))["key"]) as client:
        answer = await client.post("/v1/appointments", json=haircut("10:00"))
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_tenant")
