"""Which starts can be booked, and why one cannot: the functions that decide bookings, at the moment's facts (P4)."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from availability.answers import true_at
from availability.diaries import Page
from availability.fold import stream_of
from availability.moment import Moment
from availability.questions.book import book_at
from availability.questions.freebusy import intervals
from availability.questions.moves import Move, moved, moving
from availability.ranges import known_zone, minute_of, span
from availability.sources import Sources
from contracts.errors import Blocker, Rejection
from contracts.values import ResourceRef
from kit.problems import Problem
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.sessions import session_stream
from scheduling.slots import Ask, Choice, Offer, Plan, blockers, choose, days_needed, offers, plan
from scheduling.zones import local_text, to_datetime

LONGEST = timedelta(days=366)

_local_text = lru_cache(maxsize=65536)(local_text)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What availability is asked for, in a command's words."""

    service_id: str
    option_id: str | None = None
    duration_minutes: int | None = None
    location_id: str | None = None
    resource_ids: tuple[str, ...] = ()
    step_minutes: int | None = None
    hold_id: str | None = None
    owner: str | None = None
    reschedule_of: str | None = None
    seats: int = 1
    addons: tuple[str, ...] = ()
    session_id: str | None = None

    def ask(self) -> Ask:
        return Ask(
            service_id=self.service_id,
            option_id=self.option_id,
            duration_minutes=self.duration_minutes,
            location_id=self.location_id,
            resources=self.resource_ids or None,
            seats=self.seats,
            addons=self.addons,
            owner=self.owner,
            hold_stream=stream_of(self.hold_id) if self.hold_id else None,
            reschedule_of=stream_of(self.reschedule_of) if self.reschedule_of else None,
            step_minutes=self.step_minutes,
            session_id=self.session_id,
        )


class Place(NamedTuple):
    """Where a page of offers begins: behind the first `told` of those at `start`, as several sessions may be."""

    start: int
    told: int = 0


async def starts(
    sources: Sources,
    at: Moment,
    asked: Asked,
    *,
    first: str,
    last: str,
    tz: str | None,
    limit: int,
    begin: Place | None = None,
) -> tuple[Moment, dict[str, Any], Place | None]:
    """The offers of a range from `begin` on, the moment they are true at, and where the next page begins."""
    book = await book_at(sources, at)
    resolved = await _resolved(sources, at, book, asked)
    tz = _zone(book, resolved, asked, tz)
    start, end = span(first, last, tz, longest=LONGEST)
    first_start, told = begin or Place(start)
    start = max(start, first_start)
    diary, session_of, at = await _page(sources, at, resolved, start, end)
    found = offers(book, diary, resolved, start, end, at.now, told + limit + 1, session_of)[told:]
    following = _place(found, limit, Place(start, told))
    members = await true_at(sources, at)
    return at, members | {"tz": tz, "slots": [_slot(offer, tz) for offer in found[:limit]]}, following


async def explain(
    sources: Sources, at: Moment, asked: Asked, *, start: str, tz: str | None
) -> tuple[Moment, dict[str, Any]]:
    """Whether one start is offered, and all that stands against it."""
    book = await book_at(sources, at)
    resolved = await _resolved(sources, at, book, asked)
    tz = _zone(book, resolved, asked, tz)
    minute = minute_of(start, tz, "start")
    diary, session_of, at = await _page(sources, at, resolved, minute, minute + 1)
    choice = choose(book, diary, resolved, minute, at.now, session_of)
    against = [] if isinstance(choice, Choice) else blockers(book, diary, resolved, minute, at.now, session_of)
    members: dict[str, Any] = {
        "offered": isinstance(choice, Choice),
        **await true_at(sources, at),
        "start": to_datetime(minute),
        "local_start": local_text(minute, tz),
        "resources": list(choice.resources) if isinstance(choice, Choice) else [],
        "session_id": choice.session.session.id if isinstance(choice, Choice) and choice.session else None,
        "blockers": in_order(against),
    }
    if isinstance(choice, Rejection):
        members["code"] = choice.code
    return at, members


async def busy(
    sources: Sources, at: Moment, asked: Asked, *, first: str, last: str, tz: str | None
) -> list[dict[str, Any]]:
    """What the resources that could be taken have in the range."""
    book = await book_at(sources, at)
    resolved = _plan(book, asked)
    start, end = span(first, last, _zone(book, resolved, asked, tz), longest=LONGEST)
    diary, at = await _diary(sources, at, resolved, start, end)
    return [
        {"resource_id": resource_id, **item}
        for resource_id in sorted({*resolved.resources()})
        for item in intervals(book, diary, resource_id, start, end, at.now)
    ]


async def resources(sources: Sources, at: Moment, asked: Asked) -> list[ResourceRef]:
    """Kind and name of all that the candidates are taken from."""
    book = await book_at(sources, at)
    found = (book.resources[resource_id].defined for resource_id in sorted({*_plan(book, asked).resources()}))
    return [ResourceRef(id=one.id, kind=one.kind, name=one.name) for one in found]


def in_order(against: Iterable[Blocker]) -> Sequence[Blocker]:
    """By what and when, whatever order they were found in."""
    return sorted(
        against,
        key=lambda one: (str(one.start or ""), one.resource_id or "", one.reason, one.event_id or "", one.text),
    )


def _plan(book: Book, asked: Asked, move: Move | None = None) -> Plan:
    resolved = plan(book, moved(asked.ask(), move))
    if isinstance(resolved, Rejection):
        field = {"resources": "resource_id", "addons": "addon_id"}.get(resolved.field or "", resolved.field)
        raise Problem.of(msgspec.structs.replace(resolved, field=field))
    return resolved


def _zone(book: Book, resolved: Plan, asked: Asked, tz: str | None) -> str:
    """The zone of the answer: the one asked for, a single resource's own, the location's."""
    if tz is not None:
        return known_zone(tz)
    if len(asked.resource_ids) == 1:
        return book.zone_of(asked.resource_ids[0])
    return resolved.location.defined.tz


async def _resolved(sources: Sources, at: Moment, book: Book, asked: Asked) -> Plan:
    """The plan; of an appointment's move it is as its decision would make it."""
    return _plan(book, asked, await moving(sources, at, asked.reschedule_of))


async def _page(sources: Sources, at: Moment, resolved: Plan, first: int, last: int) -> Page:
    """The days and sessions that decide."""
    named = resolved.ask.session_id
    streams = [session_stream(named)] if named is not None else []
    return await sources.diaries.page(sources.pool, at, days_needed(resolved, first, last), streams)


def _place(found: Sequence[Offer], limit: int, begun: Place) -> Place | None:
    """Where the offer behind the first `limit` stands."""
    if len(found) <= limit:
        return None
    start = found[limit].start
    before = sum(offer.start == start for offer in found[:limit])
    return Place(start, before + (begun.told if start == begun.start else 0))


async def _diary(sources: Sources, at: Moment, resolved: Plan, first: int, last: int) -> tuple[Diary, Moment]:
    return await sources.diaries.diary(sources.pool, at, days_needed(resolved, first, last))


def _slot(offer: Offer, tz: str) -> dict[str, Any]:
    return {
        "start": to_datetime(offer.start),
        "end": to_datetime(offer.end),
        "local_start": _local_text(offer.start, tz),
        "candidates": offer.candidates,
        "remaining": offer.remaining,
        "session_id": offer.session_id,
    }
