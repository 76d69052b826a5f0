"""Notice, horizon, limits and alignment: the last start refused, the first allowed, and what is said about it.

A clinic in New York in the week in which the clocks go forward there: from Monday, 2 March to Sunday, 8 March 2026.
"""

from typing import Any

import pytest

import shelves
from contracts.errors import Blocker, Rejection
from scheduling.slots import Choice, Plan, blockers, choose, days_needed, offers
from worlds import Layer, Resource, Taken, Wish, World, instant, minute

TZ = "America/New_York"
ALL_DAY = (Layer(10, ((("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00", "24:00")),)),)
ANN, BOB = Resource("ann", tz=TZ, layers=ALL_DAY), Resource("bob", tz=TZ, layers=ALL_DAY)
MONDAY_NOON = minute("2026-03-02T17:00Z")
DAY = 1440


def on(day: str, clock: str = "12:00") -> int:
    """A time on the wall of that week, `mon` to `sun`, `next mon` and `next tue`; none on the short Sunday at 02:00."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "next mon", "next tue")
    hours, minutes = map(int, clock.split(":"))
    number = minute("2026-03-02T05:00Z") + days.index(day) * DAY + hours * 60 + minutes
    return number if number < minute("2026-03-08T07:00Z") else number - 60


def booked(who: str, start: int, length: int = 30, **members: Any) -> Taken:
    return Taken(f"appointment/{who}-{start}", who, start, start + length, **members)


def world(*taken: Taken, resources: tuple[Resource, ...] = (ANN,), **said: Any) -> World:
    """What is `said` for the tenant: the first policies after each resource's two events are its own."""
    return World(resources, taken, tz=TZ, step=1, rules=(("tenant", tuple(said.items())),))


def planned(asked: World, *, override: bool = False, **wish: Any) -> tuple[Any, Plan]:
    book = shelves.book(asked)
    return book, shelves.planned(book, shelves.ask(Wish(**wish), override=override))


def decide(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> Choice | Rejection:
    book, plan = planned(asked, **wish)
    diary = shelves.loaded_for(asked, plan, start, start + 1)
    choice = choose(book, diary, plan, start, instant(now))
    assert bool(blockers(book, diary, plan, start, instant(now))) is isinstance(choice, Rejection)
    return choice


def refused(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> Rejection:
    refusal = decide(asked, start, now, **wish)
    assert isinstance(refusal, Rejection), refusal
    return refusal


def allows(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> bool:
    return isinstance(decide(asked, start, now, **wish), Choice)


def only(refusal: Rejection) -> Blocker:
    assert len(refusal.blockers) == 1, refusal.blockers
    return refusal.blockers[0]


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


# --- limits -------------------------------------------------------------------------------------------------------


def most(per: str, **members: int) -> dict[str, Any]:
    return {"limits": ((per, members),)}


LIMITS = [
    ("day", "tue", on("tue", "00:00"), on("wed", "00:00")),
    ("week", "tue", on("mon", "00:00"), on("next mon", "00:00")),
    ("month", "sun", minute("2026-03-01T05:00Z"), minute("2026-04-01T04:00Z")),
    ("year", "sun", minute("2026-01-01T05:00Z"), minute("2027-01-01T05:00Z")),
]


@pytest.mark.parametrize(("per", "day", "first", "after"), LIMITS)
def test_what_starts_in_the_period_counts_and_nothing_before_or_after(
    per: str, day: str, first: int, after: int
) -> None:
    for other, counts in ((first - 1, False), (first, True), (after - 30, True), (after, False)):
        asked = world(booked("ann", other, 1), **most(per, count=1))
        assert allows(asked, on(day)) is not counts, other


def test_a_limit_that_is_reached_tells_of_what_when_and_by_which_policy() -> None:
    refusal = refused(world(booked("ann", on("tue", "09:00")), **most("day", count=1)), on("tue"))
    fact = only(refusal)
    assert (refusal.code, refusal.members) == ("limit_reached", {"scope": "resource", "per": "day"})
    assert (fact.reason, fact.event_id, fact.resource_id) == ("limit_reached", "evt_1.7.6", "ann")
    assert fact.text == refusal.detail == "1 of 1 appointments that day."
    assert (fact.start, fact.end) == (instant(on("tue", "00:00")), instant(on("wed", "00:00")))


def test_minutes_are_those_of_the_core_and_the_last_that_fits_is_allowed() -> None:
    buffered = booked("ann", on("tue", "09:00"), 31, before=60, after=60)
    assert allows(world(buffered, **most("day", minutes=61)), on("tue"))
    refusal = refused(world(buffered, **most("day", minutes=60)), on("tue"))
    assert only(refusal).text == "31 of 60 minutes that day."
    assert allows(world(buffered, **most("day", minutes=60)), on("tue"), duration=29)


def test_of_several_limits_each_holds() -> None:
    asked = world(booked("ann", on("tue", "09:00")), limits=(("day", {"count": 2}), ("week", {"count": 1})))
    refusal = refused(asked, on("tue"))
    assert (only(refusal).per, refusal.members["per"]) == ("week", "week")


@pytest.mark.parametrize("kind", ["held", "requested"])
def test_holds_and_requests_count_while_they_live(kind: str) -> None:
    until = instant(MONDAY_NOON + 5)
    asked = world(booked("ann", on("tue", "09:00"), kind=kind, until=until), **most("day", count=1))
    assert refused(asked, on("tue"), now=MONDAY_NOON + 4.99).code == "limit_reached"
    assert allows(asked, on("tue"), now=MONDAY_NOON + 5)


def test_neither_ones_own_hold_nor_what_is_moved_counts() -> None:
    until = instant(MONDAY_NOON + 5)
    hold = booked("ann", on("tue", "09:00"), kind="held", until=until, owner="joe")
    asked = world(hold, **most("day", count=1))
    assert allows(asked, on("tue"), hold=hold.stream, owner="joe")
    assert not allows(asked, on("tue"), hold=hold.stream, owner="eve")
    assert allows(asked, on("tue"), move=hold.stream)


def test_who_is_at_the_limit_is_not_chosen_and_a_pool_is_full_when_all_are() -> None:
    asked = world(booked("ann", on("tue", "09:00")), resources=(ANN, BOB), **most("day", count=1))
    choice = decide(asked, on("tue"))
    assert isinstance(choice, Choice)
    assert choice.resources == ("bob",)
    full = world(*asked.taken, booked("bob", on("tue", "10:00")), resources=(ANN, BOB), **most("day", count=1))
    assert refused(full, on("tue")).code == "limit_reached"
    one_busy = world(*asked.taken, booked("bob", on("tue")), resources=(ANN, BOB), **most("day", count=2))
    assert allows(one_busy, on("tue"))


def test_who_is_only_busy_makes_it_unavailable_rather_than_a_limit() -> None:
    rules = (("ann", (("limits", (("day", {"count": 1}),)),)),)
    taken = booked("ann", on("tue", "09:00")), booked("bob", on("tue"))
    refusal = refused(World((ANN, BOB), taken, tz=TZ, step=1, rules=rules), on("tue"))
    assert (refusal.code, {fact.reason for fact in refusal.blockers}) == ("slot_unavailable", {"limit_reached", "busy"})


def test_days_are_those_of_the_resource_wherever_the_place_is() -> None:
    tokyo = Resource("ann", tz="Asia/Tokyo", layers=ALL_DAY)
    last = minute("2026-03-03T14:59Z")
    asked = world(booked("ann", last, 1), resources=(tokyo,), **most("day", count=1))
    assert not allows(asked, last - 60)
    assert allows(asked, last + 1)


def test_the_days_needed_are_those_of_the_periods_and_no_others() -> None:
    asked = world(**most("week", count=1))
    _, plan = planned(asked)
    first = on("wed")
    numbers = sorted(day for _, day in days_needed(plan, first, first + 1))
    assert numbers == list(range(on("mon", "00:00") // DAY, (on("next mon", "00:00") - 1) // DAY + 1))
    _, bare = planned(world(min_notice_minutes=5))
    assert len(days_needed(bare, first, first + 1)) == 1
    _, history = planned(asked, imported=True)
    assert len(days_needed(history, first, first + 1)) == 1


def test_offers_over_the_end_of_a_period_stop_and_go_on() -> None:
    asked = world(booked("ann", on("tue", "01:00")), **most("day", count=1))
    book, plan = planned(asked)
    first, last = on("mon", "23:58"), on("wed", "00:02")
    diary = shelves.loaded_for(asked, plan, first, last)
    found = offers(book, diary, plan, first, last, instant(MONDAY_NOON))
    assert [offer.start for offer in found] == [
        on("mon", "23:58"), on("mon", "23:59"), on("wed", "00:00"), on("wed", "00:01")
    ]  # fmt: skip


def test_alternatives_are_looked_for_only_where_all_that_counts_is_loaded() -> None:
    asked = world(booked("ann", on("tue")), **most("day", count=5))
    book, plan = planned(asked)
    start = on("tue")
    diary = shelves.loaded_for(asked, plan, start, start + 1)
    refusal = choose(book, diary, plan, start, instant(MONDAY_NOON))
    assert isinstance(refusal, Rejection)
    wider = shelves.loaded_for(asked, plan, start, start + DAY)
    later = choose(book, wider, plan, start, instant(MONDAY_NOON))
    assert isinstance(later, Rejection)
    assert later.alternatives[0] == instant(start + 30)


# --- history, what was agreed on, overrides -----------------------------------------------------------------------

STRICT: dict[str, Any] = {"min_notice_days": 3, "limits": (("day", {"count": 0}),)}


def test_history_is_not_limited() -> None:
    assert allows(world(**STRICT), on("mon"), imported=True)
    assert allows(world(**STRICT), on("mon") - DAY, imported=True)


def test_a_start_that_was_agreed_on_needs_no_notice_but_takes_its_place_in_a_limit() -> None:
    assert allows(world(min_notice_days=3, horizon_days=0), on("tue"), agreed=True)
    assert refused(world(**STRICT), on("mon"), agreed=True).code == "limit_reached"


def test_an_override_passes_and_records_each_policy_that_it_overrode() -> None:
    choice = decide(world(**STRICT), on("mon"), override=True)
    assert isinstance(choice, Choice)
    assert [(fact.reason, fact.event_id) for fact in choice.overridden] == [
        ("too_soon", "evt_1.7.6"), ("limit_reached", "evt_1.7.6")
    ]  # fmt: skip


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
