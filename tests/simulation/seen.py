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
}
"""What an appointment is after an event; all others leave it as it was."""

OVER = frozenset({"cancelled", "expired"})


@dataclass(slots=True)
class Seen:
    """An appointment. `until` is when time alone ends it."""

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

    @property
    def resources(self) -> list[str]:
        return [one["id"] for one in self.slot["resources"]]

    def dead(self, now: datetime) -> bool:
        """Ended, be it told or not."""
        return self.status in OVER or (self.until is not None and self.until <= now)

    def occupies(self, now: datetime) -> bool:
        return self.blocks and not self.dead(now)


class Tenant:
    """One tenant's log, read from its beginning."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.appointments: dict[str, Seen] = {}
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
        seen.status = STATUS.get(type, seen.status)
        seen.owner = data.get("owner", seen.owner) if seen.status == "held" else None
        if type == "RequestAccepted":
            seen.blocks = True
        if type in ("AppointmentHeld", "HoldExtended"):
            seen.until = instant(data["expires_at"])
        elif type == "AppointmentRequested":
            seen.until = instant(data["accept_until"]) if data.get("accept_until") else None
        elif seen.status not in ("held", "requested"):
            seen.until = None
        if type == "RefundRequested":
            seen.refunds.append(data["refund_id"])


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
