"""Limits: what counts, when, until when, and for whom not; and what is said when one is reached."""

from dataclasses import replace
from typing import Any

import pytest

import shelves
from contracts.errors import Rejection
from scheduling import terms
from scheduling.slots import Choice, choose, days_needed, offers
from week import ALL_DAY, ANN, BOB, DAY, MONDAY_NOON, TZ, allows, booked, decide, on, only, planned, refused, world
from worlds import Resource, Taken, World, instant, minute

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


def test_only_the_fact_of_a_limit_says_what_it_limits() -> None:
    taken = booked("ann", on("tue", "09:00")), booked("ann", on("tue"))
    blocked = refused(world(*taken, **most("day", count=1)), on("tue")).to_error()["blockers"]
    assert [(fact["reason"], fact.get("scope"), fact.get("per")) for fact in blocked] == [
        ("limit_reached", "resource", "day"), ("busy", None, None)
    ]  # fmt: skip
    assert "scope" not in blocked[1]


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


def test_a_company_is_counted_as_one_by_appointments_and_each_by_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "between", lambda limit, resource_id: [("ann", "bob")])
    both = Taken("appointment/1", "ann", on("tue", "09:00"), on("tue", "09:30"))
    bobs = replace(both, resource="bob")
    for members, full in (
        ({"count": 1}, True),
        ({"count": 2}, False),
        ({"minutes": 89}, True),
        ({"minutes": 90}, False),
    ):
        asked = world(both, bobs, resources=(ANN, BOB), **most("day", **members))
        assert allows(asked, on("tue"), named=("ann",)) is not full
        _, plan = planned(asked, named=("ann",))
        assert {one for one, _ in days_needed(plan, on("tue"), on("tue"))} == {"ann", "bob"}


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
