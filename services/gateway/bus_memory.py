"""The bus in memory: a function decides, at once or when told to. Behaves to the gateway as Kafka does."""

import asyncio
from collections.abc import Callable

from contracts.envelope import outcome_headers
from gateway.bus import Posted, Waiting
from gateway.order import Order
from gateway.own_writes import OwnWrites

Decide = Callable[[Order], bytes | None]
"""The outcome of an order; None: nobody decides it (now)."""


class MemoryBus:
    """Implements `Bus`. `orders` are all that were posted."""

    def __init__(self, decide: Decide) -> None:
        self.orders: list[Order] = []
        self.waiting = Waiting()
        self._decide = decide
        self._positions: dict[str, str] = {}
        self._own_writes = OwnWrites()

    async def post(self, order: Order) -> Posted:
        loop = asyncio.get_running_loop()
        posted = Posted(order, loop.create_future(), loop.create_future())
        self.waiting.add(posted)
        self.orders.append(order)
        posted.sent.set_result(None)
        if (outcome := self._decide(order)) is not None:
            self.publish(order, outcome)
        return posted

    def publish(self, order: Order, outcome: bytes) -> None:
        """An outcome comes by on the topic."""
        pos = len(self.orders)
        self._positions[order.tenant] = f"0.{pos}"
        self._own_writes.heard(order.source, 0, 1, pos)
        headers = outcome_headers(
            command_id=order.id,
            source=order.source,
            type=order.type,
            pos=pos,
            era=1,
            request_hash=order.request_hash.encode(),
        )
        self.waiting.arrived(headers, outcome)

    def done(self, posted: Posted) -> None:
        self.waiting.discard(posted)

    def position(self, tenant: str) -> str | None:
        return self._positions.get(tenant)

    def written(self, source: str, tenant: str) -> str | None:
        return self._own_writes.position(source, 0)
