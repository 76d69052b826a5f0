"""A naive reader of records: who has which minute of whom, and who sits where. It knows no diary and no decision."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import given
from contracts import events as e
from contracts.record import Record
from contracts.values import SlotFacts

ENDS = (
    e.HoldReleased | e.HoldExpired | e.AppointmentDeclined | e.AppointmentCancelled | e.AppointmentTombstoned
    | e.SessionCancelled
)  # fmt: skip


@dataclass
class Taken:
    """What one appointment or session occupies, as its events state it."""

    slot: SlotFacts | None = None
    blocks: bool = False
    until: datetime | None = None
    override: bool = False

    def alive(self, now: datetime) -> bool:
        return self.slot is not None and self.blocks and (self.until is None or now < self.until)

    def minutes(self, now: datetime) -> set[tuple[str, datetime]]:
        """Every (resource, minute) it has at `now`."""
        if not self.alive(now) or self.slot is None or self.slot.session_id is not None:
            return set()
        length = int((self.slot.busy.end - self.slot.busy.start).total_seconds() // 60)
        return {
            (resource.id, self.slot.busy.start + timedelta(minutes=minute))
            for resource in self.slot.resources
            for minute in range(length)
        }


@dataclass
class Checker:
    """Reads records as they come; knows no diary, only who has which minute, and who sits where."""

    taken: dict[str, Taken] = field(default_factory=dict)
    allowed: dict[str, int] = field(default_factory=dict)
    """Seats that each session may have taken: its capacity, or more where it was lowered below what was."""
    capacity: dict[str, int] = field(default_factory=dict)

    def read(self, record: Record) -> None:
        event = record.event
        mine = self.taken.setdefault(record.stream, Taken())
        if isinstance(event, ENDS):
            mine.slot = None
        if isinstance(event, e.HoldExtended):
            mine.until = event.expires_at
        if slot := getattr(event, "slot", None):
            mine.slot, mine.blocks, mine.until = slot, slot.blocks, deadline(event)
            mine.override = getattr(event, "override", False)
        if isinstance(event, e.RequestAccepted):
            mine.blocks, mine.until = True, None
        if isinstance(event, e.SessionScheduled | e.CapacityChanged):
            self.capacity[record.stream.removeprefix("session/")] = event.capacity

    def seats(self, now: datetime) -> dict[str, int]:
        """Taken of each session, as the appointments themselves tell."""
        found: dict[str, int] = {}
        for taken in self.taken.values():
            if taken.slot is not None and taken.slot.session_id is not None and taken.alive(now):
                found[taken.slot.session_id] = found.get(taken.slot.session_id, 0) + taken.slot.seats
        return found

    def check_seats(self, clinic: given.Clinic) -> None:
        """No session has more taken than it had at most since they were, and all tell the same."""
        seats = self.seats(clinic.now)
        for session_id, capacity in self.capacity.items():
            taken = seats.get(session_id, 0)
            assert taken <= max(capacity, self.allowed.get(session_id, 0)), (session_id, taken, capacity)
            self.allowed[session_id] = taken
            seen = clinic.session(session_id)
            assert (seen.taken, seen.remaining) == (taken, max(0, capacity - taken))
            assert len({seat.id for seat in seen.seats}) == taken

    def check_refusal(self, clinic: given.Clinic) -> None:
        """Whoever was told that too few seats are left was told how many there are."""
        refusal = clinic.refusal
        if refusal is None or refusal.code != "not_enough_seats":
            return
        taken, start = self.seats(clinic.now), refusal.blockers[0].start
        meant = (one for one in self.capacity if clinic.session(one).start == start)
        left = {max(0, self.capacity[one] - taken.get(one, 0)) for one in meant}
        assert refusal.members["available"] in left
        assert refusal.members["available"] < refusal.members["requested"]

    def check(self, now: datetime) -> None:
        """No minute of a resource belongs to two, overrides apart."""
        owners: dict[tuple[str, datetime], str] = {}
        for stream, taken in self.taken.items():
            for minute in taken.minutes(now) if not taken.override else ():
                assert minute not in owners, (stream, owners[minute], minute)
                owners[minute] = stream

    def loads(self, now: datetime) -> list[tuple[int, float]]:
        """How many each resource has on each day, and how long they are, overrides apart."""
        found: dict[tuple[str, date], list[float]] = {}
        for taken in self.taken.values():
            if taken.slot is not None and taken.minutes(now) and not taken.override:
                length = (taken.slot.end - taken.slot.start) / timedelta(minutes=1)
                for resource in taken.slot.resources:
                    found.setdefault((resource.id, taken.slot.start.date()), []).append(length)
        return [(len(lengths), sum(lengths)) for lengths in found.values()]


def deadline(event: e.Event) -> datetime | None:
    if isinstance(event, e.AppointmentHeld):
        return event.expires_at
    return event.accept_until if isinstance(event, e.AppointmentRequested) else None
