"""The proof of seats (P1): no session has more taken than it has, but for what was recorded, and nobody has another's.

It holds two tellings against each other: what appointments say they have, and what their sessions say they gave. Each
decision leaves both agreed; seats whose time is over are nobody's, be it told or not (P7).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from contracts import events as e
from contracts.appointment import LIVE, Kept
from contracts.record import Record


class Had(NamedTuple):
    """The seats that a session gave to an appointment, and until when."""

    seats: tuple[str, ...]
    until: datetime | None

    def alive(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(slots=True)
class Attendance:
    """One session as its own stream tells of it."""

    capacity: int
    cancelled: bool = False
    had: dict[str, Had] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)
    """Of every seat ever given, the appointment that it was given to."""

    def taken(self, now: datetime, but: str = "") -> int:
        return sum(len(had.seats) for one, had in self.had.items() if one != but and had.alive(now))


Key = tuple[str, str]
"""(tenant, id) of a session or an appointment."""


@dataclass(slots=True)
class SeatsProof:
    """Feed it every record in order, with what its appointment has come to. `seats` counts those given."""

    sessions: int = 0
    seats: int = 0
    _attendance: dict[Key, Attendance] = field(default_factory=dict)
    _kept: dict[Key, Kept] = field(default_factory=dict)
    _of: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By session: all appointments that ever meant it."""
    _meant: defaultdict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By appointment: all sessions that it ever meant."""
    _owed: dict[Key, str] = field(default_factory=dict)
    """Appointments whose session does not yet tell the same, and the command whose decision has to make it."""

    def feed(self, record: Record, kept: Kept | None) -> str | None:
        """What is wrong, if anything is by now."""
        for (_, appointment_id), command_id in self._owed.items():
            if command_id != record.command_id:
                return f"appointment/{appointment_id} and its session do not tell the same of its seats"
        kind, _, id = record.stream.partition("/")
        if kind == "appointment" and kept is not None:
            self._appointment(record, id, kept)
        return self._session(record, id) if kind == "session" else None

    def _appointment(self, record: Record, id: str, kept: Kept) -> None:
        key, session_id = (record.tenant, id), kept.appointment.session_id
        if session_id is None and key not in self._kept:
            return
        self._kept[key] = kept
        if session_id is not None:
            self._link((record.tenant, session_id), id)
        self._settle(record, id)

    def _settle(self, record: Record, id: str) -> None:
        """Whether both tell the same of one appointment, in every session that it ever meant."""
        key = record.tenant, id
        told = {
            session_id: (len(had.seats), had.until)
            for session_id in self._meant[key]
            if (attendance := self._attendance.get((record.tenant, session_id)))
            if (had := attendance.had.get(id)) and had.alive(record.decided_at)
        }
        if told == _needed(self._kept.get(key), record.decided_at):
            self._owed.pop(key, None)
        else:
            self._owed[key] = record.command_id

    def _link(self, session: Key, id: str) -> None:
        tenant, session_id = session
        self._of[session].add(id)
        self._meant[tenant, id].add(session_id)

    def _session(self, record: Record, id: str) -> str | None:
        event, key = record.event, (record.tenant, id)
        if isinstance(event, e.SessionScheduled):
            self.sessions += 1
            self._attendance[key] = Attendance(event.capacity)
            return None
        attendance = self._attendance[key]
        if isinstance(event, e.SessionCancelled):
            attendance.cancelled = True
        elif isinstance(event, e.CapacityChanged):
            attendance.capacity = event.capacity
        elif isinstance(event, e.SeatsReleased):
            attendance.had.pop(event.appointment_id, None)
            self._settle(record, event.appointment_id)
        elif isinstance(event, e.SeatsTaken):
            return self._taken(record, attendance, event, key)
        return None

    def _taken(self, record: Record, attendance: Attendance, event: e.SeatsTaken, key: Key) -> str | None:
        mine, now = event.appointment_id, record.decided_at
        if attendance.cancelled:
            return f"{record.stream} is cancelled and gives seats to {mine}"
        for seat in event.seats:
            if attendance.owners.setdefault(seat, mine) != mine:
                return f"{seat} of {record.stream} is given to {mine} and was {attendance.owners[seat]}'s"
        before = attendance.had.get(mine)
        attendance.had[mine] = Had(tuple(event.seats), event.expires_at)
        more = len(event.seats) - (len(before.seats) if before and before.alive(now) else 0)
        self.seats += max(0, more)
        self._link(key, mine)
        self._settle(record, mine)
        most = max(attendance.taken(now), self._claimed(key, now))
        if more > 0 and most > attendance.capacity and not event.override:
            return f"{record.stream} has {attendance.capacity} seats, and {most} are taken"
        return None

    def _claimed(self, key: Key, now: datetime) -> int:
        """By what the appointments themselves say."""
        tenant, session_id = key
        needs = (_needed(self._kept.get((tenant, id)), now) for id in self._of[key])
        return sum(needed[session_id][0] for needed in needs if session_id in needed)


def _needed(kept: Kept | None, now: datetime) -> dict[str, tuple[int, datetime | None]]:
    """What an appointment says that it has: of which session, how many seats, and until when."""
    if kept is None or not kept.blocks or kept.appointment.status not in LIVE:
        return {}
    seen = kept.appointment
    until = seen.hold.expires_at if seen.hold else seen.accept_until
    if seen.session_id is None or (until is not None and until <= now):
        return {}
    return {seen.session_id: (seen.seats, until)}
