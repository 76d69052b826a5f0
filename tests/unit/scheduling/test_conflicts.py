"""Conflicts: what is booked and could not be booked like this now, whoever made it so."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts import commands as c
from given import Clinic, Fact, after, ann_works, booked, given, held, on_it, sent, works
from samples import command, instant, location, schedule, service
from scheduling.conflicts import Conflict, conflicts

OPEN = ann_works("09:00-17:00")
OVER = {"override": True, "reason": "Both want to"}


def found(clinic: Clinic) -> list[Conflict]:
    return conflicts(clinic.state.book, [*clinic.state.kept.values()], clinic.now)


def reasons(clinic: Clinic) -> list[tuple[str, bool, list[str]]]:
    """When each starts, whether it was an override, and what stands against it."""
    return [
        (one.start.strftime("%a %H:%M"), one.override, [fact.reason for fact in one.blockers]) for one in found(clinic)
    ]


def test_appointments_side_by_side_and_within_hours_are_none() -> None:
    assert found(given(OPEN, booked("09:00"), booked("09:30"), booked("16:30")).clinic) == []


def test_an_override_and_what_it_was_booked_over_are_both_told_each_with_the_other() -> None:
    scene = given(OPEN, booked("10:00"), booked("10:15", **OVER), booked("11:00"))
    first, second = found(scene.clinic)
    assert (first.start, first.override, second.start, second.override) == (
        instant("10:00"), False, instant("10:15"), True
    )  # fmt: skip
    (fact,) = first.blockers
    assert (fact.reason, fact.resource_id, fact.text) == ("busy", "ann", "Booked 10:15-10:45.")
    assert fact.event_id == scene.clinic.state.kept[f"appointment/{second.appointment_id}"].slot_event
    assert second.blockers[0].event_id == scene.clinic.state.kept[f"appointment/{first.appointment_id}"].slot_event


def test_one_that_covers_several_is_told_with_each() -> None:
    scene = given(OPEN, booked("10:00"), booked("11:00"), booked("09:45", duration_minutes=120, **OVER))
    assert reasons(scene.clinic) == [
        ("Mon 09:45", True, ["busy", "busy"]), ("Mon 10:00", False, ["busy"]), ("Mon 11:00", False, ["busy"])
    ]  # fmt: skip


@pytest.mark.parametrize(("policy", "told"), [("sum", True), ("max", False), ("existing_only", False)])
def test_buffers_belong_to_an_appointment_where_the_place_says_that_they_add_up(policy: str, told: bool) -> None:
    scene = given(
        sent(location(buffer_policy=policy), service(buffer_after_minutes=10, slot_step_minutes=5)), OPEN,
        booked("10:00"), booked("10:35", **OVER),
    )  # fmt: skip
    assert bool(found(scene.clinic)) is told


def hours_end_earlier(clinic: Clinic) -> Any:
    clinic.accept(schedule("ann", "09:00-10:15"))


def day_is_closed(clinic: Clinic) -> Any:
    clinic.accept(command(c.SetScheduleException, resource_id="ann", date="2026-03-02", windows=[]))


def ann_is_away(clinic: Clinic) -> Any:
    clinic.accept(command(c.AddTimeOff, resource_id="ann", start="2026-03-02", end="2026-03-03"))


CHANGES = [
    (hours_end_earlier, "outside_hours", "Open 09:00-10:15."),
    (day_is_closed, "outside_hours", "Closed that day."),
    (ann_is_away, "time_off", "Away 00:00-24:00."),
]


@pytest.mark.parametrize(("change", "reason", "text"), CHANGES)
def test_hours_that_changed_under_an_appointment_are_told_by_their_event(
    change: Callable[[Clinic], Any], reason: str, text: str
) -> None:
    scene = given(OPEN, booked("tue 10:00"), booked("10:00"), change)
    (one, *_) = found(scene.clinic)
    (fact,) = one.blockers
    assert (fact.reason, fact.text, fact.event_id) == (reason, text, scene.clinic.records[-1].event_id)
    assert one.start == instant("10:00")


def test_hours_that_end_with_the_appointment_are_enough_and_a_minute_less_is_not() -> None:
    def until(end: str) -> Fact:
        return sent(schedule("ann", f"10:00-{end}"))

    assert found(given(OPEN, booked("10:00"), until("10:30")).clinic) == []
    assert reasons(given(OPEN, booked("10:00"), until("10:29")).clinic) == [("Mon 10:00", False, ["outside_hours"])]


def test_over_midnight_both_days_count() -> None:
    night = ann_works("20:00-02:00")
    long = booked("23:00", duration_minutes=120)
    assert found(given(night, long).clinic) == []
    windows = [{"start": "20:00", "end": "24:00"}]
    closed = command(c.SetScheduleException, resource_id="ann", date="2026-03-02", windows=windows)
    assert reasons(given(night, long, sent(closed)).clinic) == [("Mon 23:00", False, ["outside_hours"])]


def test_what_has_gone_conflicts_with_nothing() -> None:
    gone = after(on_it(c.CancelAppointment))
    assert found(given(OPEN, booked("10:00"), gone, booked("10:00"), hours_end_earlier, gone).clinic) == []
    scene = given(OPEN, held("10:00", until="08:05"), booked("10:00", **OVER))
    scene.at("08:04:59")
    assert sorted(reasons(scene.clinic)) == [("Mon 10:00", False, ["busy"]), ("Mon 10:00", True, ["held"])]
    scene.at("08:05")
    assert found(scene.clinic) == []


def test_each_resource_is_told_for_itself() -> None:
    both = service(requires=[{"kind": "staff"}, {"kind": "room"}])
    room = works("room1", "00:00-24:00", kind="room")
    scene = given(sent(both), OPEN, room, booked("10:00"), booked("10:00", **OVER))
    assert sorted(one.resource_id for one in found(scene.clinic)) == ["ann", "ann", "room1", "room1"]


def test_what_another_calendar_has_is_told_as_such() -> None:
    event = "BEGIN:VEVENT\nDTSTART:20260302T100000Z\nDURATION:PT20M\nEND:VEVENT"
    ics = f"BEGIN:VCALENDAR\n{event}\nEND:VCALENDAR"
    elsewhere = command(c.ImportExternalBusy, resource_id="ann", source="google", ics=ics)
    scene = given(OPEN, booked("10:00"), sent(elsewhere))
    (fact,) = found(scene.clinic)[0].blockers
    told = "Taken in another calendar 10:00-10:20."
    assert (fact.reason, fact.event_id, fact.text) == ("external_busy", scene.clinic.records[-1].event_id, told)
