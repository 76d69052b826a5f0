"""The waitlist: people who wait, slots kept for them, and who claims one, in time or not."""

from datetime import timedelta
from random import Random

from simulation.repertoires.diary import customer
from simulation.scene import Act, Scene, Wish, maybe
from simulation.seen import Waiting

SERVICES = ("cut", "cut", "ask", "room")
WINDOWS = (15, 60, 200)


def opening(random: Random, tenant: str) -> list[Wish]:
    people = [{"name": name, "email": f"{name}@example.com"} for name in ("joe", "mia", "zoe", "kim")]
    return [("JoinWaitlist", {"id": f"first-{one['name']}", "service_id": "cut", "customer": one}) for one in people]


def _join(random: Random, scene: Scene) -> Wish:
    wants = maybe(random, 0.2, to=scene.start(random)) | maybe(random, 0.1, resources=["ann"])
    body = {"service_id": random.choice(SERVICES), "customer": customer(random, scene)} | maybe(
        random, 0.3, wants=wants
    )
    booked = scene.appointment(random, "scheduled", "confirmed")
    body |= maybe(random, 0.1, earlier_than=booked.id if booked else "nothing")
    return "JoinWaitlist", body | maybe(random, 0.4, id=f"wait{random.randrange(60)}")


def _some(random: Random, scene: Scene, service_id: str) -> list[str]:
    """A few who wait for the service."""
    able = [one.id for one in scene.tenant.waiting.values() if (one.service_id, one.status) == (service_id, "waiting")]
    return random.sample(able, min(len(able), random.choice([1, 2, 2, 3])))


def _entry(random: Random, scene: Scene, *statuses: str) -> Waiting | None:
    able = [one for one in scene.tenant.waiting.values() if one.status in statuses or random.random() < 0.1]
    return random.choice(able) if able else None


def _offer(random: Random, scene: Scene) -> Wish | None:
    service_id = random.choice(SERVICES)
    asked = _some(random, scene, service_id)
    if not asked:
        return None
    mode = {"mode": random.choice(["all", "one_by_one"]), "hold_seconds": random.choice(WINDOWS)}
    hour = scene.now.replace(minute=0, second=0, microsecond=0)
    start = (hour + timedelta(minutes=30 * random.randrange(4, 16))).isoformat()
    return "OfferSlot", {"service_id": service_id, "start": start, "waitlist_ids": asked} | mode


def _cancel(random: Random, scene: Scene) -> Wish | None:
    """Somebody's slot goes to those who wait for it."""
    seen = scene.appointment(random, "scheduled", "confirmed")
    asked = _some(random, scene, seen.slot["service"]["id"]) if seen else []
    return ("CancelAppointment", {"appointment_id": seen.id, "waitlist_ids": asked}) if seen and asked else None


def _offered(random: Random, scene: Scene) -> tuple[str, str] | None:
    """A slot kept for those who wait, and one of them, whose turn it may be or not."""
    holds = [one for one in scene.tenant.appointments.values() if one.offered_to]
    if not holds:
        return None
    alive = [one for one in holds if not one.dead(scene.now)]
    hold = random.choice(alive if alive and random.random() < 0.8 else holds[-2:])
    turn = [one for one in hold.offered_to if scene.tenant.waiting[one].hold_id == hold.id]
    return hold.id, random.choice(turn if turn and random.random() < 0.7 else hold.offered_to)


def _claim(random: Random, scene: Scene) -> Wish | None:
    found = _offered(random, scene)
    return ("ClaimOffer", {"hold_id": found[0], "waitlist_id": found[1]}) if found else None


def _withdraw(random: Random, scene: Scene) -> Wish | None:
    found = _offered(random, scene)
    one = maybe(random, 0.6, waitlist_id=found[1] if found else "")
    return ("WithdrawOffer", {"hold_id": found[0]} | one) if found else None


def _confirm(random: Random, scene: Scene) -> Wish | None:
    """Whoever sent the offer tries to book what is kept for others."""
    found = _offered(random, scene)
    seen = scene.tenant.appointments[found[0]] if found else None
    body = {"owner": seen.owner or "web", "customer": {"name": "Eve"}} if seen else {}
    return ("ConfirmHold", {"hold_id": seen.id} | body) if seen else None


def _leave(random: Random, scene: Scene) -> Wish | None:
    seen = _entry(random, scene, "waiting", "offered")
    return ("LeaveWaitlist", {"waitlist_id": seen.id}) if seen else None


def _book(random: Random, scene: Scene) -> Wish | None:
    """Booked on the telephone, who waited for it."""
    seen = _entry(random, scene, "waiting", "offered")
    if seen is None:
        return None
    slot = {"service_id": seen.service_id, "start": scene.start(random)}
    return "BookAppointment", slot | {"customer": customer(random, scene), "waitlist_id": seen.id}


REPERTOIRE = [
    Act(8, _join), Act(7, _offer), Act(2, _cancel), Act(8, _claim), Act(2, _withdraw), Act(1, _confirm),
    Act(2, _leave), Act(2, _book),
]  # fmt: skip
