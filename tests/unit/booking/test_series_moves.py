"""A series moved by wall time: one occurrence, those after it too, or all; none or all, none in another's way."""

from datetime import timedelta
from typing import Any

import pytest

from by_rule import (
    WEEKS,
    a_series,
    booking,
    hosts,
    occurrences,
    on_series,
    proof_of,
    series_of,
    starts,
    statuses,
    taken,
    week,
)
from contracts import commands as c
from contracts import events as e
from contracts.appointment import Reschedules
from contracts.record import Record
from given import What, ann_works, given, sent, works
from samples import book_series, command, instant, location, service

FOUR = [e.AppointmentRescheduled] * 4


def move(scope: str, start: str, occurrence: int | None = None, **members: Any) -> What:
    return on_series(c.RescheduleSeries, occurrence, scope=scope, start=start, **members)


def at(number: int, time: str) -> str:
    return week(number, time).isoformat()


def moved_event(written: list[Record]) -> e.SeriesRescheduled:
    event = written[0].event
    assert isinstance(event, e.SeriesRescheduled)
    return event


def test_all_that_is_to_come_goes_with_the_next() -> None:
    scene = a_series().when(move("all", at(0, "14:30"), reason="school")).then(e.SeriesRescheduled, *FOUR)
    assert starts(scene.clinic) == [week(number, "14:30") for number in range(4)]
    moved = moved_event(scene.written)
    assert (moved.scope, moved.shift_minutes, moved.reason) == ("all", 270, "school")
    assert moved.appointment_ids == [one.id for one in occurrences(scene.clinic)]


def test_the_others_go_with_whichever_is_named() -> None:
    scene = a_series().when(move("all", at(2, "09:00"), 2))
    assert starts(scene.clinic) == [week(number, "09:00") for number in range(4)]


def test_to_another_day_of_the_week() -> None:
    scene = a_series().when(move("all", (week(0) + timedelta(days=2)).isoformat()))
    assert starts(scene.clinic) == [week(number) + timedelta(days=2) for number in range(4)]


def test_one_alone_moves() -> None:
    scene = a_series().when(move("this", at(1, "11:00"), 1)).then(e.SeriesRescheduled, e.AppointmentRescheduled)
    assert starts(scene.clinic) == [week(0), week(1, "11:00"), week(2), week(3)]


def test_one_and_those_after_it_move() -> None:
    scene = a_series().when(move("this_and_following", at(2, "11:00"), 2))
    assert starts(scene.clinic) == [week(0), week(1), week(2, "11:00"), week(3, "11:00")]


def test_what_was_moved_alone_keeps_its_distance() -> None:
    scene = a_series(WEEKS)
    id = occurrences(scene.clinic)[1].id
    scene.clinic.accept(command(c.RescheduleAppointment, appointment_id=id, start=at(1, "12:00")))
    scene.when(move("all", at(0, "11:00")))
    assert starts(scene.clinic) == [week(0, "11:00"), week(1, "13:00"), week(2, "11:00")]
    assert [one.reschedules for one in occurrences(scene.clinic)] == [
        Reschedules(staff=1), Reschedules(staff=2), Reschedules(staff=1),
    ]  # fmt: skip


def test_what_is_past_or_ended_is_left_alone() -> None:
    scene = a_series()
    scene.clinic.accept(command(c.CancelAppointment, appointment_id=occurrences(scene.clinic)[2].id))
    scene.at("10:01").when(move("all", at(1, "11:00")))
    assert starts(scene.clinic) == [week(0), week(1, "11:00"), week(2), week(3, "11:00")]


def test_nothing_to_come_cannot_move() -> None:
    scene = a_series().at("10:01")
    scene.when(move("this", at(0, "14:00"), 0)).then_illegal("ended", "ended", [])


def test_all_cannot_go_with_one_that_is_past() -> None:
    scene = a_series().at("10:01")
    scene.when(move("all", at(0, "14:00"), 0)).then_illegal("ended", "ended", [])


def test_a_request_does_not_move_and_so_nothing_does() -> None:
    scene = given(sent(service(acceptance="manual")), ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS)))
    scene.clinic.accept(command(c.AcceptRequest, appointment_id=occurrences(scene.clinic)[0].id))
    scene.when(move("all", at(0, "11:00")))
    assert scene.clinic.refusal is not None
    assert scene.clinic.refusal.code == "invalid_transition"
    assert starts(scene.clinic) == [week(0), week(1), week(2)]


def test_a_move_to_where_it_is_writes_nothing() -> None:
    a_series().when(move("all", at(0, "10:00"))).then_nothing()


# --- in whose way -----------------------------------------------------------------------------------------------


def test_it_may_overlap_where_it_was() -> None:
    scene = a_series().when(move("all", at(0, "10:15")))
    assert starts(scene.clinic) == [week(number, "10:15") for number in range(4)]


def test_each_may_take_the_place_of_the_next() -> None:
    """Every day moved a day on: where each goes, another of the same series still is."""
    scene = a_series("FREQ=DAILY;COUNT=3").when(move("all", instant("tue 10:00").isoformat()))
    assert starts(scene.clinic) == [instant(f"{day} 10:00") for day in ("tue", "wed", "thu")]
    scene.when(move("all", instant("mon 10:00").isoformat()))
    assert starts(scene.clinic) == [instant(f"{day} 10:00") for day in ("mon", "tue", "wed")]
    assert proof_of(scene.clinic).violation is None


def test_to_somebody_else_they_go_without_treading_on_each_other() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"))
    scene.clinic.accept(book_series("10:00", "FREQ=DAILY;COUNT=4"))
    scene.when(move("this_and_following", instant("thu 10:00").isoformat(), 2, resources=["bob"]))
    scene.when(move("all", instant("tue 10:00").isoformat(), resources=["bob"]))
    assert hosts(scene.clinic) == [["bob"]] * 4
    assert proof_of(scene.clinic).violation is None


def test_what_stays_of_the_series_is_in_the_way_of_what_moves() -> None:
    scene = a_series("FREQ=DAILY;COUNT=3")
    scene.when(move("this", instant("tue 10:15").isoformat(), 0))
    scene.then_refused("slot_unavailable", None, occurrences=[instant("mon 10:00").isoformat()])


def test_every_conflict_is_named_and_none_moves() -> None:
    scene = given(ann_works("09:00-17:00"), taken(1, "11:00"), taken(2, "11:00"), sent(book_series("10:00", WEEKS)))
    scene.when(move("all", at(0, "11:00")))
    scene.then_refused("slot_unavailable", None, occurrences=[week(1).isoformat(), week(2).isoformat()])
    assert scene.clinic.refusal is not None
    assert [(one.reason, one.start) for one in scene.clinic.refusal.blockers] == [
        ("busy", week(1, "11:00")), ("busy", week(2, "11:00")),
    ]  # fmt: skip
    assert starts(scene.clinic) == [week(0), week(1), week(2)]


def test_where_it_was_is_free_and_where_it_is_is_taken() -> None:
    scene = a_series(WEEKS).when(move("all", at(0, "14:00")))
    scene.when(booking(1)).then_it(status="scheduled")
    scene.when(booking(1, "14:00")).then_refused("slot_unavailable")


def test_it_may_go_to_somebody_else() -> None:
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"), sent(book_series("10:00", WEEKS)))
    scene.when(move("this_and_following", at(1, "10:00"), 1, resources=["bob"]))
    assert hosts(scene.clinic) == [["ann"], ["bob"], ["bob"]]


def test_a_moved_series_stays_one() -> None:
    scene = a_series().when(move("all", at(0, "14:00")))
    assert {one.series_id for one in occurrences(scene.clinic)} == {series_of(scene.clinic)}
    assert statuses(scene.clinic) == ["scheduled"] * 4


# --- clocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "first", "rule", "to", "expected"),
    [
        ("America/New_York", "2026-03-01T10:00", "FREQ=WEEKLY;COUNT=3", "2026-03-01T11:00",
         ["2026-03-01T11:00:00-05:00", "2026-03-08T11:00:00-04:00", "2026-03-15T11:00:00-04:00"]),
        ("Europe/London", "2026-10-24T10:00", "FREQ=DAILY;COUNT=3", "2026-10-24T09:00",
         ["2026-10-24T09:00:00+01:00", "2026-10-25T09:00:00+00:00", "2026-10-26T09:00:00+00:00"]),
        ("Australia/Lord_Howe", "2026-04-03T10:00", "FREQ=DAILY;COUNT=3", "2026-04-03T01:45",
         ["2026-04-03T01:45:00+11:00", "2026-04-04T01:45:00+11:00", "2026-04-05T01:45:00+11:00"]),
        ("Pacific/Apia", "2011-12-28T10:00", "FREQ=DAILY;COUNT=3", "2011-12-28T12:00",
         ["2011-12-28T12:00:00-10:00", "2011-12-29T12:00:00-10:00", "2011-12-31T12:00:00+14:00"]),
    ],
)  # fmt: skip
def test_they_move_by_wall_time(tz: str, first: str, rule: str, to: str, expected: list[str]) -> None:
    scene = given(sent(location(tz=tz)), works("ann", "00:00-24:00", tz=tz))
    scene.when(book_series("10:00", rule, start=first, tz=tz), imported=True)
    scene.when(move("all", to, tz=tz), imported=True)
    assert [one.local_start for one in occurrences(scene.clinic)] == expected


def test_two_that_the_clocks_bring_together_do_not_both_move() -> None:
    """An hour and a half apart on the wall, and half an hour in the night when the clocks go forward."""
    tz = "America/New_York"
    scene = given(
        sent(location(tz=tz), service(duration_minutes=45, slot_step_minutes=15)), works("ann", "00:00-24:00", tz=tz)
    )
    rule = "FREQ=DAILY;BYHOUR=10,11;BYMINUTE=0,30;BYSETPOS=1,4;COUNT=2"
    scene.clinic.accept(book_series("10:00", rule, start="2026-03-08T10:00", tz=tz))
    second = occurrences(scene.clinic)[1].start
    scene.when(move("all", "2026-03-08T01:30", tz=tz))
    scene.then_refused("slot_unavailable", None, occurrences=[second.isoformat()])
    assert scene.clinic.refusal is not None
    assert [one.event_id for one in scene.clinic.refusal.blockers] == [None]


@pytest.mark.parametrize(
    ("tz", "first", "to"),
    [
        ("America/New_York", "2026-03-07T10:00", "2026-03-07T02:30"),
        ("Africa/Cairo", "2026-04-23T10:00", "2026-04-23T00:15"),
    ],
)
def test_none_moves_where_one_would_have_to_be_at_a_time_that_does_not_exist(tz: str, first: str, to: str) -> None:
    scene = given(sent(location(tz=tz)), works("ann", "00:00-24:00", tz=tz))
    scene.clinic.accept(book_series("10:00", "FREQ=DAILY;COUNT=2", start=first, tz=tz))
    second = occurrences(scene.clinic)[1].start
    scene.when(move("all", to, tz=tz))
    scene.then_refused("nonexistent_local_time", "start", occurrences=[second.isoformat()])
    assert occurrences(scene.clinic)[1].start == second
