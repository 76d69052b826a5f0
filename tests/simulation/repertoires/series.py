"""Series and visits: the same booking again and again, several services back to back, and what becomes of them."""

from random import Random
from typing import Any

from simulation.repertoires.diary import customer
from simulation.scene import Act, Scene, Wish, maybe

RULES = (
    "FREQ=DAILY;COUNT=2",
    "FREQ=DAILY;COUNT=3",
    "FREQ=DAILY;INTERVAL=2;COUNT=2",
    "FREQ=WEEKLY;COUNT=2",
    "FREQ=SOON",
)


def _series(random: Random, scene: Scene) -> Wish:
    body: dict[str, Any] = {"service_id": random.choice(["cut", "cut", "colour"]), "start": scene.start(random)}
    body |= {"rrule": random.choice(RULES), "customer": customer(random, scene)}
    body |= maybe(random, 0.5, on_conflict="skip") | maybe(random, 0.3, resources=scene.resources(random))
    return "BookSeries", body | maybe(random, 0.3, id=f"ser{random.randrange(40)}")


def _visit(random: Random, scene: Scene) -> Wish:
    services = random.choice([["cut", "colour"], ["cut", "cut"], ["colour", "cut", "late"]])
    segments = [{"service_id": one} | maybe(random, 0.2, resources=scene.resources(random)) for one in services]
    return "BookAppointment", {"segments": segments, "start": scene.start(random), "customer": customer(random, scene)}


def _about(random: Random, scene: Scene) -> dict[str, Any] | None:
    """A series, mostly with one of its occurrences."""
    begun = scene.tenant.told("SeriesCreated")
    if not begun:
        return None
    series_id = random.choice(begun[-5:])["stream"].partition("/")[2]
    booked = scene.tenant.told("AppointmentBooked")
    mine = [one["stream"].partition("/")[2] for one in booked if one["data"].get("series_id") == series_id]
    scope = random.choice(["this", "this_and_following", "all"]) if mine else "all"
    named = {"appointment_id": random.choice(mine)} if mine and (scope != "all" or random.random() < 0.5) else {}
    return {"series_id": series_id, "scope": scope} | named


def _cancel(random: Random, scene: Scene) -> Wish | None:
    members = _about(random, scene)
    return ("CancelSeries", members | maybe(random, 0.3, reason="moved away")) if members else None


def _reschedule(random: Random, scene: Scene) -> Wish | None:
    members = _about(random, scene)
    return ("RescheduleSeries", members | {"start": scene.start(random)}) if members else None


REPERTOIRE = [Act(4, _series), Act(3, _visit), Act(1, _cancel), Act(2, _reschedule)]
