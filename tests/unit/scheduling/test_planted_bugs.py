"""The oracle sees bugs: each is planted in turn, and a scene that agreed with the oracle no longer does."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pytest

import oracle
import shelves
from random_worlds import Scene
from scheduling import alignment, allowed, diary, limits, periods, plans, search, terms, windows, zones
from scheduling.book import Book
from scheduling.diary import Day
from scheduling.hours import Hours
from scheduling.plans import Gap, Need, Plan
from scheduling.slots import offers
from scheduling.windows import Rota, Window
from worlds import Away, Layer, Resource, Taken, Wall, Wish, World, instant, minute

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


def notice_is_forgotten(patch: Patch) -> None:
    patch.setattr(allowed.Allowed, "_earliest", lambda self, notice: allowed._ANY_TIME[0])


def days_of_notice_are_days_of_24_hours(patch: Patch) -> None:
    patch.setattr(allowed, "midnight", lambda local, tz: NINE - 600 + (local - NINE // 1440) * 1440)


def today_is_utc(patch: Patch) -> None:
    patch.setattr(allowed, "local_day", lambda minute, tz: minute // 1440)


def the_last_day_of_the_horizon_is_left_out(patch: Patch) -> None:
    patch.setattr(allowed, "midnight", lambda local, tz: periods.midnight(local - 1, tz))


def saturday_is_a_business_day(patch: Patch) -> None:
    patch.setattr(allowed, "business_day", lambda local, days: local + days)


def one_more_than_the_limit(patch: Patch) -> None:
    reached = limits.reached
    patch.setattr(
        allowed, "reached", lambda limit, taken, minutes: reached(limit, taken._replace(appointments=0), minutes)
    )


def the_minutes_asked_for_do_not_count(patch: Patch) -> None:
    reached = limits.reached
    patch.setattr(allowed, "reached", lambda limit, taken, minutes: reached(limit, taken, 0))


def holds_count_for_ever(patch: Patch) -> None:
    patch.setattr(limits, "alive", lambda busy, now: True)


def weeks_begin_on_sunday(patch: Patch) -> None:
    patch.setattr(periods, "_dates", lambda per, day: (day - (day + 4) % 7, day + 7 - (day + 4) % 7))
    periods.period.cache_clear()


def limits_are_counted_by_utc_days(patch: Patch) -> None:
    patch.setattr(periods, "midnight", lambda local, tz: local * 1440)
    periods.period.cache_clear()


def a_move_counts_twice(patch: Patch) -> None:
    tally = limits.tally

    def of_all(*args: Any) -> limits.Tally:
        diary, resource_ids, period, now, _ = args
        return tally(diary, resource_ids, period, now, lambda busy: False)

    patch.setattr(allowed, "tally", of_all)


def starts_are_aligned_to_utc(patch: Patch) -> None:
    aligned = alignment.aligned
    patch.setattr(search, "aligned", lambda place, stretch, step: aligned(UTC, stretch, step))


def the_tenant_speaks_before_the_resource(patch: Patch) -> None:
    said = terms._said
    patch.setattr(terms, "_said", lambda book, scopes, member: said(book, scopes[::-1], member))


def a_day_ends_at_2359(patch: Patch) -> None:
    patch.setattr(Book, "_to_midnight", lambda self, resource_id: False)


def ruled(**said: Any) -> dict[str, Any]:
    return {"rules": (("tenant", tuple(said.items())),)}


def one(per: str, count: int = 1) -> tuple[tuple[str, dict[str, int]], ...]:
    return ((per, {"count": count}),)


MORNING: Wall = ("09:00", "12:00")
CLOSED_DAY = date(2026, 3, 4)
HOLD_ENDS = instant(NINE + 30)
HELD = taken(kind="held", until=HOLD_ENDS, owner="joe")
ROOM = Resource("room", "room")
BOTH = (("staff", 1), ("room", 1))
NEW_YORK, ENDLESS = "America/New_York", works(("00:00", "24:00"), tz="Asia/Kathmandu")
GAP, REPEAT = minute("2026-03-08T06:30Z"), minute("2026-11-01T04:00Z")
LATE = Wish(now=instant(minute("2026-03-03T19:00Z")))
ON_SUNDAY = Taken("appointment/1", "ann", NINE - 3 * 1440, NINE - 3 * 1440 + 30)

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
    Planted(notice_is_forgotten, scene(**ruled(min_notice_minutes=660))),
    Planted(days_of_notice_are_days_of_24_hours, scene(ENDLESS, **ruled(min_notice_days=1), first=NINE - 600)),
    Planted(today_is_utc, scene(ENDLESS, **ruled(horizon_days=0), tz="Asia/Kathmandu", wish=LATE)),
    Planted(the_last_day_of_the_horizon_is_left_out, scene(**ruled(horizon_days=1))),
    Planted(
        saturday_is_a_business_day,
        scene(ENDLESS, **ruled(horizon_days=4, horizon="business"), first=NINE + 4 * 1440),
    ),
    Planted(one_more_than_the_limit, scene(taken=(taken(),), **ruled(limits=one("day")))),
    Planted(the_minutes_asked_for_do_not_count, scene(taken=(taken(),), **ruled(limits=(("day", {"minutes": 59}),)))),
    Planted(holds_count_for_ever, scene(taken=(HELD,), wish=Wish(now=HOLD_ENDS), **ruled(limits=one("day")))),
    Planted(weeks_begin_on_sunday, scene(taken=(ON_SUNDAY,), **ruled(limits=one("week")))),
    Planted(
        limits_are_counted_by_utc_days, scene(ENDLESS, taken=(taken(),), first=NINE + 480, **ruled(limits=one("day")))
    ),
    Planted(
        a_move_counts_twice,
        scene(taken=(taken(),), wish=Wish(now=NOW, move="appointment/1"), **ruled(limits=one("day"))),
    ),
    Planted(starts_are_aligned_to_utc, scene(ENDLESS, **ruled(align_minutes=60))),
    Planted(
        the_tenant_speaks_before_the_resource,
        scene(rules=(("tenant", (("horizon_days", 0),)), ("ann", (("horizon_days", 9),)))),
    ),
    Planted(a_day_ends_at_2359, scene(works(("12:00", "23:59"), to_midnight=True), first=NINE + 780, step=1)),
    Planted(exceptions_are_ignored, scene(works(MORNING, exceptions=((CLOSED_DAY, ()),)))),
]


@pytest.fixture(autouse=True)
def _periods_are_found_anew() -> Iterator[None]:
    yield
    periods.period.cache_clear()


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.bug.__name__ for planted in PLANTED])
def test_a_planted_bug_is_seen(planted: Planted, monkeypatch: Patch) -> None:
    assert agrees(planted.scene)
    planted.bug(monkeypatch)
    assert not agrees(planted.scene)
