"""The outlet: batches to Kafka in order, acknowledged by all replicas, each once (idempotent producer).

Events go through a `Cursor`, a reader of the log: a page is sent only when the one before is acknowledged, so what is
on the topic is always the log's beginning, whatever fails. Who was erased is on the list of erasures before the event.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder

from contracts.envelope import event_headers
from contracts.record import decode
from contracts.routing import Topics
from eventlog.log import LogReader, Page
from streams.erasures import erasure_of
from streams.message import EventParcel, Parcel

BATCH_BYTES = 524_288
REQUEST_BYTES = 8_388_608
PAGE = 500


class Outlet:
    """One producer. After any error it must be closed and a new one opened: what was sent is then unknown."""

    def __init__(self, bootstrap: str, *, timeout: float = 20) -> None:
        self._options: dict[str, Any] = {
            "bootstrap_servers": bootstrap,
            "enable_idempotence": True,
            "max_batch_size": BATCH_BYTES,
            "max_request_size": REQUEST_BYTES,
            "request_timeout_ms": int(timeout * 1000),
        }
        self._producer: AIOKafkaProducer | None = None

    @property
    def opened(self) -> bool:
        return self._producer is not None

    async def open(self) -> None:
        producer = AIOKafkaProducer(**self._options)
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer

    async def close(self, seconds: float = 5) -> None:
        """Lets go of the producer, within that time even where a broker does not answer."""
        if (producer := self._producer) is None:
            return
        self._producer = None
        stopping = asyncio.create_task(producer.stop())
        try:
            await asyncio.wait([stopping], timeout=seconds)
        finally:
            stopping.cancel()
            ended = await asyncio.gather(stopping, return_exceptions=True)
            if any(ended):
                await producer.client.close()

    async def send(self, topic: str, part: int, parcels: Sequence[Parcel]) -> None:
        """Returns when all are acknowledged, each batch before the next is sent; raises when one may not be."""
        if self._producer is None:
            raise RuntimeError("the outlet is closed")
        for batch in self._batches(self._producer, parcels):
            await (await self._producer.send_batch(batch, topic, partition=part))

    def _batches(self, producer: AIOKafkaProducer, parcels: Sequence[Parcel]) -> Iterator[BatchBuilder]:
        """As few batches as hold them, in order. A parcel larger than a batch goes alone."""
        now = int(time.time() * 1000)
        batch = producer.create_batch()
        for key, value, headers in parcels:
            whole = {"timestamp": now, "key": key, "value": value, "headers": list(headers)}
            if batch.append(**whole) is None:
                yield batch
                batch = producer.create_batch()
                batch.append(**whole)
        batch.close()
        if batch.record_count():
            yield batch


class Cursor:
    """Publishes one partition's events from where the topic ends; `published` is the last acknowledged position."""

    def __init__(self, log: LogReader, outlet: Outlet, topics: Topics, part: int, published: int) -> None:
        self._log = log
        self._outlet = outlet
        self._topics = topics
        self._part = part
        self.published = published

    async def publish(self, upto: int, fresh: Sequence[EventParcel] = ()) -> None:
        """All events up to there. `fresh` are those just appended, used where they go on exactly from here."""
        if fresh and fresh[0].pos == self.published + 1:
            await self._send(fresh)
        while self.published < upto:
            pages = await self._log.read(self._part, self.published, upto=upto, limit=PAGE)
            await self._send([_parcel(page) for page in pages])

    async def _send(self, events: Sequence[EventParcel]) -> None:
        if erasures := [event.erases for event in events if event.erases]:
            await self._outlet.send(self._topics.erasures, self._part, erasures)
        await self._outlet.send(self._topics.events, self._part, [event.parcel for event in events])
        self.published = events[-1].pos


def _parcel(page: Page) -> EventParcel:
    record = decode(page.state)
    return EventParcel(page.pos, Parcel(page.tenant.encode(), page.state, event_headers(record)), erasure_of(record))
