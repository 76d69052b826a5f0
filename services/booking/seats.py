"""Seats: what a decision about appointments of a class means for their sessions, in the same decision.

An appointment has seats for as long as it would have a slot: they follow from what it came to, whichever rule it was
that changed it. Held seats are free at their deadline by the clock; `SeatsReleased` only tells what is already true.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from booking.change import Change
from booking.provisional import provisional
from booking.state import TenantState
from booking.view import View
from contracts.appointment import LIVE, Kept, appointment_id, fold
from contracts.session import KeptSession
from contracts.session_events import SeatsReleased, SeatsTaken
from scheduling import occupancy
from scheduling.sessions import StreamsNotLoaded, session_stream


class Has(NamedTuple):
    """The seats that an appointment has: where, how many, until when, and whose hold it is."""

    session_id: str
    seats: int
    until: datetime | None
    owner: str | None


def along(changes: Sequence[Change], view: View) -> list[Change]:
    """The seats taken and released with these changes. Raises `StreamsNotLoaded` where a session is not in memory."""
    streams = dict.fromkeys(change.stream for change in changes if _about_seats(change, view))
    return [more for stream in streams for more in _followed(stream, changes, view)]


def _about_seats(change: Change, view: View) -> bool:
    if not change.stream.startswith("appointment/"):
        return False
    slot, kept = getattr(change.event, "slot", None), view.state.kept.get(change.stream)
    return bool(slot and slot.session_id) or bool(kept and kept.appointment.session_id)


def _followed(stream: str, changes: Sequence[Change], view: View) -> Iterator[Change]:
    before = view.state.kept.get(stream)
    after = before
    for change in changes:
        if change.stream == stream:
            after = fold(after, provisional(change, after, view))
    had, has = _has(before), _has(after)
    if had == has:
        return
    if had and (has is None or has.session_id != had.session_id):
        yield from _released(had, stream, view)
    if has and after:
        yield _taken(has, stream, view, override=after.appointment.override)


def _has(kept: Kept | None) -> Has | None:
    if kept is None or not kept.blocks:
        return None
    seen = kept.appointment
    if seen.session_id is None or seen.status not in LIVE:
        return None
    return Has(seen.session_id, seen.seats, occupancy.deadline(seen), kept.owner)


def _released(had: Has, stream: str, view: View) -> Iterator[Change]:
    """Of seats that time has freed already it may have been told."""
    mine = at_hand(had.session_id, view).seats_of(appointment_id(stream))
    if mine:
        yield _change(had.session_id, SeatsReleased(appointment_id=appointment_id(stream), seats=mine))


def _taken(has: Has, stream: str, view: View, *, override: bool) -> Change:
    """What it has already stays its own; of more it gets new ones."""
    kept, mine = at_hand(has.session_id, view), appointment_id(stream)
    before = kept.seats_of(mine)
    given = [*before, *kept.new_seats(has.seats - len(before))][: has.seats]
    event = SeatsTaken(appointment_id=mine, seats=given, expires_at=has.until, owner=has.owner, override=override)
    return _change(has.session_id, event)


def _change(session_id: str, event: SeatsTaken | SeatsReleased) -> Change:
    stream = session_stream(session_id)
    return Change(stream, event, stream)


def at_hand(session_id: str, view: View) -> KeptSession:
    """The session that an appointment has seats of."""
    stream = session_stream(session_id)
    kept: KeptSession | None = view.state.entries.get(stream)
    if kept is None:
        raise StreamsNotLoaded(stream)
    return kept


# --- time -------------------------------------------------------------------------------------------------------


def deadline(kept: KeptSession) -> datetime | None:
    """When the next seats of a hold or a request are free by time alone."""
    return min((seat.expires_at for seat in kept.session.seats if seat.expires_at is not None), default=None)


def lapsed(state: TenantState, stream: str, now: datetime) -> list[Change]:
    """The seats that time has freed, with the instant at which it did."""
    kept: KeptSession = state.entries[stream]
    gone: dict[str, datetime] = {
        seat.appointment_id: seat.expires_at
        for seat in kept.session.seats
        if seat.expires_at is not None and not seat.alive(now)
    }
    return [
        Change(stream, SeatsReleased(appointment_id=one, seats=kept.seats_of(one), why="lapsed"), stream, until)
        for one, until in sorted(gone.items(), key=lambda item: item[1])
    ]
