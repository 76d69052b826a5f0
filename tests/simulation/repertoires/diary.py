"""The diary: holds and bookings, and moving what is booked."""

from random import Random
from typing import Any

from simulation.scene import Act, Scene, Wish, maybe

SERVICES = ("cut", "cut", "cut", "colour", "ask", "ask", "late", "duo", "room")
OWNERS = ("basket-1", "basket-2")
PEOPLE = ("joe", "mia", "zoe", "kim")


def wanted(random: Random, scene: Scene) -> dict[str, Any]:
    members: dict[str, Any] = {"service_id": random.choice(SERVICES), "start": scene.start(random)}
    members |= maybe(random, 0.35, resources=scene.resources(random))
    members |= maybe(random, 0.05, option_id="long")
    members |= maybe(random, 0.08, duration_minutes=random.choice([10, 25, 90]))
    members |= maybe(random, 0.06, addons=["late"])
    return members | maybe(random, 0.05, location_id=random.choice(["main", "side", "nowhere"]))


def customer(random: Random, scene: Scene) -> dict[str, Any]:
    """By id, by address, or by name alone."""
    known, name = scene.tenant.ids("CustomerRegistered"), random.choice(PEOPLE)
    if known and random.random() < 0.3:
        return {"id": random.choice(known)}
    reached = maybe(random, 0.7, email=f"{name}@example.com") | maybe(random, 0.1, phone="+15550100")
    return {"name": name.title()} | reached


def _hold(random: Random, scene: Scene) -> Wish:
    owner = {"owner": random.choice(OWNERS)}
    body = wanted(random, scene) | owner | maybe(random, 0.2, customer=customer(random, scene))
    return "HoldSlot", body | maybe(random, 0.1, kind="admin")


def _book(random: Random, scene: Scene) -> Wish:
    body = wanted(random, scene) | {"customer": customer(random, scene)}
    body |= maybe(random, 0.5, id=f"own-{random.randrange(400)}") | maybe(random, 0.1, notes="by the window")
    body |= maybe(random, 0.1, custom_fields={"shoe": 42}, source="online")
    return "BookAppointment", body | maybe(random, 0.03, override=True, reason="a friend")


def _extend(random: Random, scene: Scene) -> Wish | None:
    return _of_hold(random, scene, "ExtendHold", maybe(random, 0.3, seconds=random.choice([10, 300, 4_000])))


def _release(random: Random, scene: Scene) -> Wish | None:
    return _of_hold(random, scene, "ReleaseHold", maybe(random, 0.2, reason="changed my mind"))


def _confirm(random: Random, scene: Scene) -> Wish | None:
    return _of_hold(random, scene, "ConfirmHold", maybe(random, 0.85, customer=customer(random, scene)))


def _of_hold(random: Random, scene: Scene, type: str, members: dict[str, Any]) -> Wish | None:
    seen = scene.appointment(random, *(("held",) if random.random() < 0.9 else ()))
    if seen is None:
        return None
    owner = seen.owner if seen.owner and random.random() < 0.85 else random.choice(OWNERS)
    return type, {"hold_id": seen.id, "owner": owner} | members


def _reschedule(random: Random, scene: Scene) -> Wish | None:
    members = {"start": scene.start(random)} | maybe(random, 0.2, resources=scene.resources(random))
    return _of(random, scene, "RescheduleAppointment", members | maybe(random, 0.1, duration_minutes=45))


def _reassign(random: Random, scene: Scene) -> Wish | None:
    return _of(random, scene, "ReassignAppointment", maybe(random, 0.5, resources=scene.resources(random)))


def _revise(random: Random, scene: Scene) -> Wish | None:
    members = maybe(random, 0.4, start=scene.start(random)) | maybe(random, 0.2, resources=scene.resources(random))
    members |= maybe(random, 0.4, status=random.choice(["scheduled", "confirmed", "completed", "cancelled"]))
    return _of(random, scene, "ReviseAppointment", members | maybe(random, 0.3, notes="revised"))


def _of(random: Random, scene: Scene, type: str, members: dict[str, Any]) -> Wish | None:
    id = scene.appointment_id(random, "scheduled", "confirmed", "requested")
    return (type, {"appointment_id": id} | members) if id else None


REPERTOIRE = [
    Act(16, _hold), Act(26, _book), Act(5, _extend), Act(4, _release), Act(10, _confirm), Act(10, _reschedule),
    Act(4, _reassign), Act(4, _revise),
]  # fmt: skip
