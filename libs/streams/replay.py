"""Replays: a range of the log, in order, into a topic of its own or a file; durable and resumable.

Progress is one small JSON file. It is written after a page is safe in its target, and the target is cut back to what
the progress says before a replay goes on, so a killed replay repeats nothing in a file and at most one page on a topic.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from aiokafka import AIOKafkaProducer

from contracts.envelope import event_headers
from contracts.record import Record, decode
from contracts.routing import Topics, part_of
from eventlog.log import LogReader, Page
from streams.topics import make_topic

PAGE = 1_000


class Range(NamedTuple):
    """Positions `(after, upto]` of one partition."""

    after: int
    upto: int


class BadBound(ValueError):
    """A bound that names no place: what it was, and what may stand there."""


async def resolve(log: LogReader, start: str, end: str, tenant: str | None, partitions: int) -> dict[int, Range]:
    """The range of every partition between two bounds: `beginning`, `now`, an instant or, with a tenant, a position."""
    heads = await log.heads()
    parts = [part_of(tenant, partitions)] if tenant else sorted(heads)
    return {
        part: Range(
            await _bound(log, part, heads[part].position, start, tenant),
            await _bound(log, part, heads[part].position, end, tenant),
        )
        for part in parts
    }


async def _bound(log: LogReader, part: int, last: int, bound: str, tenant: str | None) -> int:
    if bound == "beginning":
        return 0
    if bound == "now":
        return last
    if tenant and bound.replace(".", "", 1).isdigit():
        number = bound.partition(".")[2] or bound
        return min(int(number), last)
    try:
        instant = datetime.fromisoformat(bound)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise BadBound(f"{bound!r} is no bound: beginning, now, an instant with offset or, with a tenant, a position.")
    return await decided_by(log, part, last, instant)


async def decided_by(log: LogReader, part: int, last: int, instant: datetime) -> int:
    """The last position decided by `instant` (decision time never runs backwards, so a binary search finds it)."""
    low, high = 0, last
    while low < high:
        middle = (low + high + 1) // 2
        rows = await log.read(part, middle - 1, limit=1)
        if rows and decode(rows[0].state).decided_at <= instant:
            low = middle
        else:
            high = middle - 1
    return low


def kept_ranges(progress: Path) -> dict[int, Range] | None:
    """The ranges of a replay that was begun and not finished: `now` means what it meant then."""
    if not progress.exists():
        return None
    ranges = json.loads(progress.read_text())["replay"]["ranges"]
    return {int(part): Range(*reach) for part, reach in ranges.items()}


class Sink(Protocol):
    """Where a replay goes."""

    async def open(self, mark: int) -> None:
        """Makes ready; whatever lies beyond `mark` was written after the last progress and goes."""
        ...

    async def write(self, pages: Sequence[Page]) -> int:
        """Returns once they are safe, with the new mark."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class FileSink:
    """NDJSON, a record a line, as it stands in the log (personal members sealed)."""

    path: Path
    _file: BinaryIO | None = None

    async def open(self, mark: int) -> None:
        self._file = await asyncio.to_thread(self.path.open, "r+b" if self.path.exists() and mark else "wb")
        self._file.truncate(mark)
        self._file.seek(mark)

    async def write(self, pages: Sequence[Page]) -> int:
        assert self._file is not None
        self._file.write(b"".join(page.state + b"\n" for page in pages))
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()

    async def close(self) -> None:
        if self._file is not None:
            self._file.close()


@dataclass(slots=True)
class TopicSink:
    """A topic that is not one of the live ones; key, headers and partition as on the events topic."""

    bootstrap: str
    topic: str
    live: Topics
    partitions: int
    _producer: AIOKafkaProducer | None = None

    def __post_init__(self) -> None:
        if self.topic.startswith(f"{self.live.prefix}."):
            raise BadBound(f"{self.topic} is a live topic: a replay never goes there.")

    async def open(self, mark: int) -> None:
        await make_topic(self.bootstrap, self.topic, self.partitions)
        self._producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, enable_idempotence=True)
        await self._producer.start()

    async def write(self, pages: Sequence[Page]) -> int:
        assert self._producer is not None
        sent = [await self._send(self._producer, page) for page in pages]
        await asyncio.gather(*sent)
        return 0

    async def _send(self, producer: AIOKafkaProducer, page: Page) -> "asyncio.Future[object]":
        headers = event_headers(decode(page.state))
        future: asyncio.Future[object] = await producer.send(
            self.topic, page.state, key=page.tenant.encode(), partition=page.part, headers=headers
        )
        return future

    async def close(self) -> None:
        if self._producer is not None:
            await self._producer.stop()


@dataclass(slots=True)
class Replay:
    """One durable replay. `speed` 0 is as fast as it goes; else that many times the pace of the decisions."""

    log: LogReader
    sink: Sink
    ranges: dict[int, Range]
    progress: Path
    types: frozenset[str] = frozenset()
    tenant: str | None = None
    speed: float = 0.0
    told: Callable[[int], None] = lambda done: None
    done: int = 0
    _at: dict[int, int] = field(default_factory=dict)
    _last: datetime | None = None

    @property
    def total(self) -> int:
        """Positions to walk, those that are filtered out too."""
        return sum(max(0, reach.upto - reach.after) for reach in self.ranges.values())

    async def run(self) -> int:
        """Goes on from the progress file to the end; returns how many records were written in all."""
        mark = self._load()
        await self.sink.open(mark)
        try:
            async for part, pages in self._pages():
                chosen = [page for page in pages if not self.types or page.type in self.types]
                await self._pace(chosen)
                mark = await self.sink.write(chosen)
                self.done += len(chosen)
                self._save(part, pages[-1].pos, mark)
                self.told(sum(at - self.ranges[p].after for p, at in self._at.items()))
        finally:
            await self.sink.close()
        return self.done

    async def _pages(self) -> AsyncIterator[tuple[int, Sequence[Page]]]:
        for part, reach in self.ranges.items():
            at = self._at.get(part, reach.after)
            while rows := await self.log.read(part, at, upto=reach.upto, limit=PAGE, tenant=self.tenant):
                yield part, rows
                at = rows[-1].pos

    async def _pace(self, pages: Sequence[Page]) -> None:
        if not self.speed or not pages:
            return
        record: Record = decode(pages[-1].state)
        if self._last is not None:
            await asyncio.sleep(max(0.0, (record.decided_at - self._last).total_seconds() / self.speed))
        self._last = record.decided_at

    def _identity(self) -> dict[str, object]:
        return {
            "ranges": {str(part): list(reach) for part, reach in self.ranges.items()},
            "types": sorted(self.types),
            "tenant": self.tenant,
        }

    def _load(self) -> int:
        if not self.progress.exists():
            return 0
        kept = json.loads(self.progress.read_text())
        if kept["replay"] != self._identity():
            raise BadBound(f"{self.progress} belongs to another replay; remove it or choose another target.")
        self._at = {int(part): at for part, at in kept["at"].items()}
        self.done = kept["done"]
        return int(kept["mark"])

    def _save(self, part: int, pos: int, mark: int) -> None:
        self._at[part] = pos
        new = self.progress.with_suffix(".new")
        new.write_text(json.dumps({"replay": self._identity(), "at": self._at, "done": self.done, "mark": mark}))
        new.replace(self.progress)
