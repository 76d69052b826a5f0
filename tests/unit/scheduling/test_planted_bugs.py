"""The oracle sees bugs: each is planted in turn, and a scene that agreed with the oracle no longer does."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, NamedTuple

import pytest

import oracle
import shelves
from random_worlds import Scene
from scheduling import closures, diary, plans, recurring, search, supply, windows, zones
from scheduling.book import Book
from scheduling.diary import Day
from scheduling.hours import Hours
from scheduling.plans import Gap, Need, Plan
from scheduling.slots import offers
from scheduling.windows import Rota, Window
from worlds import Again, Away, Layer, Resource, Taken, Trip, Wall, Wish, World, instant, minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NINE = minute("2026-03-04T09:00Z")
NOW = instant(NINE - 600)
Patch = pytest.MonkeyPatch


def agrees(scene: Scene) -> bool:
    book = shelves.book(scene.world)
    plan = shelves.planned(book, shelves.ask(scene.wish))
    loaded = shelves.loaded_for(scene.world, plan, scene.first, scene.last)
    found = offers(book, loaded, plan, scene.first, scene.last, scene.wish.now, 10_000)
    starts = range(scene.first, scene.last)
    return [offer.start for offer in found] == [one for one in starts if oracle.accepts(scene.world, scene.wish, one)]


def works(*walls: Wall, tz: str = "UTC", id: str = "ann", **members: Any) -> Resource:
    return Resource(id, tz=tz, layers=(Layer(10, tuple((DAYS, wall) for wall in walls)),), **members)


def scene(
    *resources: Resource, taken: tuple[Taken, ...] = (), first: int = NINE, wish: Wish | None = None, **members: Any
) -> Scene:
    world = World(resources or (works(("09:00", "17:00")),), taken, **{"step": 5, **members})
    return Scene(world, wish or Wish(now=NOW), first, first + 180)


def taken(**members: Any) -> Taken:
    return Taken("appointment/1", "ann", NINE + 60, NINE + 90, **members)


class Planted(NamedTuple):
    bug: Callable[[Patch], None]
    scene: Scene


def buffer_is_a_minute_short(patch: Patch) -> None:
    patch.setattr(plans, "gaps", lambda policy, before, after: (Gap(plans.PADDED, before, after - 1),))


def buffer_before_is_forgotten(patch: Patch) -> None:
    patch.setattr(plans, "gaps", lambda policy, before, after: (Gap(plans.PADDED, 0, after),))


def a_hold_lives_on_at_its_deadline(patch: Patch) -> None:
    patch.setattr(diary, "lapsed", lambda kind, until, now: until is not None and until < now)


def a_hold_is_dead_when_it_is_made(patch: Patch) -> None:
    patch.setattr(diary, "lapsed", lambda kind, until, now: until is not None)


def a_skipped_wall_time_is_read_with_the_old_offset(patch: Patch) -> None:
    def unclamped(local: datetime, tz: Any) -> int:
        before, _ = zones._offsets(local, tz)
        return zones.to_minute_up((local - before).replace(tzinfo=UTC))

    patch.setattr(windows, "boundary", unclamped)


def a_repeated_wall_time_is_its_second_occurrence(patch: Patch) -> None:
    def second(local: datetime, tz: Any) -> int:
        return zones.to_minute_up((local - max(zones._offsets(local, tz))).replace(tzinfo=UTC)) + 60

    patch.setattr(windows, "boundary", second)


def windows_that_touch_are_two(patch: Patch) -> None:
    def apart(found: Iterable[Window]) -> list[Window]:
        return sorted(found)

    patch.setattr(windows, "merged", apart)


def open_without_end_has_no_midnight(patch: Patch) -> None:
    patch.setattr(Window, "endless", False)


def midnight_is_utc(patch: Patch) -> None:
    patch.setattr(Rota, "midnight", lambda self, local: local * 1440)


def the_room_is_ignored(patch: Patch) -> None:
    needs = plans._needs

    def staff_only(*args: Any) -> list[Need]:
        return [need for need in needs(*args) if need.kind == "staff"]

    patch.setattr(plans, "_needs", staff_only)


def ones_own_hold_blocks(patch: Patch) -> None:
    patch.setattr(Plan, "ignores", lambda self, busy: busy.stream == self.ask.reschedule_of)


def anybodys_hold_is_ones_own(patch: Patch) -> None:
    patch.setattr(Plan, "ignores", lambda self, busy: busy.stream == self.ask.hold_stream)


def ones_own_slot_blocks_the_move(patch: Patch) -> None:
    patch.setattr(Plan, "excepts", False)


def time_off_is_ignored(patch: Patch) -> None:
    patch.setattr(Hours, "off", lambda self, day: 0)


def masks_are_never_remade(patch: Patch) -> None:
    patch.setattr(Day, "masks", lambda self, now: self._masks)


def the_grid_is_ignored(patch: Patch) -> None:
    patch.setattr(search.Search, "anchored", lambda self, wanted: wanted)


def one_is_enough(patch: Patch) -> None:
    patch.setattr(search, "at_least", lambda number, masks, wanted: masks_or(masks) & wanted)


def masks_or(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def exceptions_are_ignored(patch: Patch) -> None:
    patch.setattr(windows, "number", lambda day: -1 if day == CLOSED_DAY else (day - date(1970, 1, 1)).days)


def holidays_are_ignored(patch: Patch) -> None:
    patch.setattr(Book, "_holidays_of", lambda self, resource_id: None)


def a_holiday_closes_in_spite_of_an_exception(patch: Patch) -> None:
    on = Rota.on

    def closed(self: Rota, local: int) -> windows.Date:
        return windows.Date((), "") if local == windows.number(CLOSED_DAY) else on(self, local)

    patch.setattr(Rota, "on", closed)


def the_traveller_s_clock_is_the_one_at_home(patch: Patch) -> None:
    patch.setattr(Rota, "place_on", lambda self, local: self.place)


def a_day_abroad_ends_at_midnight_at_home(patch: Patch) -> None:
    patch.setattr(Rota, "day_end", lambda self, local: self.midnight(local + 1))


def another_calendar_is_ignored(patch: Patch) -> None:
    patch.setattr(supply, "to_minute_up", lambda moment: 0)


def a_recurring_time_off_comes_once(patch: Patch) -> None:
    patch.setattr(recurring, "islice", lambda found, times: islice(found, 1))


def an_occurrence_in_a_gap_is_counted(patch: Patch) -> None:
    def counted(rule: recurring.Rule, start: datetime, place: Any, most: int = 0) -> Iterable[datetime]:
        found = islice(recurring._repeated(rule, start), rule.times or 0)
        return (one for one in found if not zones.skipped(one, place))

    patch.setattr(closures, "occurrences", counted)


def an_occurrence_in_a_gap_is_kept(patch: Patch) -> None:
    patch.setattr(recurring, "skipped", lambda local, place: False)


MORNING: Wall = ("09:00", "12:00")
CLOSED_DAY = date(2026, 3, 4)
HOLD_ENDS = instant(NINE + 30)
HELD = taken(kind="held", until=HOLD_ENDS, owner="joe")
ROOM = Resource("room", "room")
BOTH = (("staff", 1), ("room", 1))
NEW_YORK, ENDLESS = "America/New_York", works(("00:00", "24:00"), tz="Asia/Kathmandu")
TO_LONDON = (Trip("Europe/London", CLOSED_DAY, date(2026, 3, 5)),)
EVER: Wall = ("00:00", "24:00")
ABROAD = Away(CLOSED_DAY, date(2026, 3, 5))
DAILY = Away(NINE + 60 - 2880, NINE + 90 - 2880, Again(times=3))
NIGHTLY = Away(minute("2026-03-07T07:15Z"), minute("2026-03-07T09:45Z"), Again(times=2))
"""From 02:15 to 04:45: there is no such time in the night after the first."""
LAST = minute("2026-03-09T06:00Z")
GAP, REPEAT = minute("2026-03-08T06:30Z"), minute("2026-11-01T04:00Z")

PLANTED = [
    Planted(buffer_is_a_minute_short, scene(taken=(taken(),), after=4, step=1)),
    Planted(buffer_before_is_forgotten, scene(taken=(taken(),), before=10)),
    Planted(a_hold_lives_on_at_its_deadline, scene(taken=(HELD,), wish=Wish(now=HOLD_ENDS))),
    Planted(a_hold_is_dead_when_it_is_made, scene(taken=(HELD,))),
    Planted(a_skipped_wall_time_is_read_with_the_old_offset, scene(works(("02:30", "06:00"), tz=NEW_YORK), first=GAP)),
    Planted(a_repeated_wall_time_is_its_second_occurrence, scene(works(("01:30", "06:00"), tz=NEW_YORK), first=REPEAT)),
    Planted(windows_that_touch_are_two, scene(works(("09:00", "09:47"), ("09:47", "12:00")), step=15)),
    Planted(windows_that_touch_are_two, scene(works(("20:00", "24:00"), ("00:00", "02:00")), first=NINE + 840, step=7)),
    Planted(open_without_end_has_no_midnight, scene(ENDLESS, step=37)),
    Planted(midnight_is_utc, scene(ENDLESS, step=37)),
    Planted(
        the_room_is_ignored,
        scene(works(MORNING), ROOM, requires=BOTH, taken=(Taken("a", "room", NINE, NINE + 60),)),
    ),
    Planted(ones_own_hold_blocks, scene(taken=(HELD,), wish=Wish(now=NOW, hold=HELD.stream, owner="joe"))),
    Planted(anybodys_hold_is_ones_own, scene(taken=(HELD,), wish=Wish(now=NOW, hold=HELD.stream, owner="eve"))),
    Planted(ones_own_slot_blocks_the_move, scene(taken=(taken(),), wish=Wish(now=NOW, move="appointment/1"))),
    Planted(time_off_is_ignored, scene(works(MORNING, away=(Away(NINE + 60, NINE + 90),)))),
    Planted(masks_are_never_remade, scene(taken=(taken(),))),
    Planted(the_grid_is_ignored, scene()),
    Planted(one_is_enough, scene(works(MORNING), works(("10:00", "12:00"), id="bob"), requires=(("staff", 2),))),
    Planted(exceptions_are_ignored, scene(works(MORNING, exceptions=((CLOSED_DAY, ()),)))),
    Planted(holidays_are_ignored, scene(works(MORNING, holidays=((CLOSED_DAY, ()),)))),
    Planted(
        a_holiday_closes_in_spite_of_an_exception,
        scene(works(MORNING, holidays=((CLOSED_DAY, ()),), exceptions=((CLOSED_DAY, (MORNING,)),))),
    ),
    Planted(the_traveller_s_clock_is_the_one_at_home, scene(works(("09:00", "10:00"), trips=TO_LONDON, tz=NEW_YORK))),
    Planted(
        a_day_abroad_ends_at_midnight_at_home,
        scene(works(EVER, trips=TO_LONDON, tz="Asia/Tokyo", away=(ABROAD,)), first=minute("2026-03-04T15:00Z")),
    ),
    Planted(another_calendar_is_ignored, scene(works(MORNING, elsewhere=((NINE + 60, NINE + 90),)))),
    Planted(a_recurring_time_off_comes_once, scene(works(MORNING, away=(DAILY,)))),
    Planted(an_occurrence_in_a_gap_is_counted, scene(works(EVER, tz=NEW_YORK, away=(NIGHTLY,)), first=LAST)),
    Planted(an_occurrence_in_a_gap_is_kept, scene(works(EVER, tz=NEW_YORK, away=(NIGHTLY,)), first=GAP)),
]


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.bug.__name__ for planted in PLANTED])
def test_a_planted_bug_is_seen(planted: Planted, monkeypatch: Patch) -> None:
    assert agrees(planted.scene)
    planted.bug(monkeypatch)
    assert not agrees(planted.scene)
