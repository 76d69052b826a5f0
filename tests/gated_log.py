"""A log whose owner can be paused just before an append, or made to lose the answer of one that was committed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from eventlog.log import Log, PartAppend


class GatedLog:
    """Everything else goes straight to the log it stands before."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._open = asyncio.Event()
        self._open.set()
        self.waiting = asyncio.Event()
        """Set once somebody stands before the closed gate."""
        self.answers_to_lose = 0
        self.refused: list[set[int]] = []
        """What each append that came through was refused."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def pause(self) -> None:
        self.waiting.clear()
        self._open.clear()

    def wake(self) -> None:
        self._open.set()

    async def append(self, batch: Sequence[PartAppend], clock: datetime) -> set[int]:
        if not self._open.is_set():
            self.waiting.set()
        await self._open.wait()
        refused = await self._log.append(batch, clock)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            raise ConnectionResetError("the answer was lost")
        self.refused.append(refused)
        return refused
