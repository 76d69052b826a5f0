"""A desk's front: a real desk over a log in memory that counts how often it is asked, proved after each poll."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from booking.desk import Desk, Standing
from contracts.envelope import command_headers
from contracts.record import Record, decode
from contracts.routing import part_of
from eventlog.diary import Diaries
from eventlog.log import Loaded, Timer, Wanted, WantedDays
from eventlog.memory import MemoryLog
from eventlog.proof import Proof
from eventlog.vault import Vault
from streams.message import Message

TENANT = "north"
PART = part_of(TENANT)
MORNING = datetime(2029, 12, 3, 8, tzinfo=UTC)
START = datetime(2029, 12, 3, 10, tzinfo=UTC)


class WatchedLog(MemoryLog):
    """Counts how often it is asked."""

    trips = 0

    async def load(self, wanted: Sequence[Wanted]) -> dict[int, Loaded]:
        self.trips += 1
        return dict(await super().load(wanted))

    async def load_days(self, wanted: Sequence[WantedDays]) -> dict[int, Loaded]:
        self.trips += 1
        return dict(await super().load_days(wanted))


class Front:
    """A desk that appends what it decides, and proves the log after each poll."""

    def __init__(self) -> None:
        self.now = MORNING
        self.log = WatchedLog(12, clock=lambda: self.now)
        self.vault = Vault(b"k" * 32)
        self.position = self.offset = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """With nothing in memory."""
        self.desk = Desk(self.log, self.vault, partitions=12, topic="commands", unknown_key=b"u" * 32)

    async def poll(self, *commands: tuple[str, str, dict[str, Any]], dry_run: bool = False) -> list[dict[str, Any]]:
        """The answers, in order."""
        messages = [self._message(*command, dry_run=dry_run) for command in commands]
        return await self._work({PART: messages}, {})

    async def tell_time(self) -> None:
        await self._work({}, await self.due())

    async def due(self) -> dict[int, list[Timer]]:
        return {part: list(timers) for part, timers in (await self.log.due_timers([PART], self.now, 100)).items()}

    async def _work(self, polled: Any, due: Any) -> list[dict[str, Any]]:
        sheets = await self.desk.work(polled, due, {PART: Standing(1, self.position, self.now)}, self.now)
        sheet = sheets[PART]
        assert not sheet.dead
        assert not await self.log.append([sheet.append(self.desk.cabinet, epoch=1, offset=0, published=0)], self.now)
        self.position = sheet.position
        await self._check()
        return [orjson.loads(parcel.value or b"") for parcel in sheet.outcomes]

    async def _check(self) -> None:
        """The log is sound, and the diary that was stored is its fold."""
        proof, diaries = Proof(), Diaries()
        for record in await self.records():
            assert proof.feed(record) is None, proof.violation
            diaries.feed(record)
        day = int(START.timestamp()) // 86_400
        found = await MemoryLog.load_days(self.log, [WantedDays(part=PART, days={(TENANT, "ann", day)})])
        stored = found[PART].days.get((TENANT, "ann", day), []) if PART in found else []
        assert set(stored) == diaries.rows()

    async def records(self) -> list[Record]:
        return [decode(row.state) for row in await self.log.read(PART, 0, limit=10_000)]

    def _message(self, id: str, type: str, body: dict[str, Any], *, dry_run: bool) -> Message:
        self.offset += 1
        headers = command_headers(id=id, source="test", type=type, dry_run=dry_run)
        return Message(PART, self.offset, TENANT.encode(), orjson.dumps(body), headers)
