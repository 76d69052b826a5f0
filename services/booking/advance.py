"""What time alone has made true of one stream, to be told before anything is decided on it (P7)."""

from datetime import datetime

from booking.change import Change, subject_of
from booking.state import TenantState
from contracts.events import HoldExpired
from scheduling.advance import lapsed
from scheduling.occupancy import deadline


def due(state: TenantState, stream: str, now: datetime) -> list[Change]:
    """The expiry of a hold, or of a request that nobody accepted in time, with the instant at which it became true."""
    kept = state.kept.get(stream)
    if kept is None:
        return []
    seen = kept.appointment
    until = deadline(seen)
    if until is None or not lapsed(seen.status, until, now):
        return []
    return [Change(stream, HoldExpired(expires_at=until), subject_of(stream, seen.customer), occurred_at=until)]
