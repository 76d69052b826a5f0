"""Carriers: over a channel to a person, or as a notice to the tenant's webhook endpoints."""

import asyncio

import msgspec

from contracts.notices import ReminderDue
from contracts.public_events import PublicEvent, webhook_id
from contracts.public_types import REMINDER_DUE
from contracts.routing import part_of
from notification.channels.port import Channel, Sent
from notification.sending.letters import letter
from notification.sending.office import Office
from notification.sending.sorting import Going, Sorted
from streams.message import Parcel
from streams.outlet import Outlet


class ToPeople:
    """Mail, text messages, or the log in their place."""

    def __init__(self, office: Office, channel: Channel) -> None:
        self._office, self._channel = office, channel

    async def carry(self, going: Going, parted: Sorted) -> Sent:
        row, at_hand = going.row, parted.at_hand
        assert going.recipient is not None
        stream = at_hand.stream(row.tenant, f"appointment/{row.appointment_id}")
        record = next((one for one in stream if one.version == row.version), None)
        book, office = at_hand.book(row.tenant), self._office
        made = letter(row, going.about, record, going.recipient, book, office.vault, office.stationery)
        return await self._channel.send(made)


class ToEndpoints:
    """`reminder.due` on the topic of notices: a `PublicEvent`, personal members sealed, its id from the row."""

    def __init__(self, outlet: Outlet, topic: str, partitions: int) -> None:
        self._outlet, self._topic, self._partitions = outlet, topic, partitions
        self._opening = asyncio.Lock()

    async def carry(self, going: Going, parted: Sorted) -> Sent:
        async with self._opening:
            if not self._outlet.opened:
                await self._outlet.open()
        try:
            part = part_of(going.row.tenant, self._partitions)
            value = msgspec.json.encode(reminder_due(going))
            await self._outlet.send(self._topic, part, [Parcel(going.row.tenant.encode(), value, ())])
        except Exception:
            await self._outlet.close()
            raise
        return Sent("sent", "handed over")


def reminder_due(going: Going) -> PublicEvent:
    """What subscribers of `reminder.due` are told; the same id however often it is handed over."""
    row, seen = going.row, going.about.head.seen
    data = ReminderDue(
        id=row.id,
        appointment=seen,
        audience="customer" if row.audience == "customer" else "staff",
        offset_minutes=row.offset_minutes,
        due_at=row.due_at,
    )
    return PublicEvent(
        type=REMINDER_DUE,
        webhook_id=webhook_id(row.id, REMINDER_DUE),
        tenant=row.tenant,
        stream=f"appointment/{row.appointment_id}",
        sequence=seen.version,
        event_id=row.id,
        position=None,
        timestamp=row.due_at,
        data=msgspec.to_builtins(data, builtin_types=()),
        location_id=seen.location_id,
        service_id=seen.service.id,
        resource_ids=tuple(sorted(one.id for one in seen.resources)),
    )
