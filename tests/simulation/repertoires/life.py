"""Life: what happens to an appointment once it is there."""

from collections.abc import Callable
from random import Random
from typing import Any

from simulation.scene import Act, Scene, Wish, maybe

OPEN = ("scheduled", "confirmed")


def _to(type: str, *statuses: str, **members: Any) -> Callable[[Random, Scene], Wish | None]:
    """The command, mostly about one that it may lead on."""

    def make(random: Random, scene: Scene) -> Wish | None:
        id = scene.appointment_id(random, *statuses)
        reason = maybe(random, 0.2, reason="so it was") if "reason" in members else {}
        actor = maybe(random, 0.2, actor={"type": "customer", "id": "joe"})
        version = maybe(random, 0.1, expected_version=_version(random, scene, id))
        return (type, {"appointment_id": id} | reason | actor | version) if id else None

    return make


def _version(random: Random, scene: Scene, id: str | None) -> int:
    """Mostly the right one."""
    seen = scene.tenant.appointments.get(id or "")
    return (seen.version if seen else 1) + random.choice([0, 0, 0, 1])


def _change_details(random: Random, scene: Scene) -> Wish | None:
    id = scene.appointment_id(random, *OPEN)
    members = maybe(random, 0.6, notes="please ring") | maybe(random, 0.3, custom_fields={"floor": 3})
    return ("ChangeDetails", {"appointment_id": id} | members) if id else None


def _correct(random: Random, scene: Scene) -> Wish | None:
    id = scene.appointment_id(random, "completed", "no_show")
    outcome = {"outcome": random.choice(["completed", "no_show"]), "reason": "noted wrongly"}
    return ("CorrectOutcome", {"appointment_id": id} | outcome) if id else None


REPERTOIRE = [
    Act(6, _to("AcceptRequest", "requested")),
    Act(2, _to("DeclineRequest", "requested", reason=True)),
    Act(5, _to("ConfirmAppointment", "scheduled", "requested")),
    Act(3, _to("CheckIn", *OPEN)),
    Act(2, _to("StartAppointment", "checked_in", "confirmed")),
    Act(2, _to("CompleteAppointment", "in_progress", "checked_in", reason=True)),
    Act(1, _to("MarkNoShow", *OPEN, reason=True)),
    Act(9, _to("CancelAppointment", *OPEN, "requested", "held", reason=True)),
    Act(2, _change_details),
    Act(2, _to("UndoConfirmation", "confirmed", reason=True)),
    Act(2, _to("ReinstateAppointment", "cancelled", reason=True)),
    Act(1, _to("TombstoneAppointment", *OPEN, "requested", "cancelled", reason=True)),
    Act(1, _correct),
]
