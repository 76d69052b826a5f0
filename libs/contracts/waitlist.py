"""The published waitlist entry: somebody who waits for a slot that is taken now, as one pure fold of its stream."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from contracts import waitlist_events as e
from contracts.event import Event
from contracts.record import Record
from contracts.values import CustomerRef, ServiceRef, Value
from contracts.waitlist_events import Wants

__all__ = ["KeptEntry", "WaitlistEntry", "Wants", "fold", "seen_at"]


class WaitlistEntry(Value, frozen=True, kw_only=True):
    """A waitlist entry as it is published. While one is offered, `hold_id` is the slot kept for it."""

    id: str
    type: Literal["waitlist_entry"] = "waitlist_entry"
    version: int
    status: Literal["waiting", "offered", "booked", "left"]
    service: ServiceRef
    location_id: str | None = None
    customer: CustomerRef
    wants: Wants
    hold_id: str | None = None
    expires_at: datetime | None = None
    appointment_id: str | None = None
    created_at: datetime
    updated_at: datetime
    position: str


class KeptEntry(Value, frozen=True, kw_only=True):
    """The fold's state. `offer` is the last one made to it, and `not_for` the offer that passes it by."""

    entry: WaitlistEntry
    offer: e.WaitlistOffered | None = None
    not_for: str | None = None

    def offered(self, hold_id: str, now: datetime) -> bool:
        """Whether it may claim that slot at `now`: by the clock, be it told or not."""
        seen = self.entry
        return seen.status == "offered" and seen.hold_id == hold_id and _alive(seen, now)

    def waits(self, now: datetime) -> bool:
        """Whether something can be offered to it: an offer that time has ended is none."""
        return self.entry.status == "waiting" or (self.entry.status == "offered" and not _alive(self.entry, now))


def _alive(seen: WaitlistEntry, now: datetime) -> bool:
    return seen.expires_at is not None and now < seen.expires_at


def seen_at(kept: KeptEntry, now: datetime) -> WaitlistEntry:
    """The entry as it is at `now`: an offer whose time is over is none, be it told or not."""
    if kept.entry.status == "offered" and not _alive(kept.entry, now):
        return replace(kept.entry, status="waiting", hold_id=None, expires_at=None)
    return kept.entry


def fold(kept: KeptEntry | None, record: Record) -> KeptEntry | None:
    """The state after `record`; records that are not about a waitlist entry leave it as it is."""
    step = _STEPS.get(type(record.event))
    if step is None:
        return kept
    if kept is None and not isinstance(record.event, e.WaitlistJoined):
        raise ValueError(f"{record.type} {record.event_id} opens the stream {record.stream}: the log is damaged")
    return step(kept, record, record.event)


def _joined(kept: KeptEntry | None, record: Record, event: e.WaitlistJoined) -> KeptEntry:
    entry = WaitlistEntry(
        id=record.stream.removeprefix("waitlist/"),
        version=record.version,
        status="waiting",
        service=event.service,
        location_id=event.location_id,
        customer=event.customer,
        wants=event.wants,
        created_at=record.decided_at,
        updated_at=record.decided_at,
        position=record.position,
    )
    return KeptEntry(entry=entry)


def _change(kept: KeptEntry, record: Record, **members: Any) -> WaitlistEntry:
    when = {"version": record.version, "updated_at": record.decided_at, "position": record.position}
    return replace(kept.entry, **{"hold_id": None, "expires_at": None} | when | members)


def _offered(kept: KeptEntry, record: Record, event: e.WaitlistOffered) -> KeptEntry:
    entry = _change(kept, record, status="offered", hold_id=event.hold_id, expires_at=event.expires_at)
    return replace(kept, entry=entry, offer=event)


def _claimed(kept: KeptEntry, record: Record, event: e.WaitlistClaimed) -> KeptEntry:
    return replace(kept, entry=_change(kept, record, status="booked", appointment_id=event.appointment_id))


def _over(kept: KeptEntry, record: Record, event: e.WaitlistOfferLapsed | e.WaitlistOfferWithdrawn) -> KeptEntry:
    """Who was only about to be asked keeps the status that it has."""
    seen = kept.entry
    if seen.status == "offered" and seen.hold_id != event.hold_id:
        entry = _change(kept, record, hold_id=seen.hold_id, expires_at=seen.expires_at)
    else:
        entry = _change(kept, record, status="waiting")
    return replace(kept, entry=entry, not_for=event.hold_id)


def _left(kept: KeptEntry, record: Record, event: e.WaitlistLeft) -> KeptEntry:
    return replace(kept, entry=_change(kept, record, status="left"))


_STEPS: dict[type[Event], Callable[..., KeptEntry]] = {
    e.WaitlistJoined: _joined,
    e.WaitlistOffered: _offered,
    e.WaitlistClaimed: _claimed,
    e.WaitlistOfferLapsed: _over,
    e.WaitlistOfferWithdrawn: _over,
    e.WaitlistLeft: _left,
}
