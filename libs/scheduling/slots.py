"""Slots: which starts can be booked, with whom, and if not, why. Offers and bookings are one decision (P4).

`choose` decides one start, `offers` lists all of a range, `blockers` explains one; all three hold the same plan
against the same diary with the same search.
"""

from datetime import datetime

import msgspec

from contracts.errors import Blocker, Rejection
from contracts.session import KeptSession
from contracts.values import Chosen
from scheduling import sessions
from scheduling.against import Against, Lack
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.listing import Offer, listed
from scheduling.masks import DAY, first_set
from scheduling.plans import Ask, Plan, plan
from scheduling.search import Search
from scheduling.sessions import SessionOf
from scheduling.zones import to_datetime, to_minute

__all__ = ["Ask", "Choice", "Offer", "Plan", "blockers", "choose", "days_needed", "offers", "plan"]

ALTERNATIVES = 3
_ALTERNATIVE_DAYS = 7


class Choice(msgspec.Struct, frozen=True):
    """A slot that can be taken: its resources, core and padded interval in minutes, and what was overridden."""

    resources: tuple[str, ...]
    start: int
    end: int
    busy_start: int
    busy_end: int
    chosen: Chosen
    overridden: tuple[Blocker, ...] = ()
    session: KeptSession | None = None
    """Whose seats are taken; the time of its resources is not."""


def days_needed(plan: Plan, first_minute: int, last_minute: int) -> set[tuple[str, int]]:
    """The resource-days that decide about the starts in `[first, last)`; `last` may equal `first` for one start.

    A session that is named decides by itself.
    """
    if plan.ask.session_id is not None:
        return set()
    stretch = plan.stretch(first_minute, last_minute)
    return {(resource_id, day) for resource_id in plan.resources() for day in stretch.numbers}


def choose(
    book: Book, diary: Diary, plan: Plan, start: int, now: datetime, session_of: SessionOf | None = None
) -> Choice | Rejection:
    """Takes the start, or says why not. Raises `DayNotLoaded` if the diary lacks a day that decides.

    Without `session_of` no sessions are known, and none is found.
    """
    meant = sessions.meant(diary, plan, start, session_of)
    if isinstance(meant, Rejection):
        return meant
    if meant.kept is not None:
        return _seated(plan, meant.kept, now)
    search = Search(book, diary, plan, plan.stretch(start, start + 1), now)
    found = search.found(search.wanted(start, start + 1))
    if found:
        return _choice(plan, search.pick(found), start)
    against = Against(search, start)
    past, lacks = against.past(), against.lacks()
    if plan.ask.override and not past and (forced := _forced(search, start)):
        return _choice(plan, forced, start, tuple(fact for one in forced for fact in against.facts(one)))
    return _refusal(plan, past, lacks, _alternatives(search, start))


def _seated(plan: Plan, kept: KeptSession, now: datetime) -> Choice | Rejection:
    """Seats of a session. An override gives more than there are."""
    if refusal := sessions.closed(plan, kept, now):
        return refusal
    full = sessions.full(plan, kept, now)
    if full and not plan.ask.override:
        return full
    seen, busy = kept.session, kept.busy
    return Choice(
        resources=tuple(resource.id for resource in seen.resources),
        start=to_minute(seen.start),
        end=to_minute(seen.end),
        busy_start=to_minute(busy.start),
        busy_end=to_minute(busy.end),
        chosen=Chosen(strategy="session"),
        overridden=tuple(full.blockers) if full else (),
        session=kept,
    )


def _choice(plan: Plan, resources: list[str], start: int, overridden: tuple[Blocker, ...] = ()) -> Choice:
    end = start + plan.duration
    chosen = _NAMED
    if plan.needs:
        chosen = Chosen(strategy="none", candidates=sum(len(need.pool) for need in plan.needs))
    return Choice(tuple(resources), start, end, start - plan.before, end + plan.after, chosen, overridden)


_NAMED = Chosen(strategy="named")


def _forced(search: Search, start: int) -> list[str] | None:
    """Who is taken whatever stands against it: the free ones first; None if too few are eligible at all."""
    bit, resources = 1 << (start - search.stretch.start), list(search.plan.named)
    for need in search.plan.needs:
        if len(need.pool) < need.count:
            return None
        resources += sorted(need.pool, key=lambda one: not search.free(one) & bit)[: need.count]
    return resources


def _refusal(plan: Plan, past: list[Blocker], lacks: list[Lack], alternatives: list[datetime]) -> Rejection:
    """What is lacking first gives the code; the blockers are all there are."""
    facts = [*past, *(fact for lack in lacks for against in lack.facts for fact in against)]
    code, members = ("in_past", {}) if past else _code(plan, lacks[0])
    return Rejection(code=code, detail=facts[0].text, blockers=facts, alternatives=alternatives, members=dict(members))


def _code(plan: Plan, lack: Lack) -> tuple[str, dict[str, str]]:
    """A room or equipment is missing whatever the cause, unless it is the very thing booked and closed."""
    if lack.by_hours and (lack.kind == "staff" or lack.kind == plan.primary):
        return "outside_hours", {}
    return ("slot_unavailable", {}) if lack.kind == "staff" else ("resource_unavailable", {"kind": lack.kind})


def _alternatives(search: Search, start: int) -> list[datetime]:
    """The next offers that the days already loaded show; nothing is loaded for them."""
    plan, diary, day = search.plan, search.diary, search.stretch.first_day
    resources = list(plan.resources())
    most = day + _ALTERNATIVE_DAYS
    while day < most and all(diary.has_day(resource_id, day) for resource_id in resources):
        day += 1
    last = day * DAY - plan.duration - plan.after + 1
    if last <= start + 1:
        return []
    found = offers(search.book, diary, plan, start + 1, last, search.now, ALTERNATIVES)
    return [to_datetime(offer.start) for offer in found]


def offers(
    book: Book,
    diary: Diary,
    plan: Plan,
    first: int,
    last: int,
    now: datetime,
    limit: int = 1000,
    session_of: SessionOf | None = None,
) -> list[Offer]:
    """The first `limit` starts in `[first, last)` that `choose` accepts, each with its candidates.

    Where a session starts it alone is meant; where several do each is offered, to be booked by its name.
    """
    of_sessions = _session_offers(diary, plan, first, last, now, session_of) if session_of else []
    if sessions.seated_only(plan):
        return of_sessions[:limit]
    search = Search(book, diary, plan, plan.stretch(first, last), now)
    wanted = search.wanted(first, last)
    for start in sessions.starts(diary, plan, first, last, session_of):
        wanted &= ~(1 << (start - search.stretch.start))
    found = first_set(search.found(wanted), limit)
    listed_ = listed(search, found) if found else []
    return sorted([*of_sessions, *listed_], key=lambda one: one.start)[:limit] if of_sessions else listed_


def _session_offers(
    diary: Diary, plan: Plan, first: int, last: int, now: datetime, session_of: SessionOf
) -> list[Offer]:
    return [
        Offer(
            to_minute(kept.session.start),
            to_minute(kept.session.end),
            [[resource.id for resource in kept.session.resources]],
            sessions.available(plan, kept, now),
            kept.session.id,
        )
        for kept in sessions.bookable(diary, plan, first, last, now, session_of)
    ]


def blockers(
    book: Book, diary: Diary, plan: Plan, start: int, now: datetime, session_of: SessionOf | None = None
) -> list[Blocker]:
    """All that stands against the start: empty exactly if `choose` accepts it."""
    choice = choose(book, diary, plan, start, now, session_of)
    return choice.blockers if isinstance(choice, Rejection) else []
