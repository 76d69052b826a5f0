"""The sweeper: brings timers that are due to the desk, so that what time has made true is also told.

Nothing depends on it: a decision asks the clock itself (P7). It may be switched off, and is in the tests that prove so.
It also tidies the inbox of answers that are older than they have to be kept (P2).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from eventlog.log import Log, Timer
from kit.clock import Clock

LIMIT = 256
"""Timers of one partition in one poll."""


ANSWERS = 5_000
"""Answers purged at once; where there are more, soon again."""
HOUR = 3600.0
KEPT = timedelta(days=30)


class Sweeper:
    """Asks at most every `seconds`; with None never. `kept` is how long answers are."""

    def __init__(self, log: Log, clock: Clock, seconds: float | None = 1.0, kept: timedelta = KEPT) -> None:
        self._kept = kept
        self._tidied = 0.0
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

    async def tidy(self, parts: Iterable[int]) -> None:
        """Purges what is too old of those parts; once an hour when there is no more of it."""
        now = self._clock()
        named = list(parts)
        if not named or abs(now.timestamp() - self._tidied) < HOUR:
            return
        if not await self._log.forget_answers(named, now - self._kept, ANSWERS):
            self._tidied = now.timestamp()
