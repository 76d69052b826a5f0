"""The body of every public type: golden where its event is decided already, from samples where it comes later.

A golden file is what a subscriber of that event once got. A member that is added to the published appointment is added
to them; nothing else in them ever changes.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

import stored
from contracts import catalogue
from contracts import events as e
from contracts.appointment import Kept, fold
from contracts.notices import EndpointNotice, ReminderDue
from contracts.public_events import PublicEvent, Seen, bodies, encode, folded
from contracts.public_types import BESIDE, ENDPOINT_DISABLED, EVERY_TYPE, PUBLIC_TYPES, REMINDER_DUE
from contracts.record import Record
from contracts.session import Session
from contracts.waitlist import WaitlistEntry

HERE = Path(__file__).parent
GOLDEN = HERE / "bodies"
SAMPLES = HERE / "samples" / "public"
FIRST = {"AppointmentHeld", "AppointmentRequested", "AppointmentBooked"}
"""Events that open an appointment's stream."""

TOLD = [event for stream, event in stored.EVENTS if PUBLIC_TYPES[type(event).__name__]]
LATER = sorted(name for name, row in PUBLIC_TYPES.items() if row and name not in e.EVENTS)
"""Events that are told and not decided yet."""


def opening() -> tuple[Record, Kept]:
    """An appointment's first event and what it is then."""
    record = stored.record(
        e.AppointmentBooked(slot=stored.slot(), customer=stored.CUSTOMER, details=stored.DETAILS, chosen=stored.CHOSEN),
        version=1, pos=10,
    )  # fmt: skip
    kept = fold(None, record)
    assert kept is not None
    return record, kept


def told(event: e.Event) -> list[PublicEvent]:
    """What is told of an event that opens a stream, or is the second of one."""
    if type(event).__name__ in FIRST:
        record = stored.record(event, version=1, pos=10)
        return bodies(record, None, fold(None, record))
    if type(event).__module__ == "contracts.session_events":
        return told_of_session(event)
    if type(event).__module__ == "contracts.waitlist_events":
        return told_of_somebody_waiting(event)
    _, before = opening()
    record = stored.record(event, version=2, pos=11)
    return bodies(record, before, fold(before, record))


def told_of_session(event: e.Event) -> list[PublicEvent]:
    """The same of a session in which somebody has two seats."""
    scheduled = e.SessionScheduled(slot=stored.slot("15:00", "16:00"), capacity=5, chosen=stored.CHOSEN)
    taken = e.SeatsTaken(appointment_id="apt_5f1c", seats=["seat_1", "seat_2"])
    begun = [scheduled] if isinstance(event, e.SeatsTaken) else [scheduled, taken]
    before: Seen | None = None
    for number, one in enumerate([] if isinstance(event, e.SessionScheduled) else begun, 1):
        before = folded(before, stored.record(one, stored.SESSION, number, 9 + number))
    version = 1 if before is None else len(begun) + 1
    record = stored.record(event, stored.SESSION, version, 9 + version)
    return bodies(record, before, folded(before, record))


def told_of_somebody_waiting(event: e.Event) -> list[PublicEvent]:
    """The same of somebody who was offered a slot."""
    joined, offered = (event for _, event in stored.EVENTS if isinstance(event, e.WaitlistJoined | e.WaitlistOffered))
    begun = {"WaitlistJoined": [], "WaitlistOffered": [joined]}.get(type(event).__name__, [joined, offered])
    before: Seen | None = None
    for number, one in enumerate(begun, 1):
        before = folded(before, stored.record(one, stored.WAITLIST, number, 9 + number))
    record = stored.record(event, stored.WAITLIST, len(begun) + 1, 10 + len(begun))
    return bodies(record, before, folded(before, record))


@cache
def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(catalogue.schema_of(name))


def body(event: PublicEvent) -> dict[str, Any]:
    """As it is sent to a reader of everything, whoever it is about erased."""
    blank = _blank(msgspec.to_builtins(event.data)), _blank(msgspec.to_builtins(event.previous))
    sent = msgspec.structs.replace(event, data=blank[0], previous=blank[1])
    decoded: dict[str, Any] = json.loads(encode(sent, previous_sequence=event.sequence - 1 or None))
    return decoded


def _blank(value: Any) -> Any:
    if isinstance(value, list):
        return [_blank(one) for one in value]
    if not isinstance(value, dict):
        return value
    return None if set(value) == {"sealed"} else {name: _blank(one) for name, one in value.items()}


# --- decided today ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", TOLD, ids=lambda event: type(event).__name__)
def test_an_event_is_told_as_its_golden_file_says(event: e.Event) -> None:
    golden = json.loads((GOLDEN / f"{type(event).__name__}.json").read_text())
    made = [{"webhook-id": one.webhook_id, "body": body(one)} for one in told(event)]
    assert made == golden
    assert [one["body"]["type"] for one in golden] == list(PUBLIC_TYPES[type(event).__name__])


def test_every_event_that_is_told_has_a_golden_file() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == {type(event).__name__ for event in TOLD}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_golden_body_satisfies_the_schema_of_its_type(path: Path) -> None:
    for one in json.loads(path.read_text()):
        validator(one["body"]["type"]).validate(one["body"])


# --- decided later ----------------------------------------------------------------------------------------------


def sample(kind: Any, name: str, **members: Any) -> Any:
    return msgspec.convert(json.loads((SAMPLES / f"{name}.json").read_text()) | members, kind)


def around(group: str) -> tuple[Seen, Seen]:
    """A thing of a group before and after its second event."""
    if group in ("session", "seat"):
        return sample(Session, "session", version=1, taken=0, remaining=5), sample(Session, "session")
    if group == "waitlist":
        waiting = {"version": 1, "status": "waiting", "hold_id": None, "expires_at": None}
        return sample(WaitlistEntry, "waitlist_entry", **waiting), sample(WaitlistEntry, "waitlist_entry")
    _, kept = opening()
    after = msgspec.structs.replace(kept.appointment, version=2, status="scheduled", notes=None)
    return kept, msgspec.structs.replace(kept, appointment=after)


@pytest.mark.parametrize("name", LATER)
def test_an_event_of_a_later_day_is_told_from_its_sample(name: str) -> None:
    group = PUBLIC_TYPES[name][0].partition(".")[0]
    before, after = around(group)
    record = stored.record(e.Event(), f"{group}/x", version=2, pos=12, type=name)
    made = bodies(record, before, after)
    assert [one.type for one in made] == list(PUBLIC_TYPES[name])
    for one in made:
        validator(one.type).validate(body(one))
        assert (one.location_id, one.stream, one.sequence) == ("main", f"{group}/x", 2)


def test_a_session_tells_what_changed_and_who_leads_it() -> None:
    before, after = around("session")
    (taken,) = bodies(stored.record(e.Event(), "session/ses_1", version=2, type="SeatsTaken"), before, after)
    assert taken.previous == {"taken": 0, "remaining": 5}
    assert (taken.service_id, taken.resource_ids) == ("yoga", ("ann",))


def test_a_waitlist_entry_has_no_resources_to_filter_by() -> None:
    before, after = around("waitlist")
    (offered,) = bodies(stored.record(e.Event(), "waitlist/wai_1", version=2, type="WaitlistOffered"), before, after)
    assert offered.previous == {"status": "waiting", "hold_id": None, "expires_at": None}
    assert (offered.service_id, offered.resource_ids) == ("cut", ())


# --- the catalogue ----------------------------------------------------------------------------------------------


def test_the_catalogue_has_every_type_once_with_a_meaning_and_a_schema_that_stands_for_itself() -> None:
    rows = catalogue.catalogue()
    assert [row["type"] for row in rows] == list(EVERY_TYPE)
    assert set(catalogue.SAYS) == set(EVERY_TYPE)
    for row in rows:
        Draft202012Validator.check_schema(row["schema"])
        assert row["schema"]["properties"]["type"] == {"const": row["type"]}
        assert row["description"].endswith(".")


def test_a_schema_refuses_another_type_a_missing_member_and_data_of_another_kind() -> None:
    held = body(told(next(event for event in TOLD if isinstance(event, e.AppointmentHeld)))[0])
    validator("appointment.held").validate(held)
    assert not validator("appointment.created").is_valid(held)
    assert not validator("appointment.held").is_valid({name: held[name] for name in held if name != "sequence"})
    assert not validator("appointment.held").is_valid(held | {"data": {"id": "apt_5f1c"}})


def test_a_truncated_body_satisfies_its_schema() -> None:
    (event,) = told(next(event for event in TOLD if isinstance(event, e.AppointmentHeld)))
    large = msgspec.structs.replace(event, data=event.data | {"notes": "n" * 300_000})
    cut = body(large)
    assert cut["truncated"] is True
    validator("appointment.held").validate(cut)


def test_subscribers_never_get_a_sealed_member_by_the_schema() -> None:
    assert "Sealed" not in json.dumps(catalogue.catalogue())
    held = body(told(next(event for event in TOLD if isinstance(event, e.AppointmentHeld)))[0])
    held["data"]["customer"]["email"] = {"sealed": "cus_77.1.c2VhbGVk"}
    assert not validator("appointment.held").is_valid(held)


@pytest.mark.parametrize("name", BESIDE)
def test_what_no_event_says_has_its_schema_too(name: str) -> None:
    _, kept = opening()
    due = ReminderDue(id="rem_1", appointment=kept.appointment, audience="customer", offset_minutes=60,
                      due_at=stored.at("14:00"))  # fmt: skip
    data = due if name == REMINDER_DUE else EndpointNotice(id="ep_1", reason="gone")
    event = PublicEvent(
        type=name, webhook_id="msg_1", tenant="acme", stream="endpoint/ep_1", sequence=1, event_id="ntc_1",
        position=None, timestamp=stored.at("09:00"), data=msgspec.to_builtins(data),
    )  # fmt: skip
    validator(name).validate(body(event))
    assert not validator(ENDPOINT_DISABLED if name == REMINDER_DUE else REMINDER_DUE).is_valid(body(event))
