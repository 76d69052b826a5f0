"""Seats of a session: taken, held, moved and given back, each with an id of its own."""

from typing import Any

import pytest

import samples
from contracts import commands as c
from contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentConfirmed,
    AppointmentHeld,
    AppointmentRequested,
    AppointmentRescheduled,
    CustomerRegistered,
    HoldExtended,
    HoldReleased,
    RequestAccepted,
    SeatsReleased,
    SeatsTaken,
)
from given import (
    after,
    booked,
    confirm_it,
    extend_it,
    held,
    in_session,
    on_it,
    release_it,
)
from studio import a_seat, seated, studio

# --- seats ------------------------------------------------------------------------------------------------------


def test_a_booking_takes_seats_in_the_same_decision() -> None:
    scene = studio(in_session("10:00")).when(a_seat(seats=2))
    scene.then(CustomerRegistered, AppointmentBooked, SeatsTaken, seats=["seat_1", "seat_2"], expires_at=None)
    scene.then_it(session_id="yoga-1", seats=2, start=samples.instant("10:00"), end=samples.instant("11:00"))
    scene.then_session(capacity=3, taken=2, remaining=1, over=0)


def test_a_seat_takes_none_of_the_resources_time_itself() -> None:
    scene = studio(in_session("10:00"), seated())
    assert [busy.stream for taken in scene.clinic.state.taken.values() for busy in taken] == ["session/yoga-1"]


def test_seats_are_given_until_none_is_left() -> None:
    scene = studio(in_session("10:00"), seated(seats=2))
    scene.when(a_seat(seats=2)).then_refused("not_enough_seats", None, requested=2, available=1)
    scene.when(a_seat(seats=1)).then(AppointmentBooked, SeatsTaken, seats=["seat_3"])
    scene.when(a_seat(seats=1)).then_refused("not_enough_seats", None, requested=1, available=0)


def test_who_filled_it_is_named() -> None:
    scene = studio(in_session("10:00"), seated(seats=3)).when(a_seat())
    assert scene.clinic.refusal is not None
    assert [(one.reason, one.event_id) for one in scene.clinic.refusal.blockers] == [
        ("full", scene.clinic.records[-1].event_id)
    ]


def test_an_override_gives_a_seat_too_many_and_is_recorded() -> None:
    scene = studio(in_session("10:00"), seated(seats=3)).when(a_seat(override=True, reason="a friend"))
    scene.then(AppointmentBooked, SeatsTaken, override=True)
    scene.then_session(taken=4, remaining=0, over=1)


def test_a_seat_costs_what_the_service_does() -> None:
    price = {"amount_minor": 1500, "currency": "USD"}
    scene = studio(in_session("10:00"), seated(seats=2), price=price)
    assert scene.clinic.appointment().price is not None
    assert scene.clinic.appointment().price.amount_minor == 3000  # type: ignore[union-attr]


def test_a_class_is_booked_in_sessions_alone() -> None:
    studio(in_session("10:00")).when(a_seat("12:00")).then_refused("slot_unavailable")


def test_a_service_without_a_capacity_may_have_sessions_too() -> None:
    scene = studio(in_session("10:00"), capacity=None)
    scene.when(a_seat("10:00")).then(CustomerRegistered, AppointmentBooked, SeatsTaken)
    scene.when(a_seat("12:00")).then(AppointmentBooked)
    scene.then_it(session_id=None)


def test_where_two_sessions_start_together_one_has_to_be_named() -> None:
    scene = studio(in_session("10:00"), in_session("10:00", id="yoga-2", resources=["bob"]))
    scene.when(a_seat()).then_refused("not_found", "session_id", session_ids=["yoga-1", "yoga-2"])
    scene.when(a_seat(session_id="yoga-2")).then(CustomerRegistered, AppointmentBooked, SeatsTaken)
    scene.then_it(session_id="yoga-2")
    scene.when(a_seat(resources=["ann"])).then(AppointmentBooked, SeatsTaken)
    scene.then_it(session_id="yoga-1")


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"session_id": "nothing"}, "not_found", "session_id"),
        ({"session_id": "yoga-1", "start": samples.iso("10:30")}, "resource_not_eligible", "start"),
        ({"session_id": "yoga-1", "service_id": "cut"}, "resource_not_eligible", "session_id"),
        ({"session_id": "yoga-1", "resources": ["bob"]}, "resource_not_eligible", "resources"),
        ({"session_id": "yoga-1", "duration_minutes": 30}, "resource_not_eligible", "duration_minutes"),
        ({"session_id": "yoga-1", "addons": ["cut"]}, "resource_not_eligible", "addons"),
    ],
)
def test_a_session_named_has_to_be_the_one_that_is_meant(members: Any, code: str, field: str) -> None:
    studio(in_session("10:00")).when(a_seat(**members)).then_refused(code, field)


def test_a_session_that_has_begun_takes_nobody() -> None:
    scene = studio(in_session("10:00"))
    scene.at("10:00").when(a_seat()).then(CustomerRegistered, AppointmentBooked, SeatsTaken)
    scene.at("10:00:01").when(a_seat()).then_refused("in_past")
    scene.when(a_seat(), imported=True).then(AppointmentBooked, SeatsTaken)


# --- leaving ----------------------------------------------------------------------------------------------------


def test_one_attendees_cancel_touches_no_other() -> None:
    scene = studio(in_session("10:00"), seated())
    first = scene.clinic.it
    seated(seats=2)(scene.clinic)
    second = scene.clinic.appointment()
    scene.when(samples.command(c.CancelAppointment, appointment_id=first))
    scene.then(AppointmentCancelled, SeatsReleased, appointment_id=first, seats=["seat_1"], why="left")
    assert scene.clinic.appointment(second.id) == second
    scene.then_session(taken=2, remaining=1)


def test_a_seat_given_back_is_never_given_under_its_old_id() -> None:
    scene = studio(in_session("10:00"), seated(seats=3), after(on_it(c.CancelAppointment)))
    scene.when(a_seat()).then(AppointmentBooked, SeatsTaken, seats=["seat_4"])


def test_the_last_one_leaves_and_the_session_stays() -> None:
    scene = studio(in_session("10:00"), seated(), after(on_it(c.CancelAppointment)))
    scene.then_session(status="scheduled", taken=0, remaining=3)
    scene.when(samples.book("10:00", resources=["ann"])).then_refused("slot_unavailable")


def test_who_does_not_come_keeps_the_seat() -> None:
    scene = studio(in_session("10:00"), seated()).at("10:30").when(on_it(c.MarkNoShow))
    scene.then_session(taken=1)
    assert not any(isinstance(record.event, SeatsReleased) for record in scene.clinic.records)


def test_a_move_takes_the_seats_along_in_one_decision() -> None:
    scene = studio(in_session("10:00"), in_session("12:00", id="yoga-2"), seated(seats=2))
    scene.when(on_it(c.RescheduleAppointment, start=samples.iso("12:00")))
    scene.then(AppointmentRescheduled, SeatsReleased, SeatsTaken, seats=["seat_1", "seat_2"])
    scene.then_it(session_id="yoga-2", start=samples.instant("12:00"))
    scene.then_session("yoga-1", taken=0).then_session("yoga-2", taken=2)


def test_a_move_to_a_full_session_moves_nothing() -> None:
    scene = studio(in_session("10:00"), in_session("12:00", id="yoga-2", capacity=1), seated(seats=2))
    to_it = on_it(c.RescheduleAppointment, start=samples.iso("12:00"))
    scene.when(to_it).then_refused("not_enough_seats", None, requested=2, available=1)
    scene.then_session("yoga-1", taken=2).then_session("yoga-2", taken=0)


def test_a_move_to_where_it_is_changes_nothing() -> None:
    scene = studio(in_session("10:00"), seated(seats=3))
    scene.when(on_it(c.RescheduleAppointment, start=samples.iso("10:00"))).then_nothing()


def test_a_move_from_a_class_goes_to_a_session_of_it() -> None:
    scene = studio(in_session("10:00"), seated(), capacity=None)
    scene.when(on_it(c.RescheduleAppointment, start=samples.iso("12:00"))).then_refused("slot_unavailable")


def test_a_move_between_sessions_that_coincide_names_the_other() -> None:
    scene = studio(
        in_session("10:00"), in_session("10:00", id="yoga-2", resources=["bob"]), seated(session_id="yoga-1")
    )
    scene.when(on_it(c.RescheduleAppointment, start=samples.iso("10:00"), session_id="yoga-2"))
    scene.then(AppointmentRescheduled, SeatsReleased, SeatsTaken).then_it(session_id="yoga-2")


def test_a_revision_moves_and_ends_in_one_decision() -> None:
    scene = studio(in_session("10:00"), in_session("12:00", id="yoga-2"), seated(seats=2))
    scene.when(on_it(c.ReviseAppointment, start=samples.iso("12:00"), status="confirmed"))
    scene.then(AppointmentRescheduled, AppointmentConfirmed, SeatsReleased, SeatsTaken)
    scene.when(on_it(c.ReviseAppointment, start=samples.iso("10:00"), status="cancelled"))
    scene.then(AppointmentRescheduled, AppointmentCancelled, SeatsReleased)
    scene.then_session("yoga-1", taken=0).then_session("yoga-2", taken=0)


def test_an_appointment_without_seats_gets_them_where_a_session_is_named() -> None:
    scene = studio(in_session("12:00"), booked("10:00", service_id="yoga", resources=["bob"]), capacity=None)
    scene.when(on_it(c.RescheduleAppointment, start=samples.iso("12:00"), session_id="yoga-1"))
    scene.then(AppointmentRescheduled, SeatsTaken).then_it(session_id="yoga-1")
    scene.when(samples.book("10:00", resources=["bob"])).then(AppointmentBooked)


def test_a_reassignment_finds_the_other_session_at_that_time() -> None:
    scene = studio(
        in_session("10:00"), in_session("10:00", id="yoga-2", resources=["bob"]), seated(session_id="yoga-1")
    )
    scene.when(on_it(c.ReassignAppointment)).then_it(session_id="yoga-2")
    scene.then_session("yoga-1", taken=0).then_session("yoga-2", taken=1)


# --- holds and requests -----------------------------------------------------------------------------------------


def test_held_seats_are_taken_until_their_deadline() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", seats=3, until="08:05"))
    scene.at("08:04:59.999999").when(a_seat()).then_refused("not_enough_seats", None, requested=1, available=0)
    scene.at("08:05").when(a_seat()).then(CustomerRegistered, AppointmentBooked, SeatsTaken, seats=["seat_4"])


def test_time_alone_frees_held_seats_and_both_streams_tell() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", seats=2, until="08:05")).at("08:06")
    scene.then_session(taken=0, remaining=3)
    scene.when(a_seat(session_id="yoga-1"))
    kinds = [type(record.event) for record in scene.clinic.records[-4:]]
    assert kinds == [SeatsReleased, CustomerRegistered, AppointmentBooked, SeatsTaken]
    told = scene.clinic.records[-4]
    assert (told.occurred_at, told.event.why) == (samples.instant("08:05"), "lapsed")  # type: ignore[attr-defined]
    scene.clinic.send(release_it(owner="A")(scene.clinic))


def test_a_hold_confirmed_keeps_its_seats_for_good() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", seats=2, until="08:05")).at("08:04")
    scene.when(confirm_it(owner="A"))
    scene.then(CustomerRegistered, AppointmentBooked, SeatsTaken, seats=["seat_1", "seat_2"], expires_at=None)
    scene.at("08:06").then_session(taken=2)


def test_a_hold_extended_keeps_its_seats_longer() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", until="08:05")).at("08:04")
    scene.when(extend_it(owner="A")).then(HoldExtended, SeatsTaken, expires_at=samples.instant("08:09"))


def test_a_hold_released_frees_its_seats() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", until="08:05")).at("08:04")
    scene.when(release_it(owner="A")).then(HoldReleased, SeatsReleased, why="left").then_session(taken=0)


def test_a_hold_of_a_session_is_told_where() -> None:
    scene = studio(in_session("10:00")).when(samples.hold_slot("10:00", service_id="yoga", session_id="yoga-1"))
    scene.then(AppointmentHeld, SeatsTaken, expires_at=samples.instant("08:05"))


def test_a_request_has_its_seats_until_nobody_accepted_it() -> None:
    scene = studio(in_session("10:00"), acceptance="manual", accept_within_minutes=30).when(a_seat())
    scene.then(CustomerRegistered, AppointmentRequested, SeatsTaken, expires_at=samples.instant("08:30"))
    scene.when(on_it(c.AcceptRequest)).then(RequestAccepted, SeatsTaken, expires_at=None)


def test_a_request_that_does_not_block_takes_its_seats_when_it_is_accepted() -> None:
    scene = studio(in_session("10:00", capacity=1), acceptance="manual", pending_blocks=False)
    scene.when(a_seat()).then(CustomerRegistered, AppointmentRequested)
    first = scene.clinic.it
    scene.when(a_seat()).then(AppointmentRequested)
    scene.when(on_it(c.AcceptRequest)).then(RequestAccepted, SeatsTaken)
    late = samples.command(c.AcceptRequest, appointment_id=first)
    scene.when(late).then_refused("not_enough_seats", None, requested=1, available=0)
