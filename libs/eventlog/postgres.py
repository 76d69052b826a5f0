"""The log in PostgreSQL: the `Log` port over any number of databases, each partition where its open head is (D13).

One round trip a database for every call. Where partitions live is read from the databases and never configured, so
no two processes can believe different maps; what moved away is refused and looked for again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import asyncpg

from eventlog.databases import Pool, open_pool
from eventlog.loading import add_day_row, add_row, columns, days_arguments, load_arguments
from eventlog.log import (
    AlreadyThere,
    ClockSkew,
    Head,
    KeyRow,
    Loaded,
    NotPlaced,
    Owner,
    Page,
    PartAppend,
    Refused,
    Timer,
    TimeRunsBackwards,
    Wanted,
    WantedDays,
    check_batch,
)
from eventlog.statements import statements

SQL = statements("eventlog", "log.sql")

_REFUSALS: dict[str, type[Refused]] = {"SK001": ClockSkew, "SK002": TimeRunsBackwards}
_FOREVER = 2**63 - 1

T = TypeVar("T")


class PostgresLog:
    """Implements `Log`, or with `writer=False` what a reader may do of it."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self._pools = dict(sorted(pools.items()))
        self._home: dict[int, Pool] = {}

    @classmethod
    async def open(cls, databases: Mapping[str, str], *, writer: bool) -> Self:
        """Connects to every database (name → DSN) or raises; then all are closed again."""
        pools: dict[str, Pool] = {}
        try:
            for name, dsn in databases.items():
                pools[name] = await open_pool(dsn, writer=writer)
        except BaseException:
            await _every(pool.close() for pool in pools.values())
            raise
        return cls(pools)

    async def close(self) -> None:
        await _every(pool.close() for pool in self._pools.values())

    # --- who writes -------------------------------------------------------------------------------------------

    async def new_owner(self, instance: str) -> Owner:
        """Drawn from each database in turn, by name: above all of them, whichever databases a predecessor knew."""
        start = 1
        for pool in self._pools.values():
            start = await pool.fetchval(SQL["new_start"], start)
        return Owner(instance, start)

    async def take_over(self, parts: Iterable[int], owner: Owner, clock: datetime) -> Mapping[int, Head]:
        return await self._open_heads("take_over", list(parts), str(owner), clock)

    async def heads(self) -> Mapping[int, Head]:
        return await self._open_heads("heads")

    async def _open_heads(self, statement: str, *arguments: Any) -> dict[int, Head]:
        found = await _every(_fetch(pool, statement, *arguments) for pool in self._pools.values())
        heads: dict[int, Head] = {}
        for pool, rows in zip(self._pools.values(), found, strict=True):
            for row in rows:
                head = _head(row)
                if head.part in heads:
                    raise NotPlaced(f"partition {head.part} is open in two databases")
                heads[head.part] = head
                self._home[head.part] = pool
        return heads

    # --- writing ----------------------------------------------------------------------------------------------

    async def append(self, batch: Sequence[PartAppend], clock: datetime) -> set[int]:
        check_batch(batch)
        await self._find({part.part for part in batch})
        shares: defaultdict[Pool, list[PartAppend]] = defaultdict(list)
        for part in batch:
            if pool := self._home.get(part.part):
                shares[pool].append(part)
        passed = await _every(_append(pool, share, clock) for pool, share in shares.items())
        return {part.part for part in batch}.difference(*passed)

    # --- reading ----------------------------------------------------------------------------------------------

    async def load(self, wanted: Sequence[Wanted]) -> Mapping[int, Loaded]:
        loaded = {one.part: Loaded() for one in wanted}
        shares = await self._shares(wanted)
        for rows in await _every(_fetch(pool, "load", *load_arguments(share)) for pool, share in shares.items()):
            for row in rows:
                add_row(loaded[row[1]], row)
        return loaded

    async def load_days(self, wanted: Sequence[WantedDays]) -> Mapping[int, Loaded]:
        loaded = {one.part: Loaded() for one in wanted}
        shares = await self._shares(wanted)
        for rows in await _every(_fetch(pool, "load_days", *days_arguments(share)) for pool, share in shares.items()):
            for row in rows:
                add_day_row(loaded[row[1]], row)
        return loaded

    async def due_timers(self, parts: Iterable[int], now: datetime, limit: int) -> Mapping[int, Sequence[Timer]]:
        shares: defaultdict[Pool, list[int]] = defaultdict(list)
        for part in parts:
            shares[await self._pool_of(part)].append(part)
        due: defaultdict[int, list[Timer]] = defaultdict(list)
        for rows in await _every(_fetch(pool, "due_timers", share, now, limit) for pool, share in shares.items()):
            for part, *timer in rows:
                due[part].append(Timer(*timer))
        return dict(due)

    async def forget_answers(self, parts: Iterable[int], before: datetime, limit: int) -> bool:
        shares: defaultdict[Pool, list[int]] = defaultdict(list)
        for part in parts:
            shares[await self._pool_of(part)].append(part)
        calls = (_fetch(pool, "forget_answers", share, before, limit) for pool, share in shares.items())
        return any(rows[0]["count"] == limit for rows in await _every(calls))

    async def read(
        self, part: int, after: int, *, upto: int | None = None, limit: int = 1000, tenant: str | None = None
    ) -> Sequence[Page]:
        rows = await self._at_home(part, "read", after, _FOREVER if upto is None else upto, limit, tenant)
        return [Page(*row) for row in rows]

    async def stream(self, part: int, tenant: str, stream: str) -> Sequence[Page]:
        return [Page(*row) for row in await self._at_home(part, "stream", tenant, stream)]

    async def streams(self, part: int, wanted: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[Page]]:
        found: defaultdict[tuple[str, str], list[Page]] = defaultdict(list)
        for row in await self._at_home(part, "streams", *columns(set(wanted), 2)):
            found[row["tenant"], row["stream"]].append(Page(*row))
        return dict(found)

    async def last_before(
        self, part: int, tenant: str, versions: Mapping[str, int], types: Collection[str]
    ) -> Mapping[str, int]:
        named, before = list(versions), list(versions.values())
        rows = await self._at_home(part, "last_before", tenant, named, before, list(types))
        return {row["stream"]: row["version"] for row in rows}

    async def keys(self, part: int, wanted: Iterable[tuple[str, str]]) -> Sequence[KeyRow]:
        tenants, subjects = columns(set(wanted), 2)
        return [KeyRow(*row) for row in await self._at_home(part, "keys", tenants, subjects)]

    async def eras(self, part: int) -> Mapping[int, int]:
        return {row["era"]: row["from_pos"] for row in await self._at_home(part, "eras")}

    # --- where partitions live --------------------------------------------------------------------------------

    async def _at_home(self, part: int, statement: str, *arguments: Any) -> list[asyncpg.Record]:
        """Rows from where the part's open head is; if it moved meanwhile, from where it is now."""
        for _ in range(2):
            rows = await _fetch(await self._pool_of(part), statement, part, *arguments)
            if rows:
                return [row for row in rows if row[1] is not None]
            self._home.pop(part, None)
        raise NotPlaced(f"partition {part} has no open head")

    async def _pool_of(self, part: int) -> Pool:
        await self._find({part})
        if pool := self._home.get(part):
            return pool
        raise NotPlaced(f"partition {part} has no open head")

    async def _find(self, parts: set[int]) -> None:
        if not parts <= self._home.keys():
            await self.heads()

    async def _shares(self, wanted: Sequence[Any]) -> dict[Pool, list[Any]]:
        shares: defaultdict[Pool, list[Any]] = defaultdict(list)
        for one in wanted:
            shares[await self._pool_of(one.part)].append(one)
        return shares


async def _fetch(pool: Pool, statement: str, *arguments: Any) -> list[asyncpg.Record]:
    try:
        return await pool.fetch(SQL[statement], *arguments)
    except (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError) as error:
        raise AlreadyThere(error.constraint_name) from error
    except asyncpg.PostgresError as error:
        if refusal := _REFUSALS.get(error.sqlstate or ""):
            raise refusal(str(error)) from error
        raise


async def _append(pool: Pool, share: Sequence[PartAppend], clock: datetime) -> set[int]:
    """The partitions of one database that passed. Each row goes as a composite value under its partition."""
    arguments: list[Any] = [
        clock,
        [(p.part, p.epoch, p.position, len(p.rows), p.decided_at, p.offset, p.published) for p in share],
        [(p.part, *row) for p in share for row in p.rows],
        [(p.part, *row) for p in share for row in p.inbox],
        [(p.part, *stream) for p in share for stream in p.diary_cleared],
        [(p.part, *row) for p in share for row in p.diary],
        [(p.part, *stream) for p in share for stream in p.timers_cleared],
        [(p.part, *row) for p in share for row in p.timers],
        [(p.part, *row) for p in share for row in p.look_ups],
        [(p.part, *row) for p in share for row in p.keys],
        [(p.part, *row) for p in share for row in p.books],
        [(p.part, *stream) for p in share for stream in p.presumed],
    ]
    if any(p.erased or p.look_ups_cleared for p in share):
        erased = [(p.part, *subject) for p in share for subject in p.erased]
        look_ups_cleared = [(p.part, *row) for p in share for row in p.look_ups_cleared]
        rows = await _fetch(pool, "append_erasing", *arguments, erased, look_ups_cleared)
    else:
        rows = await _fetch(pool, "append", *arguments)
    return set(rows[0][0])


def _head(row: asyncpg.Record) -> Head:
    return Head(**{"offset" if name == "command_offset" else name: value for name, value in row.items()})


async def _every(calls: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All results once all have ended; then the first error, so that nothing is still under way when one is raised."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results  # type: ignore[return-value]
