"""A read model to test with: clinics whose records go into a log, a projector over a real database, and questions.

Nothing arrives by itself: a test says which records arrive, how often and in which order.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

import samples
from availability.sources import Sources
from availability.store import DiaryModel
from contracts import commands as c
from contracts.record import Record, encode, event_id
from contracts.routing import part_of
from eventlog.log import Log, PartAppend, Row
from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from given import Clinic
from projections import checkpoints as stored
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Pool
from projections.projector import Arrived, Projector

PART = part_of(samples.TENANT)
MASTER_KEY = bytes(range(32))


async def availability_database(postgres: Any) -> str:
    """The DSN of a fresh database with the schema of availability, as the service's own role."""
    dsn: str = await postgres.with_schemas("availability")
    return as_role(dsn, "availability")


def as_role(dsn: str, role: str) -> str:
    """The same database with no more rights than the role has."""
    return f"{dsn}?role={role}"


@dataclass(slots=True)
class Reading:
    """A read model, what it is folded from, and what answers are made from."""

    dsn: str
    pool: Pool
    log: MemoryLog
    freshness: Freshness
    projector: Projector
    sources: Sources
    clock: "Clock"

    async def project(self, records: Iterable[Record]) -> None:
        """These records arrive in one batch."""
        await self.projector.project(by_part(records))

    async def catch_up(self) -> None:
        for part, head in (await self.log.heads()).items():
            if head.position:
                await self.projector.catch_up(part)

    def another_projector(self) -> Projector:
        """As another process would have: nothing known but what is stored."""
        return Projector(DiaryModel(), self.pool, self.log, self.freshness)

    async def hashes(self, part: int = PART) -> dict[str, str]:
        """Of all that the live generation holds of a partition."""
        async with self.pool.acquire() as connection:
            generation = await stored.live(connection, DiaryModel.name)
            assert generation is not None
            return dict(await DiaryModel().hashes(connection, generation, {part: 2**62}))

    async def refilled(self, pos: int, part: int = PART) -> None:
        """Until the live generation is there and has reached the position."""
        async with asyncio.timeout(10):
            while await self.position(part) < pos:  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    async def position(self, part: int = PART) -> int:
        marks = await stored.marks(self.pool, DiaryModel.name)
        return marks[part].pos if part in marks else 0


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = samples.instant("08:00")

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def reading(postgres: Any, log: MemoryLog | None = None) -> AsyncIterator[Reading]:
    """A read model that knows nothing yet."""
    dsn = await availability_database(postgres)
    pool = await open_pool(dsn, "availability", size=6)
    try:
        log = log or MemoryLog()
        model, clock = DiaryModel(), Clock()
        await stored.begin(pool, model.name, list(model.tables), 12)
        freshness = Freshness(lambda: stored.marks(pool, model.name))
        await freshness.refresh()
        sources = Sources(pool, log, Vault(MASTER_KEY), freshness, clock, 12)
        yield Reading(dsn, pool, log, freshness, Projector(model, pool, log, freshness), sources, clock)
    finally:
        await pool.close()


def by_part(records: Iterable[Record]) -> dict[int, list[Arrived]]:
    """Records as Kafka brings them; the offset is the position less one."""
    batch: dict[int, list[Arrived]] = {}
    for one in records:
        batch.setdefault(one.part, []).append(Arrived(one.part, one.pos, one.era, one.pos - 1, encode(one)))
    return batch


async def write(log: Log, records: Sequence[Record]) -> list[Record]:
    """Appends the records after what their partitions hold; as they then stand in the log."""
    written: list[Record] = []
    for part in sorted({part_of(one.tenant) for one in records}):
        own = [one for one in records if part_of(one.tenant) == part]
        owner = await log.new_owner("test")
        head = (await log.take_over([part], owner, datetime.now(UTC)))[part]
        placed = [
            replace(one, part=part, pos=pos, era=head.era, event_id=event_id(head.era, part, pos))
            for pos, one in enumerate(own, head.position + 1)
        ]
        rows = [
            Row(one.pos, one.tenant, one.stream, one.version, one.type, one.decided_at, encode(one)) for one in placed
        ]
        append = PartAppend(
            part=part, epoch=head.epoch, position=head.position, decided_at=placed[-1].decided_at, offset=0,
            published=head.position, rows=rows,
        )  # fmt: skip
        assert not await log.append([append], datetime.now(UTC))
        written += placed
    return written


# --- histories ----------------------------------------------------------------------------------------------------


def open_clinic(tenant: str = samples.TENANT, *people: str) -> Clinic:
    """A clinic with two people and a room, all working from nine to five."""
    clinic = Clinic(tenant)
    clinic.accept(samples.command(c.DefineTenant, id=tenant, name="A clinic"))
    clinic.accept(samples.location())
    clinic.accept(samples.service(duration_minutes=30, buffer_after_minutes=5))
    for name in people or ("ann", "bob"):
        clinic.accept(samples.resource(name))
        clinic.accept(samples.schedule(name, "09:00-17:00"))
    return clinic


def random_history(seed: int, steps: int, tenant: str = samples.TENANT) -> Clinic:
    """A clinic after so many random commands, some of which were refused; time goes on meanwhile."""
    chance, clinic = random.Random(seed), open_clinic(tenant)
    for _ in range(steps):
        random_step(chance, clinic)
    return clinic


def random_step(chance: random.Random, clinic: Clinic) -> None:
    """A little later, one more command."""
    clinic.now += timedelta(seconds=chance.choice((0, 0, 1, 20, 200)))
    clinic.send(chance.choice(_STEPS)(chance, clinic))


def _start(chance: random.Random) -> str:
    day = chance.choice(("mon", "tue", "wed"))
    return samples.iso(f"{day} {chance.randrange(9, 17):02}:{chance.choice((0, 15, 30, 45)):02}")


def _any(chance: random.Random, clinic: Clinic) -> str:
    known = [stream.removeprefix("appointment/") for stream in clinic.state.kept]
    return chance.choice(known) if known else "apt_none"


def _book(chance: random.Random, clinic: Clinic) -> c.Command:
    resources = chance.choice((None, ["ann"], ["bob"]))
    customer = {"email": f"{chance.choice('abcdef')}@example.com", "name": "Joe Doe"}
    return samples.command(
        c.BookAppointment, service_id="cut", start=_start(chance), resources=resources, customer=customer
    )


def _hold(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.HoldSlot, service_id="cut", start=_start(chance), owner=chance.choice("AB"))


def _move(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.RescheduleAppointment, appointment_id=_any(chance, clinic), start=_start(chance))


def _cancel(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.CancelAppointment, appointment_id=_any(chance, clinic))


def _confirm(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.ConfirmAppointment, appointment_id=_any(chance, clinic))


def _confirm_hold(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(
        c.ConfirmHold, hold_id=_any(chance, clinic), owner=chance.choice("AB"), customer={"email": "a@example.com"}
    )


def _revise(chance: random.Random, clinic: Clinic) -> c.Command:
    start, status = chance.choice((None, _start(chance))), chance.choice((None, "confirmed", "cancelled"))
    id = _any(chance, clinic)
    return samples.command(c.ReviseAppointment, appointment_id=id, start=start, status=status, notes="firm")


def _think_again(chance: random.Random, clinic: Clinic) -> c.Command:
    kind = chance.choice((c.ReinstateAppointment, c.ReinstateAppointment, c.UndoConfirmation, c.TombstoneAppointment))
    return samples.command(kind, appointment_id=_any(chance, clinic))


def _pay(chance: random.Random, clinic: Clinic) -> c.Command:
    amount = {"amount_minor": chance.randrange(100), "currency": "USD"}
    return samples.command(c.RecordPayment, appointment_id=_any(chance, clinic), method="cash", amount=amount)


def _block(chance: random.Random, clinic: Clinic) -> c.Command:
    """For a while at most: whoever is blocked is welcome again at the next turn."""
    for customer in clinic.state.customers.values():
        if customer.blocked:
            return samples.unblock(customer.id)
    return samples.block(chance.choice([*clinic.state.customers, "nobody"]))


def _rules(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.policies(service_id=chance.choice(("cut", None)), refund_percent=chance.randrange(100))


def _away(chance: random.Random, clinic: Clinic) -> c.Command:
    start = chance.randrange(9, 16)
    day = chance.choice(("mon", "tue", "wed"))
    return samples.command(
        c.AddTimeOff, resource_id="bob", start=samples.iso(f"{day} {start:02}:00"),
        end=samples.iso(f"{day} {start + 1:02}:00"),
    )  # fmt: skip


_STEPS: tuple[Callable[[random.Random, Clinic], c.Command], ...] = (
    _book, _book, _book, _book, _hold, _hold, _move, _cancel, _confirm, _confirm_hold, _away, _revise, _pay, _block,
    _rules, _think_again,
)  # fmt: skip
