"""Buffers: each policy keeps its gap on both sides of what is booked, to the minute, by night and by day.

Booked is half an hour with 10 minutes before and 15 after; asked for is half an hour with 20 before and 25 after.
"""

from typing import Any

import pytest

from scheduling.slots import Choice
from week import TZ, allows, decide, on
from worlds import Layer, Resource, Taken, World, minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS = (Layer(10, ((DAYS, ("00:00", "24:00")),)),)
GAPS = {"sum": (35, 35), "max": (20, 25), "existing_only": (15, 10), "query_after": (25, 0)}
"""The minutes between what is booked and a slot after it, and between a slot and what is booked after it."""


def world(start: int, policy: str, *, tz: str = TZ, **members: Any) -> World:
    taken = Taken("appointment/1", "ann", start, start + 30, before=10, after=15)
    asked: dict[str, Any] = {"before": 20, "after": 25, "step": 1}
    return World((Resource("ann", tz=tz, layers=ALWAYS),), (taken,), policy=policy, **asked | members)


NIGHTS = [
    on("tue", "12:00"),
    on("tue", "23:20"),
    on("tue", "23:50"),
    on("wed", "00:00"),
    on("sun", "01:20"),
    on("sun", "03:00"),
    minute("2026-11-01T05:20Z"),
]
"""By day, around midnight, before and after the hour that the clocks leave out, and in the one that they repeat."""


@pytest.mark.parametrize("start", NIGHTS)
@pytest.mark.parametrize("policy", GAPS)
def test_each_policy_keeps_its_gap_on_both_sides_to_the_minute(policy: str, start: int) -> None:
    asked, (after, before) = world(start, policy), GAPS[policy]
    assert allows(asked, start + 30 + after)
    assert not allows(asked, start + 30 + after - 1)
    assert allows(asked, start - before - 30)
    assert not allows(asked, start - before - 30 + 1)


@pytest.mark.parametrize(
    ("tz", "start"), [("Australia/Lord_Howe", "2026-04-04T14:50Z"), ("Asia/Kathmandu", "2026-03-04T18:00Z")]
)
@pytest.mark.parametrize("policy", GAPS)
def test_a_buffer_is_as_long_where_clocks_change_by_half_an_hour_and_midnight_is_no_full_hour(
    policy: str, tz: str, start: str
) -> None:
    begins, (after, before) = minute(start), GAPS[policy]
    asked = world(begins, policy, tz=tz)
    assert [allows(asked, begins + 30 + after - late) for late in (0, 1)] == [True, False]
    assert [allows(asked, begins - before - 30 + late) for late in (0, 1)] == [True, False]


@pytest.mark.parametrize("policy", GAPS)
def test_the_padded_interval_is_a_fact_whatever_the_policy_asked_of_the_gap(policy: str) -> None:
    choice = decide(world(on("tue", "09:00"), policy), on("tue", "23:50"))
    assert isinstance(choice, Choice)
    assert (choice.start, choice.end) == (on("tue", "23:50"), on("wed", "00:20"))
    assert (choice.busy_start, choice.busy_end) == (on("tue", "23:30"), on("wed", "00:45"))


@pytest.mark.parametrize("policy", GAPS)
@pytest.mark.parametrize("outside", ["allow", "deny"])
def test_buffers_lie_outside_hours_where_the_place_allows_it(policy: str, outside: str) -> None:
    """Open from 22:00 to 02:00 over the midnight before the clocks change."""
    night = (Layer(10, ((("sat",), ("22:00", "02:00")),)),)
    asked = world(on("tue", "12:00"), policy, outside=outside)
    asked = World(**vars(asked) | {"resources": (Resource("ann", tz=TZ, layers=night),)})
    first, last = on("sat", "22:00"), on("sun", "01:30")
    inside = (0, 0) if outside == "allow" else (20, 25)
    assert [allows(asked, first + inside[0] - early) for early in (0, 1)] == [True, False]
    assert [allows(asked, last - inside[1] + late) for late in (0, 1)] == [True, False]
