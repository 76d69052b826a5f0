"""Ending a consumer never ends who asks for it, and leaves nothing open; nor does one that could not start."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from streams import consumers
from streams.consumers import end, reading


class Client:
    closed = False

    async def close(self) -> None:
        self.closed = True


class Consumer:
    """Stops as a test says; like aiokafka's, its stop may not get as far as closing its client."""

    def __init__(self, stop: Callable[[], Awaitable[Any]]) -> None:
        self.stop = stop
        self._client = Client()


async def cancelled() -> None:
    raise asyncio.CancelledError


async def broken() -> None:
    raise ConnectionError


async def for_ever() -> None:
    await asyncio.sleep(3600)


@pytest.mark.parametrize("stop", [cancelled, broken, for_ever])
async def test_whatever_stopping_does_the_connections_are_closed_and_the_caller_goes_on(
    stop: Callable[[], Awaitable[None]],
) -> None:
    consumer = Consumer(stop)
    await end(cast(Any, consumer), seconds=0.01)
    assert consumer._client.closed


async def test_a_caller_that_is_cancelled_itself_ends() -> None:
    consumer = Consumer(for_ever)
    ending = asyncio.create_task(end(cast(Any, consumer)))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert consumer._client.closed


class Unreachable(Consumer):
    """Its broker does not answer."""

    async def start(self) -> None:
        raise ConnectionError


@pytest.mark.parametrize("stop", [cancelled, broken])
async def test_a_consumer_that_cannot_start_leaves_nothing_open(
    stop: Callable[[], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = Unreachable(stop)
    monkeypatch.setattr(consumers, "AIOKafkaConsumer", lambda **options: consumer)
    with pytest.raises(ConnectionError):
        async with reading("nowhere:9", [], seconds=5):
            raise AssertionError("it was opened")
    assert consumer._client.closed
