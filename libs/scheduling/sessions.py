"""Sessions: the starts of a class. Whoever books one takes seats of a session, and none of its resources' time.

Any service may have sessions; one with a capacity has nothing else. Where one of its sessions starts, that is what is
meant by the start: it need not be named unless another one starts then too.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from contracts.appointment import appointment_id
from contracts.errors import Blocker, Rejection
from contracts.session import KeptSession
from scheduling.book import Service
from scheduling.diary import SESSION, Diary
from scheduling.plans import Ask, Plan
from scheduling.zones import to_datetime, to_minute, to_minute_up

SessionOf = Callable[[str], KeptSession | None]
"""The session of a stream; None where there is none, or it is not in memory."""


class StreamsNotLoaded(LookupError):
    """A decision needs streams that are not in memory: load them and decide again."""

    def __init__(self, *streams: str) -> None:
        super().__init__(*streams)
        self.streams = streams


class Meant(NamedTuple):
    """What a start means where classes are: a session of it, or `None`, and then the diary decides."""

    kept: KeptSession | None


DIARY = Meant(None)


def session_stream(session_id: str) -> str:
    return f"session/{session_id}"


def is_class(service: Service) -> bool:
    """Whether it is booked in sessions alone."""
    return isinstance(service.defined.capacity, int)


def seated_only(plan: Plan) -> bool:
    """Whether nothing but seats is asked for."""
    ask = plan.ask
    return ask.session_id is not None or ask.among == "sessions" or (ask.among == "any" and is_class(plan.service))


def meant(diary: Diary, plan: Plan, start: int, session_of: SessionOf | None) -> Meant | Rejection:
    """The session that a start means; refused where it means none or several of a class."""
    if plan.ask.session_id is not None:
        return _named(plan, plan.ask.session_id, start, session_of)
    found = list(starting(diary, plan, start, start + 1, session_of)) if session_of else []
    if len(found) > 1:
        ids = sorted(kept.session.id for kept in found)
        text = "Several sessions start then: session_id has to name one."
        facts = [_fact(kept, "several_sessions", kept.slot_event, text) for kept in found]
        members = {"session_ids": ids}
        return Rejection(code="not_found", field="session_id", detail=text, blockers=facts, members=members)
    if found:
        return Meant(found[0])
    return _none(plan, start) if seated_only(plan) else DIARY


def _none(plan: Plan, start: int) -> Rejection:
    text = "No session of this class starts then."
    at, end = to_datetime(start), to_datetime(start + plan.duration)
    fact = Blocker(reason="no_session", event_id=plan.service.event_id, start=at, end=end, text=text)
    return Rejection(code="slot_unavailable", detail=text, blockers=[fact])


def _named(plan: Plan, session_id: str, start: int, session_of: SessionOf | None) -> Meant | Rejection:
    kept = session_of(session_stream(session_id)) if session_of else None
    if kept is None:
        return Rejection(code="not_found", field="session_id", detail="There is no such session.")
    if to_minute(kept.session.start) != start:
        return _unfit("start", "The session does not start then.")
    wrong = next(_mismatches(plan, kept), None)
    return _unfit(*wrong) if wrong else Meant(kept)


def _unfit(field: str, detail: str) -> Rejection:
    return Rejection(code="resource_not_eligible", field=field, detail=detail)


def _mismatches(plan: Plan, kept: KeptSession) -> Iterator[tuple[str, str]]:
    """What is asked for, member by member, that the session is not."""
    ask, seen = plan.ask, kept.session
    if seen.service.id != ask.service_id:
        yield "session_id", "The session is one of another service."
    if ask.location_id not in (None, seen.location_id):
        yield "location_id", "The session is at another location."
    if not {resource.id for resource in seen.resources} >= set(plan.named):
        yield "resources", "The session has other resources."
    if ask.duration_minutes not in (None, to_minute(seen.end) - to_minute(seen.start)):
        yield "duration_minutes", "The session takes another time."
    if ask.addons:
        yield "addons", "Nothing is given with a class."


def starts(diary: Diary, plan: Plan, first: int, last: int, session_of: SessionOf | None) -> Iterable[int]:
    """The starts that mean a session, be there a seat or not; without `session_of` those that may mean one."""
    if session_of is None:
        return {start for start, _ in _marked(diary, plan, first, last)}
    return {to_minute(kept.session.start) for kept in starting(diary, plan, first, last, session_of)}


def starting(diary: Diary, plan: Plan, first: int, last: int, session_of: SessionOf) -> Iterator[KeptSession]:
    """The sessions that starts in `[first, last)` may mean. Raises `StreamsNotLoaded` for those not in memory."""
    streams = marked(diary, plan, first, last)
    if missing := [stream for stream in streams if session_of(stream) is None]:
        raise StreamsNotLoaded(*missing)
    for stream in streams:
        kept = session_of(stream)
        if kept is not None and next(_mismatches(plan, kept), None) is None and not _kept_away(plan.ask, kept):
            yield kept


def marked(diary: Diary, plan: Plan, first: int, last: int) -> list[str]:
    """The streams of the sessions that may be meant, in order, in memory or not."""
    return [stream for _, stream in sorted(_marked(diary, plan, first, last))]


def _kept_away(ask: Ask, kept: KeptSession) -> bool:
    return any(resource.id in ask.excluded for resource in kept.session.resources)


def _marked(diary: Diary, plan: Plan, first: int, last: int) -> set[tuple[int, str]]:
    """Start and stream of each, in the diaries of whoever could give it.

    Where none was met yet nobody looks, but for what has nothing else: its days may not be here yet.
    """
    if plan.ask.among == "diary" or not (diary.classes or seated_only(plan)):
        return set()
    return {
        (busy.start, busy.stream)
        for resource_id in plan.resources()
        for day in plan.stretch(first, last).numbers
        for busy in diary.on(resource_id, day).intervals
        if busy.kind == SESSION and busy.owner == plan.ask.service_id and first <= busy.start < last
    }


# --- seats ------------------------------------------------------------------------------------------------------


def available(plan: Plan, kept: KeptSession, now: datetime) -> int:
    """Seats left, those counted that the appointment asked about has itself, or the asker's own hold."""
    return kept.remaining(now, but=_own(plan.ask, kept))


def _own(ask: Ask, kept: KeptSession) -> str | None:
    if ask.reschedule_of is not None:
        return appointment_id(ask.reschedule_of)
    held = appointment_id(ask.hold_stream) if ask.hold_stream is not None else None
    return held if held is not None and kept.owners.get(held) == ask.owner else None


def closed(plan: Plan, kept: KeptSession, now: datetime) -> Rejection | None:
    """Why nobody can get a seat, not even by an override: it is cancelled or has begun."""
    if kept.session.status == "cancelled":
        text = "The session is cancelled."
        fact = _fact(kept, "cancelled", kept.slot_event, text)
        return Rejection(code="slot_unavailable", detail=text, blockers=[fact])
    if not (plan.ask.imported or plan.ask.begun) and to_minute(kept.session.start) < to_minute_up(now):
        text = "The start has passed."
        return Rejection(code="in_past", detail=text, blockers=[_fact(kept, "in_past", None, text)])
    return None


def full(plan: Plan, kept: KeptSession, now: datetime) -> Rejection | None:
    """Too few seats for what is asked."""
    requested, left = plan.ask.seats, available(plan, kept, now)
    if requested <= left:
        return None
    text = f"{left} of {kept.session.capacity} seats are left."
    fact = _fact(kept, "full", kept.filled_by, text)
    members = {"requested": requested, "available": left}
    return Rejection(code="not_enough_seats", detail=text, blockers=[fact], members=members)


def _fact(kept: KeptSession, reason: str, event_id: str | None, text: str) -> Blocker:
    return Blocker(reason=reason, event_id=event_id, start=kept.session.start, end=kept.session.end, text=text)


def bookable(
    diary: Diary, plan: Plan, first: int, last: int, now: datetime, session_of: SessionOf
) -> list[KeptSession]:
    """The sessions in `[first, last)` that can be booked as asked, in order; those at one start by their ids."""
    if plan.ask.session_id is not None:
        kept = session_of(session_stream(plan.ask.session_id))
        start = to_minute(kept.session.start) if kept else last
        named = _named(plan, plan.ask.session_id, start, session_of)
        found = [named.kept] if isinstance(named, Meant) and named.kept and first <= start < last else []
    else:
        found = list(starting(diary, plan, first, last, session_of))
    return [kept for kept in found if closed(plan, kept, now) is None and full(plan, kept, now) is None]
