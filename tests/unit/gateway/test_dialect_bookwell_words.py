"""Bookwell's words: which command each request becomes, which question each read, and what each status means."""

from collections.abc import Callable
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from contracts.appointment import Status
from contracts.public_types import PUBLIC_TYPES
from edges import MemoryServices, accepting, deciding_nothing, gateway, rejecting
from gateway.api.examples import APPOINTMENT
from gateway.dialects import bookwell, bookwell_shapes
from gateway.services import Reply

BASE = "/bookwell/v1/appointments"
SHOWN: dict[str, Any] = {
    "price": None,
    "payment": {"status": "none"},
    "notes": None,
    "addons": [],
    "reasons": {},
    "cancelled_at": None,
}
SEEN = APPOINTMENT | SHOWN
JANE = {"email": "jane@example.com", "name": "Jane Smith"}
WISH = {"service_id": "cut", "start_time": "2031-01-15T10:00:00Z", "customer": JANE}


def answering(body: Any, status: int = 200) -> Callable[[str, str], Reply]:
    return lambda service, target: Reply(status, {"Slotkeeper-Position": "0.9"}, orjson.dumps(body))


async def sent(method: str, path: str, body: dict[str, Any], seen: dict[str, Any] = SEEN) -> tuple[str, dict[str, Any]]:
    """The command that a request becomes, where the appointment looks like `seen`."""
    services = MemoryServices(answering(seen))
    decide = accepting(appointment=SEEN)
    async with gateway(decide, services=services) as edge, edge.client(await edge.key()) as client:
        answer = await client.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    (order,) = edge.bus.orders
    return order.type, order.data


async def asked(path: str, body: dict[str, Any]) -> tuple[str, dict[str, list[str]]]:
    """The question that a read becomes."""
    services = MemoryServices(answering(body))
    async with gateway(services=services) as edge, edge.client(await edge.key()) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    target = urlsplit(services.asked[-1][2])
    return target.path, parse_qs(target.query)


# --- commands -----------------------------------------------------------------------------------------------------


async def test_a_booking_says_what_was_sent_and_confirms_unless_told_otherwise() -> None:
    least = {"service_id": "cut", "start": WISH["start_time"], "customer": JANE, "notify": {"customer": True}}
    assert await sent("POST", BASE, WISH) == ("BookAppointment", least)
    more = {"therapist_id": "ann", "notes": "hello", "addons": ["oil"], "send_confirmation": False}
    assert await sent("POST", BASE, WISH | more) == (
        "BookAppointment",
        least | {"resources": ["ann"], "notes": "hello", "addons": ["oil"], "notify": {"customer": False}},
    )


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ({}, {}),
        ({"start_time": "2031-01-15T14:00:00Z"}, {"start": "2031-01-15T14:00:00Z"}),
        ({"therapist_id": "bob", "notes": ""}, {"resources": ["bob"], "notes": ""}),
        ({"status": "completed"}, {"status": "completed"}),
        ({"therapist_id": None, "status": None}, {}),
    ],
)
async def test_a_change_is_one_revision_of_just_what_was_sent(body: dict[str, Any], data: dict[str, Any]) -> None:
    expected = "ReviseAppointment", {"appointment_id": "apt_1"} | data
    assert await sent("PATCH", f"{BASE}/apt_1", body) == expected


@pytest.mark.parametrize(
    ("native", "status", "news"),
    [
        ("scheduled", "confirmed", False),
        ("in_progress", "confirmed", False),
        ("completed", "confirmed", True),
        ("requested", "confirmed", True),
        ("scheduled", "cancelled", True),
        ("cancelled", "cancelled", False),
    ],
)
async def test_a_status_that_is_shown_already_is_not_sent_on(native: str, status: str, news: bool) -> None:
    _, data = await sent("PATCH", f"{BASE}/apt_1", {"status": status}, SEEN | {"status": native})
    assert ("status" in data) is news


@pytest.mark.parametrize(
    ("body", "data"),
    [
        ({}, {"notify": {"customer": True}}),
        ({"refund": True}, {"notify": {"customer": True}, "refund": True}),
        (
            {"refund": False, "notify_customer": False, "reason": "ill"},
            {"notify": {"customer": False}, "refund": False, "reason": "ill"},
        ),
    ],
)
async def test_a_cancellation_leaves_the_refund_to_the_policy_unless_told(
    body: dict[str, Any], data: dict[str, Any]
) -> None:
    assert await sent("POST", f"{BASE}/apt_1/cancel", body) == (
        "CancelAppointment",
        {"appointment_id": "apt_1"} | data,
    )


# --- reads --------------------------------------------------------------------------------------------------------


async def test_a_list_asks_for_what_is_shown_by_pages() -> None:
    path, query = await asked(BASE, {"items": [], "total": 0})
    assert path == "/v1/appointments"
    assert set(query.pop("status")) == set(bookwell_shapes.WORDS)
    assert query == {"limit": ["20"], "offset": ["0"], "total": ["true"]}
    path, query = await asked(
        f"{BASE}?status=confirmed&date_from=2025-01-01&date_to=2025-02-01&therapist_id=ann&customer_id=c&page=3&per_page=7",
        {"items": [], "total": 0},
    )
    assert query == {
        "status": ["scheduled", "confirmed", "checked_in", "in_progress"], "from": ["2025-01-01"], "to": ["2025-02-01"],
        "resource_id": ["ann"], "customer_id": ["c"], "limit": ["7"], "offset": ["14"], "total": ["true"],
    }  # fmt: skip


async def test_slots_are_asked_for_a_day() -> None:
    path, query = await asked(
        "/bookwell/v1/availability?service_id=cut&date=2024-02-28&therapist_id=ann&duration=30",
        {"slots": [], "resources": []},
    )
    assert path == "/v1/availability"
    assert query == {
        "service_id": ["cut"], "from": ["2024-02-28"], "to": ["2024-02-29"], "resource_id": ["ann"],
        "duration_minutes": ["30"], "include": ["resources"], "limit": ["1500"],
    }  # fmt: skip


async def test_slots_of_a_service_with_a_room_name_the_therapist_once() -> None:
    span = {"start": "2031-01-15T10:00:00Z", "end": "2031-01-15T11:00:00Z"}
    kinds = {"ann": "staff", "bob": "staff", "room1": "room", "room2": "room"}
    resources = [{"id": id, "kind": kind, "name": id.title()} for id, kind in kinds.items()]
    candidates = [["ann", "room1"], ["ann", "room2"], ["room2", "bob"]]
    services = MemoryServices(answering({"slots": [span | {"candidates": candidates}], "resources": resources}))
    async with gateway(services=services) as edge, edge.client(await edge.key()) as client:
        answer = await client.get("/bookwell/v1/availability?service_id=cut&date=2031-01-15")
    slots = answer.json()["data"]["slots"]
    assert [(one["therapist_id"], one["therapist_name"]) for one in slots] == [("ann", "Ann"), ("bob", "Bob")]


# --- statuses, events, refusals -----------------------------------------------------------------------------------


def test_every_status_is_shown_by_one_word_or_hidden() -> None:
    assert set(get_args(Status)) - set(bookwell_shapes.WORDS) == {"held", "requested", "expired"}
    meant = {native: word for word, natives in bookwell.STATUSES.items() for native in natives}
    assert meant == bookwell_shapes.WORDS


def test_its_events_are_public_types_of_the_same_name() -> None:
    assert set(bookwell.DIALECT.webhooks) <= {name for names in PUBLIC_TYPES.values() for name in names}


def test_a_cancellation_shows_no_refund_but_its_own() -> None:
    refunds = [{"id": "ref_1", "amount": {"amount_minor": 500, "currency": "USD"}, "status": "refunded"}]
    outcome = {"appointment": SEEN | {"payment": {"status": "paid", "refunds": refunds}}, "events": []}
    earlier = bookwell_shapes.shown(bookwell_shapes.with_own_refund(outcome), ("refund_amount", "refund_status"))
    own = bookwell_shapes.with_own_refund(outcome | {"events": [{"type": "RefundRequested"}]})
    assert earlier == {"refund_amount": 0, "refund_status": "none"}
    assert bookwell_shapes.shown(own, ("refund_amount",)) == {"refund_amount": 500}


@pytest.mark.parametrize(
    ("code", "blocked", "therapist", "told"),
    [
        ("slot_unavailable", "ann", "ann", "therapist_unavailable"),
        ("outside_hours", "ann", "ann", "therapist_unavailable"),
        ("slot_unavailable", "ann", None, "slot_unavailable"),
        ("outside_hours", "ann", None, "slot_unavailable"),
        ("resource_unavailable", "room1", "ann", "slot_unavailable"),
        ("in_past", None, "ann", "past_booking"),
        ("customer_blocked", None, None, "customer_blocked"),
        ("limit_reached", "ann", "ann", "limit_reached"),
    ],
)
async def test_a_refusal_has_bookwells_code(code: str, blocked: str | None, therapist: str | None, told: str) -> None:
    decide = rejecting(code, blockers=[{"reason": "busy", "resource_id": blocked}])
    async with gateway(decide) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(BASE, json=WISH | {"therapist_id": therapist})
    assert answer.json() == {"error": {"code": told, "message": "No."}}


async def test_what_is_not_decided_in_time_may_be_sent_again_under_its_key() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(BASE, json=WISH, headers={"Prefer": "wait=0", "Idempotency-Key": "mine"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert (answer.headers["Retry-After"], answer.headers["Idempotency-Key"]) == ("1", "mine")


def test_instants_are_told_in_whole_seconds() -> None:
    told = [bookwell_shapes.instant(text) for text in ("2031-01-15T10:00:00Z", "2031-01-15T10:00:00.123456Z", None)]
    assert told == ["2031-01-15T10:00:00Z"] * 2 + [None]
