"""The watch of a projecting process: ready once the database answers and events are its own; its lag."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from kit.health import Health
from projections.freshness import Freshness
from projections.model import Mark
from projections.watch import Watch

MARK = Mark(1, 1, 7, datetime(2026, 3, 1, tzinfo=UTC))


class Scene:
    """A process of which everything is said by a test."""

    def __init__(self) -> None:
        self.health = Health("database", "events")
        self.broken, self.counted = False, 0
        self.subscription = SimpleNamespace(assigned=False)
        self.registry = CollectorRegistry()
        self.lag = Gauge("lag", "Lag.", ["part"], registry=self.registry)

    async def heads(self) -> dict[int, Any]:
        if self.broken:
            raise OSError("not there")
        return {0: SimpleNamespace(position=10), 1: SimpleNamespace(position=4)}

    async def count(self, parts: Iterable[int]) -> None:
        self.counted = len(list(parts))

    async def becomes(self, seen: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not seen():  # noqa: ASYNC110
                await asyncio.sleep(0.005)


@asynccontextmanager
async def watched() -> AsyncIterator[Scene]:
    scene = Scene()

    async def marks() -> dict[int, Mark]:
        return {0: MARK}

    freshness = Freshness(marks)
    await freshness.refresh()
    log, subscription = SimpleNamespace(heads=scene.heads), scene.subscription
    watch: Any = Watch(scene.health, log, freshness, subscription, scene.lag, scene.count)  # type: ignore[arg-type]
    running = asyncio.create_task(watch.run())
    try:
        yield scene
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_it_is_ready_once_the_database_answers_and_the_events_are_its_own() -> None:
    async with watched() as scene:
        await scene.becomes(lambda: scene.health.hindrances == {"events": "starting"})
        scene.subscription.assigned = True
        await scene.becomes(lambda: scene.health.ready)


async def test_the_lag_is_what_the_log_has_beyond_what_was_committed() -> None:
    async with watched() as scene:
        await scene.becomes(lambda: scene.counted == 2)
        lags = [scene.registry.get_sample_value("lag", {"part": part}) for part in "01"]
        assert lags == [3.0, 4.0]


async def test_a_database_that_is_away_is_named_and_it_is_looked_for_again() -> None:
    async with watched() as scene:
        scene.broken = True
        await scene.becomes(lambda: scene.health.hindrances.get("database") == "OSError")
        scene.broken = False
        await scene.becomes(lambda: "database" not in scene.health.hindrances)
