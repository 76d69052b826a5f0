"""Traffic: what the desks of a few tenants send, from a seed: bookings that often collide, moves, cancels, holds.

The same seed gives the same commands, whatever becomes of them: every id is chosen by the sender or follows from it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from booking.view import Ids

SOURCE = "front-desk"
DAY = datetime(2031, 3, 3, 8, tzinfo=UTC)
DAYS = 12
STEPS = 44
"""Starts on a day, a quarter of an hour apart: most of them overlap with others."""
RECENT = 60
"""What is changed is one of so many made last."""
WEEK = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "08:00", "end": "20:00"}]
SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("DefineLocation", {"id": "main", "name": "Main Street", "tz": "UTC", "primary": True, "hold_seconds": 3}),
    ("DefineService", {"id": "cut", "name": "Haircut", "duration_minutes": 30, "buffer_after_minutes": 5}),
    *(("DefineResource", {"id": name, "kind": "staff", "name": name.title()}) for name in ("ann", "bob", "cho")),
    *(("SetSchedule", {"resource_id": name, "weekly": WEEK}) for name in ("ann", "bob", "cho")),
]


@dataclass(frozen=True, slots=True)
class Sent:
    """One command as it is sent, and sent again."""

    id: str
    tenant: str
    type: str
    data: dict[str, Any]


def opening(tenant: str) -> list[Sent]:
    """What has to be decided before a tenant's traffic means anything."""
    commands = [("DefineTenant", {"id": tenant, "name": tenant.title()}), *SUPPLY]
    return [Sent(f"{tenant}-open-{n}", tenant, type, data) for n, (type, data) in enumerate(commands)]


class Traffic:
    """An endless line of commands."""

    def __init__(self, seed: int, tenants: list[str]) -> None:
        self._random = Random(seed)
        self._tenants = tenants
        self._count = 0
        self._booked: defaultdict[str, list[str]] = defaultdict(list)
        self._held: defaultdict[str, list[str]] = defaultdict(list)

    def next(self) -> Sent:
        self._count += 1
        tenant = self._random.choice(self._tenants)
        [kind] = self._random.choices(list(_KINDS), weights=list(_KINDS.values()))
        id = f"{tenant}-{self._count}"
        return Sent(id, tenant, kind, getattr(self, f"_{kind}")(tenant, id))

    def _BookAppointment(self, tenant: str, id: str) -> dict[str, Any]:
        self._booked[tenant].append(f"apt_{id}")
        customer = {"email": f"person{self._random.randrange(40)}@example.com", "name": "Joe Doe"}
        return {"id": f"apt_{id}", **self._wish(), "customer": customer}

    def _HoldSlot(self, tenant: str, id: str) -> dict[str, Any]:
        self._held[tenant].append(Ids(tenant, SOURCE, id)("apt_"))
        return self._wish()

    def _ConfirmHold(self, tenant: str, id: str) -> dict[str, Any]:
        return {"hold_id": self._one_of(self._held[tenant]), "customer": {"email": "eve@example.com", "name": "Eve"}}

    def _ReleaseHold(self, tenant: str, id: str) -> dict[str, Any]:
        return {"hold_id": self._one_of(self._held[tenant])}

    def _RescheduleAppointment(self, tenant: str, id: str) -> dict[str, Any]:
        return {"appointment_id": self._one_of(self._booked[tenant]), "start": self._start()}

    def _CancelAppointment(self, tenant: str, id: str) -> dict[str, Any]:
        return {"appointment_id": self._one_of(self._booked[tenant])}

    def _ConfirmAppointment(self, tenant: str, id: str) -> dict[str, Any]:
        return {"appointment_id": self._one_of(self._booked[tenant])}

    def _wish(self) -> dict[str, Any]:
        resources = [self._random.choice(("ann", "bob", "cho"))] if self._random.random() < 0.7 else None
        return {"service_id": "cut", "start": self._start(), "resources": resources}

    def _start(self) -> str:
        minutes = 15 * self._random.randrange(STEPS)
        return (DAY + timedelta(days=self._random.randrange(DAYS), minutes=minutes)).isoformat()

    def _one_of(self, made: list[str]) -> str:
        return self._random.choice(made[-RECENT:]) if made else "apt_none"


_KINDS = {
    "BookAppointment": 8, "HoldSlot": 3, "ConfirmHold": 2, "ReleaseHold": 1, "RescheduleAppointment": 3,
    "CancelAppointment": 2, "ConfirmAppointment": 1,
}  # fmt: skip
"""How often each is sent."""
