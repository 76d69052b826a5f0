"""The oracle sees bugs in the rules about starts: each is planted in turn, and a scene no longer agrees with it."""

from collections.abc import Iterator
from datetime import UTC, date
from typing import Any

import pytest

from planting import NINE, NOW, Patch, Planted, is_seen, scene, taken, works
from scheduling import alignment, allowed, limits, periods, terms
from scheduling.book import Book
from scheduling.windows import Rota
from worlds import Taken, Trip, Wish, instant, minute


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
    by_clock = alignment.by_clock
    patch.setattr(alignment, "by_clock", lambda place, stretch, step: by_clock(UTC, stretch, step))


def starts_are_aligned_to_the_clock_at_home(patch: Patch) -> None:
    patch.setattr(Rota, "moves", lambda self, start, end: [start, end])


def the_tenant_speaks_before_the_resource(patch: Patch) -> None:
    said = terms._said
    patch.setattr(terms, "_said", lambda book, scopes, member: said(book, scopes[::-1], member))


def a_day_ends_at_2359(patch: Patch) -> None:
    patch.setattr(Book, "_to_midnight", lambda self, resource_id: False)


def ruled(**said: Any) -> dict[str, Any]:
    return {"rules": (("tenant", tuple(said.items())),)}


def one(per: str, count: int = 1) -> tuple[tuple[str, dict[str, int]], ...]:
    return ((per, {"count": count}),)


HOLD_ENDS = instant(NINE + 30)
HELD = taken(kind="held", until=HOLD_ENDS, owner="joe")
ENDLESS = works(("00:00", "24:00"), tz="Asia/Kathmandu")
IN_NEPAL = works(
    ("00:00", "24:00"), tz="America/New_York", trips=(Trip("Asia/Kathmandu", date(2026, 3, 5), date(2026, 3, 6)),)
)
LATE = Wish(now=instant(minute("2026-03-03T19:00Z")))
ON_SUNDAY = Taken("appointment/1", "ann", NINE - 3 * 1440, NINE - 3 * 1440 + 30)

PLANTED = [
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
    Planted(starts_are_aligned_to_the_clock_at_home, scene(IN_NEPAL, first=NINE + 1140, **ruled(align_minutes=60))),
    Planted(
        the_tenant_speaks_before_the_resource,
        scene(rules=(("tenant", (("horizon_days", 0),)), ("ann", (("horizon_days", 9),)))),
    ),
    Planted(a_day_ends_at_2359, scene(works(("12:00", "23:59"), to_midnight=True), first=NINE + 780, step=1)),
]


@pytest.fixture(autouse=True)
def _periods_are_found_anew() -> Iterator[None]:
    yield
    periods.period.cache_clear()


@pytest.mark.parametrize("planted", PLANTED, ids=[planted.bug.__name__ for planted in PLANTED])
def test_a_planted_bug_is_seen(planted: Planted, monkeypatch: Patch) -> None:
    assert is_seen(planted, monkeypatch)
