"""Loading: a partition's log is folded in memory and copied into the bare tables of a generation that nobody reads.

A partition is one transaction. What is in memory is bounded: pages of the log, and what the fold keeps. Nothing is read
back; where a stream goes on that was forgotten, the log is asked for it.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol

from contracts import record as records
from eventlog.log import Head, LogReader, Page
from projections.checkpoints import SQL, Checkpoint
from projections.model import Connection, PartFold, Pool, ReadModel

PAGE = 5000
"""Events read at once."""

Count = Callable[[int], None]
"""Told of every page: how many events it had."""


class Task(NamedTuple):
    """One partition to be loaded, as far as its head stood when the rebuild began."""

    generation: int
    head: Head


class Loader(Protocol):
    """Loads partitions of a generation: here, or in processes of their own."""

    async def load(self, tasks: Sequence[Task], count: Count) -> Mapping[int, Checkpoint]:
        """By partition, how far each is loaded."""
        ...


class Here:
    """Loads in this process, one partition after the other."""

    def __init__(self, model: ReadModel, pool: Pool, log: LogReader) -> None:
        self._model, self._pool, self._log = model, pool, log

    async def load(self, tasks: Sequence[Task], count: Count) -> Mapping[int, Checkpoint]:
        return {task.head.part: await self.load_one(task, count) for task in tasks}

    async def load_one(self, task: Task, count: Count) -> Checkpoint:
        """In one transaction, its checkpoint last."""
        async with self._pool.acquire() as connection, connection.transaction():
            at = await _Load(connection, self._log, task, self._model.fold(task.head.part), count).run()
            await connection.execute(
                SQL["load_checkpoint"], task.generation, task.head.part, at.era, at.pos, at.decided_at
            )
        return at


class _Load:
    """While one page is folded, the next one is read and the one before is written."""

    def __init__(self, connection: Connection, log: LogReader, task: Task, fold: PartFold, count: Count) -> None:
        self._connection, self._log, self._task, self._fold, self._count = connection, log, task, fold, count

    async def run(self) -> Checkpoint:
        head = self._task.head
        at = Checkpoint(head.era, 0, 0, head.decided_at)
        reading, writing = self._read(0), self._write(last=False)
        try:
            while rows := await reading:
                reading = self._read(rows[-1].pos)
                at = await self._add(at, rows)
                await writing
                writing = self._write(last=False)
            await writing
            writing = self._write(last=True)
            await writing
        finally:
            await _end(reading, writing)
        return at

    def _read(self, after: int) -> asyncio.Task[Sequence[Page]]:
        head = self._task.head
        return asyncio.create_task(_read(self._log, head.part, after, head.position))

    def _write(self, *, last: bool) -> asyncio.Task[None]:
        return asyncio.create_task(self._fold.copy(self._connection, self._task.generation, last=last))

    async def _add(self, at: Checkpoint, rows: Sequence[Page]) -> Checkpoint:
        page = [records.decode(row.state) for row in rows]
        await self._fold.recall(self._log, page)
        for record in page:
            self._fold.add(record)
        self._count(len(page))
        return at._replace(pos=page[-1].pos, decided_at=page[-1].decided_at)


async def _read(log: LogReader, part: int, after: int, upto: int) -> Sequence[Page]:
    return await log.read(part, after, upto=upto, limit=PAGE) if after < upto else []


async def _end(*tasks: asyncio.Task[object]) -> None:
    """None goes on using a connection that is about to be given back."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
