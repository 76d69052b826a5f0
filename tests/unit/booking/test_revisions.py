"""Revisions: start, resources, details and status changed in one decision, all of it or none."""

import pytest

from booking.needs import days
from contracts import commands as c
from contracts import events as e
from contracts.appointment import Reschedules
from given import What, ann_works, booked, given, held, on_it, sent, works
from samples import book, instant, iso, location, service
from scheduling.zones import to_minute


def revise(**members: object) -> What:
    return on_it(c.ReviseAppointment, **members)


def names(scene) -> list[str]:  # type: ignore[no-untyped-def]
    return [resource.id for resource in scene.clinic.appointment().resources]


LENIENT = sent(location(profile="lenient"))
BOTH = ann_works("09:00-17:00"), works("bob", "09:00-17:00"), booked("10:00", resources=["ann"])


def test_start_people_notes_and_status_change_in_one_decision() -> None:
    scene = given(*BOTH).when(
        revise(start=iso("14:00"), resources=["bob"], notes="firm", status="confirmed", reason="asked")
    )
    scene.then(e.AppointmentRescheduled, e.AppointmentDetailsChanged, e.AppointmentConfirmed)
    scene.then_it(start=instant("14:00"), end=instant("14:30"), notes="firm", status="confirmed", version=4)
    assert names(scene) == ["bob"]
    assert scene.clinic.appointment().reasons == {"rescheduled": "asked", "confirmed": "asked"}


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"start": iso("20:00"), "notes": "firm"}, "outside_hours"),
        ({"start": iso("14:00"), "resources": ["nobody"], "notes": "firm"}, "not_found"),
        ({"start": iso("14:00"), "notes": "firm", "status": "completed"}, "invalid_transition"),
        ({"start": "2026-03-02T14:00", "notes": "firm"}, "invalid_command"),
        ({"notes": "firm", "expected_version": 9}, "version_conflict"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_where_one_part_is_refused_nothing_changes(members: dict[str, object], code: str) -> None:
    scene = given(*BOTH)
    before = scene.clinic.appointment()
    scene.when(revise(**members))
    assert scene.clinic.refusal is not None
    assert scene.clinic.refusal.code == code
    assert scene.clinic.appointment() == before


def test_what_is_not_given_stays() -> None:
    scene = given(ann_works("09:00-17:00"), booked("10:00", notes="firm", internal_notes="VIP", source="online"))
    scene.when(revise(start=iso("11:00"))).then(e.AppointmentRescheduled)
    scene.when(revise(notes="soft")).then(e.AppointmentDetailsChanged)
    scene.then_it(notes="soft", internal_notes="VIP", source="online", start=instant("11:00"))


def test_a_revision_to_what_is_already_so_writes_nothing() -> None:
    scene = given(*BOTH)
    scene.when(revise()).then_nothing()
    scene.when(revise(start=iso("10:00"), resources=["ann"], status="scheduled", coordinators=[])).then_nothing()
    scene.when(revise(start=None, resources=None, status=None)).then_nothing()


def test_other_people_at_the_same_time_are_a_reassignment_also_when_the_start_is_repeated() -> None:
    scene = given(*BOTH).when(revise(resources=["bob"])).then(e.AppointmentReassigned)
    scene.when(revise(start=iso("10:00"), resources=["ann"])).then(e.AppointmentReassigned)
    assert names(scene) == ["ann"]
    scene.then_it(original_start=instant("10:00"), reschedules=Reschedules())


def test_no_people_named_means_any_of_those_who_can() -> None:
    scene = given(*BOTH, booked("14:00", resources=["ann"]))
    scene.when(book("10:00", resources=["bob"])).when(revise(start=iso("14:00"), resources=[]))
    scene.then(e.AppointmentRescheduled)
    assert names(scene) == ["bob"]


def test_a_longer_duration_alone_is_a_move_to_the_same_start() -> None:
    given(*BOTH).when(revise(duration_minutes=60)).then(e.AppointmentRescheduled).then_it(end=instant("11:00"))


def test_a_local_start_is_placed_in_its_zone() -> None:
    given(*BOTH).when(revise(start="2026-03-02T09:00", tz="America/New_York")).then_it(start=instant("14:00"))


def test_the_lenient_profile_completes_what_was_only_scheduled_and_the_strict_one_does_not() -> None:
    given(LENIENT, *BOTH).when(revise(status="completed", notes="done")).then(
        e.AppointmentDetailsChanged, e.AppointmentCompleted
    )
    given(*BOTH).when(revise(status="completed")).then_illegal(
        "scheduled", "completed", ["cancelled", "confirmed", "no_show"]
    )


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("confirmed", e.AppointmentConfirmed), ("checked_in", e.AppointmentCheckedIn),
        ("in_progress", e.AppointmentStarted), ("completed", e.AppointmentCompleted),
        ("no_show", e.AppointmentNoShow), ("cancelled", e.AppointmentCancelled),
    ],
)  # fmt: skip
def test_a_status_is_reached_by_its_own_event(status: str, event: type[e.Event]) -> None:
    given(LENIENT, *BOTH).when(revise(status=status)).then(event).then_it(status=status)


def test_a_request_becomes_scheduled_by_its_acceptance() -> None:
    manual = sent(service(acceptance="manual"))
    given(manual, *BOTH).when(revise(status="scheduled")).then(e.RequestAccepted).then_it(status="scheduled")


def test_what_was_confirmed_or_cancelled_is_scheduled_again() -> None:
    scene = given(*BOTH).when(revise(status="confirmed"))
    scene.when(revise(status="scheduled", notes="rang")).then(e.AppointmentDetailsChanged, e.ConfirmationUndone)
    scene.when(revise(status="cancelled")).when(revise(status="scheduled")).then(e.AppointmentReinstated)
    missed = given(*BOTH).when(revise(status="no_show"))
    missed.when(revise(status="scheduled")).then_illegal("no_show", "scheduled", ["completed"])


def test_an_outcome_is_corrected_with_a_reason() -> None:
    scene = given(*BOTH).when(revise(status="no_show"))
    scene.when(revise(status="completed")).then_refused("invalid_command", "reason")
    scene.when(revise(status="completed", reason="came after all")).then(
        e.AppointmentOutcomeCorrected, outcome="completed", reason="came after all"
    )


def test_a_cancellation_by_revision_keeps_its_reason_and_frees_the_slot() -> None:
    scene = given(*BOTH).when(revise(status="cancelled", reason="ill", refund=False))
    scene.then(e.AppointmentCancelled, reason="ill", refund="false")
    scene.when(book("10:00", resources=["ann"])).then_it(status="scheduled")


def test_a_hold_is_not_revised() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="desk"))
    scene.when(revise(notes="firm")).then_illegal("held", "held", ["cancelled", "requested", "scheduled"])


def test_a_revision_asks_for_the_days_that_its_move_decides_on() -> None:
    clinic = given(*BOTH).clinic
    day = to_minute(instant("wed 10:00")) // 1440
    assert ("ann", day) in days(revise(start=iso("wed 10:00"))(clinic), clinic.view())  # type: ignore[operator]
    assert days(revise(notes="firm")(clinic), clinic.view()) == set()  # type: ignore[operator]
    manual = sent(service(acceptance="manual", pending_blocks=False))
    asked = given(manual, ann_works("09:00-17:00"), booked("10:00")).clinic
    today = to_minute(instant("10:00")) // 1440
    assert ("ann", today) in days(revise(status="scheduled")(asked), asked.view())  # type: ignore[operator]
