"""Generations: a read model is made anew beside the live one, compared with it, and switched to (D8).

A rebuild loads the log from its beginning into bare tables (`loading`); then it follows the log like a projector until
it is less than a page behind. The switch holds the model's lock alone: no projector writes while the last events are
folded. Rows keep their history, so both generations can be compared afterwards, as of positions that both have reached;
nobody waits for that. The generation before stands by, so that the way back is short.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec

from contracts import record as records
from eventlog.log import LogReader
from projections import checkpoints as stored
from projections.checkpoints import SQL, Checkpoint
from projections.loading import Here, Loader, Task
from projections.model import Connection, PartFold, Pool, ReadModel

PAGE = 2000
"""Events read at once while a generation follows the log; less than that behind, it may be switched to."""
DRIFT_SHOWN = 50


class Busy(Exception):
    """Another rebuild of the model is under way."""


class NothingBefore(Exception):
    """There is no generation to go back to."""


class Report(msgspec.Struct, kw_only=True):
    """What a rebuild did. `drift` names what differed between the live generation and the new one at one position."""

    model: str
    generation: int
    events: int = 0
    seconds: float = 0.0
    things: int = 0
    hash: str = ""
    drift: list[str] = []
    drifted: int = 0
    switched: bool = False


class Progress(NamedTuple):
    """How far a rebuild is: events folded of those the log held when it began."""

    step: str
    done: int
    of: int


Tell = Callable[[Progress], None]


class Rebuild:
    """One generation being made, or an older one being brought up to the live one."""

    def __init__(self, model: ReadModel, pool: Pool, log: LogReader, tell: Tell, loader: Loader) -> None:
        self._model, self._pool, self._log, self._tell, self._loader = model, pool, log, tell, loader
        self._tables = list(model.tables)
        self._at: dict[int, Checkpoint] = {}
        self._folds: dict[int, PartFold] = {}
        self._generation = 0
        self._report = Report(model=model.name, generation=0)
        self._total = 0

    async def run(self, *, dry_run: bool) -> Report:
        """A new generation, compared; live at the end unless it is a dry run, which leaves nothing behind."""
        began = time.monotonic()
        async with self._alone() as connection:
            await self._tidy(connection)
            await self._make(connection)
            await self._load()
            await self._index()
            await connection.execute(SQL["attach_tables"], self._tables, self._generation)
            await self._model.settle(connection, self._generation)
            await self._finish(dry_run=dry_run)
        self._report.seconds = round(time.monotonic() - began, 3)
        return self._report

    async def back(self) -> Report:
        """The generation before, brought up to the log, is live again."""
        began = time.monotonic()
        async with self._alone():
            await self._stand_before()
            await self._finish(dry_run=False)
        self._report.seconds = round(time.monotonic() - began, 3)
        return self._report

    # --- making -----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        async with self._pool.acquire() as connection:
            if not await connection.fetchval(SQL["start_rebuild"], self._model.name):
                raise Busy(self._model.name)
            try:
                yield connection
            finally:
                await connection.execute(SQL["end_rebuild"], self._model.name)

    async def _tidy(self, connection: Connection) -> None:
        """What a killed rebuild left, and what stood by before the last switch but one."""
        known = await stored.generations(self._pool, self._model.name)
        standby = [one for one in known if one.state == "standby"]
        for one in [one for one in known if one.state == "building"] + standby[1:]:
            await self._drop(connection, one.number)

    async def _drop(self, connection: Connection, generation: int) -> None:
        """Alone with the model: dropping locks its tables one by one, as a projector does, but in another order."""
        async with connection.transaction():
            await connection.execute(SQL["own"], self._model.name)
            await connection.execute(SQL["drop_tables"], self._tables, generation)
            await connection.execute(SQL["forget"], generation)

    async def _make(self, connection: Connection) -> None:
        async with connection.transaction():
            self._generation = await connection.fetchval(SQL["new_generation"], self._model.name, "building")
            await connection.execute(SQL["make_tables"], self._tables, self._generation)
        self._report.generation = self._generation

    async def _load(self) -> None:
        heads = await self._log.heads()
        self._total = sum(head.position for head in heads.values())
        tasks = [Task(self._generation, head) for head in heads.values()]
        self._at |= await self._loader.load(tasks, self._count)
        self._folds |= {part: self._model.fold(part) for part in self._at}

    async def _index(self) -> None:
        """All indexes side by side; attaching the tables takes up what it finds."""
        self._tell(Progress("indexing", self._report.events, self._report.events))
        made = await self._pool.fetch(SQL["index_statements"], self._tables, self._generation)
        await asyncio.gather(*(self._index_one(statement) for (statement,) in made))

    async def _index_one(self, statement: str) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["index_room"])
            await connection.execute(statement)

    def _count(self, events: int) -> None:
        self._report.events += events
        self._tell(Progress("folding", self._report.events, max(self._total, self._report.events)))

    async def _stand_before(self) -> None:
        """Takes up the generation that stands by, unless the log has begun a new era since."""
        known = await stored.generations(self._pool, self._model.name)
        if (before := next((one.number for one in known if one.state == "standby"), None)) is None:
            raise NothingBefore(self._model.name)
        self._generation = self._report.generation = before
        for part, at in (await stored.checkpoints(self._pool, before)).items():
            if at.era != (await self._log.heads())[part].era:
                raise NothingBefore(f"{self._model.name}: generation {before} is of an older era; rebuild instead")
            self._at[part], self._folds[part] = at, self._model.fold(part)

    # --- following and switching ------------------------------------------------------------------------------

    async def _finish(self, *, dry_run: bool) -> None:
        await self._follow_all()
        live = await self._pool.fetchval(SQL["live"], self._model.name)
        if not dry_run:
            await self._switch()
        self._tell(Progress("comparing", self._report.events, self._report.events))
        await self._compare(live)
        if dry_run:
            async with self._pool.acquire() as connection:
                await self._drop(connection, self._generation)

    async def _follow_all(self) -> None:
        """Until less than a page behind in every partition."""
        for part in sorted(self._at):
            while await self._follow(part, None) >= PAGE:
                pass

    async def _follow(self, part: int, upto: int | None) -> int:
        async with self._pool.acquire() as connection, connection.transaction():
            return await self._fold_page(connection, part, upto)

    async def _fold_page(self, connection: Connection, part: int, upto: int | None) -> int:
        """One page of the log, written as a projector writes; how many events it had."""
        at, fold = self._at[part], self._folds[part]
        rows = await self._log.read(part, at.pos, upto=upto, limit=PAGE)
        if not rows:
            return 0
        page = [records.decode(row.state) for row in rows]
        await fold.load(connection, self._generation, page)
        for one in page:
            fold.add(one)
        last = page[-1]
        moved = await connection.fetchval(
            SQL["advance_apart"], self._generation, part, at.era, at.pos, last.pos, last.decided_at
        )
        if moved is None:
            raise Busy(f"{self._model.name}: somebody else wrote generation {self._generation}")
        await fold.write(connection, self._generation)
        self._at[part] = at._replace(pos=last.pos, decided_at=last.decided_at)
        self._count(len(rows))
        return len(rows)

    async def _switch(self) -> None:
        """Alone with the model: up to the live checkpoints, then live."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(SQL["own"], self._model.name)
            if (live := await stored.live(connection, self._model.name)) is not None:
                for part, checkpoint in (await stored.checkpoints(connection, live)).items():
                    await self._reach(connection, part, checkpoint.pos)
                await connection.execute(SQL["take_offsets"], live, self._generation)
            await connection.execute(SQL["retire"], self._model.name)
            await connection.execute(SQL["go_live"], self._generation)
        self._report.switched = True

    async def _reach(self, connection: Connection, part: int, pos: int) -> None:
        if part not in self._at:
            self._at[part] = await stored.checkpoint(connection, self._generation, part)
            self._folds[part] = self._model.fold(part)
        while self._at[part].pos < pos:
            await self._fold_page(connection, part, pos)

    # --- comparing --------------------------------------------------------------------------------------------

    async def _compare(self, live: int | None) -> None:
        """What the other generation holds otherwise, as of positions that both have reached; and our own hash."""
        upto = {part: at.pos for part, at in self._at.items()}
        theirs = await stored.checkpoints(self._pool, live) if live is not None else {}
        both = {part: min(pos, theirs[part].pos) for part, pos in upto.items() if part in theirs}
        ours, other = await asyncio.gather(self._hashes(self._generation, upto), self._hashes(live, both))
        same = ours if both == upto else await self._hashes(self._generation, both)
        drift = [thing for thing in same.keys() | other.keys() if same.get(thing) != other.get(thing)]
        self._sum_up([f"{thing} {value}" for thing, value in ours.items()], drift)

    async def _hashes(self, generation: int | None, upto: Mapping[int, int]) -> Mapping[str, str]:
        if generation is None:
            return {}
        async with self._pool.acquire() as connection:
            return await self._model.hashes(connection, generation, upto)

    def _sum_up(self, lines: list[str], drift: list[str]) -> None:
        self._report.things = len(lines)
        self._report.hash = hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
        self._report.drifted = len(drift)
        self._report.drift = sorted(drift)[:DRIFT_SHOWN]


async def rebuild(
    model: ReadModel, pool: Pool, log: LogReader, tell: Tell, *,
    loader: Loader | None = None, dry_run: bool = False, back: bool = False,
) -> Report:  # fmt: skip
    """Makes a model anew and switches to it, or only compares (`dry_run`), or goes back to the generation before."""
    making = Rebuild(model, pool, log, tell, loader or Here(model, pool, log))
    return await making.back() if back else await making.run(dry_run=dry_run)
