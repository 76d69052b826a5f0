"""Slots: choosing a start, and what is said when it cannot be had. A clinic in New York on Monday, 2 March 2026."""

from datetime import timedelta
from typing import Any

import pytest

import shelves
from contracts.errors import Blocker, Rejection
from scheduling.slots import Choice, Plan, blockers, choose, offers
from worlds import Away, Layer, Resource, Taken, Wish, World, instant, minute

TZ = "America/New_York"
WORKS = (Layer(10, ((("mon", "tue", "wed"), ("09:00", "17:00")),)),)
NOW = instant(minute("2026-03-01T12:00Z"))
ANN, BOB = Resource("ann", tz=TZ, layers=WORKS), Resource("bob", tz=TZ, layers=WORKS)
ROOM = Resource("room1", "room", TZ)
STAFF_AND_ROOM = (("staff", 1), ("room", 1))
HOLD_ENDS = NOW + timedelta(minutes=5, microseconds=7)


def at(text: str) -> int:
    """`10:00` on that Monday's wall."""
    hours, minutes = map(int, text.split(":"))
    return minute("2026-03-02T05:00Z") + hours * 60 + minutes


def booked(who: str, start: str, end: str, **members: Any) -> Taken:
    return Taken(f"appointment/{who}-{start}", who, at(start), at(end), **members)


def held(who: str, start: str, end: str, owner: str = "joe") -> Taken:
    return booked(who, start, end, kind="held", until=HOLD_ENDS, owner=owner)


def world(*resources: Resource, taken: tuple[Taken, ...] = (), **members: Any) -> World:
    return World(resources or (ANN,), taken, **members)


def decide(world: World, start: str, override: bool = False, **wish: Any) -> Choice | Rejection:
    wanted = Wish(**{"now": NOW, **wish})
    book = shelves.book(world)
    plan = shelves.planned(book, shelves.ask(wanted, override=override))
    return choose(book, shelves.loaded_for(world, plan, at(start), at(start)), plan, at(start), wanted.now)


def taken_by(world: World, start: str, **wish: Any) -> Choice:
    choice = decide(world, start, **wish)
    assert isinstance(choice, Choice), choice
    return choice


def refused(world: World, start: str, **wish: Any) -> Rejection:
    refusal = decide(world, start, **wish)
    assert isinstance(refusal, Rejection), refusal
    return refusal


def only(refusal: Rejection) -> Blocker:
    assert len(refusal.blockers) == 1, refusal.blockers
    return refusal.blockers[0]


def test_a_free_start_is_taken_with_its_buffers() -> None:
    choice = taken_by(world(before=10, after=20), "10:00")
    assert choice.resources == ("ann",)
    assert (choice.start, choice.end) == (at("10:00"), at("10:30"))
    assert (choice.busy_start, choice.busy_end) == (at("9:50"), at("10:50"))
    assert choice.overridden == ()


def test_the_first_free_by_id_is_chosen_and_the_event_says_from_how_many() -> None:
    choice = taken_by(world(BOB, ANN, taken=(booked("ann", "10:00", "10:30"),)), "10:00")
    assert choice.resources == ("bob",)
    assert (choice.chosen.strategy, choice.chosen.candidates) == ("none", 2)
    assert taken_by(world(BOB, ANN), "10:00", named=("bob",)).chosen.strategy == "named"


def test_who_is_busy_is_named_by_the_event_that_blocks_and_by_nobodys_name() -> None:
    refusal = refused(world(taken=(booked("ann", "10:00", "10:30"),)), "10:15")
    fact = only(refusal)
    assert refusal.code == "slot_unavailable"
    assert refusal.detail == fact.text == "Booked 10:00-10:30."
    assert (fact.reason, fact.resource_id, fact.event_id) == ("busy", "ann", "event of appointment/ann-10:00")
    assert (fact.start, fact.end) == (instant(at("10:00")), instant(at("10:30")))


def test_buffers_that_block_are_told() -> None:
    refusal = refused(world(taken=(booked("ann", "10:00", "10:30", before=5, after=15),)), "10:30")
    assert only(refusal).text == "Booked 10:00-10:30. With buffers 09:55-10:45."


@pytest.mark.parametrize("kind", ["held", "requested"])
def test_a_hold_or_request_blocks_until_its_very_deadline(kind: str) -> None:
    waiting = world(taken=(booked("ann", "10:00", "10:30", kind=kind, until=HOLD_ENDS),))
    assert only(refused(waiting, "10:00", now=HOLD_ENDS - timedelta(microseconds=1))).reason == kind
    assert taken_by(waiting, "10:00", now=HOLD_ENDS)


def test_a_hold_blocks_all_but_its_owner_who_shows_it() -> None:
    waiting, hold = world(taken=(held("ann", "10:00", "10:30"),)), "appointment/ann-10:00"
    assert taken_by(waiting, "10:00", hold=hold, owner="joe")
    for wish in ({"hold": hold, "owner": "eve"}, {"hold": "appointment/other", "owner": "joe"}, {"owner": "joe"}):
        assert refused(waiting, "10:00", **wish).code == "slot_unavailable"


def test_an_appointment_does_not_block_its_own_move() -> None:
    moving = world(taken=(booked("ann", "10:00", "10:30"), booked("ann", "11:00", "11:30")))
    assert taken_by(moving, "10:15", move="appointment/ann-10:00")
    assert refused(moving, "11:00", move="appointment/ann-10:00").code == "slot_unavailable"


def test_closed_hours_are_told_with_the_event_that_set_them() -> None:
    refusal = refused(world(), "16:45")
    assert refusal.code == "outside_hours"
    assert (only(refusal).reason, only(refusal).text) == ("outside_hours", "Open 09:00-17:00.")
    assert only(refusal).event_id == "evt_1.7.5", "the ScheduleSet"
    closed = Resource("ann", tz=TZ, layers=WORKS, exceptions=((instant(at("10:00")).date(), ()),))
    fact = only(refused(world(closed), "10:00"))
    assert (fact.text, fact.event_id) == ("Closed that day.", "evt_1.7.6")


def test_time_off_is_outside_hours_by_its_own_event() -> None:
    away = Resource("ann", tz=TZ, layers=WORKS, away=(Away(at("11:00"), at("12:00")),))
    refusal = refused(world(away), "10:45")
    assert (refusal.code, only(refusal).reason) == ("outside_hours", "time_off")
    assert (only(refusal).text, only(refusal).event_id) == ("Away 11:00-12:00.", "evt_1.7.6")


def test_buffers_reach_into_time_off_and_out_of_hours_unless_the_place_denies_it() -> None:
    away = Resource("ann", tz=TZ, layers=WORKS, away=(Away(at("11:00"), at("12:00")),))
    assert taken_by(world(away, after=30), "10:30")
    assert taken_by(world(away, after=30), "16:30")
    assert taken_by(world(away, after=30, outside="deny"), "10:30")
    assert only(refused(world(away, after=30, outside="deny"), "16:30")).reason == "outside_hours"
    assert only(refused(world(away, before=1, outside="deny"), "09:00")).reason == "outside_hours"


def test_a_start_off_the_grid_is_outside_hours_and_told_where_starts_lie() -> None:
    refusal = refused(world(), "10:05")
    assert (refusal.code, only(refusal).reason) == ("outside_hours", "off_grid")
    assert only(refusal).text == "Starts lie every 15 minutes from 09:00."
    assert only(refused(world(), "10:15", step=30)).text == "Starts lie every 30 minutes from 09:00."


def test_only_the_primary_kind_has_a_grid() -> None:
    late = Resource("room1", "room", TZ, (Layer(10, ((("mon",), ("09:10", "17:00")),)),))
    both = world(ANN, late, requires=STAFF_AND_ROOM)
    assert taken_by(both, "09:15").resources == ("ann", "room1")
    assert refused(both, "09:10").blockers[0].reason == "off_grid"


def test_two_of_the_primary_kind_need_one_of_them_on_its_grid() -> None:
    late = Resource("bob", tz=TZ, layers=(Layer(10, ((("mon",), ("09:10", "17:00")),)),))
    both = world(ANN, late, requires=(("staff", 2),))
    assert taken_by(both, "10:00").resources == ("ann", "bob")
    assert taken_by(both, "10:10").resources == ("ann", "bob")
    assert {fact.reason for fact in refused(both, "10:05").blockers} == {"off_grid"}


@pytest.mark.parametrize("kind", ["room", "equipment"])
def test_a_room_or_equipment_that_is_missing_is_named_by_its_kind(kind: str) -> None:
    thing = Resource("thing", kind, TZ)
    needed = (("staff", 1), (kind, 1))
    refusal = refused(world(ANN, thing, requires=needed, taken=(booked("thing", "10:00", "11:00"),)), "10:00")
    assert (refusal.code, refusal.members) == ("resource_unavailable", {"kind": kind})
    assert refused(world(ANN, requires=needed), "10:00").members == {"kind": kind}
    closed = Resource("thing", kind, TZ, (Layer(10, ()),))
    assert refused(world(ANN, closed, requires=needed), "10:00").code == "resource_unavailable"


def test_when_staff_and_room_are_both_missing_the_staff_is_told_first_and_both_are_listed() -> None:
    taken = (booked("ann", "10:00", "11:00"), booked("room1", "10:00", "11:00"))
    refusal = refused(world(ANN, ROOM, requires=STAFF_AND_ROOM, taken=taken), "10:00", named=("room1", "ann"))
    assert refusal.code == "slot_unavailable"
    assert [fact.resource_id for fact in refusal.blockers] == ["ann", "room1"]


def test_a_court_that_is_closed_is_outside_hours_and_one_that_is_taken_is_missing() -> None:
    court = Resource("court", "room", TZ, WORKS)
    alone = world(court, requires=(("room", 1),), taken=(booked("court", "10:00", "11:00"),))
    assert refused(alone, "08:00").code == "outside_hours"
    assert refused(alone, "10:00").members == {"kind": "room"}


def test_of_several_one_who_is_only_busy_makes_it_unavailable_rather_than_closed() -> None:
    off = Resource("bob", tz=TZ)
    both = world(ANN, off, taken=(booked("ann", "10:00", "11:00"),))
    assert refused(both, "10:00").code == "slot_unavailable"
    assert refused(both, "08:00").code == "outside_hours"


def test_nobody_eligible_is_unavailable() -> None:
    refusal = refused(world(Resource("ann", tz=TZ, layers=WORKS, eligible=False)), "10:00")
    assert (refusal.code, only(refusal).reason) == ("slot_unavailable", "none_eligible")


def test_the_past_cannot_be_booked_but_imported() -> None:
    late = instant(at("10:00")) + timedelta(microseconds=1)
    assert taken_by(world(), "10:00", now=instant(at("10:00")))
    refusal = refused(world(), "10:00", now=late)
    assert refusal.code == only(refusal).reason == "in_past"
    assert taken_by(world(), "10:00", now=late, imported=True)
    assert refused(world(), "10:00", now=late, override=True).code == "in_past"


def test_an_override_takes_who_is_named_and_records_all_it_overrode() -> None:
    crowded = world(ANN, BOB, taken=(booked("ann", "16:30", "17:30"),))
    choice = taken_by(crowded, "16:50", named=("ann",), override=True)
    assert choice.resources == ("ann",)
    assert {fact.reason for fact in choice.overridden} == {"outside_hours", "off_grid", "busy"}
    assert taken_by(crowded, "10:00", named=("ann",), override=True).overridden == ()


def test_an_override_of_anybody_takes_the_free_ones_first() -> None:
    crowded = world(ANN, BOB, requires=(("staff", 2),), taken=(booked("ann", "10:00", "11:00"),))
    assert taken_by(crowded, "10:00", override=True).resources == ("bob", "ann")
    assert refused(world(ANN, requires=(("staff", 2),)), "10:00", override=True).blockers[-1].reason == "none_eligible"


def test_a_refusal_offers_the_next_starts_that_the_loaded_days_show() -> None:
    refusal = refused(world(taken=(booked("ann", "10:00", "10:30"), booked("ann", "10:45", "11:00"))), "10:00")
    assert refusal.alternatives == [instant(at(start)) for start in ("11:00", "11:15", "11:30")]


def test_alternatives_are_never_looked_for_on_a_day_that_is_not_loaded() -> None:
    assert refused(world(), "16:45").alternatives == []


def look(world: World, first: str, last: str, limit: int = 1000, **wish: Any) -> list[Any]:
    book = shelves.book(world)
    plan: Plan = shelves.planned(book, shelves.ask(Wish(now=NOW, **wish)))
    diary = shelves.loaded_for(world, plan, at(first), at(last))
    found = offers(book, diary, plan, at(first), at(last), NOW, limit)
    for offer in found:
        assert blockers(book, diary, plan, offer.start, NOW) == []
    return found


def test_offers_are_the_starts_of_the_range_with_everyone_free() -> None:
    found = look(world(BOB, ANN, taken=(booked("ann", "09:00", "09:45"),)), "09:00", "10:00")
    assert [(offer.start - at("09:00"), offer.candidates, offer.remaining) for offer in found] == [
        (0, [["bob"]], 1), (15, [["bob"]], 1), (30, [["bob"]], 1), (45, [["ann"], ["bob"]], 2),
    ]  # fmt: skip


def test_offers_of_several_kinds_vary_the_first_and_fill_the_others() -> None:
    rooms = (Resource("room2", "room", TZ), ROOM)
    (first,) = look(world(BOB, ANN, *rooms, requires=STAFF_AND_ROOM), "09:00", "09:15")
    assert (first.candidates, first.remaining) == ([["ann", "room1"], ["bob", "room1"]], 2)
    (named,) = look(world(BOB, ANN, *rooms, requires=STAFF_AND_ROOM), "09:00", "09:15", named=("bob",))
    assert (named.candidates, named.remaining) == ([["bob", "room1"], ["bob", "room2"]], 2)


def test_a_pair_is_offered_once() -> None:
    (first,) = look(world(ANN, BOB, requires=(("staff", 2),)), "09:00", "09:15")
    assert (first.candidates, first.remaining) == ([["ann", "bob"]], 1)


def test_a_page_of_offers_is_the_first_ones() -> None:
    assert [offer.start for offer in look(world(), "09:00", "17:00", 2)] == [at("09:00"), at("09:15")]
    assert look(world(), "17:00", "18:00") == []


POLICIES = [
    ("sum", "10:35", False), ("sum", "10:50", True), ("max", "10:35", False), ("max", "10:40", True),
    ("existing_only", "10:25", False), ("existing_only", "10:30", True), ("query_after", "10:35", False),
    ("query_after", "10:45", True),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "start", "free"), POLICIES)
def test_each_buffer_policy_keeps_its_own_gap(policy: str, start: str, free: bool) -> None:
    """Booked until 10:20 with 10 after it; asked for with 20 before and 25 after."""
    taken = (booked("ann", "10:00", "10:20", after=10),)
    asked = world(taken=taken, before=20, after=25, step=5, policy=policy)
    assert isinstance(decide(asked, start), Choice) is free
