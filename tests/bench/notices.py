"""`reminders`: planning and sweeping as many of them as `SLOTKEEPER_BENCH_REMINDERS` says, in rows a second and memory.

Planned as the service plans: from the log, page by page, each with its checkpoint. Swept as it sweeps, up to where a
mail is handed over as bytes: judged against the log's head, unsealed, put into words, its attempt written before and
after. The baseline is the database's share alone: the same rows inserted, and each updated twice, with nothing in
between. The processor time is this process' own, which other work on the machine changes least.
"""

import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace
from pydantic import SecretStr

import samples
from bench.rig import Rig, rig
from bench.table import Figure, figure
from contracts.record import Record, encode, event_id
from contracts.routing import part_of
from eventlog.log import Head, KeyRow, PartAppend, Row
from eventlog.postgres import PostgresLog
from eventlog.vault import Vault, seal_event
from given import ann_works, booked, given, sent
from kit.settings import Settings
from notification.app import begin
from notification.channels.mail import compose
from notification.channels.port import Outgoing, Sent
from notification.rows import EMAIL
from notification.sending.carriers import ToPeople
from notification.sending.office import Office
from notification.sending.sweeper import Sweeper
from notification.stationery import OurStationery
from notification.store import NotificationModel
from notification.templates import Templates
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Pool
from projections.projector import Projector
from scheduling.zones import to_datetime

COUNT = int(os.environ.get("SLOTKEEPER_BENCH_REMINDERS", "20000"))
APPEND = 5_000
WAVE = 200
MEGABYTE = 2**20
MICRO = 1e6
START = 60_000_000
"""Minutes since 1970: far enough ahead."""
TENANT, PART, PARTS = samples.TENANT, part_of(samples.TENANT), 12
MASTER_KEY = bytes(32)


class Nowhere:
    """A channel that takes every mail, as the bytes that a server would get."""

    async def send(self, outgoing: Outgoing) -> Sent:
        assert outgoing.sender is not None
        compose(outgoing, outgoing.sender, _clock())
        return Sent("sent", "")

    async def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class Work:
    """A log with bookings, and what plans and sends their reminders."""

    pool: Pool
    log: PostgresLog
    projector: Projector
    office: Office


async def measure(other: Rig) -> list[Figure]:
    """On a stack of its own, whose log is written by the measurement."""
    async with rig(other.told) as own, _work(own) as work:
        own.told(f"{COUNT:,} bookings into the log")
        await _book(work)
        before = _resident()
        planning = await _timed(lambda: work.projector.catch_up(PART))
        bare_adding = await _timed(lambda: _bare(work.pool, "insert into bare select * from notifications"))
        await work.pool.execute("update notifications set due_at = now()")
        peak = [_resident()]
        sweeping = await _timed(lambda: _sweep(work.office, peak))
        bare_updates = await _timed(lambda: _bare(work.pool, "update bare set attempts = attempts + 1", times=2))
        [(done,)] = await work.pool.fetch("select count(*) from notifications where status = 'sent'")
        assert done == COUNT, f"{done} of {COUNT} sent"
    return [
        figure("reminders_planned", [COUNT / planning.wall], "rows/s", baselines=[COUNT / bare_adding.wall]),
        figure("reminders_swept", [COUNT / sweeping.wall], "rows/s", baselines=[COUNT / bare_updates.wall]),
        figure("reminders_planned_cpu", [planning.cpu / COUNT * MICRO], "us a row"),
        figure("reminders_swept_cpu", [sweeping.cpu / COUNT * MICRO], "us a row"),
        figure("reminders_memory", [(max(peak) - before) / MEGABYTE], f"MB over {COUNT:,}"),
    ]


class Spent(NamedTuple):
    """Seconds by the clock, and of this process."""

    wall: float
    cpu: float


async def _timed(work: Callable[[], Awaitable[None]]) -> Spent:
    began, used = time.perf_counter(), time.process_time()
    await work()
    return Spent(time.perf_counter() - began, time.process_time() - used)


async def _bare(pool: Pool, statement: str, times: int = 1) -> None:
    await pool.execute("create table if not exists bare (like notifications including all)")
    for _ in range(times):
        await pool.execute(statement, timeout=600)


async def _sweep(office: Office, peak: list[float]) -> None:
    sweeper = Sweeper(office, EMAIL, ToPeople(office, Nowhere()), size=WAVE, seconds=1)
    while await sweeper.wave():
        peak.append(_resident())


def _resident() -> float:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# --- the log ------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _work(own: Rig) -> AsyncIterator[Work]:
    log = await PostgresLog.open(own.writer, writer=True)
    pool = await open_pool(own.admin, "notification", size=6, seconds=600)
    try:
        vault = Vault(MASTER_KEY)
        await begin(pool, log, _clock, PARTS)
        settings = Settings(internal_key=SecretStr("bench"))
        stationery = OurStationery(settings, Templates(pool), vault.email_key)
        freshness = Freshness(lambda: stored.marks(pool, NotificationModel.name))
        projector = Projector(NotificationModel(log), pool, log, freshness)
        yield Work(
            pool, log, projector, Office(pool, log, vault, _clock, "1", stationery, settings.mail_schedule_seconds)
        )
    finally:
        await pool.close()
        await log.close()


def _clock() -> datetime:
    return datetime.now(UTC)


async def _book(work: Work) -> None:
    """A clinic with a policy of one reminder, and bookings that are told to nobody but reminded of; one is past."""
    wanted = [{"audience": "customer", "channel": "email", "offset_minutes": 60}]
    silent = {"customer": False, "staff": False}
    joe = {"id": "joe", "name": "Joe Doe", "email": "joe@example.com"}
    reminding = sent(samples.policies(reminders=wanted))
    scene = given(ann_works("00:00-24:00"), reminding, booked("10:00", notify=silent, customer=joe))
    *supply, booking = scene.clinic.records
    vault = Vault(MASTER_KEY)
    keys = [vault.new_tenant_key(TENANT), vault.ensure_subject(TENANT, "customer/joe")]
    head = (await work.log.take_over([PART], await work.log.new_owner("bench"), _clock()))[PART]
    sealed = [replace(one, event=seal_event(vault, TENANT, "customer/joe", one.event)) for one in (*supply, booking)]
    records = [_placed(one, pos) for pos, one in enumerate(sealed, 1)]
    head = await _append(work.log, head, records, [key for key in keys if key])
    for first in range(0, COUNT, APPEND):
        some = range(first, min(first + APPEND, COUNT))
        head = await _append(
            work.log, head, [_copy(records[-1], head.position + n, at) for n, at in enumerate(some, 1)]
        )


def _placed(record: Record, pos: int) -> Record:
    return replace(record, part=PART, pos=pos, event_id=event_id(1, PART, pos), decided_at=_clock())


def _copy(record: Record, pos: int, number: int) -> Record:
    """The same booking under another id, at another time."""
    event = record.event
    start = to_datetime(START + number)
    slot = replace(event.slot, start=start, end=start + timedelta(minutes=30))  # type: ignore[attr-defined]
    return _placed(replace(record, stream=f"appointment/apt_{number}", event=replace(event, slot=slot)), pos)


async def _append(log: PostgresLog, head: Head, records: list[Record], keys: list[KeyRow] | None = None) -> Head:
    rows = [Row(one.pos, one.tenant, one.stream, one.version, one.type, one.decided_at, encode(one)) for one in records]
    append = PartAppend(
        part=PART, epoch=head.epoch, position=head.position, decided_at=records[-1].decided_at, offset=0,
        published=head.position, rows=rows, keys=keys or [],
    )  # fmt: skip
    assert not await log.append([append], _clock())
    return replace(head, position=records[-1].pos)
