"""What time alone has made true of one stream, to be told before anything is decided on it (P7)."""

from collections.abc import Callable
from datetime import datetime

from booking import seats, turns
from booking.change import Change, subject_of
from booking.state import TenantState, kind_of
from contracts.events import HoldExpired
from scheduling.advance import lapsed
from scheduling.occupancy import deadline

DUE: dict[str, Callable[[TenantState, str, datetime], list[Change]]] = {
    "session": seats.lapsed,
    "waitlist": turns.lapsed,
}
"""By kind of stream, for what is no appointment: what is true of an entry by now and not told yet."""


def due(state: TenantState, stream: str, now: datetime) -> list[Change]:
    """The expiry of a hold, or of a request that nobody accepted in time, with the instant at which it became true.

    Of seats that it kept their session's own stream tells: neither stream waits for the other.
    """
    if (of_kind := DUE.get(kind_of(stream))) and stream in state.entries:
        return of_kind(state, stream, now)
    kept = state.kept.get(stream)
    if kept is None:
        return []
    seen = kept.appointment
    until = deadline(seen)
    if until is None or not lapsed(seen.status, until, now):
        return []
    return [Change(stream, HoldExpired(expires_at=until), subject_of(stream, seen.customer), occurred_at=until)]
