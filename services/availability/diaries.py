"""Diaries: the busy intervals of each tenant as far as questions asked for them, kept up with the read model.

Days not here yet are loaded by one index range, and with them the sessions that lie on them: days and sessions are
always those of one moment. What changed since the last question is written over what is here. An older moment gets a
diary of its own, loaded as it was then.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from availability.entries import SESSIONS, decode_session
from availability.kept import decode_kept
from availability.moment import Moment
from contracts.session import KeptSession
from eventlog.statements import statements
from projections.model import Pool
from scheduling.diary import SESSION, Busy, Diary
from scheduling.occupancy import busy_intervals
from scheduling.sessions import SessionOf

SQL = statements("availability", "diaries.sql")

TENANTS = 200
DAYS = 50_000
"""Resource-days and changed streams of one tenant kept at most; then its diary begins anew."""
CHANGES = 2_000
"""Changes taken over one by one; after more, days are loaded again."""

Days = set[tuple[str, int]]


Sessions = dict[str, KeptSession]
"""By their streams."""


class Page(NamedTuple):
    """A diary, the sessions that lie on its days, and the moment that both are at."""

    diary: Diary
    session_of: SessionOf
    at: Moment


class _Kept:
    """A tenant's diary and its sessions at `pos`. `size` counts what was put into them."""

    __slots__ = ("diary", "generation", "lock", "pos", "sessions", "size")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.begin((0, 0), 0)

    def begin(self, generation: tuple[int, int], pos: int) -> None:
        self.diary, self.generation, self.pos, self.size = Diary(), generation, pos, 0
        self.sessions: Sessions = {}


class Diaries:
    """The tenants asked for last."""

    def __init__(self, tenants: int = TENANTS) -> None:
        self._tenants = tenants
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def diary(self, pool: Pool, at: Moment, days: Days) -> tuple[Diary, Moment]:
        """A diary with these days, and the moment it is at: for a live question it may be a little later."""
        page = await self.page(pool, at, days)
        return page.diary, page.at

    async def page(self, pool: Pool, at: Moment, days: Days, sessions: Iterable[str] = ()) -> Page:
        """The same with all sessions that lie on these days, and those named by their streams."""
        if not at.live:
            diary, known = Diary(), Sessions()
            await _load(pool, at, diary, known, days, sessions)
            return Page(diary, known.get, at)
        kept = self._of(at.tenant)
        async with kept.lock:
            await self._follow(pool, at, kept)
            at = at._replace(pos=kept.pos)
            missing = {key for key in days if not kept.diary.has_day(*key)}
            await _load(pool, at, kept.diary, kept.sessions, missing, sessions)
            kept.size += len(missing)
        return Page(kept.diary, kept.sessions.get, at)

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
            _write(kept, row["stream"], row["kept"])
        kept.pos, kept.size = at.pos, kept.size + len(rows)


def _write(kept: _Kept, stream: str, stored: bytes) -> None:
    if not stream.startswith(SESSIONS):
        kept.diary.write(stream, busy_intervals(decode_kept(stored), stream))
        return
    session = kept.sessions[stream] = decode_session(stored)
    kept.diary.write(stream, busy_intervals(session, stream))


async def _load(pool: Pool, at: Moment, diary: Diary, known: Sessions, days: Days, sessions: Iterable[str]) -> None:
    """Days are put in when their sessions are here too: others ask the same diary meanwhile."""
    found = await _days(pool, at, days) if days else {}
    lying = {busy.stream for day in found.values() for busy in day if busy.kind == SESSION}
    if wanted := {*sessions, *lying} - known.keys():
        rows = await pool.fetch(SQL["sessions"], at.generation, at.tenant, sorted(wanted), at.pos)
        known.update((row["stream"], decode_session(row["kept"])) for row in rows)
    for resource_id, day in days:
        diary.put_day(resource_id, day, found.get((resource_id, day), ()))


async def _days(pool: Pool, at: Moment, days: Days) -> dict[tuple[str, int], list[Busy]]:
    """One index range a resource, from the first day to the last; what else lies between is left out."""
    numbers = [day for _, day in days]
    resources = sorted({resource_id for resource_id, _ in days})
    found: defaultdict[tuple[str, int], list[Busy]] = defaultdict(list)
    for day, *interval in await pool.fetch(
        SQL["days"], at.generation, at.tenant, resources, min(numbers), max(numbers), at.pos
    ):
        if (interval[1], day) in days:
            found[interval[1], day].append(Busy(*interval))
    return found
