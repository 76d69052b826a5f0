"""Classes: sessions with a few seats, taken, moved and given back while their number changes."""

from datetime import timedelta
from random import Random
from typing import Any

from simulation.clockwork import BEGIN
from simulation.repertoires.diary import customer
from simulation.scene import Act, Scene, Wish, maybe
from simulation.seen import SeenSession

SCENE = 10
CLASS = "yoga"
STAFF = ("ann", "bob", "cleo")


def opening(random: Random, tenant: str) -> list[Wish]:
    asks = {"acceptance": "manual", "accept_within_minutes": 5, "pending_blocks": random.random() < 0.7}
    price = {"price": {"amount_minor": 1_500, "currency": "USD"}}
    service = {"id": CLASS, "name": "Yoga", "duration_minutes": 30, "capacity": random.choice([2, 4])} | price
    service |= asks if random.random() < 0.25 else {}
    sessions = [_session(random, f"early{number}", hours) for number, hours in enumerate([1, 2, 26])]
    return [("DefineService", service), *sessions]


def _session(random: Random, id: str, hours: int) -> Wish:
    start = BEGIN + timedelta(hours=hours, minutes=random.choice([0, 0, 7]))
    return "ScheduleSession", {"id": id, "service_id": CLASS, "start": start.isoformat()}


def _schedule(random: Random, scene: Scene) -> Wish:
    body: dict[str, Any] = {"service_id": random.choice([CLASS, CLASS, "cut"]), "start": scene.start(random)}
    body["capacity"] = random.choice([1, 2, 3])
    body |= maybe(random, 0.5, resources=[random.choice(STAFF)]) | maybe(random, 0.2, duration_minutes=50)
    body |= maybe(random, 0.5, id=f"ses{random.randrange(40)}")
    return "ScheduleSession", body | maybe(random, 0.1, override=True, reason="it must be")


def _one(random: Random, scene: Scene) -> SeenSession | None:
    able = [one for one in scene.tenant.sessions.values() if one.status == "scheduled" or random.random() < 0.1]
    return random.choice(able) if able else None


def _seats(random: Random, seen: SeenSession) -> dict[str, Any]:
    members = {"service_id": seen.slot["service"]["id"], "start": seen.slot["start"]}
    return members | maybe(random, 0.5, seats=random.choice([1, 2, 3])) | maybe(random, 0.6, session_id=seen.id)


def _hold(random: Random, scene: Scene) -> Wish | None:
    seen = _one(random, scene)
    return ("HoldSlot", _seats(random, seen) | {"owner": random.choice(["basket-1", "basket-2"])}) if seen else None


def _book(random: Random, scene: Scene) -> Wish | None:
    seen = _one(random, scene)
    if seen is None:
        return None
    body = _seats(random, seen) | {"customer": customer(random, scene)} | maybe(random, 0.4, id=_own(random))
    return "BookAppointment", body | maybe(random, 0.08, override=True, reason="a friend")


def _own(random: Random) -> str:
    return f"own-{random.randrange(400)}"


def _move(random: Random, scene: Scene) -> Wish | None:
    """Somebody who has seats to another session, or anybody."""
    seen = _one(random, scene)
    seated = [one for one in scene.tenant.appointments.values() if one.session_id]
    if seen is None or not seated:
        return None
    body = {"appointment_id": random.choice(seated).id, "start": seen.slot["start"]}
    return "RescheduleAppointment", body | maybe(random, 0.6, session_id=seen.id)


def _resize(random: Random, scene: Scene) -> Wish | None:
    seen = _one(random, scene)
    return ("ChangeCapacity", {"session_id": seen.id, "capacity": random.choice([0, 1, 2, 4])}) if seen else None


def _cancel(random: Random, scene: Scene) -> Wish | None:
    seen = _one(random, scene)
    version = maybe(random, 0.1, expected_version=seen.version if seen else 1)
    return ("CancelSession", {"session_id": seen.id} | version) if seen else None


REPERTOIRE = [Act(3, _schedule), Act(4, _hold), Act(7, _book), Act(2, _move), Act(2, _resize), Act(1, _cancel)]
