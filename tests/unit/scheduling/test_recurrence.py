"""Recurrence: what RFC 5545 rules give in wall time, where clocks change, and what is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from contracts.errors import Rejection
from scheduling.recurrence import LONGEST, MOST, occurrences
from scheduling.zones import resolve, to_datetime


def minute(local: str, tz: str = "UTC") -> int:
    found = resolve(datetime.fromisoformat(local), tz)
    assert isinstance(found, int), found
    return found


def walls(text: str, start: str, tz: str = "UTC", *left_out: date) -> list[str]:
    """The wall times that the rule gives, with their offsets where the zone is not UTC."""
    found = occurrences(text, minute(start, tz), tz, left_out)
    assert not isinstance(found, Rejection), found
    texts = [to_datetime(one).astimezone(ZoneInfo(tz)).isoformat() for one in found]
    return [text.removesuffix(":00+00:00") if tz == "UTC" else text for text in texts]


def refusal(rule: str, start: str = "2026-03-02T10:00", tz: str = "UTC", *left_out: date) -> tuple[str, str]:
    found = occurrences(rule, minute(start, tz), tz, left_out)
    assert isinstance(found, Rejection), found
    assert found.field == "rrule"
    return found.code, found.detail


# --- rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-03-02", "2026-03-09", "2026-03-16"]),
        ("FREQ=WEEKLY;INTERVAL=2;COUNT=3", ["2026-03-02", "2026-03-16", "2026-03-30"]),
        ("FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4", ["2026-03-02", "2026-03-05", "2026-03-09", "2026-03-12"]),
        ("FREQ=DAILY;COUNT=2", ["2026-03-02", "2026-03-03"]),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20260309", ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05",
                                                            "2026-03-06", "2026-03-09"]),
        ("FREQ=MONTHLY;BYDAY=1MO;COUNT=3", ["2026-03-02", "2026-04-06", "2026-05-04"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=3", ["2026-03-02", "2026-04-01", "2026-05-01"]),
        ("FREQ=MONTHLY;BYMONTHDAY=2,-1;COUNT=4", ["2026-03-02", "2026-03-31", "2026-04-02", "2026-04-30"]),
        ("FREQ=YEARLY;COUNT=3", ["2026-03-02", "2027-03-02", "2028-03-02"]),
        ("FREQ=YEARLY;BYWEEKNO=10;BYDAY=MO;COUNT=2", ["2026-03-02", "2027-03-08"]),
        ("freq=weekly;wkst=su;count=2", ["2026-03-02", "2026-03-09"]),
    ],
)  # fmt: skip
def test_a_rule_gives_the_days_that_the_standard_says(rule: str, expected: list[str]) -> None:
    assert walls(rule, "2026-03-02T10:00") == [f"{day}T10:00" for day in expected]


def test_a_day_may_have_several() -> None:
    found = walls("FREQ=DAILY;BYHOUR=10,15;BYMINUTE=0,30;COUNT=5", "2026-03-02T10:00")
    assert found == [f"2026-03-{at}" for at in ("02T10:00", "02T10:30", "02T15:00", "02T15:30", "03T10:00")]


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20260316", "2026-03-16"),
        ("20260315", "2026-03-09"),
        ("20260316T100000", "2026-03-16"),
        ("20260316T095900", "2026-03-09"),
        ("20260316T100000Z", "2026-03-16"),
        ("20260316T095900Z", "2026-03-09"),
    ],
)
def test_a_rule_ends_with_the_date_wall_time_or_instant_it_names(until: str, last: str) -> None:
    assert walls(f"FREQ=WEEKLY;UNTIL={until}", "2026-03-02T10:00")[-1] == f"{last}T10:00"


def test_an_until_with_a_zone_is_an_instant_and_one_without_a_wall_time() -> None:
    start, tz = "2026-03-02T20:00", "America/New_York"
    assert len(walls("FREQ=DAILY;UNTIL=20260304T010000Z", start, tz)) == 2
    assert len(walls("FREQ=DAILY;UNTIL=20260304T005900Z", start, tz)) == 1
    assert len(walls("FREQ=DAILY;UNTIL=20260304T200000", start, tz)) == 3


def test_what_is_left_out_still_counts() -> None:
    """RFC 5545: COUNT is of the rule, before EXDATE."""
    left_out = date(2026, 3, 9), datetime(2026, 3, 16, 10, 0), datetime(2026, 3, 23, 10, 0, tzinfo=UTC)
    assert walls("FREQ=WEEKLY;COUNT=5", "2026-03-02T10:00", "UTC", *left_out) == [
        "2026-03-02T10:00",
        "2026-03-30T10:00",
    ]


def test_what_is_left_out_by_another_time_of_day_stays() -> None:
    assert len(walls("FREQ=WEEKLY;COUNT=2", "2026-03-02T10:00", "UTC", datetime(2026, 3, 9, 11, 0))) == 2


# --- clocks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "start", "rule", "expected"),
    [
        # Every occurrence keeps its wall time over the change, in both directions and both hemispheres.
        ("America/New_York", "2026-03-01T10:00", "FREQ=WEEKLY;COUNT=3",
         ["2026-03-01T10:00:00-05:00", "2026-03-08T10:00:00-04:00", "2026-03-15T10:00:00-04:00"]),
        ("Europe/London", "2026-10-18T10:00", "FREQ=WEEKLY;COUNT=3",
         ["2026-10-18T10:00:00+01:00", "2026-10-25T10:00:00+00:00", "2026-11-01T10:00:00+00:00"]),
        ("Australia/Lord_Howe", "2026-03-29T10:00", "FREQ=WEEKLY;COUNT=2",
         ["2026-03-29T10:00:00+11:00", "2026-04-05T10:00:00+10:30"]),
        # In a gap there is none, and it is not counted.
        ("America/New_York", "2026-03-06T02:30", "FREQ=DAILY;COUNT=6",
         [f"2026-03-{day:02}T02:30:00-0{offset}:00" for day, offset in
          ((6, 5), (7, 5), (9, 4), (10, 4), (11, 4), (12, 4))]),
        ("Australia/Lord_Howe", "2026-10-03T02:15", "FREQ=DAILY;COUNT=2",
         ["2026-10-03T02:15:00+10:30", "2026-10-05T02:15:00+11:00"]),
        ("Australia/Lord_Howe", "2026-10-03T02:30", "FREQ=DAILY;COUNT=2",
         ["2026-10-03T02:30:00+10:30", "2026-10-04T02:30:00+11:00"]),
        # Midnight that does not exist.
        ("Africa/Cairo", "2026-04-23T00:00", "FREQ=DAILY;COUNT=2",
         ["2026-04-23T00:00:00+02:00", "2026-04-25T00:00:00+03:00"]),
        # A date that does not exist.
        ("Pacific/Apia", "2011-12-29T10:00", "FREQ=DAILY;COUNT=2",
         ["2011-12-29T10:00:00-10:00", "2011-12-31T10:00:00+14:00"]),
        # In a repeated hour the first is meant.
        ("America/New_York", "2026-10-31T01:30", "FREQ=DAILY;COUNT=3",
         ["2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]),
        ("Australia/Lord_Howe", "2026-04-04T01:45", "FREQ=DAILY;COUNT=2",
         ["2026-04-04T01:45:00+11:00", "2026-04-05T01:45:00+11:00"]),
        ("Asia/Kathmandu", "2026-03-02T10:00", "FREQ=WEEKLY;COUNT=2",
         ["2026-03-02T10:00:00+05:45", "2026-03-09T10:00:00+05:45"]),
    ],
)  # fmt: skip
def test_where_clocks_change(tz: str, start: str, rule: str, expected: list[str]) -> None:
    assert walls(rule, start, tz) == expected


def test_a_start_in_the_second_of_two_equal_hours_stays_there_and_the_others_are_the_first() -> None:
    tz, start = "America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    found = occurrences("FREQ=DAILY;COUNT=2", int(start.timestamp()) // 60, tz)
    assert not isinstance(found, Rejection)
    assert [to_datetime(one) for one in found] == [start, datetime(2026, 11, 2, 6, 30, tzinfo=UTC)]


def test_a_rule_that_ends_in_a_gap_ends_there() -> None:
    assert len(walls("FREQ=DAILY;UNTIL=20260308", "2026-03-06T02:30", "America/New_York")) == 2


# --- bounds -----------------------------------------------------------------------------------------------------


def test_there_are_so_many_at_most() -> None:
    assert len(walls(f"FREQ=DAILY;COUNT={MOST}", "2026-03-02T10:00")) == MOST
    assert refusal(f"FREQ=DAILY;COUNT={MOST + 1}")[0] == "too_large"
    assert refusal("FREQ=DAILY;UNTIL=20261001")[0] == "too_large"


def test_they_lie_within_two_years() -> None:
    last = datetime(2026, 3, 2) + LONGEST
    assert len(walls(f"FREQ=MONTHLY;UNTIL={last:%Y%m%d}", "2026-03-02T10:00")) == 25
    assert refusal("FREQ=YEARLY;COUNT=4")[0] == "too_large"


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=DAILY;INTERVAL=999"])
def test_a_rule_without_an_end_is_too_large(rule: str) -> None:
    assert refusal(rule, "2028-02-29T10:00")[0] == "too_large"


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ("", "an empty part is not known here"),
        ("COUNT=2", "FREQ is missing"),
        ("FREQ=WEEKLY;", "an empty part is not known here"),
        ("FREQ=HOURLY;COUNT=2", "FREQ cannot be HOURLY"),
        ("RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ is not known here"),
        ("FREQ=WEEKLY;COUNT=0", "COUNT cannot be 0"),
        ("FREQ=WEEKLY;INTERVAL=0", "INTERVAL cannot be 0"),
        ("FREQ=WEEKLY;COUNT=2;COUNT=3", "COUNT is named twice"),
        ("FREQ=WEEKLY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL contradict each other"),
        ("FREQ=WEEKLY;UNTIL=20261301", "UNTIL names no date and time"),
        ("FREQ=WEEKLY;UNTIL=20260301", "nothing is left of it"),
        ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", "BYDAY cannot be XX"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "start is none of its occurrences"),
        ("FREQ=WEEKLY;BYDAY=2MO;COUNT=2", "BYDAY has a number, which goes with FREQ=MONTHLY and YEARLY alone"),
        ("FREQ=WEEKLY;BYMONTHDAY=2;COUNT=2", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=10;COUNT=2", "BYWEEKNO does not go with FREQ=MONTHLY"),
        ("FREQ=DAILY;BYYEARDAY=61;COUNT=2", "BYYEARDAY does not go with FREQ=DAILY"),
        ("FREQ=DAILY;BYSETPOS=1;COUNT=2", "BYSETPOS needs another part to count in"),
        ("FREQ=MONTHLY;BYMONTH=13;COUNT=2", "BYMONTH cannot be 13"),
        ("FREQ=YEARLY;BYDAY=60MO;COUNT=2", "it contradicts itself"),
        ("FREQ=DAILY;BYSECOND=30;COUNT=2", "BYSECOND is not known here"),
        ("FREQ=DAILY;BYHOUR=11;COUNT=2", "start is none of its occurrences"),
    ],
)
def test_what_is_no_rule_is_told_why(rule: str, says: str) -> None:
    assert refusal(rule) == ("invalid_command", f"rrule: {says}.")


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6;COUNT=2", "FREQ=DAILY;INTERVAL=7;BYDAY=TU;COUNT=2",
    ],
)  # fmt: skip
def test_a_rule_that_never_happens_is_not_looked_for_until_the_end_of_the_calendar(
    rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted, not timed: how many periods the expansion looks at."""
    looked = count_periods(monkeypatch)
    assert refusal(rule)[1] == "rrule: start is none of its occurrences."
    assert looked() <= 2


def test_the_next_of_a_rare_rule_is_found_within_a_turn_of_the_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = count_periods(monkeypatch)
    rare = "FREQ=DAILY;INTERVAL=1;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU;COUNT=2"
    assert refusal(rare, "2028-02-29T10:00")[0] == "too_large"
    assert looked() < 12_000


def count_periods(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    seen, rebuild = [0], rrule._iterinfo.rebuild

    def counted(self: Any, year: int, month: int) -> None:
        seen[0] += 1
        rebuild(self, year, month)

    monkeypatch.setattr(rrule._iterinfo, "rebuild", counted)
    occurrences.cache_clear()
    return lambda: seen[0]


# --- against a naive reading ------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@over(
    st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]),
    st.dates(date(2024, 1, 1), date(2027, 1, 1)),
    st.integers(0, 95),
    st.integers(1, 40),
    st.integers(1, 9),
)
def test_every_so_many_days_is_what_a_calendar_and_two_round_trips_say(
    tz: str, day: date, quarter: int, count: int, interval: int
) -> None:
    place = ZoneInfo(tz)

    def exists(local: datetime) -> bool:
        return local.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) == local

    first = datetime.combine(day, datetime.min.time()).replace(hour=quarter // 4, minute=quarter % 4 * 15)
    if not exists(first):
        return
    expected, number = list[datetime](), first.toordinal()
    while len(expected) < count:
        local = datetime.combine(date.fromordinal(number), first.time())
        if exists(local):
            expected.append(local.replace(tzinfo=place).astimezone(UTC))
        number += interval
    found = occurrences(f"FREQ=DAILY;INTERVAL={interval};COUNT={count}", minute(first.isoformat(), tz), tz)
    assert not isinstance(found, Rejection)
    assert [to_datetime(one) for one in found] == expected
