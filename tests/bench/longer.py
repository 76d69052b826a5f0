"""A log so long that a rebuild's fixed costs do not show: bookings over again, on later days, behind booking's back."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count, islice

import asyncpg
from msgspec.structs import replace

from contracts import record as records
from contracts.events import AppointmentBooked
from contracts.record import Record, event_id

COLUMNS = ("part", "pos", "tenant", "stream", "version", "type", "decided_at", "state")
BOOKED = "select state from booking.events where part = $1 and type = 'AppointmentBooked' order by pos limit 2000"
MOVED = "update booking.heads set position = $2, published = $2, decided_at = $3, epoch = epoch + 1 where part = $1"


async def lengthen(dsn: str, events: int) -> None:
    """At least so many events in all, each used partition with as many. No service that writes may run."""
    connection = await asyncpg.connect(dsn)
    try:
        heads = await connection.fetch("select part, position from booking.heads where position > 0")
        for part, position in heads:
            if (missing := events // len(heads) - position) > 0:
                await _add(connection, part, position, missing)
        await connection.execute("vacuum analyze booking.events")
    finally:
        await connection.close()


async def _add(connection: asyncpg.Connection, part: int, position: int, missing: int) -> None:
    booked = [records.decode(state) for (state,) in await connection.fetch(BOOKED, part)]
    rows = [_row(one) for one in islice(_again(booked, position), missing)]
    await connection.copy_records_to_table("events", schema_name="booking", columns=COLUMNS, records=rows)
    await connection.execute(MOVED, part, position + missing, rows[-1][COLUMNS.index("decided_at")])


def _again(booked: Sequence[Record], position: int) -> Iterator[Record]:
    """The same bookings for ever, each round of them later than the one before."""
    lasted = booked[-1].decided_at - booked[0].decided_at + timedelta(seconds=1)
    for number in count(1):
        for one in booked:
            position += 1
            yield replace(
                one, stream=f"{one.stream}-{number}", pos=position, event_id=event_id(one.era, one.part, position),
                decided_at=one.decided_at + number * lasted, event=_later(one.event, timedelta(days=number)),
            )  # fmt: skip


def _later(event: object, by: timedelta) -> AppointmentBooked:
    assert isinstance(event, AppointmentBooked)
    slot = event.slot
    busy = replace(slot.busy, start=slot.busy.start + by, end=slot.busy.end + by)
    return replace(event, slot=replace(slot, start=slot.start + by, end=slot.end + by, busy=busy))


def _row(one: Record) -> tuple[object, ...]:
    return one.part, one.pos, one.tenant, one.stream, one.version, one.type, one.decided_at, records.encode(one)
