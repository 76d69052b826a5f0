"""Clockwork: an event loop on which nothing takes time but waiting, and the one true time of a simulated world.

Everything runs in one thread, in an order that follows from what was asked alone, so a run can be had again exactly.
"""

import asyncio
import selectors
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

BEGIN = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
"""A Monday morning."""


class Standstill(Exception):
    """Everybody waits for something that never comes."""


class _Idle(selectors.BaseSelector):
    """Nothing ever comes in from outside: whoever would wait for it finds the time passed."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return selectors.SelectorKey(fileobj, 0, 0, None)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Standstill
        self.seconds += max(timeout, 0.0)
        return []


class SimulatedLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop, on a clock that jumps from one timer to the next."""

    def __init__(self) -> None:
        self._idle = _Idle()
        super().__init__(self._idle)

    def time(self) -> float:
        return self._idle.seconds


class Wall:
    """The true time. It goes with the loop; what must be long is passed at once (`turn`), forward or back."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._turned = 0.0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(seconds=round(self._elapsed() + self._turned, 6))

    def turn(self, seconds: float) -> None:
        self._turned += seconds
