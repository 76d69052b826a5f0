"""What subscribers see: a row for every event, and bodies that say what changed and what came before."""

import re
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

import stored
from contracts import events as e
from contracts.appointment import Appointment, Kept, fold
from contracts.public_events import LIMIT, PublicEvent, bodies, encode, webhook_id
from contracts.public_types import EVERY_TYPE, OF_THE_LOG, PUBLIC_TYPES, matches, named, public_types, told_by
from contracts.record import Record
from contracts.values import CustomerRef

_NAMES = """
AppointmentHeld HoldExtended HoldReleased HoldExpired
AppointmentRequested RequestAccepted AppointmentDeclined AppointmentBooked AppointmentConfirmed ConfirmationUndone
AppointmentRescheduled AppointmentReassigned AppointmentDetailsChanged AppointmentCheckedIn AppointmentStarted
AppointmentCompleted AppointmentNoShow AppointmentCancelled AppointmentOutcomeCorrected AppointmentReinstated
AppointmentTombstoned
SessionScheduled SessionCancelled SeatsTaken SeatsReleased CapacityChanged
SeriesCreated SeriesOccurrenceSkipped SeriesRescheduled SeriesEnded
WaitlistJoined WaitlistOffered WaitlistClaimed WaitlistOfferLapsed WaitlistOfferWithdrawn WaitlistLeft
TenantDefined LocationDefined LocationRetired ResourceDefined ResourceRetired GroupDefined GroupRetired PoliciesSet
ScheduleSet ScheduleExceptionCleared ScheduleExceptionSet TimeOffAdded TimeOffRemoved ServiceDefined ServiceRetired
ResourceEligibilitySet ExternalBusyImported
CustomerRegistered CustomerLinked CustomerChanged CustomerBlocked CustomerUnblocked CustomersMerged CustomerErased
PaymentRecorded RefundRequested RefundSettled CouponApplied CreditsUsed
"""
VOCABULARY = re.findall(r"\w+", _NAMES)
"""Every event of the contract, decided here already or not."""

_DOCUMENTED = """
created updated status_changed cancelled completed held hold_expired requested confirmed rescheduled reassigned
checked_in started no_show reinstated declined released outcome_corrected
"""
DOCUMENTED = re.findall(r"\w+", _DOCUMENTED)

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


def told(*records: Record) -> list[list[PublicEvent]]:
    """The public events of each record of one appointment."""
    kept: Kept | None = None
    sent = []
    for record in records:
        before, kept = kept, fold(kept, record)
        sent.append(bodies(record, before, kept))
    return sent


def written(event: PublicEvent, previous_sequence: int | None = None, gap: tuple[int, ...] = ()) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.json.decode(encode(event, previous_sequence=previous_sequence, gap=gap))
    return body


# --- the table --------------------------------------------------------------------------------------------------


def test_every_event_of_the_contract_has_its_row_and_nothing_else() -> None:
    assert len(VOCABULARY) == len(set(VOCABULARY)) == 65
    assert set(PUBLIC_TYPES) == set(VOCABULARY)


def test_no_event_is_decided_that_the_table_does_not_know() -> None:
    assert set(e.EVENTS) <= set(PUBLIC_TYPES)


def test_every_documented_type_is_told_by_some_event() -> None:
    assert {f"appointment.{name}" for name in DOCUMENTED} <= set(OF_THE_LOG)
    groups = {name.partition(".")[0] for name in EVERY_TYPE}
    assert groups == {"appointment", "session", "seat", "waitlist", "refund", "reminder", "endpoint"}


def test_every_event_of_an_appointment_a_session_or_the_waitlist_is_told_and_no_other() -> None:
    for stream, event in stored.EVENTS:
        assert bool(PUBLIC_TYPES[type(event).__name__]) == stream.startswith(
            ("appointment/", "session/", "waitlist/")
        ), event


def test_public_types_are_well_formed_and_not_repeated_in_a_row() -> None:
    for types in PUBLIC_TYPES.values():
        assert len(set(types)) == len(types)
        assert all(re.fullmatch(r"[a-z]+\.[a-z_]+", name) for name in types)


@pytest.mark.parametrize(
    ("event", "types"),
    [
        ("AppointmentBooked", ("appointment.created",)),
        ("AppointmentRescheduled", ("appointment.rescheduled", "appointment.updated")),
        ("AppointmentCancelled", ("appointment.cancelled", "appointment.status_changed")),
        ("AppointmentCompleted", ("appointment.completed", "appointment.status_changed")),
        ("RefundRequested", ("refund.requested", "appointment.updated")),
        ("SeatsTaken", ("seat.taken",)),
        ("CustomerErased", ()),
    ],
)
def test_the_documented_events_have_the_documented_types(event: str, types: tuple[str, ...]) -> None:
    assert public_types(event) == types


def test_types_are_named_whole_by_their_beginning_or_all_at_once() -> None:
    assert named(frozenset({"appointment.held"})) == {"appointment.held"}
    assert named(frozenset({"waitlist.*"})) == {name for name in EVERY_TYPE if name.startswith("waitlist.")}
    assert named(frozenset({"appointment", "held", "appointment.nothing"})) == frozenset()


def test_what_is_about_endpoints_is_told_only_to_those_who_name_it() -> None:
    everything = named(frozenset({"*"}))
    assert everything == {name for name in EVERY_TYPE if not name.startswith("endpoint.")}
    assert "endpoint.disabled" in named(frozenset({"endpoint.*"}))
    assert matches("endpoint.parked", ["*", "endpoint.*"])
    assert not matches("endpoint.parked", ["*", "appointment.*"])
    assert named(frozenset({"endpoint.disabled"})) == {"endpoint.disabled"}


def test_a_reader_of_types_hears_of_the_events_that_have_them() -> None:
    assert told_by(frozenset({"appointment.cancelled"})) == {"AppointmentCancelled"}
    assert "CustomerErased" not in told_by(frozenset(EVERY_TYPE))
    assert told_by(frozenset()) == frozenset()


# --- public events ----------------------------------------------------------------------------------------------


def test_a_first_body_has_nothing_before_it() -> None:
    (first,) = told(CREATED)[0]
    assert (first.type, first.sequence, first.previous) == ("appointment.created", 1, {})
    assert (first.event_id, first.position, first.tenant) == (CREATED.event_id, "7.10", "acme")
    assert first.data["status"] == "scheduled"


def test_a_move_tells_what_it_was_before() -> None:
    rescheduled, updated = told(CREATED, MOVED)[1]
    assert rescheduled.previous["start"] == "2026-03-02T15:00:00Z"
    assert set(rescheduled.previous) == {"start", "end", "busy", "local_start", "reschedules"}
    assert rescheduled.data["start"] == "2026-03-02T16:00:00Z"
    again = webhook_id(rescheduled.event_id, "appointment.updated")
    assert updated == replace(rescheduled, type="appointment.updated", webhook_id=again)


def test_of_two_types_of_one_event_all_but_the_name_is_the_same() -> None:
    cancelled, status_changed = told(CREATED, MOVED, CANCELLED)[2]
    assert (cancelled.sequence, cancelled.event_id) == (status_changed.sequence, status_changed.event_id)
    assert cancelled.webhook_id != status_changed.webhook_id
    assert cancelled.previous == {"status": "scheduled", "reasons": {}, "cancelled_at": None}


def test_whoever_had_it_is_found_by_the_filter_too() -> None:
    given = e.AppointmentReassigned(
        slot=stored.slot("15:00", "15:30", stored.ROOM), previous_resources=[], chosen=stored.CHOSEN
    )
    reassigned, _ = told(CREATED, stored.record(given, version=2, pos=11))[1]
    assert reassigned.resource_ids == ("ann", "room1")
    assert (reassigned.location_id, reassigned.service_id) == ("main", "cut")


def test_an_event_that_stays_inside_is_told_to_nobody() -> None:
    registered = stored.record(e.CustomerRegistered(id="cus_77"), "customer/cus_77")
    assert bodies(registered, None, fold(None, registered)) == []


def test_personal_members_stay_sealed_until_they_are_sent() -> None:
    (first,) = told(CREATED)[0]
    assert first.data["customer"]["email"] == {"sealed": stored.SEALED.sealed}


def test_a_delivery_id_follows_from_event_and_type_alone() -> None:
    assert webhook_id("evt_1.7.10", "appointment.created") == "msg_6da0f8d665be3cfc6a5b4786e188a499"
    ids = {
        webhook_id(event, name) for event in ("evt_1.7.1", "evt_1.7.10") for name in ("appointment.a", "appointment.b")
    }
    assert len(ids) == 4
    assert all("." not in made for made in ids)


# --- bodies -----------------------------------------------------------------------------------------------------


def test_a_body_is_written_with_just_the_promised_members() -> None:
    body = written(told(CREATED)[0][0])
    assert list(body) == [
        "type", "timestamp", "data", "sequence", "previous_sequence", "previous", "gap", "event_id", "position",
    ]  # fmt: skip
    assert (body["previous_sequence"], body["gap"], body["timestamp"]) == (None, [], "2026-03-02T09:00:00Z")


def test_a_body_says_what_this_reader_was_sent_before_and_what_was_given_up() -> None:
    cancelled, _ = told(CREATED, MOVED, CANCELLED)[2]
    body = written(cancelled, 1, (2,))
    assert (body["sequence"], body["previous_sequence"], body["gap"]) == (3, 1, [2])


def test_data_is_the_published_appointment_whole() -> None:
    (first,) = told(CREATED)[0]
    clear = replace(first, data=first.data | {"customer": {"id": "cus_77", "name": "Joe Doe", "email": None}})
    assert msgspec.convert(written(clear)["data"], Appointment).customer == CustomerRef(id="cus_77", name="Joe Doe")


def large(notes: int, before: int = 0) -> PublicEvent:
    """A moved appointment with so many bytes of notes, and so many before."""
    event = told(CREATED, MOVED)[1][0]
    return replace(event, data=event.data | {"notes": "n" * notes}, previous=event.previous | {"notes": "p" * before})


def test_a_body_at_the_limit_is_sent_whole() -> None:
    room = LIMIT - len(encode(large(0), previous_sequence=1))
    assert len(encode(large(room), previous_sequence=1)) == LIMIT
    assert "truncated" not in written(large(room), 1)
    assert written(large(room + 1), 1)["truncated"] is True


def test_a_body_that_is_too_large_has_ids_instead_of_data() -> None:
    body = written(large(LIMIT), 1)
    assert body["data"] == {
        "id": "apt_5f1c", "type": "appointment", "version": 2, "service": {"id": "cut"}, "location_id": "main",
        "resources": [{"id": "ann"}], "customer": {"id": "cus_77"}, "session_id": None, "series_id": None,
    }  # fmt: skip
    assert body["previous"]["start"] == "2026-03-02T15:00:00Z"
    assert (body["sequence"], body["previous_sequence"], body["event_id"]) == (2, 1, MOVED.event_id)


def test_what_was_before_is_cut_too_where_it_alone_is_too_large() -> None:
    content = encode(large(LIMIT, LIMIT), previous_sequence=1)
    assert len(content) < 2000
    assert msgspec.json.decode(content)["previous"] == {}


def test_the_same_event_makes_the_same_bytes_for_ever() -> None:
    assert encode(told(CREATED)[0][0], previous_sequence=None) == encode(told(CREATED)[0][0], previous_sequence=None)
