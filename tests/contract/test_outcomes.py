"""An outcome's JSON is what the interface promises: which members are there, which are left out, byte for byte."""

from pathlib import Path

import msgspec

import stored
from contracts.appointment import Appointment, fold
from contracts.errors import Blocker, Rejection
from contracts.events import AppointmentBooked, AppointmentHeld
from contracts.outcomes import EventRef, Outcome, decode, encode

EXAMPLES = Path(__file__).parent / "samples" / "outcomes"
BOOKED = stored.record(AppointmentBooked(slot=stored.slot(), customer=stored.CUSTOMER, chosen=stored.CHOSEN))
PUBLISHED = {
    "id", "type", "version", "status", "sub_status", "service", "location_id", "resources", "customer", "start", "end",
    "tz", "local_start", "busy", "seats", "session_id", "series_id", "original_start", "reschedules", "hold", "price",
    "payment", "reasons", "created_at", "updated_at", "position",
}  # fmt: skip
"""The members of an appointment that clients may rely on, null or not."""


def appointment() -> Appointment:
    kept = fold(None, BOOKED)
    assert kept is not None
    return kept.appointment


def accepted() -> Outcome:
    return Outcome(
        command_id="c-1",
        source="desk-1",
        type="BookAppointment",
        result="accepted",
        position="7.48213",
        decided_at=BOOKED.decided_at,
        events=[EventRef(id=BOOKED.event_id, type=BOOKED.type, position=BOOKED.position)],
        appointment=appointment(),
    )


def rejected() -> Outcome:
    busy = Blocker(
        reason="busy", event_id="evt_1.7.3", resource_id="ann", start=stored.at("15:00"), end=stored.at("16:00")
    )
    error = Rejection(
        code="slot_unavailable", detail="Ann Lee is booked.", blockers=[busy], alternatives=[stored.at("16:00")]
    ).to_error()
    return Outcome(
        command_id="c-1",
        source="desk-1",
        type="BookAppointment",
        result="rejected",
        position="7.48213",
        decided_at=BOOKED.decided_at,
        error=error,
    )


def test_an_accepted_outcome_is_written_as_promised() -> None:
    assert encode(accepted()) == (EXAMPLES / "accepted.json").read_bytes()


def test_a_rejected_outcome_is_written_as_promised() -> None:
    assert encode(rejected()) == (EXAMPLES / "rejected.json").read_bytes()


def test_an_outcome_survives_being_read_and_written() -> None:
    for outcome in (accepted(), rejected()):
        assert encode(decode(encode(outcome))) == encode(outcome)


def test_the_appointment_inside_keeps_its_empty_members() -> None:
    written = msgspec.json.decode(encode(accepted()))["appointment"]
    assert set(written) >= PUBLISHED
    assert written["hold"] is None
    assert written["reasons"] == {}
    assert written["service"] == {"id": "cut", "name": "Haircut", "option": None}


def test_members_that_do_not_apply_are_left_out() -> None:
    common = {"command_id", "source", "type", "result", "position", "decided_at"}
    assert set(msgspec.json.decode(encode(accepted()))) == common | {"events", "appointment"}
    assert set(msgspec.json.decode(encode(rejected()))) == common | {"error"}


def test_an_accepted_command_that_changed_nothing_says_so() -> None:
    nothing = msgspec.structs.replace(accepted(), events=[], appointment=None)
    assert msgspec.json.decode(encode(nothing))["events"] == []
    assert decode(encode(nothing)) == nothing


def test_a_hold_shows_when_it_ends_to_the_fraction_of_a_second() -> None:
    ends = stored.at("09:05:00.250")
    held = AppointmentHeld(slot=stored.slot(), owner="basket-17", expires_at=ends, chosen=stored.CHOSEN)
    kept = fold(None, stored.record(held))
    assert kept is not None
    assert msgspec.to_builtins(kept.appointment)["hold"] == {
        "expires_at": "2026-03-02T09:05:00.250000Z",
        "kind": "checkout",
        "extensions_left": 1,
    }
