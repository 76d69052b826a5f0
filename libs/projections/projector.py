"""The projector: each event of a partition is folded into the live generation once, in order (P3, D7).

Records come from Kafka and are only a hint of what is new: what was seen is dropped, what is missing, or is of another
era than the log's, is read from the log. The first statement of every write compares and sets the checkpoint; whoever
loses writes nothing, forgets what he knew and starts again from what is stored.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from contracts import record as records
from contracts.record import Record
from eventlog.log import LogReader, NotPlaced
from kit.logging import log
from projections import checkpoints as stored
from projections.checkpoints import SQL, Checkpoint
from projections.freshness import Freshness
from projections.model import Mark, PartWriter, Pool, Projection

PAGE = 1000
TRIES = 5


class Arrived(NamedTuple):
    """A record as Kafka brought it; `value` is decoded only if it is new. `traceparent` says of which trace it is."""

    part: int
    pos: int
    era: int
    offset: int
    value: bytes
    traceparent: bytes | None = None


class Outrun(Exception):
    """The read model is ahead of the log it is folded from: the log was restored, and `slotkeeper restore` not run."""


class _Lost(Exception):
    """Somebody else moved the checkpoint, or another generation is live."""


class _Standing:
    """What the projector keeps of a partition between batches."""

    __slots__ = ("at", "fold", "generation")

    def __init__(self, generation: int, at: Checkpoint, fold: PartWriter) -> None:
        self.generation, self.at, self.fold = generation, at, fold


class Projector:
    """Projects into one read model. One call at a time a partition; partitions go side by side."""

    def __init__(self, model: Projection, pool: Pool, log: LogReader, freshness: Freshness) -> None:
        self._model, self._pool, self._log, self._freshness = model, pool, log, freshness
        self._standing: dict[int, _Standing] = {}
        self._locks: dict[int, asyncio.Lock] = {}

    async def project(self, batch: Mapping[int, Sequence[Arrived]]) -> None:
        """Folds in what arrived. A partition that fails does not stop the others; its error is raised at the end."""
        await _all([self._project(part, arrived) for part, arrived in batch.items()])

    async def assigned(self, part: int) -> int:
        """Starts anew with a partition; the Kafka offset from which it is to be read."""
        async with self._lock(part):
            self._standing.pop(part, None)
            return (await self._stand(part)).at.kafka_offset

    async def catch_up(self, part: int) -> None:
        """Folds in what the log has and Kafka did not bring."""
        await self._guarded(part, lambda: self._follow(part, upto=None))

    async def keep_up(self, parts: Callable[[], Iterable[int]], seconds: float = 1.0) -> None:
        """Runs as long as the process: what Kafka has not brought within a turn is read from the log.

        So a topic that was lost, and a read model that was dropped, mend by themselves.
        """
        wanted: dict[int, int] = {}
        while True:
            await asyncio.sleep(seconds)
            try:
                wanted = await self._turn(set(parts()), wanted)
            except Exception as error:
                log.warning("not kept up", exc_info=error)

    async def _turn(self, parts: set[int], wanted: Mapping[int, int]) -> dict[int, int]:
        marks = await stored.marks(self._pool, self._model.name)
        for part in sorted(parts & wanted.keys()):
            if part not in marks or marks[part].pos < wanted[part]:
                await self.assigned(part)
                await self.catch_up(part)
        return {part: head.position for part, head in (await self._log.heads()).items()}

    # --- one partition ----------------------------------------------------------------------------------------

    def _lock(self, part: int) -> asyncio.Lock:
        return self._locks.setdefault(part, asyncio.Lock())

    async def _project(self, part: int, arrived: Sequence[Arrived]) -> None:
        await self._guarded(part, lambda: self._take(part, arrived))

    async def _guarded(self, part: int, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work; whatever goes wrong, what is known of the partition is loaded again."""
        async with self._lock(part):
            for _ in range(TRIES):
                try:
                    return await work()
                except _Lost:
                    log.info("checkpoint moved by another", part=part)
                    self._standing.pop(part, None)
                except BaseException:
                    self._standing.pop(part, None)
                    raise
            raise TimeoutError(f"partition {part}: lost {TRIES} times")

    async def _take(self, part: int, arrived: Sequence[Arrived]) -> None:
        standing = await self._stand(part)
        if any(one.era > standing.at.era for one in arrived):
            self._standing.pop(part)
            standing = await self._stand(part)
        fresh = [one for one in arrived if one.pos > standing.at.pos]
        if not fresh:
            return
        if not _continues(standing.at, fresh):
            await self._follow(part, upto=fresh[-1].pos)
            return
        for page in _pages(fresh):
            await self._write(part, [records.decode(one.value) for one in page], page[-1].offset + 1)

    async def _follow(self, part: int, upto: int | None) -> None:
        """Folds the log itself from the checkpoint on."""
        while True:
            standing = await self._stand(part)
            rows = await self._log.read(part, standing.at.pos, upto=upto, limit=PAGE)
            if not rows:
                return
            await self._write(part, [records.decode(row.state) for row in rows], standing.at.kafka_offset)

    async def _stand(self, part: int) -> _Standing:
        """What is known of the partition, loaded when nothing is."""
        if (standing := self._standing.get(part)) is None:
            standing = self._standing[part] = await self._load(part)
            mark = Mark(standing.generation, standing.at.era, standing.at.pos, standing.at.decided_at)
            await self._freshness.tell(part, mark)
        return standing

    async def _load(self, part: int) -> _Standing:
        heads = await self._log.heads()
        if part not in heads:
            raise NotPlaced(f"partition {part} has no open head")
        generation = await stored.ensure_live(self._pool, self._model.name, list(self._model.tables))
        async with self._pool.acquire() as connection:
            at = await stored.checkpoint(connection, generation, part)
        if at.era < heads[part].era:
            at = await self._begin_era(generation, part, at, heads[part].era)
        if at.pos > heads[part].position:
            raise Outrun(f"partition {part}: the read model is at {at.pos}, the log at {heads[part].position}")
        return _Standing(generation, at, self._model.fold(part))

    async def _begin_era(self, generation: int, part: int, at: Checkpoint, era: int) -> Checkpoint:
        """What an older era wrote beyond the start of a newer one never happened: those rows go."""
        eras = await self._log.eras(part)
        from_pos = min(start for number, start in eras.items() if number > at.era)
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["share"], self._model.name)
            moved = await connection.fetchval(SQL["begin_era"], generation, part, at.era, at.pos, era, from_pos)
            if moved is None:
                raise _Lost
            if moved < at.pos:
                log.warning("rewound to a new era", part=part, era=era, pos=moved, void=at.pos - moved)
                await self._model.rewind(connection, generation, part, moved)
        return Checkpoint(era, moved, 0, at.decided_at)

    async def _write(self, part: int, fresh: Sequence[Record], offset: int) -> None:
        """One transaction: lock, compare-and-set, rows."""
        standing, last = self._standing[part], fresh[-1]
        at = standing.at
        if fresh[0].pos != at.pos + 1 or last.pos != at.pos + len(fresh):
            raise ValueError(f"partition {part}: the log has a hole after {at.pos}")
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["share"], self._model.name)
            moved = await connection.fetchval(
                SQL["advance"], self._model.name, standing.generation, part, at.era, at.pos, last.pos, offset,
                last.decided_at,
            )  # fmt: skip
            if moved is None:
                raise _Lost
            await standing.fold.load(connection, standing.generation, fresh)
            for one in fresh:
                standing.fold.add(one)
            await standing.fold.write(connection, standing.generation)
        standing.at = Checkpoint(at.era, last.pos, max(offset, at.kafka_offset), last.decided_at)
        await self._freshness.tell(part, Mark(standing.generation, at.era, last.pos, last.decided_at))


def _continues(at: Checkpoint, fresh: Sequence[Arrived]) -> bool:
    """Whether these are exactly the next positions, all of the log's own era."""
    return all(one.pos == at.pos + n and one.era == at.era for n, one in enumerate(fresh, 1))


def _pages(arrived: Sequence[Arrived]) -> list[list[Arrived]]:
    rest = iter(arrived)
    pages: list[list[Arrived]] = []
    while page := list(islice(rest, PAGE)):
        pages.append(page)
    return pages


async def _all(calls: Sequence[Awaitable[None]]) -> None:
    """Runs all to their end, then raises the first error."""
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
