"""The work that both sides of a comparison do: bookings of half hours, a few of them for a slot already taken."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

DAY = datetime(2030, 1, 7, 8, tzinfo=UTC)
SLOTS_A_DAY = 16
RESOURCES = 50
CONFLICTS = 0.05


@dataclass(frozen=True, slots=True)
class Booking:
    """One booking wish: half an hour of one resource of one tenant."""

    id: str
    tenant: str
    resource: str
    start: datetime

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=30)

    def command(self) -> dict[str, Any]:
        """The fields of its `BookAppointment`."""
        return {
            "id": f"apt_{self.id}",
            "service_id": "visit",
            "start": self.start.isoformat(),
            "resources": [self.resource],
            "customer": {"id": f"cus_{hash_of(self.id) % 200}"},
        }


def hash_of(text: str) -> int:
    """A stable small hash (Python's own differs from run to run)."""
    return zlib.crc32(text.encode())


def bookings(count: int, tenants: list[str], *, seed: int, first_day: int = 0, prefix: str = "b") -> list[Booking]:
    """`count` wishes in random order; about one in twenty wants what an earlier one has taken."""
    random = Random(seed)
    per_tenant = -(-count // len(tenants))
    days = -(-per_tenant // (RESOURCES * SLOTS_A_DAY))
    free = [place for tenant in tenants for place in _places(tenant, days, first_day)]
    random.shuffle(free)
    chosen: list[tuple[str, str, datetime]] = []
    for _ in range(count):
        chosen.append(random.choice(chosen) if chosen and random.random() < CONFLICTS else free.pop())
    return [Booking(f"{prefix}{number}", *place) for number, place in enumerate(chosen)]


def _places(tenant: str, days: int, first_day: int) -> Iterator[tuple[str, str, datetime]]:
    for day in range(first_day, first_day + days):
        for resource in range(RESOURCES):
            for slot in range(SLOTS_A_DAY):
                yield tenant, f"r{resource}", DAY + timedelta(days=day, minutes=30 * slot)


def supply() -> list[tuple[str, dict[str, Any]]]:
    """The commands that set one tenant up, after its `DefineTenant`."""
    week = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "08:00", "end": "16:00"}]
    commands: list[tuple[str, dict[str, Any]]] = [
        ("DefineLocation", {"id": "main", "name": "Main Street", "tz": "UTC", "primary": True}),
        ("DefineService", {"id": "visit", "name": "Visit", "duration_minutes": 30}),
    ]
    for number in range(RESOURCES):
        commands.append(("DefineResource", {"id": f"r{number}", "kind": "staff", "name": f"Doctor {number}"}))
        commands.append(("SetSchedule", {"resource_id": f"r{number}", "weekly": week}))
    for number in range(200):
        person = {"id": f"cus_{number}", "name": f"Person {number}", "email": f"person{number}@example.com"}
        commands.append(("RegisterCustomer", person))
    return commands
