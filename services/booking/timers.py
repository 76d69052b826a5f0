"""When a stream has to be looked at again although nobody sends a command."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from booking import seats, turns
from booking.state import kind_of
from contracts.appointment import Kept
from scheduling.occupancy import deadline

TIMERS: dict[str, Callable[[Any], datetime | None]] = {"session": seats.deadline, "waitlist": turns.deadline}
"""By kind of stream, for what is no appointment: when something of an entry ends by time alone."""


def due_at(stream: str, entry: Any) -> datetime | None:
    """When time next makes something true of a stream; None where nothing is to be expected."""
    if entry is None:
        return None
    timer = TIMERS.get(kind_of(stream))
    return timer(entry) if timer else timer_of(entry) if isinstance(entry, Kept) else None


def timer_of(kept: Kept) -> datetime | None:
    """The end of a hold, or the deadline of a request; None for all else."""
    return deadline(kept.appointment)
