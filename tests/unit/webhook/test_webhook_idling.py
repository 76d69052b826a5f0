"""How long the dispatcher waits before it asks an empty queue again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from webhook.dispatch import Dispatcher
from webhook.queue import Claimed, Queue

ASKED = 8


class EmptyQueue:
    """Has nothing to send; once it was asked so often it is `done`, and answers no more."""

    def __init__(self) -> None:
        self.claims, self.done = 0, asyncio.Event()
        self.on_claim: dict[int, Callable[[], None]] = {}

    async def begin(self, at: datetime) -> None:
        """Nothing was claimed before."""

    async def release_expired(self, at: datetime) -> None:
        """Nothing is claimed."""

    async def claim(self, at: datetime, room: int) -> list[Claimed]:
        self.claims += 1
        if self.claims > ASKED:
            self.done.set()
            await asyncio.Event().wait()
        self.on_claim.get(self.claims, lambda: None)()
        return []


async def waits(monkeypatch: pytest.MonkeyPatch, *, stirred_at: int | None = None) -> list[float]:
    """The waits between the claims, none of which is waited for."""
    asked: list[float] = []

    @asynccontextmanager
    async def noted(seconds: float) -> AsyncIterator[None]:
        asked.append(seconds)
        async with real(0):
            yield

    real = asyncio.timeout
    monkeypatch.setattr("webhook.dispatch.asyncio.timeout", noted)
    queue, nothing = EmptyQueue(), cast(Any, None)
    dispatcher = Dispatcher(cast(Queue, queue), nothing, nothing, nothing, lambda: datetime.now(UTC))
    if stirred_at is not None:
        queue.on_claim[stirred_at] = dispatcher.stir
    running = asyncio.create_task(dispatcher.run())
    await asyncio.wait_for(queue.done.wait(), 30)
    monkeypatch.undo()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return asked


async def test_an_empty_queue_is_asked_ever_more_seldom_up_to_twice_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await waits(monkeypatch) == [0.05, 0.1, 0.2, 0.4, 0.5, 0.5, 0.5, 0.5]


async def test_whatever_is_stirred_is_looked_for_often_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await waits(monkeypatch, stirred_at=4) == [0.05, 0.1, 0.2, 0.4, 0.05, 0.1, 0.2, 0.4]
