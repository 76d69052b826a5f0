"""The inlet: commands of the partitions that this process was assigned and has opened, from where it says.

Kafka's assignment alone opens nothing: whoever took a partition over opens it at the offset that the log stores, so
offsets committed to Kafka are for lag tools only. Membership is static: a restart takes its partitions back at once.
"""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import IllegalStateError, KafkaError

from streams.consumers import FETCH_WAIT_MS, attentive, end
from streams.message import Message


class Inlet(ConsumerRebalanceListener):  # type: ignore[misc]
    """`assigned` is what the group gave us last; `generation` grows with every assignment, also the same one again."""

    def __init__(self, bootstrap: str, topic: str, *, group: str, instance: str, poll_records: int = 512) -> None:
        self._topic = topic
        self._poll_records = poll_records
        self._options = {
            "bootstrap_servers": bootstrap,
            "group_id": group,
            "group_instance_id": instance,
            "client_id": f"{group}-{instance}",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "fetch_max_wait_ms": FETCH_WAIT_MS,
            "partition_assignment_strategy": (StickyPartitionAssignor,),
        }
        self._consumer: AIOKafkaConsumer | None = None
        self._open: set[int] = set()
        self.assigned: frozenset[int] = frozenset()
        self.generation = 0

    async def __aenter__(self) -> Self:
        await self.join()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.leave()

    @property
    def joined(self) -> bool:
        return self._consumer is not None

    async def join(self) -> None:
        """Becomes a member of the group; an assignment follows."""
        consumer = AIOKafkaConsumer(**self._options)
        consumer.subscribe([self._topic], listener=self)
        try:
            await consumer.start()
        except BaseException:
            await end(consumer)
            raise
        attentive(consumer)
        self._consumer = consumer

    async def leave(self) -> None:
        """Stops reading. The group keeps a static member's place until its session times out."""
        self._release()
        if consumer := self._consumer:
            self._consumer = None
            await end(consumer)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self._release()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.assigned = frozenset(place.partition for place in assigned)
        self._open.clear()
        self.generation += 1

    def _release(self) -> None:
        self.assigned = frozenset()
        self._open.clear()

    def open(self, part: int, offset: int) -> bool:
        """Reads the partition from there on; False when it is ours no more."""
        if self._consumer is None or part not in self.assigned:
            return False
        try:
            self._consumer.seek(self._place(part), offset)
        except IllegalStateError:
            return False
        self._open.add(part)
        return True

    def shut(self, parts: Iterable[int]) -> None:
        """Gives out nothing of them until they are opened again."""
        self._open.difference_update(parts)

    async def poll(self, wait: float) -> dict[int, list[Message]]:
        """What has come in on open partitions, after at most `wait` seconds."""
        if self._consumer is None:
            raise RuntimeError("the inlet has not joined its group")
        batch = await self._consumer.getmany(timeout_ms=int(wait * 1000), max_records=self._poll_records)
        return {
            place.partition: [Message(place.partition, r.offset, r.key, r.value, r.headers) for r in records]
            for place, records in batch.items()
            if place.partition in self._open
        }

    async def tell(self, offsets: Mapping[int, int]) -> None:
        """Commits offsets to Kafka for whoever watches the lag; nothing of ours depends on it."""
        ours = {self._place(part): offset for part, offset in offsets.items() if part in self._open}
        if self._consumer is None or not ours:
            return
        try:
            await self._consumer.commit(ours)
        except (KafkaError, IllegalStateError):
            return

    def lag(self, part: int, offset: int) -> int | None:
        """How many commands lie beyond `offset`, as far as the last fetch has told."""
        if self._consumer is None or part not in self._open:
            return None
        end: int | None = self._consumer.highwater(self._place(part))
        return None if end is None else max(0, end - offset)

    def _place(self, part: int) -> TopicPartition:
        return TopicPartition(self._topic, part)
