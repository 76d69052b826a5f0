"""The length of the queue is told by state, and counted now and then."""

from typing import Any, cast

from prometheus_client import REGISTRY

from webhook.watch import SECONDS, counting


class Pool:
    def __init__(self) -> None:
        self.depths: dict[str, int] = {}
        self.asked = 0

    async def fetch(self, statement: str) -> list[dict[str, object]]:
        self.asked += 1
        return [{"state": state, "count": count} for state, count in self.depths.items()]


def told(state: str) -> float | None:
    return REGISTRY.get_sample_value("slotkeeper_webhook_queued", {"state": state})


async def test_the_queue_is_counted_by_state_and_an_empty_one_is_none() -> None:
    now, pool = 1000.0, Pool()
    count = counting(cast(Any, pool), lambda: now)
    pool.depths = {"ready": 2, "parked": 1}
    await count([])
    assert [told(state) for state in ("waiting", "ready", "sending", "parked")] == [0, 2, 0, 1]
    pool.depths = {}
    now += SECONDS
    await count([])
    assert told("ready") == 0


async def test_it_is_not_counted_at_every_look() -> None:
    now, pool = 1000.0, Pool()
    count = counting(cast(Any, pool), lambda: now)
    for _ in range(3):
        await count([])
        now += SECONDS / 3
    assert pool.asked == 1
    await count([])
    assert pool.asked == 2
