"""The published session: a class that several customers take seats of, as one pure fold of its stream.

Every seat has an id of its own, which is never given twice. `KeptSession` is the fold's state: the published session
and the few facts beside it that decisions need.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

from msgspec.structs import replace

from contracts import session_events as e
from contracts.record import Record
from contracts.values import ResourceRef, ServiceRef, Span, Value


class Seat(Value, frozen=True, kw_only=True):
    """A seat that is taken: by which appointment, and of a hold or a request until when."""

    id: str
    appointment_id: str
    expires_at: datetime | None = None

    def alive(self, now: datetime) -> bool:
        return self.expires_at is None or now < self.expires_at


class Session(Value, frozen=True, kw_only=True):
    """A session as it is published (api.md §5, §6). `remaining` is what is left of `capacity`, never less than none;
    `over` is how many seats more are taken than there are, where the capacity was lowered or an override gave them.
    """

    id: str
    type: Literal["session"] = "session"
    version: int
    status: Literal["scheduled", "cancelled"]
    service: ServiceRef
    location_id: str
    resources: list[ResourceRef]
    start: datetime
    end: datetime
    tz: str
    local_start: str
    capacity: int
    taken: int = 0
    remaining: int
    created_at: datetime
    updated_at: datetime
    position: str
    over: int = 0
    seats: list[Seat] = []
    cancelled_at: datetime | None = None


class KeptSession(Value, frozen=True, kw_only=True):
    """`busy` is what it takes of its resources' time, `slot_event` the event that took it, `filled_by` the one that
    took seats last; `given` counts the seats ever given, so that the next one has a new id. `owners` tells whose holds
    have some.
    """

    session: Session
    busy: Span
    slot_event: str
    filled_by: str
    given: int = 0
    owners: dict[str, str] = {}

    def seats_of(self, appointment_id: str) -> list[str]:
        return [seat.id for seat in self.session.seats if seat.appointment_id == appointment_id]

    def new_seats(self, count: int) -> list[str]:
        """Ids for so many more seats."""
        return [f"seat_{number}" for number in range(self.given + 1, self.given + count + 1)]

    def taken(self, now: datetime, *, but: str | None = None) -> int:
        """How many seats are taken at `now`, those of one appointment left out."""
        return sum(seat.alive(now) and seat.appointment_id != but for seat in self.session.seats)

    def remaining(self, now: datetime, *, but: str | None = None) -> int:
        return max(0, self.session.capacity - self.taken(now, but=but))


def fold(kept: KeptSession | None, record: Record) -> KeptSession | None:
    """The state after `record`; records that are not about a session leave it as it is."""
    step = _STEPS.get(type(record.event))
    if step is None:
        return kept
    if kept is None and not isinstance(record.event, e.SessionScheduled):
        raise ValueError(f"{record.type} {record.event_id} opens the stream {record.stream}: the log is damaged")
    return step(kept, record, record.event)


def seen_at(kept: KeptSession, now: datetime) -> Session:
    """The session as it is at `now`: held seats whose time is over are free, be it told or not."""
    alive = [seat for seat in kept.session.seats if seat.alive(now)]
    return replace(kept.session, seats=alive, **_counts(kept.session.capacity, len(alive)))


def _counts(capacity: int, taken: int) -> dict[str, int]:
    return {"taken": taken, "remaining": max(0, capacity - taken), "over": max(0, taken - capacity)}


def _scheduled(kept: KeptSession | None, record: Record, event: e.SessionScheduled) -> KeptSession:
    slot = event.slot
    session = Session(
        id=record.stream.removeprefix("session/"),
        version=record.version,
        status="scheduled",
        service=slot.service,
        location_id=slot.location_id,
        resources=slot.resources,
        start=slot.start,
        end=slot.end,
        tz=slot.tz,
        local_start=slot.local_start,
        capacity=event.capacity,
        remaining=event.capacity,
        created_at=record.decided_at,
        updated_at=record.decided_at,
        position=record.position,
    )
    return KeptSession(session=session, busy=slot.busy, slot_event=record.event_id, filled_by=record.event_id)


def _change(kept: KeptSession, record: Record, **members: Any) -> Session:
    """The counts are those at the instant of the record."""
    changed = replace(
        kept.session, version=record.version, updated_at=record.decided_at, position=record.position, **members
    )
    taken = sum(seat.alive(record.decided_at) for seat in changed.seats)
    return replace(changed, **_counts(changed.capacity, taken))


def _cancelled(kept: KeptSession, record: Record, event: e.SessionCancelled) -> KeptSession:
    changed = _change(kept, record, status="cancelled", cancelled_at=record.decided_at)
    return replace(kept, session=changed, slot_event=record.event_id)


def _resized(kept: KeptSession, record: Record, event: e.CapacityChanged) -> KeptSession:
    return replace(kept, session=_change(kept, record, capacity=event.capacity), filled_by=record.event_id)


def _taken(kept: KeptSession, record: Record, event: e.SeatsTaken) -> KeptSession:
    mine = [Seat(id=one, appointment_id=event.appointment_id, expires_at=event.expires_at) for one in event.seats]
    changed = _change(kept, record, seats=[*_others(kept, event.appointment_id), *mine])
    owners = {one: owner for one, owner in kept.owners.items() if one != event.appointment_id}
    if event.owner is not None:
        owners[event.appointment_id] = event.owner
    given = max(kept.given, *(int(one.removeprefix("seat_")) for one in event.seats))
    return replace(kept, session=changed, filled_by=record.event_id, given=given, owners=owners)


def _released(kept: KeptSession, record: Record, event: e.SeatsReleased) -> KeptSession:
    return replace(kept, session=_change(kept, record, seats=list(_others(kept, event.appointment_id))))


def _others(kept: KeptSession, appointment_id: str) -> Iterable[Seat]:
    return (seat for seat in kept.session.seats if seat.appointment_id != appointment_id)


_STEPS: dict[type, Callable[..., KeptSession]] = {
    e.SessionScheduled: _scheduled,
    e.SessionCancelled: _cancelled,
    e.CapacityChanged: _resized,
    e.SeatsTaken: _taken,
    e.SeatsReleased: _released,
}
