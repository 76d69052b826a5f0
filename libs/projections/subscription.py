"""The Kafka edge of a projecting service: a FastStream batch subscriber that hands a projector what arrived (D11).

Where to read from is the read model's own word: its checkpoint holds the Kafka offset, and each assignment seeks to
it. Group offsets are committed too, for tools that measure lag. A batch that fails comes again after a pause.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, cast

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from opentelemetry.trace import SpanKind

from kit import tracing
from kit.logging import log
from projections.projector import Arrived, Projector
from streams.consumers import FETCH_WAIT_MS, attentive

MAX_RECORDS = 2000
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0


class Subscription(ConsumerRebalanceListener):  # type: ignore[misc]
    """One projector's share of the events topic. `parts` are ours at present; `assigned` once Kafka has said so."""

    def __init__(self, broker: KafkaBroker, topic: str, *, group: str, instance: str, projector: Projector) -> None:
        self.parts: frozenset[int] = frozenset()
        self.assigned = False
        self._topic, self._projector, self._pause = topic, projector, FIRST_PAUSE
        self._subscriber = broker.subscriber(
            topic,
            batch=True,
            group_id=group,
            group_instance_id=f"{group}-{instance}",
            auto_offset_reset="earliest",
            batch_timeout_ms=10,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            max_records=MAX_RECORDS,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            listener=self,
            decoder=_decode,
            title="Events",
            description="Every event of the log, in the order of its partition.",
        )
        self._subscriber(self._handle)

    async def _handle(self, batch: list[Arrived]) -> None:
        by_part = {part: list(group) for part, group in groupby(batch, key=lambda one: one.part)}
        began = time.perf_counter()
        try:
            await self._projector.project(by_part)
        except Exception as error:
            log.error("batch not projected", pause=self._pause, parts=sorted(by_part), exc_info=error)
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
            raise
        self._pause = FIRST_PAUSE
        if tracing.on():
            self._trace(batch, tracing.since(began))

    def _trace(self, batch: Iterable[Arrived], began: int) -> None:
        """A span for each event whose trace is kept: its command's trace ends where the read model shows it."""
        for one in batch:
            if one.traceparent and tracing.kept(one.traceparent):
                facts = {"messaging.system": "kafka", "slotkeeper.position": f"{one.part}.{one.pos}"}
                tracing.told("project", SpanKind.CONSUMER, facts, one.traceparent, began)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.parts -= {one.partition for one in revoked}

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Seeks to where the read model is. A partition that cannot be asked now begins where its group stopped."""
        self.parts = frozenset(one.partition for one in assigned)
        self.assigned = True
        if (consumer := self._subscriber.consumer) is not None:
            attentive(consumer)
        for part in sorted(self.parts):
            try:
                offset = await self._projector.assigned(part)
            except Exception as error:
                log.error("partition not taken up", part=part, exc_info=error)
                continue
            self._seek(part, offset)

    def _seek(self, part: int, offset: int) -> None:
        if (consumer := self._subscriber.consumer) is not None:
            consumer.seek(TopicPartition(self._topic, part), offset)


async def _decode(message: KafkaMessage) -> list[Arrived]:
    """By headers alone; values are decoded where they are new. Records come grouped by partition."""
    raw = cast("Sequence[ConsumerRecord[Any, bytes]]", message.raw_message)
    return [_arrived(one) for one in raw]


def _arrived(one: "ConsumerRecord[Any, bytes]") -> Arrived:
    headers = dict(one.headers)
    place = one.partition, int(headers["pos"]), int(headers["era"]), one.offset
    return Arrived(*place, one.value or b"", headers.get(tracing.HEADER))
