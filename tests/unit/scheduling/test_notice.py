"""Notice, horizon and the grid of starts as policies: the last start refused, the first allowed, and what is said."""

from typing import Any

import pytest

import shelves
from scheduling.slots import Choice, offers
from week import ANN, BOB, MONDAY_NOON, TZ, allows, decide, on, only, planned, refused, world
from worlds import Layer, Resource, World, instant, minute

# --- notice -------------------------------------------------------------------------------------------------------


def test_a_start_lies_as_many_minutes_ahead_as_are_needed_to_the_very_microsecond() -> None:
    asked, noon = world(min_notice_minutes=60), on("mon")
    assert allows(asked, noon, now=noon - 60)
    assert refused(asked, noon, now=noon - 59).code == "too_soon"
    assert refused(asked, noon, now=noon - 60 + 1 / 60e6).code == "too_soon"


def test_who_is_too_soon_is_told_by_which_policy_and_from_when() -> None:
    refusal = refused(world(min_notice_minutes=90), on("mon", "13:00"))
    fact = only(refusal)
    assert (refusal.code, fact.reason, fact.event_id, fact.resource_id) == ("too_soon", "too_soon", "evt_1.7.6", None)
    assert fact.text == refusal.detail == "Starts lie at least 90 minutes ahead: from 2026-03-02 13:30."
    assert (fact.start, fact.end) == (instant(on("mon", "13:00")), instant(on("mon", "13:30")))


@pytest.mark.parametrize("now", ["00:00", "12:00", "23:59"])
def test_days_of_notice_are_dates_of_the_place_however_late_it_is(now: str) -> None:
    asked = world(min_notice_days=2)
    assert refused(asked, on("wed", "00:00") - 1, now=on("mon", now)).code == "too_soon"
    assert allows(asked, on("wed", "00:00"), now=on("mon", now))
    assert allows(asked, on("wed", "00:00"), now=on("mon", "23:59") + 0.99)
    assert refused(asked, on("wed", "00:00"), now=on("tue", "00:00")).code == "too_soon"


def test_no_days_of_notice_are_none_and_of_minutes_and_days_both_are_needed() -> None:
    assert allows(world(min_notice_days=0), on("mon"))
    both = world(min_notice_days=1, min_notice_minutes=1440)
    assert refused(both, on("tue") - 1).detail.startswith("Starts lie at least 1440 minutes ahead")
    assert allows(both, on("tue"))
    days = world(min_notice_days=2, min_notice_minutes=60)
    assert refused(days, on("tue")).detail.startswith("Starts lie at least 2 days ahead")


def test_days_ahead_are_shorter_when_the_clocks_go_forward() -> None:
    assert refused(world(min_notice_days=1), on("next mon", "00:00") - 1, now=on("sun", "00:00")).code == "too_soon"
    assert allows(world(min_notice_days=1), on("next mon", "00:00"), now=on("sun", "00:00"))
    assert on("next mon", "00:00") - on("sun", "00:00") == 23 * 60


def test_a_rule_of_one_resource_names_it_and_stands_in_nobody_elses_way() -> None:
    own = (("tenant", (("min_notice_minutes", 60),)), ("bob", (("min_notice_minutes", None),)))
    asked = World((ANN, BOB), tz=TZ, step=1, rules=own)
    choice = decide(asked, on("mon"))
    assert isinstance(choice, Choice)
    assert choice.resources == ("bob",)
    anns = World((ANN,), tz=TZ, step=1, rules=(("ann", (("min_notice_minutes", 60),)),))
    assert only(refused(anns, on("mon"))).resource_id == "ann"


def test_one_rule_against_everybody_is_told_once() -> None:
    assert only(refused(world(resources=(ANN, BOB), min_notice_days=1), on("mon"))).resource_id is None


def test_what_has_passed_is_not_also_too_soon() -> None:
    refusal = refused(world(min_notice_minutes=60), on("mon") - 1)
    assert (refusal.code, only(refusal).reason) == ("in_past", "in_past")


# --- horizon ------------------------------------------------------------------------------------------------------


def test_the_last_day_of_the_horizon_is_bookable_to_its_end() -> None:
    asked = world(horizon_days=2)
    assert allows(asked, on("thu", "00:00") - 1)
    refusal = refused(asked, on("thu", "00:00"))
    fact = only(refusal)
    assert (refusal.code, fact.reason, fact.event_id) == ("too_far", "too_far", "evt_1.7.6")
    assert fact.text == "Starts lie at most 2 days ahead: until 2026-03-05 00:00."
    assert allows(asked, on("thu", "00:00"), now=on("tue", "00:00"))
    assert refused(asked, on("thu", "00:00"), now=on("tue", "00:00") - 0.01).code == "too_far"


def test_a_horizon_of_no_days_is_today() -> None:
    assert allows(world(horizon_days=0), on("tue", "00:00") - 1)
    assert refused(world(horizon_days=0), on("tue", "00:00")).code == "too_far"


def test_business_days_do_not_count_the_weekend_which_can_be_booked_all_the_same() -> None:
    asked = world(horizon_days=1, horizon="business")
    assert allows(asked, on("next tue", "00:00") - 1, now=on("fri"))
    assert allows(asked, on("sun"), now=on("fri"))
    assert refused(asked, on("next tue", "00:00"), now=on("fri")).code == "too_far"
    assert refused(world(horizon_days=1), on("sun"), now=on("fri")).code == "too_far"


# --- the grid -----------------------------------------------------------------------------------------------------

LATE = (Layer(10, ((("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("09:10", "17:00")),)),)


def test_aligned_starts_lie_on_the_hour_and_not_where_the_window_begins() -> None:
    late = Resource("ann", tz="Asia/Kathmandu", layers=LATE)
    asked = World((late,), tz=TZ, step=20, rules=(("tenant", (("align_minutes", 30),)),))
    book, plan = planned(asked)
    first = minute("2026-03-03T03:25Z")
    diary = shelves.loaded_for(asked, plan, first, first + 90)
    found = offers(book, diary, plan, first, first + 90, instant(MONDAY_NOON))
    assert [offer.start - first for offer in found] == [20, 50, 80]
    refusal = refused(asked, first)
    fact = only(refusal)
    assert (refusal.code, fact.reason, fact.event_id) == ("outside_hours", "off_grid", "evt_1.7.6")
    assert fact.text == "Starts lie every 30 minutes of the local hour."


def test_a_step_that_a_policy_sets_is_named_by_it() -> None:
    late = Resource("ann", tz=TZ, layers=LATE)
    asked = World((late,), tz=TZ, rules=(("ann", (("slot_step_minutes", 25),)),))
    assert allows(asked, on("tue", "09:35"))
    assert only(refused(asked, on("tue", "09:40"))).event_id == "evt_1.7.6"


@pytest.mark.parametrize("scope", ["tenant", "location", "ann"])
def test_a_day_that_ends_at_2359_ends_at_midnight_where_that_is_said(scope: str) -> None:
    window = (Layer(10, ((("mon", "tue"), ("12:00", "23:59")),)),)
    members: dict[str, Any] = {"tz": TZ, "step": 1}
    plain = World((Resource("ann", tz=TZ, layers=window),), **members)
    said = World(plain.resources, rules=((scope, (("treat_2359_as_2400", True),)),), **members)
    assert allows(plain, on("mon", "23:29"))
    assert not allows(plain, on("mon", "23:30"))
    assert allows(said, on("mon", "23:30"))
    assert not allows(said, on("mon", "23:31"))
    narrower = World(plain.resources, rules=(*said.rules, ("ann", (("treat_2359_as_2400", False),))), **members)
    assert not allows(narrower, on("mon", "23:30"))


def test_half_a_minute_before_midnight_it_is_still_today() -> None:
    assert refused(world(horizon_days=0), on("tue", "00:00"), now=on("tue", "00:00") - 0.5).code == "too_far"
