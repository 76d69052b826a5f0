"""Diaries: the busy intervals of each tenant as far as questions asked for them, kept up with the read model.

Days not here yet are loaded by one index range; what changed since the last question is written over what is here. An
older moment gets a diary of its own, loaded as it was then.
"""

import asyncio
from collections import OrderedDict, defaultdict

from availability.fold import stream_of
from availability.kept import decode_kept
from availability.moment import Moment
from eventlog.statements import statements
from projections.model import Pool
from scheduling.diary import Busy, Diary
from scheduling.occupancy import busy_intervals

SQL = statements("availability", "diaries.sql")

TENANTS = 200
DAYS = 50_000
"""Resource-days and changed streams of one tenant kept at most; then its diary begins anew."""
CHANGES = 2_000
"""Changes taken over one by one; after more, days are loaded again."""

Days = set[tuple[str, int]]


class _Kept:
    """A tenant's diary at `pos`. `size` counts what was put into it."""

    __slots__ = ("diary", "generation", "lock", "pos", "size")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.begin((0, 0), 0)

    def begin(self, generation: tuple[int, int], pos: int) -> None:
        self.diary, self.generation, self.pos, self.size = Diary(), generation, pos, 0


class Diaries:
    """The tenants asked for last."""

    def __init__(self, tenants: int = TENANTS) -> None:
        self._tenants = tenants
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def diary(self, pool: Pool, at: Moment, days: Days) -> tuple[Diary, Moment]:
        """A diary with these days, and the moment it is at: for a live question it may be a little later."""
        if not at.live:
            diary = Diary()
            await _load(pool, at, diary, days)
            return diary, at
        kept = self._of(at.tenant)
        async with kept.lock:
            await self._follow(pool, at, kept)
            at = at._replace(pos=kept.pos)
            missing = {key for key in days if not kept.diary.has_day(*key)}
            await _load(pool, at, kept.diary, missing)
            kept.size += len(missing)
        return kept.diary, at

    def _of(self, tenant: str) -> _Kept:
        kept = self._kept.setdefault(tenant, _Kept())
        self._kept.move_to_end(tenant)
        if len(self._kept) > self._tenants:
            self._kept.popitem(last=False)
        return kept

    async def _follow(self, pool: Pool, at: Moment, kept: _Kept) -> None:
        if kept.generation != (at.generation, at.era) or kept.size > DAYS:
            kept.begin((at.generation, at.era), at.pos)
        if at.pos <= kept.pos:
            return
        rows = await pool.fetch(SQL["changed"], at.generation, at.tenant, kept.pos, at.pos, CHANGES + 1)
        if len(rows) > CHANGES:
            kept.begin((at.generation, at.era), at.pos)
            return
        for row in rows:
            stream = stream_of(row["id"])
            kept.diary.write(stream, busy_intervals(decode_kept(row["kept"]), stream))
        kept.pos, kept.size = at.pos, kept.size + len(rows)


async def _load(pool: Pool, at: Moment, diary: Diary, days: Days) -> None:
    """One index range a resource, from the first day to the last; what else lies between is left out."""
    if not days:
        return
    numbers = [day for _, day in days]
    resources = sorted({resource_id for resource_id, _ in days})
    found: defaultdict[tuple[str, int], list[Busy]] = defaultdict(list)
    for day, *interval in await pool.fetch(
        SQL["days"], at.generation, at.tenant, resources, min(numbers), max(numbers), at.pos
    ):
        found[interval[1], day].append(Busy(*interval))
    for resource_id, day in days:
        diary.put_day(resource_id, day, found.get((resource_id, day), ()))
