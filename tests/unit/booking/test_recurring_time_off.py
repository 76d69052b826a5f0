"""Time off that comes again: between the same wall times or on other dates, nights without that hour left out."""

from datetime import date
from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import Scene, ann_works, given
from samples import book, command, instant
from scheduling.book import decode, encode
from scheduling.closures import Off
from scheduling.recurring import MOST
from worlds import instant as at_minute
from worlds import minute

NEW_YORK = "America/New_York"


def time_off(**members: Any) -> c.AddTimeOff:
    return command(c.AddTimeOff, **{"resource_id": "ann", "id": "off"} | members)


LUNCH = {"start": "2026-03-02T12:00Z", "end": "2026-03-02T13:00Z", "rrule": "FREQ=DAILY;BYDAY=MO,TU,WE,TH;COUNT=4"}
"""From twelve to one, from Monday on, for four weekdays."""


def lunch(**members: Any) -> c.AddTimeOff:
    return time_off(**LUNCH | members)


def offs(scene: Scene, first: str, last: str) -> list[str]:
    """When ann is away, in UTC."""
    found = scene.clinic.state.book.hours("ann").away(minute(first), minute(last))
    return [f"{at_minute(one.start):%d.%m. %H:%M} - {at_minute(one.end):%d.%m. %H:%M}" for one in found]


def test_it_is_written_down_as_a_rule_with_its_wall_times() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch())
    scene.then(
        e.TimeOffAdded, start=instant("12:00"), rrule="FREQ=DAILY;BYDAY=MO,TU,WE,TH;COUNT=4", tz="UTC",
        local_start="2026-03-02T12:00:00", local_end="2026-03-02T13:00:00",
    )  # fmt: skip


def test_each_occurrence_blocks_and_the_minutes_around_it_do_not() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch())
    for day in ("mon", "wed", "thu"):
        scene.when(book(f"{day} 11:30")).then_it(start=instant(f"{day} 11:30"))
        scene.when(book(f"{day} 12:45")).then_refused("outside_hours")
        assert scene.clinic.refusal
        [fact] = scene.clinic.refusal.blockers
        assert (fact.reason, fact.start, fact.end) == ("time_off", instant(f"{day} 12:00"), instant(f"{day} 13:00"))
        assert fact.event_id == scene.clinic.state.book.resources["ann"].time_off["off"].event_id
        scene.when(book(f"{day} 13:00")).then_it(start=instant(f"{day} 13:00"))
    scene.when(book("fri 12:15")).then_it(start=instant("fri 12:15"))


def test_after_its_count_it_is_over() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch())
    assert offs(scene, "2026-03-01T00:00Z", "2026-04-01T00:00Z") == [
        f"0{day}.03. 12:00 - 0{day}.03. 13:00" for day in (2, 3, 4, 5)
    ]


def test_it_can_be_removed_as_a_whole() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch())
    scene.when(command(c.RemoveTimeOff, resource_id="ann", time_off_id="off")).then(e.TimeOffRemoved)
    scene.when(book("tue 12:15")).then_it(start=instant("tue 12:15"))


def test_wall_times_stay_what_they_are_when_the_clocks_change() -> None:
    scene = given(ann_works("09:00-17:00")).when(
        lunch(start="2026-03-06T12:00", end="2026-03-06T13:00", tz=NEW_YORK, rrule="FREQ=DAILY;INTERVAL=3;COUNT=2")
    )
    assert offs(scene, "2026-03-06T00:00Z", "2026-03-10T00:00Z") == [
        "06.03. 17:00 - 06.03. 18:00", "09.03. 16:00 - 09.03. 17:00",
    ]  # fmt: skip


def test_a_night_without_that_hour_is_left_out_and_not_counted() -> None:
    night = {"start": "2026-03-07T02:30", "end": "2026-03-07T03:30", "tz": NEW_YORK, "rrule": "FREQ=DAILY;COUNT=2"}
    scene = given(ann_works("00:00-24:00")).when(time_off(**night))
    assert offs(scene, "2026-03-06T00:00Z", "2026-03-20T00:00Z") == [
        "07.03. 07:30 - 07.03. 08:30", "09.03. 06:30 - 09.03. 07:30",
    ]  # fmt: skip


def test_an_end_in_the_gap_is_the_first_instant_after_it_and_a_repeated_hour_its_first() -> None:
    evening = {"start": "2026-03-07T01:30", "end": "2026-03-07T02:30", "tz": NEW_YORK, "rrule": "FREQ=DAILY;COUNT=2"}
    scene = given(ann_works("00:00-24:00")).when(time_off(**evening))
    assert offs(scene, "2026-03-08T00:00Z", "2026-03-09T00:00Z") == ["08.03. 06:30 - 08.03. 07:00"]
    autumn = {"start": "2026-10-31T01:30", "end": "2026-10-31T02:30", "tz": NEW_YORK, "rrule": "FREQ=DAILY;COUNT=2"}
    scene.when(time_off(**autumn | {"id": "autumn"}))
    assert offs(scene, "2026-11-01T00:00Z", "2026-11-02T00:00Z") == ["01.11. 05:30 - 01.11. 07:30"]


def test_whole_days_come_again_on_the_resource_s_calendar() -> None:
    fridays = time_off(start="2026-03-06", end="2026-03-07", rrule="FREQ=WEEKLY;INTERVAL=2;UNTIL=20260403")
    scene = given(ann_works("09:00-17:00", tz=NEW_YORK)).when(fridays)
    scene.then(e.TimeOffAdded, start=None, start_date=date(2026, 3, 6), rrule="FREQ=WEEKLY;INTERVAL=2;UNTIL=20260403")
    assert offs(scene, "2026-03-01T00:00Z", "2026-05-01T00:00Z") == [
        "06.03. 05:00 - 07.03. 05:00", "20.03. 04:00 - 21.03. 04:00", "03.04. 04:00 - 04.04. 04:00",
    ]  # fmt: skip


def test_a_date_that_does_not_exist_is_left_out_and_not_counted() -> None:
    apia = time_off(start="2011-12-29", end="2011-12-30", rrule="FREQ=DAILY;COUNT=2")
    scene = given(ann_works("09:00-17:00", tz="Pacific/Apia")).when(apia)
    assert offs(scene, "2011-12-25T00:00Z", "2012-01-10T00:00Z") == [
        "29.12. 10:00 - 30.12. 10:00", "30.12. 10:00 - 31.12. 10:00",
    ]  # fmt: skip


def test_until_an_instant_includes_what_begins_just_then() -> None:
    for until, count in (("20260304T120000Z", 3), ("20260304T115900Z", 2), ("20260304T120000", 3), ("20260304", 3)):
        scene = given(ann_works("09:00-17:00")).when(lunch(rrule=f"FREQ=DAILY;UNTIL={until}"))
        assert len(offs(scene, "2026-03-01T00:00Z", "2026-04-01T00:00Z")) == count


def test_without_an_end_it_goes_on_as_far_as_anybody_asks() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch(rrule="FREQ=DAILY"))
    assert offs(scene, "2036-03-01T00:00Z", "2036-03-02T00:00Z") == ["01.03. 12:00 - 01.03. 13:00"]
    last = minute("2026-03-02T12:00Z") + (MOST - 1) * 1440
    hours = scene.clinic.state.book.hours("ann")
    assert [off.start for off in hours.away(last, last + 4320)] == [last]


def test_a_start_that_is_not_on_the_rule_waits_for_the_first_that_is() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch(rrule="FREQ=WEEKLY;BYDAY=TH;COUNT=1"))
    assert offs(scene, "2026-03-01T00:00Z", "2026-04-01T00:00Z") == ["05.03. 12:00 - 05.03. 13:00"]


@pytest.mark.parametrize(
    "rrule",
    [
        "", "EVERY DAY", "FREQ=HOURLY", "INTERVAL=2", "FREQ=DAILY;FREQ=WEEKLY", "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=10001", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;COUNT=2;UNTIL=20260401", "FREQ=DAILY;BYHOUR=9",
        "FREQ=DAILY;UNTIL=20261301", "FREQ=DAILY;UNTIL=tomorrow", "FREQ=WEEKLY;BYDAY=XX", "FREQ=MONTHLY;BYSETPOS=0",
        "RRULE:FREQ=DAILY", "FREQ=DAILY\nDTSTART:20260101", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;UNTIL=20260101", "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_never_happens_is_refused(rrule: str) -> None:
    refused = c.validate(c.AddTimeOff, LUNCH | {"resource_id": "ann", "rrule": rrule})
    if not isinstance(refused, Rejection):
        given(ann_works("09:00-17:00")).when(refused).then_refused("invalid_command", "rrule")
    else:
        assert (refused.code, refused.field) == ("invalid_command", "rrule")


def test_its_zone_has_to_exist_and_an_occurrence_is_at_most_31_days_long() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(lunch(tz="Mars/Olympus")).then_refused("unknown_zone", "tz")
    scene.when(time_off(start="2026-03-02", end="2026-04-02", rrule="FREQ=MONTHLY")).then(e.TimeOffAdded)
    long = time_off(id="long", start="2026-03-02", end="2026-04-03", rrule="FREQ=MONTHLY")
    scene.when(long).then_refused("invalid_command", "end")


@pytest.mark.parametrize("busy_type", ["busy", "tentative", "unavailable"])
def test_what_it_is_to_others_is_kept(busy_type: Any) -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch(busy_type=busy_type))
    [off] = scene.clinic.state.book.hours("ann").away(minute("2026-03-02T12:00Z"), minute("2026-03-02T13:00Z"))
    assert off == Off(minute("2026-03-02T12:00Z"), minute("2026-03-02T13:00Z"), off.event_id, "time_off", busy_type)


def test_a_snapshot_has_the_rule() -> None:
    scene = given(ann_works("09:00-17:00")).when(lunch(busy_type="busy"))
    again = decode(encode(scene.clinic.state.book))
    assert again == scene.clinic.state.book
    span = minute("2026-03-01T00:00Z"), minute("2026-04-01T00:00Z")
    assert again.hours("ann").away(*span) == scene.clinic.state.book.hours("ann").away(*span)
