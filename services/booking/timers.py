"""When an appointment has to be looked at again although nobody sends a command."""

from datetime import datetime

from contracts.appointment import Kept
from scheduling.occupancy import deadline


def timer_of(kept: Kept) -> datetime | None:
    """The end of a hold, or the deadline of a request; None for all else."""
    return deadline(kept.appointment)
