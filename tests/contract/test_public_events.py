"""What subscribers see: a row for every event, and bodies that say what changed and what came before."""

import re

import msgspec
import pytest

import stored
from contracts import events as e
from contracts.appointment import Kept, fold
from contracts.public_events import PUBLIC_TYPES, Body, bodies, chained, public_types, webhook_id
from contracts.record import Record

CREATED = stored.record(
    e.AppointmentBooked(slot=stored.slot(), customer=stored.CUSTOMER, chosen=stored.CHOSEN), version=1, pos=10
)
MOVED = stored.record(
    e.AppointmentRescheduled(
        slot=stored.slot("16:00", "16:30", local_start="2026-03-02T11:00:00-05:00"),
        previous=stored.PREVIOUS,
        previous_resources=[],
        chosen=stored.CHOSEN,
    ),
    version=2,
    pos=11,
)
CANCELLED = stored.record(e.AppointmentCancelled(reason=stored.SEALED), version=3, pos=12)


def told(*records: Record) -> list[list[Body]]:
    """The bodies of each record of one appointment."""
    kept: Kept | None = None
    sent = []
    for record in records:
        before, kept = kept, fold(kept, record)
        sent.append(bodies(before, kept, record))
    return sent


def test_every_event_has_its_row() -> None:
    assert set(PUBLIC_TYPES) == set(e.EVENTS.values())


def test_every_event_of_an_appointment_is_told_and_no_other() -> None:
    outward = {type(event) for stream, event in stored.EVENTS if stream == stored.APPOINTMENT}
    assert {kind for kind, types in PUBLIC_TYPES.items() if types} == outward


def test_public_types_are_well_formed_and_not_repeated_in_a_row() -> None:
    for types in PUBLIC_TYPES.values():
        assert len(set(types)) == len(types)
        assert all(re.fullmatch(r"appointment\.[a-z_]+", name) for name in types)


@pytest.mark.parametrize(
    ("event", "types"),
    [
        (CREATED.event, ("appointment.created",)),
        (MOVED.event, ("appointment.rescheduled", "appointment.updated")),
        (CANCELLED.event, ("appointment.cancelled", "appointment.status_changed")),
        (e.AppointmentCompleted(), ("appointment.completed", "appointment.status_changed")),
    ],
    ids=["booked", "moved", "cancelled", "completed"],
)
def test_the_documented_events_have_the_documented_types(event: e.Event, types: tuple[str, ...]) -> None:
    assert public_types(event) == types


def test_a_first_body_has_nothing_before_it() -> None:
    (first,) = told(CREATED)[0]
    assert (first.type, first.sequence, first.previous_sequence, first.previous) == ("appointment.created", 1, None, {})
    assert (first.event_id, first.position, first.gap) == (CREATED.event_id, "7.10", [])
    assert first.data.status == "scheduled"


def test_a_move_tells_what_it_was_before() -> None:
    rescheduled, updated = told(CREATED, MOVED)[1]
    assert rescheduled.previous["start"] == "2026-03-02T15:00:00Z"
    assert set(rescheduled.previous) == {"start", "end", "busy", "local_start", "reschedules"}
    assert rescheduled.data.start == stored.at("16:00")
    assert updated == msgspec.structs.replace(rescheduled, type="appointment.updated", previous_sequence=2)


def test_of_two_bodies_of_one_event_the_second_follows_the_first() -> None:
    cancelled, status_changed = told(CREATED, MOVED, CANCELLED)[2]
    assert (cancelled.sequence, cancelled.previous_sequence) == (3, 2)
    assert (status_changed.sequence, status_changed.previous_sequence) == (3, 3)
    assert cancelled.event_id == status_changed.event_id
    assert cancelled.previous == {"status": "scheduled", "reasons": {}, "cancelled_at": None}


def test_a_reader_of_some_types_sees_what_it_was_sent_last() -> None:
    every = [body for sent in told(CREATED, MOVED, CANCELLED) for body in sent]
    wanted = [body for body in every if body.type in {"appointment.created", "appointment.status_changed"}]
    assert [(body.sequence, body.previous_sequence) for body in chained(wanted, None)] == [(1, None), (3, 1)]


def test_an_event_that_stays_inside_has_no_body() -> None:
    registered = stored.record(e.CustomerRegistered(id="cus_77"), "customer/cus_77")
    assert bodies(None, fold(None, registered), registered) == []


def test_a_body_is_written_with_just_the_promised_members() -> None:
    written = msgspec.json.decode(msgspec.json.encode(told(CREATED)[0][0]))
    assert list(written) == [
        "type", "timestamp", "data", "sequence", "previous_sequence", "previous", "gap", "event_id", "position",
    ]  # fmt: skip


def test_a_delivery_id_follows_from_event_and_type_alone() -> None:
    assert webhook_id("evt_1.7.10", "appointment.created") == "msg_6da0f8d665be3cfc6a5b4786e188a499"
    ids = {
        webhook_id(event, name) for event in ("evt_1.7.1", "evt_1.7.10") for name in ("appointment.a", "appointment.b")
    }
    assert len(ids) == 4
    assert all("." not in made for made in ids)
