"""The sweeper: brings timers that are due to the desk, so that what time has made true is also told.

Nothing depends on it: a decision asks the clock itself (P7). It may be switched off, and is in the tests that prove so.
"""

from collections.abc import Iterable, Mapping, Sequence

from eventlog.log import Log, Timer
from kit.clock import Clock

LIMIT = 256
"""Timers of one partition in one poll."""


class Sweeper:
    """Asks at most every `seconds`; with None never."""

    def __init__(self, log: Log, clock: Clock, seconds: float | None = 1.0) -> None:
        self._log = log
        self._clock = clock
        self._seconds = seconds
        self._asked = 0.0

    async def due(self, parts: Iterable[int]) -> Mapping[int, Sequence[Timer]]:
        """What is due of those parts, if it is time to ask again."""
        now = self._clock()
        named = list(parts)
        if self._seconds is None or not named or abs(now.timestamp() - self._asked) < self._seconds:
            return {}
        self._asked = now.timestamp()
        return await self._log.due_timers(named, now, LIMIT)
