"""The proof of a log, from its records alone: P1 (no double booking) and P3 (dense positions and versions).

It shares no code with the decisions it checks: intervals come from the facts that each record states, and every new
interval is held against every other one of its resource that was alive when it was decided.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contracts import events as e
from contracts.appointment import LIVE, Appointment, Kept, fold
from contracts.record import Record
from contracts.values import SlotFacts
from eventlog.seats_proof import SeatsProof

DAY = 86_400


class Violation(NamedTuple):
    """The first thing found wrong: which promise, at which position, and what."""

    promise: str
    position: str
    text: str


Slot = Appointment | SlotFacts
"""Where and when something is."""


class Occupied(NamedTuple):
    """What an appointment or a session takes of one resource: epoch seconds, padded, `[start, end)`."""

    stream: str
    start: float
    end: float
    dead_from: datetime | None
    override: bool
    event_id: str
    position: str


@dataclass(slots=True)
class Counts:
    """What was checked."""

    records: int = 0
    streams: int = 0
    appointments: int = 0
    pairs: int = 0
    overrides: int = 0
    sessions: int = 0
    seats: int = 0


@dataclass(slots=True)
class Proof:
    """Feed it every record of a partition in order; `violation` keeps the first thing that is wrong."""

    counts: Counts = field(default_factory=Counts)
    violation: Violation | None = None
    _positions: dict[int, int] = field(default_factory=dict)
    _versions: dict[tuple[str, str], int] = field(default_factory=dict)
    _kept: dict[tuple[str, str], Kept] = field(default_factory=dict)
    _policies: dict[tuple[str, str], str] = field(default_factory=dict)
    _sessions: dict[tuple[str, str], SlotFacts] = field(default_factory=dict)
    _seats: SeatsProof = field(default_factory=SeatsProof)
    _days: defaultdict[tuple[str, str, int], dict[str, Occupied]] = field(default_factory=lambda: defaultdict(dict))

    def feed(self, record: Record) -> Violation | None:
        """Checks one record; the first violation, if there is one by now."""
        if self.violation is None:
            self.counts.records += 1
            self.violation = self._dense(record) or self._free(record) or self._seated(record)
        return self.violation

    def _dense(self, record: Record) -> Violation | None:
        expected = self._positions.get(record.part, 0) + 1
        self._positions[record.part] = record.pos
        if record.pos != expected:
            return Violation("P3", record.position, f"position {expected} was expected here")
        key = record.tenant, record.stream
        version = self._versions.get(key, 0) + 1
        self._versions[key] = record.version
        self.counts.streams += version == 1
        if record.version != version:
            return Violation("P3", record.position, f"{record.stream} has version {record.version} after {version - 1}")
        return None

    def _free(self, record: Record) -> Violation | None:
        if isinstance(record.event, e.LocationDefined):
            self._policies[record.tenant, record.event.id] = record.event.buffer_policy
        if record.stream.startswith("session/"):
            return self._session(record)
        if not record.stream.startswith("appointment/"):
            return None
        key = record.tenant, record.stream
        before = self._kept.get(key)
        after = fold(before, record)
        if after is None:
            return None
        self.counts.appointments += before is None
        self._kept[key] = after
        if before is not None and _same_slot(before, after):
            return None
        return self._occupy(record, before, after)

    def _occupy(self, record: Record, before: Kept | None, after: Kept) -> Violation | None:
        if before is not None:
            self._leave(record, before.appointment)
        if not _occupies(after):
            return None
        view = after.appointment
        return self._enter(record, view, view.hold.expires_at if view.hold else view.accept_until, view.override)

    def _session(self, record: Record) -> Violation | None:
        """A session takes its resources' time from when it is scheduled until it is cancelled."""
        key = record.tenant, record.stream
        if isinstance(record.event, e.SessionScheduled):
            slot = self._sessions[key] = record.event.slot
            return self._enter(record, slot, None, record.event.override)
        if isinstance(record.event, e.SessionCancelled):
            self._leave(record, self._sessions.pop(key))
        return None

    def _seated(self, record: Record) -> Violation | None:
        wrong = self._seats.feed(record, self._kept.get((record.tenant, record.stream)))
        self.counts.sessions, self.counts.seats = self._seats.sessions, self._seats.seats
        return Violation("P1", record.position, wrong) if wrong else None

    def _leave(self, record: Record, slot: Slot) -> None:
        for resource, day in self._places(record.tenant, slot):
            self._days[record.tenant, resource, day].pop(record.stream, None)

    def _enter(self, record: Record, slot: Slot, dead_from: datetime | None, override: bool) -> Violation | None:
        """Holds it against all that is there."""
        start, end = self._span(record.tenant, slot)
        own = Occupied(record.stream, start, end, dead_from, override, record.event_id, record.position)
        self.counts.overrides += own.override
        for resource, day in self._places(record.tenant, slot):
            others = self._days[record.tenant, resource, day]
            for other in others.values():
                self.counts.pairs += 1
                if _clash(own, other, record.decided_at):
                    text = f"{resource} is taken by {record.stream} over {other.stream} ({other.event_id})"
                    return Violation("P1", record.position, text)
            others[record.stream] = own
        return None

    def _span(self, tenant: str, slot: Slot) -> tuple[float, float]:
        span = slot.busy if self._policies.get((tenant, slot.location_id), "sum") == "sum" else slot
        return span.start.timestamp(), span.end.timestamp()

    def _places(self, tenant: str, slot: Slot) -> Iterator[tuple[str, int]]:
        start, end = self._span(tenant, slot)
        for day in range(int(start // DAY), int((end - 1) // DAY) + 1):
            for resource in slot.resources:
                yield resource.id, day


def _occupies(kept: Kept) -> bool:
    """Whoever has seats takes no time: the session has it."""
    return kept.blocks and kept.appointment.session_id is None and kept.appointment.status in LIVE


def _same_slot(before: Kept, after: Kept) -> bool:
    """Neither what is occupied nor until when has changed, so nothing new has to be held against the others."""
    one, two = before.appointment, after.appointment
    return (
        before.slot_event == after.slot_event
        and _occupies(before) == _occupies(after)
        and one.hold == two.hold
        and one.accept_until == two.accept_until
    )


def _clash(one: Occupied, other: Occupied, now: datetime) -> bool:
    alive = other.dead_from is None or now < other.dead_from
    overlap = one.start < other.end and other.start < one.end
    return alive and overlap and one.stream != other.stream and not (one.override or other.override)
