"""The bus on Kafka: orders to the tenant's partition of the commands topic, in order and acknowledged by all replicas.

The partition is chosen here (murmur2 of the tenant), so no client's default partitioner matters.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from opentelemetry.trace import SpanKind

from contracts.commands import BODY_LIMIT
from contracts.envelope import header
from contracts.routing import Topics, part_of
from gateway.bus import Posted, Waiting
from gateway.order import Order
from gateway.outcomes_kafka import Outcomes
from gateway.own_writes import OwnWrites
from gateway.refusals import too_large, unavailable
from kit import tracing
from kit.clock import Clock, system_clock
from kit.health import Health
from kit.logging import log

PART = "commands"
REQUEST_MS = 10_000
POST_SECONDS = 10.0
BACK_OFF_SECONDS = 0.5
ROOM_FOR_HEADERS = 64 * 1024


class KafkaBus:
    """Implements `Bus`. `run` connects and stays connected; before that every post is refused as `unavailable`."""

    def __init__(
        self, bootstrap: str, topics: Topics, partitions: int, health: Health, clock: Clock = system_clock
    ) -> None:
        self._bootstrap, self._topics, self._partitions = bootstrap, topics, partitions
        self._health, self._clock = health, clock
        self.waiting, self._own_writes = Waiting(), OwnWrites()
        self._outcomes = Outcomes(bootstrap, topics.outcomes, partitions, self._arrived, health)
        self._producer: AIOKafkaProducer | None = None
        self._broken = asyncio.Event()

    def known(self, positions: Mapping[int, int]) -> None:
        """Positions of the log's heads, for answers before the first outcome comes by."""
        for part, position in positions.items():
            self._own_writes.head(part, position)
            self._outcomes.positions[part] = max(position, self._outcomes.positions.get(part, 0))

    def _arrived(self, part: int, headers: Sequence[tuple[str, bytes]], body: bytes) -> None:
        source, era, pos = (header(headers, name) for name in ("ce_commandsource", "era", "pos"))
        if source and era and pos and era.isdigit() and pos.isdigit():
            self._own_writes.heard(source.decode("utf-8", "replace"), part, int(era), int(pos))
        self.waiting.arrived(headers, body)

    async def run(self) -> None:
        """Works until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._outcomes.run())
            tasks.create_task(self._produce())

    async def _produce(self) -> None:
        """Keeps a working producer; one that failed for good is replaced."""
        while True:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                enable_idempotence=True,
                acks="all",
                request_timeout_ms=REQUEST_MS,
                max_request_size=BODY_LIMIT + ROOM_FOR_HEADERS,
            )
            try:
                await producer.start()
                self._producer = producer
                self._health.well(PART)
                self._broken.clear()
                await self._broken.wait()
            except (KafkaError, OSError) as broken:
                log.warning("commands cannot be sent", exc_info=broken)
            finally:
                self._producer = None
                with suppress(KafkaError, TimeoutError):
                    await asyncio.wait_for(producer.stop(), POST_SECONDS)
            self._health.ill(PART, "Kafka does not answer")
            await asyncio.sleep(BACK_OFF_SECONDS)

    async def post(self, order: Order) -> Posted:
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[bytes] = loop.create_future()
        posted = Posted(order, loop.create_future(), outcome)
        self.waiting.add(posted)  # before it is sent: the outcome may be here before the acknowledgement
        try:
            async with asyncio.timeout(POST_SECONDS):
                with self._span(order):
                    posted.sent = await self._send(order)
        except BaseException:
            self.waiting.discard(posted)
            raise
        posted.sent.add_done_callback(self._sent)
        return posted

    async def _send(self, order: Order) -> "asyncio.Future[object]":
        if self._producer is None:
            raise unavailable("Commands cannot be sent now.")
        try:
            sent: asyncio.Future[object] = await self._producer.send(
                self._topics.commands,
                order.body(),
                key=order.tenant.encode(),
                partition=part_of(order.tenant, self._partitions),
                headers=order.headers(self._clock()),
            )
        except MessageSizeTooLargeError as large:
            raise too_large(BODY_LIMIT) from large
        except (KafkaError, TimeoutError) as broken:
            raise unavailable("Commands cannot be sent now.") from broken
        return sent

    def _span(self, order: Order) -> AbstractContextManager[object]:
        """Of the command on its way; its headers carry it on."""
        if not tracing.on():
            return nullcontext()
        facts = {
            "messaging.system": "kafka",
            "messaging.destination.name": self._topics.commands,
            "messaging.message.id": order.id,
        }
        return tracing.span(f"send {order.type}", SpanKind.PRODUCER, facts)

    def _sent(self, sent: "asyncio.Future[object]") -> None:
        """A delivery that failed may mean a producer that never works again: take a new one."""
        if not sent.cancelled() and sent.exception() is not None:
            self._broken.set()

    def done(self, posted: Posted) -> None:
        self.waiting.discard(posted)

    def position(self, tenant: str) -> str | None:
        part = part_of(tenant, self._partitions)
        pos = self._outcomes.positions.get(part)
        return None if pos is None else f"{part}.{pos}"

    def written(self, source: str, tenant: str) -> str | None:
        return self._own_writes.position(source, part_of(tenant, self._partitions))
