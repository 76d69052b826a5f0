"""The clock: the one place where a process asks what time it is. Tests hand in a `Clock` of their own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """This machine's clock, in UTC, with microseconds."""
    return datetime.now(UTC)
