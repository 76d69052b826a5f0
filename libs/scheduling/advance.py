"""Advance: what time alone has made true. A comparison, never a message (P7)."""

from datetime import datetime

LAPSING = frozenset({"held", "requested"})
"""Statuses that a deadline ends."""


def lapsed(status: str, expires_at: datetime | None, now: datetime) -> bool:
    """Whether a hold, or a request nobody accepted, has ended by `now`: it is dead at `expires_at` itself."""
    return expires_at is not None and expires_at <= now and status in LAPSING
