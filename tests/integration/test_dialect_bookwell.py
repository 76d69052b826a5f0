"""Bookwell on real services: every sample of its document, every error that it names, and what its users rely on."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from documented import as_documented, play
from gateway.dialects.samples import sample
from served_gateway import OPERATOR_KEY, Served
from stack import Postgres
from whole import whole

BASE = "/bookwell"
DAY = "2031-01-15"
SARAH, MIKE, MASSAGE = "thr_ghi012", "thr_jkl345", "srv_xyz789"
JANE = {"email": "jane@example.com", "name": "Jane Smith", "phone": "+1234567890"}
NINE_TO_NOON, NINE_TO_FIVE = ("09:00", "12:00"), ("09:00", "17:00")
EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
tenants = (f"spa-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres, quota_per_second=10_000, quota_burst=10_000) as running:
        yield running


@pytest.fixture
async def spa(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with open_spa(edge) as client:
        yield client


@asynccontextmanager
async def open_spa(edge: Served, sarah: tuple[str, str] = NINE_TO_FIVE) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a new tenant with the document's service, its two therapists and its customer."""
    tenant = next(tenants)
    async with edge.client(OPERATOR_KEY) as operator:
        made = await operator.post("/ops/tenants", json={"id": tenant, "name": "Spa"})
        assert made.status_code == 201, made.text
    price = {"amount_minor": 9500, "currency": "USD"}
    massage = {"name": "60-Minute Massage", "duration_minutes": 60, "slot_step_minutes": 60, "price": price}
    supply: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", "/v1/locations/main", {"name": "Main", "tz": "UTC", "primary": True, "profile": "lenient"}),
        ("PUT", f"/v1/services/{MASSAGE}", massage),
        ("PUT", "/v1/services/srv_oil", massage | {"name": "Oil", "duration_minutes": 15}),
        ("PUT", f"/v1/resources/{SARAH}", {"kind": "staff", "name": "Sarah Johnson"}),
        ("PUT", f"/v1/resources/{MIKE}", {"kind": "staff", "name": "Mike Brown"}),
        ("PUT", f"/v1/resources/{SARAH}/schedule", hours(*sarah)),
        ("PUT", f"/v1/resources/{MIKE}/schedule", hours("10:00", "11:00", "wed")),
        ("POST", "/v1/customers", JANE | {"id": "cus_def456"}),
    ]
    async with edge.client((await edge.new_key(tenant))["key"]) as client:
        for method, path, body in supply:
            await native(client, method, path, body)
        yield client


def hours(start: str, end: str, *days: str) -> dict[str, Any]:
    return {"weekly": [{"days": list(days) or EVERY_DAY, "start": start, "end": end}]}


async def native(client: httpx.AsyncClient, method: str, path: str, body: dict[str, Any]) -> Any:
    """What Bookwell's document takes for granted, done at the native door."""
    answer = await client.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def booked(client: httpx.AsyncClient, start: str = f"{DAY}T10:00:00Z", **more: Any) -> dict[str, Any]:
    """The document's appointment; the native answer."""
    wish = {"service_id": MASSAGE, "start": start, "resources": [SARAH], "customer": {"id": "cus_def456"}} | more
    made: dict[str, Any] = (await native(client, "POST", "/v1/appointments", wish))["appointment"]
    return made


async def paid(client: httpx.AsyncClient, id: str = "apt_abc123") -> None:
    amount = {"amount_minor": 9500, "currency": "USD"}
    await native(client, "POST", f"/v1/appointments/{id}/payments", {"method": "card", "amount": amount})


def wish(time: str = "10:00", day: str = DAY, **more: Any) -> dict[str, Any]:
    """A booking in Bookwell's words."""
    return {"service_id": MASSAGE, "start_time": f"{day}T{time}:00Z", "customer": JANE} | more


async def create(client: httpx.AsyncClient, time: str = "10:00", day: str = DAY, **more: Any) -> httpx.Response:
    return await client.post(f"{BASE}/v1/appointments", json=wish(time, day, **more))


def refused(answer: httpx.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    assert set(answer.json()) == {"error"}
    assert error["message"]
    return answer.status_code, error["code"], error.get("field")


# --- the document's samples ---------------------------------------------------------------------------------------


async def test_the_sample_of_a_list(spa: httpx.AsyncClient) -> None:
    await booked(spa, id="apt_abc123")
    others = [f"2031-02-{day:02}T{hour:02}:00:00Z" for day in range(1, 12) for hour in range(9, 13)]
    for start in others:
        await booked(spa, start)
    shown = sample("bookwell", "listAppointments")
    answer = await play(spa, BASE, shown)
    assert len(answer.json()["data"]) == 20
    first = httpx.Response(200, json=answer.json() | {"data": answer.json()["data"][:1]}, headers=answer.headers)
    said, documented = as_documented(first, shown, created_at="instant")
    assert said == documented


async def test_the_sample_of_one_appointment(spa: httpx.AsyncClient) -> None:
    await booked(spa, id="apt_abc123", notes="Prefers firm pressure")
    await paid(spa)
    shown = sample("bookwell", "getAppointment")
    said, documented = as_documented(await play(spa, BASE, shown), shown, created_at="instant", updated_at="instant")
    assert said == documented


async def test_the_sample_of_a_booking(spa: httpx.AsyncClient) -> None:
    shown = sample("bookwell", "createAppointment")
    said, documented = as_documented(await play(spa, BASE, shown), shown, id="id", created_at="instant")
    assert said == documented


async def test_the_sample_of_a_change(spa: httpx.AsyncClient) -> None:
    await booked(spa, id="apt_abc123")
    shown = sample("bookwell", "updateAppointment")
    said, documented = as_documented(await play(spa, BASE, shown), shown, updated_at="instant")
    assert said == documented


async def test_the_sample_of_a_cancellation(spa: httpx.AsyncClient) -> None:
    await booked(spa, id="apt_abc123")
    await paid(spa)
    shown = sample("bookwell", "cancelAppointment")
    said, documented = as_documented(await play(spa, BASE, shown), shown, cancelled_at="instant")
    assert said == documented


async def test_the_sample_of_available_slots(edge: Served) -> None:
    async with open_spa(edge, sarah=NINE_TO_NOON) as spa:
        await booked(spa)
        shown = sample("bookwell", "checkAvailability")
        said, documented = as_documented(await play(spa, BASE, shown), shown)
    assert said == documented


# --- the errors that it names -------------------------------------------------------------------------------------


async def test_a_time_that_is_gone_is_told_of_the_therapist_named_or_of_the_slot(spa: httpx.AsyncClient) -> None:
    assert (await create(spa, therapist_id=SARAH)).status_code == 201
    assert refused(await create(spa, therapist_id=SARAH)) == (409, "therapist_unavailable", None)
    assert (await create(spa)).json()["data"]["therapist_id"] == MIKE
    assert refused(await create(spa)) == (409, "slot_unavailable", None)


async def test_a_therapist_who_is_off_is_unavailable_and_a_closed_hour_is_no_slot(spa: httpx.AsyncClient) -> None:
    assert refused(await create(spa, "20:00", therapist_id=SARAH)) == (409, "therapist_unavailable", None)
    assert refused(await create(spa, "20:00")) == (409, "slot_unavailable", None)


async def test_the_past_cannot_be_booked(spa: httpx.AsyncClient) -> None:
    assert refused(await create(spa, day="2020-01-15")) == (422, "past_booking", None)


async def test_an_unknown_service_is_named(spa: httpx.AsyncClient) -> None:
    assert refused(await create(spa, service_id="srv_none")) == (422, "service_not_found", "service_id")
    asked = await spa.get(f"{BASE}/v1/availability", params={"service_id": "srv_none", "date": DAY})
    assert refused(asked) == (404, "service_not_found", "service_id")


async def test_a_blocked_customer_cannot_book(spa: httpx.AsyncClient) -> None:
    await native(spa, "POST", "/v1/customers/cus_def456/block", {"reason": "never came"})
    assert refused(await create(spa))[:2] == (403, "customer_blocked")


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"therapist_id": "thr_none"}, 422, "therapist_id"),
        ({"therapist_id": "no id"}, 400, "therapist_id"),
        ({"start_time": "tomorrow"}, 400, "start_time"),
        ({"start_time": f"{DAY}T10:00:30Z"}, 400, "start_time"),
        ({"customer": {"name": "Jane"}}, 400, "customer.email"),
        ({"customer": {"email": "jane@example.com"}}, 400, "customer.name"),
        ({"customer": {"email": "jane", "name": "Jane"}}, 400, "customer.email"),
        ({"send_confirmation": "yes"}, 400, "send_confirmation"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
async def test_what_is_wrong_in_a_booking_is_told_in_its_own_words(
    spa: httpx.AsyncClient, more: dict[str, Any], status: int, field: str
) -> None:
    answer = await create(spa, **more)
    assert (refused(answer)[0], refused(answer)[2]) == (status, field)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=two", "page"),
        ("per_page=101", "per_page"),
        ("status=held", "status"),
        ("date_from=yesterday", "date_from"),
        ("date_from=2031-02-01&date_to=2031-01-01", "date_to"),
        ("therapist_id=no%20id", "therapist_id"),
        ("cursor=abc", "cursor"),
        ("page=1&page=2", "page"),
    ],
)
async def test_what_is_wrong_in_a_list_is_told_in_its_own_words(spa: httpx.AsyncClient, query: str, field: str) -> None:
    assert refused(await spa.get(f"{BASE}/v1/appointments?{query}")) == (400, "invalid_query", field)


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        (f"date={DAY}", 400, "service_id"),
        (f"service_id={MASSAGE}", 400, "date"),
        (f"service_id={MASSAGE}&date=15.1.2031", 400, "date"),
        (f"service_id={MASSAGE}&date={DAY}T10:00:00Z", 400, "date"),
        (f"service_id={MASSAGE}&date={DAY}&duration=0", 400, "duration"),
        (f"service_id={MASSAGE}&date={DAY}&therapist_id=thr_none", 404, "therapist_id"),
    ],
)
async def test_what_is_wrong_in_asking_for_slots_is_told_in_its_own_words(
    spa: httpx.AsyncClient, query: str, status: int, field: str
) -> None:
    answer = await spa.get(f"{BASE}/v1/availability?{query}")
    assert (refused(answer)[0], refused(answer)[2]) == (status, field)


@pytest.mark.parametrize("id", ["apt_none", "%2E%2E", "no%20id", "x" * 100, "%C3%A9"])
async def test_an_unknown_appointment_is_not_found_in_its_envelope(spa: httpx.AsyncClient, id: str) -> None:
    assert refused(await spa.get(f"{BASE}/v1/appointments/{id}"))[:2] == (404, "not_found")


async def test_another_tenants_appointment_is_not_found(edge: Served, spa: httpx.AsyncClient) -> None:
    id = (await create(spa)).json()["data"]["id"]
    async with open_spa(edge) as rival:
        answers = [
            await rival.get(f"{BASE}/v1/appointments/{id}"),
            await rival.patch(f"{BASE}/v1/appointments/{id}", json={"notes": "mine"}),
            await rival.post(f"{BASE}/v1/appointments/{id}/cancel", json={}),
        ]
        listed = (await rival.get(f"{BASE}/v1/appointments")).json()
    assert [refused(answer)[:2] for answer in answers] == [(404, "not_found")] * 3
    assert (listed["data"], listed["meta"]["total"], listed["meta"]["total_pages"]) == ([], 0, 0)


# --- what its users rely on ---------------------------------------------------------------------------------------


async def test_a_key_sees_its_own_writes_at_once_without_any_header(spa: httpx.AsyncClient) -> None:
    for number in range(1, 21):
        made = (await create(spa, "09:00", f"2031-03-{number:02}")).json()["data"]
        read = await spa.get(f"{BASE}/v1/appointments/{made['id']}")
        listed = await spa.get(f"{BASE}/v1/appointments?per_page=1")
        assert (read.status_code, listed.json()["meta"]["total"]) == (200, number)
        slots = await spa.get(f"{BASE}/v1/availability?service_id={MASSAGE}&date=2031-03-{number:02}")
        assert f"2031-03-{number:02}T09:00:00Z" not in [one["start_time"] for one in slots.json()["data"]["slots"]]


async def test_pages_together_are_the_list_and_beyond_them_is_nothing(spa: httpx.AsyncClient) -> None:
    made = [(await create(spa, f"{hour:02}:00", therapist_id=SARAH)).json()["data"]["id"] for hour in range(9, 14)]
    pages = [(await spa.get(f"{BASE}/v1/appointments?per_page=2&page={page}")).json() for page in (1, 2, 3, 4)]
    assert [[one["id"] for one in page["data"]] for page in pages] == [made[:2], made[2:4], made[4:], []]
    assert [page["meta"] for page in pages] == [
        {"page": page, "per_page": 2, "total": 5, "total_pages": 3} for page in (1, 2, 3, 4)
    ]


async def test_filters_leave_just_what_matches(spa: httpx.AsyncClient) -> None:
    await create(spa, "10:00", therapist_id=SARAH)
    await create(spa, "10:00", therapist_id=MIKE, customer={"email": "joe@example.com", "name": "Joe"})
    gone = (await create(spa, "10:00", "2031-01-16")).json()["data"]["id"]
    await spa.post(f"{BASE}/v1/appointments/{gone}/cancel", json={})

    async def total(query: str) -> int:
        return int((await spa.get(f"{BASE}/v1/appointments?{query}")).json()["meta"]["total"])

    counts = {query: await total(query) for query in (
        "", "status=confirmed", "status=cancelled", "status=completed", f"therapist_id={MIKE}",
        "customer_id=cus_def456", "date_from=2031-01-16", "date_to=2031-01-16",
        f"date_from={DAY}T10:00:00Z&date_to={DAY}T10:01:00Z",
        f"date_from={DAY}T11:00:00%2B01:00&date_to={DAY}T12:00:00%2B01:00",
    )}  # fmt: skip
    assert list(counts.values()) == [3, 2, 1, 0, 1, 2, 1, 2, 2, 2]


async def test_holds_and_requests_are_not_shown(spa: httpx.AsyncClient) -> None:
    start = {"service_id": MASSAGE, "start": f"{DAY}T10:00:00Z"}
    held = (await native(spa, "POST", "/v1/holds", start | {"owner": "basket"}))["appointment"]
    manual = {"name": "Facial", "duration_minutes": 60, "acceptance": "manual"}
    await native(spa, "PUT", "/v1/services/srv_facial", manual)
    asked = (await create(spa, "12:00", service_id="srv_facial")).json()["data"]
    assert asked["status"] == "requested"
    for id in (held["id"], asked["id"]):
        assert refused(await spa.get(f"{BASE}/v1/appointments/{id}"))[:2] == (404, "not_found")
    assert (await spa.get(f"{BASE}/v1/appointments")).json()["meta"]["total"] == 0


async def test_the_same_email_is_the_same_customer_and_a_new_one_is_created(spa: httpx.AsyncClient) -> None:
    first, second = await create(spa, "09:00"), await create(spa, "10:00")
    other = await create(spa, "11:00", customer={"email": "joe@example.com", "name": "Joe"})
    ids = [answer.json()["data"]["customer_id"] for answer in (first, second, other)]
    assert ids[0] == ids[1] == "cus_def456"
    assert ids[2] != "cus_def456"
    shown = (await spa.get(f"{BASE}/v1/appointments/{other.json()['data']['id']}")).json()["data"]["customer"]
    assert shown == {"id": ids[2], "name": "Joe", "email": "joe@example.com", "phone": None}


async def test_a_change_is_one_decision(spa: httpx.AsyncClient) -> None:
    await create(spa, "14:00", therapist_id=SARAH)
    id = (await create(spa, therapist_id=SARAH)).json()["data"]["id"]
    path = f"{BASE}/v1/appointments/{id}"
    clash = await spa.patch(path, json={"start_time": f"{DAY}T14:00:00Z", "notes": "moved", "status": "completed"})
    assert refused(clash) == (409, "slot_unavailable", None)
    kept = (await spa.get(path)).json()["data"]
    assert (kept["start_time"], kept["notes"], kept["status"]) == (f"{DAY}T10:00:00Z", None, "confirmed")
    both = await spa.patch(path, json={"therapist_id": MIKE, "notes": "with Mike"})
    assert both.json()["data"]["notes"] == "with Mike"
    assert (await spa.get(path)).json()["data"]["therapist_id"] == MIKE
    busy = await spa.patch(path, json={"therapist_id": SARAH, "start_time": f"{DAY}T14:00:00Z"})
    assert refused(busy) == (409, "therapist_unavailable", None)


async def test_a_booking_can_be_completed_at_once_and_then_not_cancelled(spa: httpx.AsyncClient) -> None:
    id = (await create(spa)).json()["data"]["id"]
    done = await spa.patch(f"{BASE}/v1/appointments/{id}", json={"status": "completed"})
    assert (done.status_code, done.json()["data"]["status"]) == (200, "completed")
    late = await spa.post(f"{BASE}/v1/appointments/{id}/cancel", json={"reason": "too late"})
    assert refused(late)[:2] == (409, "invalid_transition")


async def test_a_status_that_is_shown_already_changes_nothing_else(spa: httpx.AsyncClient) -> None:
    id = (await create(spa)).json()["data"]["id"]
    for _ in range(2):
        same = await spa.patch(f"{BASE}/v1/appointments/{id}", json={"status": "confirmed"})
        assert (same.status_code, same.json()["data"]["status"]) == (200, "confirmed")


async def test_a_cancellation_without_a_payment_gives_nothing_back(spa: httpx.AsyncClient) -> None:
    id = (await create(spa)).json()["data"]["id"]
    gone = (await spa.post(f"{BASE}/v1/appointments/{id}/cancel")).json()["data"]
    assert (gone["cancellation_reason"], gone["refund_amount"], gone["refund_status"]) == (None, 0, "none")
    again = await spa.post(f"{BASE}/v1/appointments/{id}/cancel")
    assert refused(again)[:2] == (409, "invalid_transition")


async def test_addons_are_booked_with_it_and_shown(spa: httpx.AsyncClient) -> None:
    made = await create(spa, addons=["srv_oil"])
    shown = (await spa.get(f"{BASE}/v1/appointments/{made.json()['data']['id']}")).json()["data"]
    assert shown["addons"] == ["srv_oil"]


async def test_slots_are_those_of_the_therapist_and_of_the_duration(spa: httpx.AsyncClient) -> None:
    path = f"{BASE}/v1/availability?service_id={MASSAGE}&date={DAY}"
    every = (await spa.get(path)).json()["data"]["slots"]
    mikes = (await spa.get(f"{path}&therapist_id={MIKE}")).json()["data"]["slots"]
    long = (await spa.get(f"{path}&duration=480")).json()["data"]["slots"]
    assert [one["therapist_id"] for one in every] == [SARAH] * 8 + [MIKE]
    assert mikes == every[-1:]
    assert [(one["start_time"], one["end_time"]) for one in long] == [(f"{DAY}T09:00:00Z", f"{DAY}T17:00:00Z")]
    for slot in mikes + long[:1]:
        offered = {"therapist_id": slot["therapist_id"]}
        assert (await create(spa, slot["start_time"][11:16], **offered)).status_code == 201


async def test_the_same_idempotency_key_is_one_booking(spa: httpx.AsyncClient) -> None:
    named = {"Idempotency-Key": "once"}
    first, second = [await spa.post(f"{BASE}/v1/appointments", json=wish(), headers=named) for _ in range(2)]
    assert (first.status_code, first.content) == (second.status_code, second.content)
    other = await spa.post(f"{BASE}/v1/appointments", json=wish("11:00"), headers=named)
    assert refused(other)[:2] == (422, "idempotency_key_reused")


async def test_every_answer_tells_its_position(spa: httpx.AsyncClient) -> None:
    made = await create(spa)
    answers = [
        made,
        await create(spa, therapist_id="thr_none"),
        await spa.get(f"{BASE}/v1/appointments/apt_none"),
        await spa.get(f"{BASE}/v1/appointments?page=0"),
        await spa.get(f"{BASE}/v1/appointments"),
        await spa.get(f"{BASE}/v1/availability?service_id={MASSAGE}&date={DAY}"),
        await spa.patch(f"{BASE}/v1/appointments/{made.json()['data']['id']}", json={"notes": "x"}),
    ]
    positions = [int(answer.headers["Slotkeeper-Position"].partition(".")[2]) for answer in answers]
    assert min(positions) == positions[0] > 0
