"""The clinic of the demonstration: its tenant and supply over HTTP, as an upstream system would set it up."""

from typing import Any

from cli.demo.diary import MINUTES, ROOMS, STAFF, ZONE

WORKDAYS = ["mon", "tue", "wed", "thu", "fri"]
HOURS = [{"days": WORKDAYS, "start": "08:00", "end": "18:00"}]


def supply() -> list[tuple[str, dict[str, Any]]]:
    """(path, body) of every `PUT` that defines the clinic, in order."""
    puts: list[tuple[str, dict[str, Any]]] = [
        ("/v1/policies", {"scope": {}, "notify": {"customer": False, "staff": False}}),
        ("/v1/locations/main", {"name": "Riverside Clinic", "tz": ZONE, "primary": True, "hold_seconds": 300}),
        ("/v1/locations/desk", {"name": "Walk-in desk", "tz": ZONE, "hold_seconds": 2}),
        ("/v1/services/walk-in", service("walk-in", 15, [{"kind": "staff", "count": 1}])),
    ]
    puts += [(f"/v1/services/{name}", service(name, minutes, needs(name))) for name, minutes in MINUTES.items()]
    puts += [(f"/v1/resources/{id}", {"kind": "room", "name": name, "tz": ZONE}) for id, name in ROOMS.items()]
    for id, name in STAFF.items():
        puts.append((f"/v1/resources/{id}", {"kind": "staff", "name": name, "tz": ZONE, "email": f"{id}@example.com"}))
        puts.append((f"/v1/resources/{id}/schedule", {"weekly": HOURS}))
    return puts


def needs(service_name: str) -> list[dict[str, Any]]:
    """A treatment needs a room as well."""
    staff = [{"kind": "staff", "count": 1}]
    return [*staff, {"kind": "room", "count": 1}] if service_name == "treatment" else staff


def service(name: str, minutes: int, requires: list[dict[str, Any]]) -> dict[str, Any]:
    price = {"amount_minor": minutes * 300, "currency": "USD"}
    return {
        "name": name.capitalize(),
        "duration_minutes": minutes,
        "slot_step_minutes": 15,
        "price": price,
        "requires": requires,
    }
