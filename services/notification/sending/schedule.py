"""When a message that could not be delivered is tried again. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_try(schedule: Sequence[float], attempt: int, now: datetime) -> datetime | None:
    """After so many attempts; None when there are to be no more."""
    if attempt > len(schedule):
        return None
    return now + timedelta(seconds=schedule[attempt - 1])
