"""A shop on a stack: one tenant with Ann, who cuts hair all week, set up and booked through the command line."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from contracts.routing import part_of
from terminal import Terminal

DAY = "2031-03-03"
ALL_WEEK = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "08:00", "end": "20:00"}]
SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("DefineLocation", {"id": "main", "name": "Main Street", "tz": "UTC", "primary": True}),
    ("DefineService", {"id": "cut", "name": "Haircut", "duration_minutes": 30, "slot_step_minutes": 30}),
    ("DefineResource", {"id": "ann", "kind": "staff", "name": "Ann Lee"}),
    ("SetSchedule", {"resource_id": "ann", "weekly": ALL_WEEK}),
]


@dataclass(frozen=True, slots=True)
class Shop:
    """`key` is an API key of its own."""

    slotkeeper: Terminal
    tenant: str
    key: str
    folder: Path

    @property
    def part(self) -> int:
        return part_of(self.tenant)

    def send(self, commands: Iterable[tuple[str, str, dict[str, Any]]]) -> Any:
        """Commands as (id, type, data); the summary."""
        return self.slotkeeper.send(self.folder / f"{secrets.token_hex(4)}.ndjson", self.tenant, commands)

    def book(self, *times: str, day: str = DAY) -> Any:
        """A booking at each of the times, its id made of them."""
        return self.send((f"{day}T{time}", "BookAppointment", booking(time, day)) for time in times)

    def events(self, *types: str) -> list[dict[str, Any]]:
        """The tenant's records, as `tail` tells them."""
        words = ["tail", "--no-follow", "--from", "beginning", "--tenant", self.tenant, "--json"]
        found = self.slotkeeper(*words, *(["--types", ",".join(types)] if types else []))
        return [orjson.loads(line) for line in found.lines]


def booking(time: str, day: str = DAY) -> dict[str, Any]:
    customer = {"email": "joe@example.com", "name": "Joe Doe"}
    return {"service_id": "cut", "start": f"{day}T{time}:00Z", "resources": ["ann"], "customer": customer}


def open_shop(slotkeeper: Terminal, folder: Path, tenant: str | None = None) -> Shop:
    """A new tenant with a key, and its supply."""
    made = slotkeeper("tenants", "create", tenant or f"shop-{secrets.token_hex(4)}", "--key", "--json").json
    shop = Shop(slotkeeper, made["id"], made["key"], folder)
    sent = shop.send((f"open-{n}", type, data) for n, (type, data) in enumerate(SUPPLY))
    assert sent["results"] == {"accepted": len(SUPPLY)}
    return shop


def tenant_in(part: int) -> str:
    """A new tenant's name that lives in that partition."""
    return next(name for name in iter(lambda: f"shop-{secrets.token_hex(4)}", "") if part_of(name) == part)
