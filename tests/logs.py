"""Logs to test with: fresh databases, and rows that differ in just what a test is about."""

from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.events import CustomerRegistered
from contracts.record import Record, event_id
from contracts.values import Actor
from eventlog.log import DiaryRow, Head, InboxRow, Log, PartAppend, Row

TENANT = "acme"
PARTS = range(12)


async def log_database(postgres: Any, *, parts: Any = PARTS) -> str:
    """The DSN of a fresh database that holds the log's schema and the partitions given."""
    dsn: str = await postgres.with_schemas("eventlog", parts=parts)
    return dsn


def now() -> datetime:
    return datetime.now(UTC)


def event(pos: int, *, stream: str | None = None, version: int = 1, tenant: str = TENANT, at: Any = None) -> Row:
    stream = stream or f"appointment/apt_{pos}"
    return Row(pos, tenant, stream, version, "AppointmentBooked", at or now(), f"state {pos}".encode())


def answer(command_id: str, pos: int = 0, *, tenant: str = TENANT) -> InboxRow:
    return InboxRow(tenant, "web", command_id, b"hash", pos, b'{"result": "rejected"}', now())


def interval(stream: str, day: int, *, resource: str = "ann", minute: int = 600, tenant: str = TENANT) -> DiaryRow:
    start = day * 1440 + minute
    return DiaryRow(
        tenant, resource, day, stream, start, start + 30, start - 5, start + 35, "booked", None, None, "evt_1.0.1"
    )


def change(head: Head, *, events: int = 0, later: float = 0, **more: Any) -> PartAppend:
    """An append after `head` of so many events and whatever else is given."""
    rows = [event(head.position + 1 + n) for n in range(events)]
    whole: dict[str, Any] = {
        "part": head.part,
        "epoch": head.epoch,
        "position": head.position,
        "decided_at": max(now(), head.decided_at) + timedelta(seconds=later),
        "offset": head.offset,
        "published": head.published,
        "rows": rows,
    }
    return PartAppend(**(whole | more))


async def take(log: Log, *parts: int, instance: str = "a") -> dict[int, Head]:
    """The heads of these partitions, taken over by a new owner."""
    return dict(await log.take_over(parts, await log.new_owner(instance), now()))


def customer_registered(*, version: int = 1) -> Record:
    """A whole record, as booking would write it."""
    return Record(
        event_id=event_id(1, 3, version),
        type="CustomerRegistered",
        schema_version=CustomerRegistered.VERSION,
        tenant=TENANT,
        stream="customer/cus_1",
        version=version,
        part=3,
        pos=version,
        era=1,
        occurred_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        decided_at=datetime(2026, 3, 2, 15, tzinfo=UTC),
        actor=Actor(type="user", id="ann"),
        source="web",
        command_id="c1",
        causation_id="c1",
        correlation_id="c1",
        tzdata_version=None,
        event=CustomerRegistered(id="cus_1", language="en"),
    )
