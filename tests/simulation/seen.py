"""Seen: what the log tells of each tenant, read naively from its JSON. It shares no fold with the product.

Those who check promises and those who make up commands both look here; what a new kind of event means to neither is
still found by its type (`told`) and its stream.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Event = dict[str, Any]

STATUS = {
    "AppointmentHeld": "held",
    "AppointmentRequested": "requested",
    "AppointmentBooked": "scheduled",
    "RequestAccepted": "scheduled",
    "AppointmentConfirmed": "confirmed",
    "AppointmentCheckedIn": "checked_in",
    "AppointmentStarted": "in_progress",
    "AppointmentCompleted": "completed",
    "AppointmentNoShow": "no_show",
    "AppointmentCancelled": "cancelled",
    "AppointmentDeclined": "cancelled",
    "HoldReleased": "cancelled",
    "HoldExpired": "expired",
    "AppointmentReinstated": "scheduled",
    "ConfirmationUndone": "scheduled",
    "SessionScheduled": "scheduled",
    "SessionCancelled": "cancelled",
}
"""What an appointment is after an event; all others leave it as it was."""

OVER = frozenset({"cancelled", "expired"})


@dataclass(slots=True)
class Seen:
    """An appointment. `until` is when time alone ends it, `offered_to` for whom alone it is held."""

    id: str
    slot: dict[str, Any]
    status: str = ""
    version: int = 0
    blocks: bool = True
    until: datetime | None = None
    override: bool = False
    owner: str | None = None
    event_id: str = ""
    refunds: list[str] = field(default_factory=list)
    offered_to: list[str] = field(default_factory=list)

    @property
    def resources(self) -> list[str]:
        return [one["id"] for one in self.slot["resources"]]

    @property
    def session_id(self) -> str | None:
        return self.slot.get("session_id")

    @property
    def seats(self) -> int:
        return int(self.slot.get("seats", 1))

    def dead(self, now: datetime) -> bool:
        """Ended, be it told or not."""
        return self.status in OVER or (self.until is not None and self.until <= now)

    def occupies(self, now: datetime) -> bool:
        return self.blocks and not self.dead(now)


@dataclass(slots=True)
class SeenSession(Seen):
    """A session of a class. `given` has of every appointment its seats and until when, as it was told."""

    capacity: int = 0
    filled_by: str = ""
    given: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)


@dataclass(slots=True)
class Waiting:
    """A waitlist entry. `hold_id` is offered to it from `since` until `until`."""

    id: str
    service_id: str
    status: str = "waiting"
    hold_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Tenant:
    """One tenant's log, read from its beginning."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.appointments: dict[str, Seen] = {}
        self.sessions: dict[str, SeenSession] = {}
        self.waiting: dict[str, Waiting] = {}
        self.versions: defaultdict[str, int] = defaultdict(int)
        self._told: defaultdict[str, list[Event]] = defaultdict(list)

    def told(self, type: str) -> list[Event]:
        """The events of one type, in order, as their JSON has them."""
        return self._told[type]

    def ids(self, type: str, member: str = "id") -> list[str]:
        """What was defined or made by events of one type, each once."""
        return list(dict.fromkeys(event["data"][member] for event in self._told[type]))

    def read(self, event: Event) -> None:
        self.versions[event["stream"]] += 1
        self._told[event["type"]].append(event)
        kind, _, id = event["stream"].partition("/")
        if kind == "appointment":
            self._read_appointment(id, event)
        elif kind == "session":
            self._read_session(id, event)
        elif kind == "waitlist":
            self._read_waiting(id, event)

    def seated(self, session_id: str, now: datetime) -> dict[str, int]:
        """The seats that appointments alive have in a session, as their own streams tell."""
        able = (one for one in self.appointments.values() if one.session_id == session_id and one.occupies(now))
        return {one.id: one.seats for one in able}

    def _read_appointment(self, id: str, event: Event) -> None:
        type, data = event["type"], event["data"]
        slot = data.get("slot")
        seen = self.appointments.get(id)
        if seen is None:
            seen = self.appointments[id] = Seen(id, slot or {"resources": []})
        seen.version = event["version"]
        if slot:
            seen.slot, seen.blocks, seen.event_id = slot, slot["blocks"], event["event_id"]
            seen.override = bool(data.get("override", False))
        seen.status = data["outcome"] if type == "AppointmentOutcomeCorrected" else STATUS.get(type, seen.status)
        seen.owner = data.get("owner", seen.owner) if seen.status == "held" else None
        if type == "RequestAccepted":
            seen.blocks = True
        if type in ("AppointmentHeld", "HoldExtended"):
            seen.until = instant(data["expires_at"])
        elif type == "AppointmentRequested":
            seen.until = instant(data["accept_until"]) if data.get("accept_until") else None
        elif seen.status not in ("held", "requested"):
            seen.until = None
        if type == "AppointmentTombstoned":
            seen.blocks, seen.until = False, None
        if type == "AppointmentHeld":
            seen.offered_to = data.get("offered_to") or []
        if type == "RefundRequested":
            seen.refunds.append(data["refund_id"])

    def _read_session(self, id: str, event: Event) -> None:
        type, data = event["type"], event["data"]
        if type == "SessionScheduled":
            seen = SeenSession(id, data["slot"], override=data.get("override", False), event_id=event["event_id"])
            seen.filled_by = event["event_id"]
            self.sessions[id] = seen
        seen = self.sessions[id]
        seen.version, seen.status = event["version"], STATUS.get(type, seen.status)
        seen.capacity = data.get("capacity", seen.capacity)
        if type in ("CapacityChanged", "SeatsTaken"):
            seen.filled_by = event["event_id"]
        if type == "SeatsTaken":
            until = instant(data["expires_at"]) if data.get("expires_at") else None
            seen.given[data["appointment_id"]] = len(data["seats"]), until
        elif type == "SeatsReleased":
            del seen.given[data["appointment_id"]]

    def _read_waiting(self, id: str, event: Event) -> None:
        type, data = event["type"], event["data"]
        if type == "WaitlistJoined":
            self.waiting[id] = Waiting(id, data["service"]["id"])
        seen = self.waiting[id]
        if type == "WaitlistOffered":
            seen.status, seen.hold_id = "offered", data["hold_id"]
            seen.since, seen.until = instant(event["occurred_at"]), instant(data["expires_at"])
        elif type in ("WaitlistClaimed", "WaitlistLeft"):
            seen.status, seen.hold_id, seen.until = ENDS[type], None, None
        elif seen.status == "offered" and seen.hold_id == data.get("hold_id"):
            seen.status, seen.hold_id, seen.until = "waiting", None, None


ENDS = {"WaitlistClaimed": "booked", "WaitlistLeft": "left"}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
