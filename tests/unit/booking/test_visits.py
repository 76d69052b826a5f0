"""Visits: several services back to back in one booking, an appointment each, all of them or none."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.appointment import Appointment
from contracts.errors import Rejection
from given import Clinic, Scene, ann_works, booked, given, sent, works
from samples import book, book_visit, command, instant, location, policies, service

CUT, COLOUR = {"service_id": "cut"}, {"service_id": "colour"}
BOTH = ["cut", "colour"]


def a_salon(*facts: Any, **members: Any) -> Scene:
    """Ann cuts and colours, Bob colours alone; a cut is half an hour, colour three quarters."""
    colour = service("colour", name="Colour", duration_minutes=45, slot_step_minutes=15, **members)
    return given(
        sent(service(slot_step_minutes=15, **members), colour),
        ann_works("09:00-17:00", service_ids=BOTH),
        works("bob", "09:00-17:00", service_ids=["colour"]),
        *facts,
    )


def parts(clinic: Clinic) -> list[Appointment]:
    """The appointments of the visit booked last."""
    everything = [kept.appointment for kept in clinic.state.kept.values()]
    return [one for one in everything if one.visit_id == everything[-1].visit_id]


def spans(clinic: Clinic) -> list[tuple[str, str, str, str]]:
    return [
        (one.service.id, one.resources[0].id, f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in parts(clinic)
    ]  # fmt: skip


def test_each_service_begins_when_the_one_before_it_ends() -> None:
    scene = a_salon().when(book_visit("10:00", CUT | {"resources": ["ann"]}, COLOUR, notes="firm"))
    scene.then(e.CustomerRegistered, e.AppointmentBooked, e.AppointmentBooked)
    assert spans(scene.clinic) == [("cut", "ann", "10:00", "10:30"), ("colour", "ann", "10:30", "11:15")]
    first, second = parts(scene.clinic)
    assert first.visit_id == second.visit_id
    assert (first.visit_id or "").startswith("vis_")
    assert first.customer == second.customer
    assert {first.notes, second.notes} == {"firm"}


def test_a_booking_without_segments_is_of_no_visit() -> None:
    a_salon().when(book("10:00")).then_it(visit_id=None)


def test_a_policy_s_grid_is_for_the_start_of_a_visit_alone() -> None:
    hourly = sent(policies(align_minutes=60))
    scene = a_salon(hourly).when(book_visit("10:00", CUT, COLOUR))
    scene.then(e.CustomerRegistered, e.AppointmentBooked, e.AppointmentBooked)
    a_salon(hourly).when(book_visit("10:30", CUT, COLOUR)).then_refused_as("outside_hours")


def test_each_service_has_its_own_people() -> None:
    scene = a_salon().when(book_visit("10:00", CUT | {"resources": ["ann"]}, COLOUR | {"resources": ["bob"]}))
    assert [row[1] for row in spans(scene.clinic)] == ["ann", "bob"]


def test_who_is_not_free_then_is_not_chosen_for_the_second() -> None:
    scene = a_salon(booked("11:00")).when(book_visit("10:00", CUT, COLOUR))
    assert [row[1] for row in spans(scene.clinic)] == ["ann", "bob"]


def test_options_durations_and_add_ons_are_the_segment_s_own() -> None:
    long = {"id": "long", "name": "Long hair", "duration_minutes": 60}
    scene = a_salon(sent(service(options=[long], slot_step_minutes=15)))
    scene.when(book_visit("10:00", CUT | {"option_id": "long"}, COLOUR | {"duration_minutes": 30, "addons": ["cut"]}))
    assert [row[2:] for row in spans(scene.clinic)] == [("10:00", "11:00"), ("11:00", "11:30")]
    assert [one.service.option for one in parts(scene.clinic)] == ["long", None]
    assert [len(one.addons) for one in parts(scene.clinic)] == [0, 1]


def test_each_is_accepted_by_its_own_service() -> None:
    scene = a_salon(sent(service("colour", duration_minutes=45, slot_step_minutes=15, acceptance="manual")))
    scene.when(book_visit("10:00", CUT, COLOUR)).then(e.CustomerRegistered, e.AppointmentBooked, e.AppointmentRequested)
    assert len({one.visit_id for one in parts(scene.clinic)}) == 1


def test_only_the_first_has_to_be_on_the_grid() -> None:
    scene = a_salon(sent(service(duration_minutes=25), service("colour", duration_minutes=45, slot_step_minutes=30)))
    scene.when(book_visit("10:00", CUT, COLOUR))
    assert [row[2] for row in spans(scene.clinic)] == ["10:00", "10:25"]
    scene.when(book_visit("12:05", CUT, COLOUR)).then_refused("outside_hours", None, segments=[0])


def test_buffers_lie_around_a_visit_and_not_within_it() -> None:
    scene = a_salon(buffer_before_minutes=10, buffer_after_minutes=15)
    scene.when(book_visit("10:00", CUT | {"resources": ["ann"]}, COLOUR | {"resources": ["ann"]}, CUT))
    assert [(f"{one.busy.start:%H:%M}", f"{one.busy.end:%H:%M}") for one in parts(scene.clinic)] == [
        ("09:50", "10:30"), ("10:30", "11:15"), ("11:15", "12:00"),
    ]  # fmt: skip


# --- all or nothing ---------------------------------------------------------------------------------------------


def test_where_one_cannot_be_had_none_is_booked() -> None:
    scene = a_salon(
        booked("10:30", service_id="colour", resources=["ann"]), booked("10:30", service_id="colour", resources=["bob"])
    )
    before = len(scene.clinic.records)
    scene.when(book_visit("10:00", CUT, COLOUR)).then_refused("slot_unavailable", None, segments=[1])
    assert len(scene.clinic.records) == before
    assert scene.clinic.refusal is not None
    assert {one.resource_id for one in scene.clinic.refusal.blockers} == {"ann", "bob"}
    scene.when(book("10:00")).then_it(status="scheduled")


def test_every_conflict_of_every_segment_is_named() -> None:
    scene = a_salon(booked("10:00", resources=["ann"]), booked("10:30", service_id="colour", resources=["bob"]))
    scene.when(book_visit("10:00", CUT, COLOUR | {"resources": ["bob"]}))
    scene.then_refused("slot_unavailable", None, segments=[0, 1])
    assert scene.clinic.refusal is not None
    assert [(one.resource_id, one.start) for one in scene.clinic.refusal.blockers] == [
        ("ann", instant("10:00")), ("bob", instant("10:30")),
    ]  # fmt: skip


def test_the_last_must_end_within_hours() -> None:
    scene = a_salon().when(book_visit("15:45", CUT, COLOUR))
    assert spans(scene.clinic)[-1][3] == "17:00"
    a_salon().when(book_visit("16:00", CUT, COLOUR)).then_refused("outside_hours", None, segments=[1])


def test_a_visit_takes_its_time() -> None:
    scene = a_salon().when(book_visit("10:00", CUT, COLOUR | {"resources": ["ann"]}))
    scene.when(book("10:45")).then_refused("slot_unavailable")
    scene.when(book("11:15")).then_it(status="scheduled")


def test_all_are_at_the_place_of_the_first() -> None:
    """Though the default one is another."""
    scene = a_salon(
        sent(
            location("side", name="Side Street"),
            service(location_ids=["side"]),
            *(command(c.DefineResource, id=id, kind="staff", name=id, service_ids=BOTH) for id in ("ann", "bob")),
        )
    )
    scene.when(book_visit("10:00", CUT, COLOUR))
    assert {one.location_id for one in parts(scene.clinic)} == {"side"}


@pytest.mark.parametrize(
    ("second", "code", "field"),
    [
        ({"service_id": "nothing"}, "service_not_found", "segments.1.service_id"),
        (COLOUR | {"resources": ["nobody"]}, "not_found", "segments.1.resources"),
        (COLOUR | {"option_id": "none"}, "not_found", "segments.1.option_id"),
    ],
)
def test_what_does_not_exist_is_named_where_it_was_written(second: dict[str, Any], code: str, field: str) -> None:
    a_salon().when(book_visit("10:00", CUT, second)).then_refused(code, field)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"segments": []}, "segments"),
        ({"segments": [CUT] * 11}, "segments"),
        ({"segments": [{}]}, "segments.0.service_id"),
        ({"segments": [{"service_id": 5}]}, "segments.0.service_id"),
        ({"segments": "cut"}, "segments"),
        ({"segments": [CUT], "service_id": "cut"}, "service_id"),
        ({"segments": [CUT], "resources": ["ann"]}, "resources"),
        ({"segments": [CUT], "id": "mine"}, "id"),
        ({"segments": [], "service_id": "cut"}, "segments"),
        ({"segments": [CUT], "service_id": None, "resources": None, "addons": [], "seats": 0}, "seats"),
        ({}, "service_id"),
    ],
)
def test_a_booking_is_of_one_service_or_of_segments(body: dict[str, Any], field: str) -> None:
    whole = {"start": "2026-03-02T10:00:00Z", "customer": {"name": "Joe"}} | body
    refused = c.validate(c.BookAppointment, whole)
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", field)


def test_a_part_of_a_visit_lives_its_own_life() -> None:
    scene = a_salon().when(book_visit("10:00", CUT, COLOUR))
    first, second = (one.id for one in parts(scene.clinic))
    scene.when(command(c.CancelAppointment, appointment_id=second)).then(e.AppointmentCancelled)
    moved = instant("14:00").isoformat()
    scene.when(command(c.RescheduleAppointment, appointment_id=first, start=moved)).then(e.AppointmentRescheduled)
    assert [one.status for one in parts(scene.clinic)] == ["scheduled", "cancelled"]


@pytest.mark.parametrize("change", [c.AcceptRequest, c.ReassignAppointment])
def test_where_it_stays_a_part_of_a_visit_needs_neither_buffer_nor_grid(change: type[c.OnAppointment]) -> None:
    asked: dict[str, Any] = {"acceptance": "manual", "pending_blocks": False}
    scene = a_salon(
        sent(
            service(duration_minutes=25, slot_step_minutes=15, buffer_after_minutes=10),
            service("colour", duration_minutes=45, slot_step_minutes=15, buffer_before_minutes=10, **asked),
        )
    ).when(book_visit("10:00", CUT, COLOUR | {"resources": ["ann"]}))
    scene.when(command(change, appointment_id=parts(scene.clinic)[1].id))
    assert scene.clinic.refusal is None
    assert spans(scene.clinic)[1][2:] == ("10:25", "11:10")


def test_moved_elsewhere_it_has_its_buffers_and_its_grid_again() -> None:
    scene = a_salon(buffer_before_minutes=10, buffer_after_minutes=15).when(book_visit("10:00", CUT, COLOUR))
    second = parts(scene.clinic)[1].id
    moved = command(c.RescheduleAppointment, appointment_id=second, start=instant("10:45").isoformat())
    scene.when(moved).then(e.AppointmentRescheduled)
    assert f"{parts(scene.clinic)[1].busy.start:%H:%M}" == "10:35"
