"""Free and busy: what a resource has in a range, by type, and nothing about whom it is with."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from availability.moment import Moment
from availability.questions.book import book_at
from availability.ranges import known_zone, span
from availability.sources import Sources
from kit.problems import Problem
from scheduling.book import Book
from scheduling.diary import Diary, alive
from scheduling.zones import to_datetime

LONGEST = timedelta(days=366)
DAY = 1440

_TYPES = {"held": "tentative", "requested": "tentative", "booked": "busy", "session": "busy"}
"""What an interval is to others (RFC 5545's free/busy types)."""


async def busy(
    sources: Sources, at: Moment, resource_id: str, *, first: str, last: str, tz: str | None
) -> tuple[Moment, list[dict[str, Any]]]:
    """A resource's appointments, holds, time off and what other calendars have; closed hours are not listed."""
    book = await book_at(sources, at)
    if resource_id not in book.resources:
        raise Problem("not_found", "There is no such resource.")
    start, end = span(first, last, known_zone(tz) if tz else book.zone_of(resource_id), longest=LONGEST)
    days = {(resource_id, day) for day in _days(start, end)}
    diary, at = await sources.diaries.diary(sources.pool, at, days)
    return at, intervals(book, diary, resource_id, start, end, at.now)


def intervals(book: Book, diary: Diary, resource_id: str, start: int, end: int, now: datetime) -> list[dict[str, Any]]:
    """What is alive of the core intervals, cut to `[start, end)`."""
    found = sorted({*_appointments(diary, resource_id, start, end, now), *_closures(book, resource_id, start, end)})
    return [
        {"start": to_datetime(max(begin, start)), "end": to_datetime(min(stop, end)), "type": kind}
        for begin, stop, kind in found
        if begin < end and stop > start
    ]


def _appointments(
    diary: Diary, resource_id: str, start: int, end: int, now: datetime
) -> Iterator[tuple[int, int, str]]:
    for day in _days(start, end):
        for one in diary.on(resource_id, day).intervals:
            if alive(one, now):
                yield one.start, one.end, _TYPES[one.kind]


def _closures(book: Book, resource_id: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for off in book.hours(resource_id).away(start, end):
        yield off.start, off.end, off.type


def _days(start: int, end: int) -> range:
    return range(start // DAY, (end - 1) // DAY + 1)
