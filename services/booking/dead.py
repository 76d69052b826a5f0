"""Dead letters: what could not be read or decided, listed for an operator, and sent again under a new id."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from contracts.envelope import header
from contracts.routing import Topics, part_of
from streams.consumers import reading
from streams.message import Parcel
from streams.outlet import Outlet

SECONDS = 10.0
_AGAIN = re.compile(r"^(.*)~([0-9]+)$", re.DOTALL)


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One dead letter without its body, which may be personal. `partition` and `offset` are its place here."""

    partition: int
    offset: int
    at: datetime
    tenant: str
    id: str | None
    source: str | None
    type: str | None
    code: str
    field: str | None
    detail: str
    bytes: int


class NoSuchLetter(LookupError):
    """Nothing lies at that place (any more)."""


class NoId(ValueError):
    """A letter without an id cannot be sent again: nobody could tell its outcome."""


class DeadLetters:
    """The topic of dead letters."""

    def __init__(self, bootstrap: str, topics: Topics, outlet: Outlet, partitions: int) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._outlet = outlet
        self._partitions = partitions

    async def newest(self, limit: int, tenant: str | None = None) -> list[DeadLetter]:
        """The newest ones first, at most `limit` of each partition looked at."""
        parts = [part_of(tenant, self._partitions)] if tenant else list(range(self._partitions))
        places = [TopicPartition(self._topics.dead, part) for part in parts]
        async with reading(self._bootstrap, places, seconds=SECONDS) as reader:
            first, ends = await reader.beginning_offsets(places), await reader.end_offsets(places)
            begin = {place: max(first[place], ends[place] - limit) for place in places if ends[place] > first[place]}
            records = await _read(reader, begin, ends)
        letters = [_letter(record) for record in records]
        chosen = [letter for letter in letters if tenant in (None, letter.tenant)]
        return sorted(chosen, key=lambda letter: (letter.at, letter.offset), reverse=True)[:limit]

    async def redrive(self, partition: int, offset: int) -> str:
        """Sends the letter again, as it was but with a new id and the old one as its cause; the new id.

        Doing so twice gives the same id, and the inbox answers.
        """
        if not 0 <= partition < self._partitions:
            raise NoSuchLetter
        record = await self._at(TopicPartition(self._topics.dead, partition), offset)
        old = (header(record.headers, "ce_id") or b"").decode("utf-8", "replace")
        if not old:
            raise NoId
        new = next_id(old)
        parcel = Parcel(record.key, record.value, _headers(record.headers, old, new))
        await self._outlet.send(self._topics.commands, partition, [parcel])
        return new

    async def _at(self, place: TopicPartition, offset: int) -> ConsumerRecord:
        async with reading(self._bootstrap, [place], seconds=SECONDS) as reader:
            first, ends = await reader.beginning_offsets([place]), await reader.end_offsets([place])
            if not first[place] <= offset < ends[place]:
                raise NoSuchLetter
            [record] = await _read(reader, {place: offset}, {place: offset + 1})
            return record


async def _read(
    reader: AIOKafkaConsumer, begin: dict[TopicPartition, int], ends: dict[TopicPartition, int]
) -> list[ConsumerRecord]:
    """Everything of `[begin, end)` of each place."""
    for place, offset in begin.items():
        reader.seek(place, offset)
    waiting, found = set(begin), []
    while waiting:
        for place, records in (await reader.getmany(*waiting, timeout_ms=500)).items():
            found += [record for record in records if record.offset < ends[place]]
            if records[-1].offset + 1 >= ends[place]:
                waiting.discard(place)
    return found


def next_id(id: str) -> str:
    """`x` becomes `x~1`, that `x~2`."""
    again = _AGAIN.match(id)
    return f"{again[1]}~{int(again[2]) + 1}" if again else f"{id}~1"


def _headers(headers: Sequence[tuple[str, bytes]], old: str, new: str) -> list[tuple[str, bytes]]:
    """The sender's own, without why it died. The request's hash goes too: this is not that request again."""
    dropped = ("ce_id", "ce_causation", "ce_requesthash", "ce_decidebefore")
    kept = [(name, value) for name, value in headers if name not in dropped and not name.startswith("dead_")]
    return [*kept, ("ce_id", new.encode()), ("ce_causation", old.encode())]


def _letter(record: ConsumerRecord) -> DeadLetter:
    texts = {name: value.decode("utf-8", "replace") for name, value in record.headers if value is not None}
    return DeadLetter(
        partition=record.partition,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        tenant=(record.key or b"").decode("utf-8", "replace"),
        id=texts.get("ce_id"),
        source=texts.get("ce_source"),
        type=texts.get("ce_type"),
        code=texts.get("dead_code", ""),
        field=texts.get("dead_field") or None,
        detail=texts.get("dead_detail", ""),
        bytes=len(record.value or b""),
    )
