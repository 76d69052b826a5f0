"""Notifications to test with: a clinic whose events become rows over a real database, and go to a real mail server.

Nothing arrives, and nothing is swept, by itself: a test says which records arrive and when somebody looks.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

import samples
from contracts import commands as c
from contracts.record import Record
from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from given import Clinic, ann_works, given
from kit.settings import Settings
from mailroom import SENDER, Mailroom, mailroom
from notification.app import begin
from notification.channels.port import Channel
from notification.rows import EMAIL
from notification.sending.carriers import ToPeople
from notification.sending.office import Office
from notification.sending.sweeper import Sweeper, release
from notification.sources import Sources
from notification.stationery import OurStationery
from notification.store import NotificationModel
from notification.templates import Templates
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Pool
from projections.projector import Projector
from read_model import MASTER_KEY, as_role, by_part, write

SCHEDULE = [60.0, 300.0]
PARTS = 12


@dataclass(slots=True)
class Posting:
    """The clinic, its log, what is planned, and who sends it. `now` stands still until a test moves it."""

    clinic: Clinic
    log: MemoryLog
    pool: Pool
    sources: Sources
    model: NotificationModel
    projector: Projector
    office: Office
    room: Mailroom
    channel: Channel
    written: int = 0

    async def happens(self, *commands: Any) -> Sequence[Record]:
        """Commands are decided, written, and arrive."""
        return await self.arrives(await self.decided(*commands))

    async def decided(self, *commands: Any) -> Sequence[Record]:
        """Commands are decided and written; notification has not heard of it yet."""
        for one in commands:
            self.clinic.accept(one if isinstance(one, c.Command) else one(self.clinic))
        fresh = self.clinic.records[self.written :]
        self.written = len(self.clinic.records)
        return await write(self.log, fresh) if fresh else []

    async def arrives(self, records: Iterable[Record]) -> Sequence[Record]:
        found = list(records)
        await self.projector.project(by_part(found))
        return found

    def at(self, time: str) -> None:
        self.clinic.now = samples.instant(time)

    async def sweeps(self, *, instance: str = "1", channel: Any = None) -> int:
        """Somebody looks once for mails that are due."""
        return await self.sweeper(instance=instance, channel=channel).wave()

    def sweeper(self, *, instance: str = "1", channel: Any = None, size: int = 16) -> Sweeper:
        office = Office(
            self.pool, self.log, self.sources.vault, self.office.clock, instance, self.office.stationery, SCHEDULE
        )
        return Sweeper(office, EMAIL, ToPeople(office, channel or self.channel), size=size, seconds=1)

    async def restarts(self) -> None:
        """As a process that starts again under the same name."""
        await release(self.office)

    async def rows(self, **wanted: Any) -> list[dict[str, Any]]:
        rows = [dict(row) for row in await self.pool.fetch("select * from notifications order by pos, due_at, id")]
        return [row for row in rows if all(row[name] == value for name, value in wanted.items())]

    async def attempts(self) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch("select * from attempts order by at, number")]

    async def status(self, kind: str, audience: str = "customer") -> list[tuple[str, str | None]]:
        return [(row["status"], row["reason"]) for row in await self.rows(kind=kind, audience=audience)]

    def mails(self, to: str = "joe@example.com") -> list[Any]:
        pairs = zip(self.room.taken, self.room.envelopes, strict=True)
        return [mail for mail, envelope in pairs if envelope.rcpt_tos == [to]]


def remind(*offsets: int, **more: Any) -> c.SetPolicies:
    wanted = [{"audience": "customer", "channel": "email", "offset_minutes": one} for one in offsets]
    return samples.policies(reminders=wanted, **more)


def on_it(kind: Any, **members: Any) -> Any:
    return lambda clinic: samples.command(kind, appointment_id=clinic.it, **members)


CANCEL = on_it(c.CancelAppointment)


def move_to(start: str) -> Any:
    return on_it(c.RescheduleAppointment, start=samples.iso(start))


@asynccontextmanager
async def posting(postgres: Any, *, history: bool = False) -> AsyncIterator[Posting]:
    """A clinic where Ann works; with `history` it was there before anybody notified people of anything."""
    dsn = as_role(await postgres.with_schemas("notification"), "notification")
    pool = await open_pool(dsn, "notification", size=6)
    clinic = given(ann_works("09:00-17:00")).clinic
    try:
        async with mailroom() as room:
            here = await _posting(pool, clinic, room)
            if not history:
                await begin(pool, here.log, here.office.clock, PARTS)
            yield here
            await here.channel.close()
    finally:
        await pool.close()


async def _posting(pool: Pool, clinic: Clinic, room: Mailroom) -> Posting:
    def clock() -> datetime:
        return clinic.now

    log, vault = MemoryLog(), Vault(MASTER_KEY)
    for tenant in (samples.TENANT,):
        vault.new_tenant_key(tenant)
    await stored.begin(pool, NotificationModel.name, [], PARTS)
    freshness = Freshness(lambda: stored.marks(pool, NotificationModel.name))
    sources = Sources(pool, log, vault, freshness, clock, PARTS)
    model = NotificationModel(log, timedelta(0))
    settings = Settings(internal_key=SecretStr("internal"), mail_from=f"{SENDER.name} <{SENDER.address}>")
    office = Office(pool, log, vault, clock, "1", OurStationery(settings, Templates(pool), vault.email_key), SCHEDULE)
    projector = Projector(model, pool, log, freshness)
    return Posting(clinic, log, pool, sources, model, projector, office, room, room.channel())
