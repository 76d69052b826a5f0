"""What the front desk does with a booking after it was made, over HTTP: revised, paid, given back, and for whom not."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from served_gateway import Served
from stack import Postgres
from whole import clinic, haircut, whole

PAID = {"amount_minor": 6500, "currency": "USD"}


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running:
        yield running


@pytest.fixture(scope="module")
async def acme(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge) as client:
        yield client


async def booked(acme: httpx.AsyncClient, time: str, **members: Any) -> Any:
    answer = await acme.post("/v1/appointments", json=haircut(time, **members))
    assert answer.status_code == 201, answer.text
    return answer.json()["appointment"]


async def read(acme: httpx.AsyncClient, path: str, after: httpx.Response) -> Any:
    """What the read model shows once it has got so far."""
    answer = await acme.get(path, params={"after": after.headers["Slotkeeper-Position"]})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_patch_is_one_decision_read_back_as_it_was_answered(acme: httpx.AsyncClient) -> None:
    path = f"/v1/appointments/{(await booked(acme, '09:00'))['id']}"
    body = {"start": haircut("09:30")["start"], "notes": "Prefers firm pressure", "status": "confirmed"}
    changed = await acme.patch(path, json=body, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"4"')
    assert [one["type"] for one in changed.json()["events"]] == [
        "AppointmentRescheduled", "AppointmentDetailsChanged", "AppointmentConfirmed"
    ]  # fmt: skip
    seen = await read(acme, path, changed)
    assert seen == changed.json()["appointment"]
    assert (seen["notes"], seen["status"]) == ("Prefers firm pressure", "confirmed")
    history = await read(acme, f"{path}/history", changed)
    assert len(history["versions"]) == 4


async def test_a_patch_that_is_refused_in_part_changes_nothing(acme: httpx.AsyncClient) -> None:
    await booked(acme, "11:00")
    before = await booked(acme, "10:00")
    path = f"/v1/appointments/{before['id']}"
    refused = await acme.patch(path, json={"start": haircut("11:00")["start"], "notes": "moved"})
    assert (refused.status_code, refused.json()["code"]) == (409, "slot_unavailable")
    assert await read(acme, path, refused) == before
    empty = await acme.patch(path, json={})
    assert (empty.status_code, empty.json()["events"]) == (200, [])
    unknown = await acme.patch(path, json={"colour": "red"})
    assert (unknown.status_code, unknown.json()["field"]) == (400, "colour")
    nobody = await acme.patch("/v1/appointments/apt_none", json={"notes": "x"})
    assert nobody.status_code == 404


async def test_money_is_recorded_and_goes_back(acme: httpx.AsyncClient) -> None:
    id = (await booked(acme, "12:00"))["id"]
    path = f"/v1/appointments/{id}"
    paid = await acme.post(f"{path}/payments", json={"method": "card", "amount": PAID})
    assert (paid.status_code, paid.json()["appointment"]["payment"]["status"]) == (201, "paid")
    asked = await acme.post(f"{path}/refunds", json={"amount": PAID | {"amount_minor": 500}, "reason": "late"})
    refund = asked.json()["appointment"]["payment"]["refunds"][0]
    assert (asked.status_code, refund["status"]) == (201, "processing")
    too_much = await acme.post(f"{path}/refunds", json={"amount": PAID})
    assert (too_much.status_code, too_much.json()["code"], too_much.json()["scope"]) == (422, "limit_reached", "refund")
    cancelled = await acme.post(f"{path}/cancel", json={"refund": True})
    assert cancelled.status_code == 200
    settled = await acme.post(f"/v1/refunds/{refund['id']}/settle", json={})
    seen = await read(acme, path, settled)
    assert seen["payment"]["refunded"]["amount_minor"] == 500
    assert [one["amount"]["amount_minor"] for one in seen["payment"]["refunds"]] == [500, 6000]
    assert (await acme.post(f"/v1/refunds/ref_9.{id}/settle", json={})).status_code == 404


async def test_a_blocked_customer_is_refused_and_shown_as_blocked(acme: httpx.AsyncClient) -> None:
    eve = {"name": "Eve", "email": "eve@example.com"}
    id = (await acme.post("/v1/customers", json=eve)).json()["subject"]["id"]
    blocked = await acme.post(f"/v1/customers/{id}/block", json={"reason": "never came"})
    assert (blocked.status_code, blocked.json()["subject"]["id"]) == (200, id)
    again = await acme.post(f"/v1/customers/{id}/block", json={})
    assert (again.status_code, again.json()["subject"]) == (200, {"kind": "customer", "id": id})
    refused = await acme.post("/v1/appointments", json=haircut("13:00", customer=eve))
    assert (refused.status_code, refused.json()["code"]) == (403, "customer_blocked")
    shown = await read(acme, f"/v1/customers/{id}", refused)
    assert (shown["blocked"], shown["blocked_reason"], shown["name"]) == (True, "never came", "Eve")
    freed = await acme.post(f"/v1/customers/{id}/unblock", json={})
    assert (await read(acme, f"/v1/customers/{id}", freed))["blocked"] is False
    await booked(acme, "13:00", customer=eve)
    assert (await acme.post("/v1/customers/cus_none/block", json={})).status_code == 404


async def test_two_customers_become_one_and_are_read_booked_and_listed_as_one(acme: httpx.AsyncClient) -> None:
    for id in ("kim", "lee"):
        await acme.post("/v1/customers", json={"id": id, "name": id.title(), "email": f"{id}@example.com"})
    await booked(acme, "15:00", customer={"id": "kim"})
    changed = await acme.patch("/v1/customers/lee", json={"phone": "555", "external_ids": {"shop": "7"}})
    shown = await read(acme, "/v1/customers/lee", changed)
    assert (changed.status_code, shown["phone"], shown["external_ids"]) == (200, "555", {"shop": "7"})
    taken = await acme.patch("/v1/customers/lee", json={"email": "KIM@example.com"})
    assert (taken.status_code, taken.json()["field"]) == (400, "email")
    merged = await acme.post("/v1/customers/kim/merge", json={"into": "lee"})
    assert (merged.status_code, merged.json()["subject"]["id"]) == (200, "lee")
    assert (await read(acme, "/v1/customers/kim", merged))["merged_ids"] == ["kim"]
    asked = {"customer_id": "lee", "after": merged.headers["Slotkeeper-Position"]}
    listed = (await acme.get("/v1/appointments", params=asked)).json()["items"]
    assert [one["customer"]["id"] for one in listed] == ["kim"]
    assert (await booked(acme, "15:30", customer={"email": "kim@example.com"}))["customer"]["id"] == "lee"
    assert (await acme.post("/v1/customers/none/merge", json={"into": "lee"})).status_code == 404
    assert (await acme.post("/v1/customers/lee/merge", json={"into": "none"})).status_code == 422


async def test_a_coupon_and_credits_are_facts_of_the_appointment(acme: httpx.AsyncClient) -> None:
    path = f"/v1/appointments/{(await booked(acme, '14:30'))['id']}"
    nothing = {"coupon_id": "A", "discount": PAID | {"amount_minor": 0}}
    refused = await acme.post(f"{path}/coupons", json=nothing)
    assert (refused.status_code, refused.json()["field"]) == (400, "discount.amount_minor")
    used = await acme.post(f"{path}/credits", json={"pass_id": "ten", "amount": 2})
    assert (used.status_code, used.json()["appointment"]["payment"]["status"]) == (201, "paid")


async def test_what_was_held_for_somebody_blocked_since_is_not_booked(acme: httpx.AsyncClient) -> None:
    wish = haircut("14:00", customer={"name": "Mal", "email": "mal@example.com"})
    held = (await acme.post("/v1/holds", json=wish)).json()["appointment"]
    await acme.post(f"/v1/customers/{held['customer']['id']}/block", json={})
    refused = await acme.post(f"/v1/holds/{held['id']}/confirm", json={})
    assert (refused.status_code, refused.json()["code"]) == (403, "customer_blocked")


async def test_policies_are_heeded_from_then_on_and_shown_with_what_they_are_about(acme: httpx.AsyncClient) -> None:
    year = 525_600
    id = (await booked(acme, "15:00", start=f"{next_monday()}T15:00:00-05:00"))["id"]
    await acme.put("/v1/services/trim", json={"name": "Trim", "duration_minutes": 30})
    body = {"scope": {"service_id": "cut"}, "cancel_until_minutes": year, "quiet_hours": None}
    set_now = await acme.put("/v1/policies", json=body)
    assert (set_now.status_code, set_now.json()["subject"]["kind"]) == (200, "service")
    shown = await read(acme, "/v1/services/cut", set_now)
    assert shown["policies"] == {"cancel_until_minutes": year, "quiet_hours": None}
    assert (await read(acme, "/v1/services/trim", set_now))["policies"] == {}
    too_late = [
        await acme.post(f"/v1/appointments/{id}/cancel"),
        await acme.patch(f"/v1/appointments/{id}", json={"status": "cancelled"}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in too_late] == [(422, "too_late")] * 2
    await acme.put("/v1/policies", json={"scope": {"service_id": "cut"}})
    assert (await acme.post(f"/v1/appointments/{id}/cancel")).status_code == 200


def next_monday() -> date:
    """Some days ahead, whenever this runs."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=7 + -today.weekday() % 7)


async def test_policies_are_set_for_what_there_is_and_only_such_as_are_heeded(acme: httpx.AsyncClient) -> None:
    for_all = await acme.put("/v1/policies", json={"refund_percent": 10})
    assert (for_all.status_code, for_all.json()["subject"]["kind"]) == (200, "tenant")
    nowhere = await acme.put("/v1/policies", json={"scope": {"resource_id": "none"}})
    assert (nowhere.status_code, nowhere.json()["field"]) == (422, "scope.resource_id")
    unheeded = await acme.put("/v1/policies", json={"moon_phase": "full"})
    assert (unheeded.status_code, unheeded.json()["code"]) == (400, "unknown_field")


async def test_add_ons_are_offered_and_booked_alike(acme: httpx.AsyncClient) -> None:
    await acme.put("/v1/services/oil", json={"name": "Hot oil", "duration_minutes": 15})
    made = await acme.post("/v1/appointments", json=haircut("16:00", addons=["oil"]))
    assert [one["id"] for one in made.json()["appointment"]["addons"]] == ["oil"]
    query = {"service_id": "cut", "from": made.json()["appointment"]["start"][:10], "to": "2031-03-04"}
    position = {"after": made.headers["Slotkeeper-Position"]}
    alone = await acme.get("/v1/availability", params=query | position)
    longer = await acme.get("/v1/availability", params=query | position | {"addon_id": "oil"})
    starts = [{slot["start"] for slot in answer.json()["slots"]} for answer in (alone, longer)]
    assert starts[1] < starts[0]
    unknown = await acme.get("/v1/availability", params=query | {"addon_id": "none"})
    assert unknown.json()["field"] == "addon_id"
