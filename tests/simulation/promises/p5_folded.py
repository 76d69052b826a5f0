"""P5: what is known is a fold of the log. The diary's rows and the timers in it, and what the desks remember, are that.

The rows are held against slots as their events state them, read without the product's folds.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from booking.folder import Folder
from contracts.record import decode
from eventlog.log import DiaryRow, PartAppend, Timer, WantedDays
from scheduling import book as books
from scheduling.diary import SESSION
from simulation.mirror import Mirror
from simulation.processes import Process
from simulation.promises import Broken, Promise
from simulation.seen import Seen, SeenSession, Tenant, instant

DAY = 1440
EPOCH = instant("1970-01-01T00:00:00Z")
AGES = timedelta(days=3_650)


class Folded(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._days: defaultdict[tuple[str, str], set[tuple[str, str, int]]] = defaultdict(set)

    def read(self, change: PartAppend) -> None:
        """The diary's rows of every appointment that the append is about."""
        for tenant, stream in dict.fromkeys((row.tenant, row.stream) for row in change.rows):
            kind, _, id = stream.partition("/")
            if kind == "session":
                self._seats(self.world.tenants[tenant], self.world.tenants[tenant].sessions[id], change.decided_at)
            if kind in ("appointment", "session"):
                self._compare(change.part, tenant, stream)

    def _compare(self, part: int, tenant: str, stream: str) -> None:
        kind, _, id = stream.partition("/")
        known = self.world.tenants[tenant]
        seen = (known.sessions if kind == "session" else known.appointments)[id]
        expected = set(_rows(tenant, stream, seen))
        days = self._days[tenant, stream] = self._days[tenant, stream] | {row[:3] for row in expected}
        loaded = self.world.log_now.load_days([WantedDays(part=part, days=days)])[part]
        there = {row for rows in loaded.days.values() for row in rows if row.stream == stream}
        if there != expected:
            raise Broken("P5", f"the diary has {_short(there)} of {stream} where its events say {_short(expected)}")
        self.checks += 1

    def _seats(self, tenant: Tenant, session: SeenSession, now: datetime) -> None:
        """Whoever is alive in a session has just the seats that its own stream tells of."""
        told = {one: seats for one, (seats, until) in session.given.items() if until is None or now < until}
        if told != (seated := tenant.seated(session.id, now)):
            raise Broken("P5", f"{session.id} tells of seats {told} where its appointments have {seated}")
        self.checks += 1

    def settled(self) -> None:
        self._timers()
        fresh: dict[str, Mirror] = {}
        for part in self.world.parts:
            for page in self.world.log_now.read(part, 0, limit=1_000_000):
                fresh.setdefault(page.tenant, Mirror(page.tenant)).feed(decode(page.state))
        for process in self.world.staff.living:
            self._remembers(process, fresh)

    def _timers(self) -> None:
        due = self.world.log_now.due_timers(self.world.parts, self.world.wall() + AGES, 1_000_000)
        expected = {
            Timer(name, stream, "due", until)
            for name, tenant in self.world.tenants.items()
            for stream, until in _deadlines(tenant)
        }
        there = {timer for timers in due.values() for timer in timers}
        if there != expected:
            raise Broken("P5", f"timers: {sorted(there - expected)} too many, {sorted(expected - there)} too few")

    def _remembers(self, process: Process, fresh: dict[str, Mirror]) -> None:
        """What a desk remembers of partitions that are still its own."""
        if process.desk is None or process.ownership is None or process.shift is None or process.shift.deciding:
            return
        heads = self.world.log_now.heads()
        for part, owned in process.ownership.owned.items():
            standing = owned.epoch, owned.standing.position
            if standing == (heads[part].epoch, heads[part].position):
                for name in fresh:
                    if self.world.part_of(name) == part and (folder := process.desk.cabinet.get(name)):
                        self._agrees(folder, fresh[name])

    def _agrees(self, folder: Folder, mirror: Mirror) -> None:
        mine, folded = folder.state, mirror.state
        versions = self.world.tenants[folder.tenant].versions
        differ = [
            *(one for one, kept in mine.kept.items() if kept != folded.kept.get(one)),
            *(one for one, customer in mine.customers.items() if customer != folded.customers.get(one)),
            *(one for one, entry in mine.entries.items() if entry != folded.entries.get(one)),
            *(one for one, version in folder.versions.items() if version != versions.get(one, 0)),
            *(key for key in folder.days if set(mine.diary.on(*key).intervals) != mirror.on(*key)),
        ]
        if books.encode(mine.book) != books.encode(folded.book):
            differ.append("the book")
        if differ:
            raise Broken("P5", f"the desk of {folder.tenant} remembers otherwise than the log tells: {differ[:5]}")
        self.checks += len(mine.kept) + len(folder.days)


def _deadlines(tenant: Tenant) -> Iterator[tuple[str, datetime]]:
    """What time alone will end, by stream; of a session its first seats."""
    for seen in tenant.appointments.values():
        if seen.status in ("held", "requested") and seen.until:
            yield f"appointment/{seen.id}", seen.until
    for session in tenant.sessions.values():
        if untils := [until for _, until in session.given.values() if until]:
            yield f"session/{session.id}", min(untils)
    for entry in tenant.waiting.values():
        if entry.until:
            yield f"waitlist/{entry.id}", entry.until


def _rows(tenant: str, stream: str, seen: Seen) -> list[DiaryRow]:
    if not seen.blocks or seen.session_id or seen.status in ("cancelled", "expired"):
        return []
    core, busy = _minutes(seen.slot), _minutes(seen.slot["busy"])
    kind = seen.status if seen.status in ("held", "requested") else "booked"
    owner = seen.owner
    if isinstance(seen, SeenSession):
        kind, owner = SESSION, seen.slot["service"]["id"]
    return [
        DiaryRow(tenant, one, day, stream, *core, *busy, kind, seen.until, owner, seen.event_id)
        for one in seen.resources
        for day in range(busy[0] // DAY, (busy[1] - 1) // DAY + 1)
    ]


def _minutes(span: dict[str, str]) -> tuple[int, int]:
    first, last = ((instant(span[name]) - EPOCH) // timedelta(minutes=1) for name in ("start", "end"))
    return first, last


def _short(rows: set[DiaryRow]) -> list[tuple[Any, ...]]:
    return sorted((row.resource_id, row.day, row.start, row.end, row.kind, str(row.expires_at)) for row in rows)
