"""The scene: what whoever makes up a tenant's next command may look at."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from simulation.seen import Seen, Tenant

Wish = tuple[str, dict[str, Any]]
"""A command's type, and the members of its body."""


class Act(NamedTuple):
    """Something that clients do, the more often the greater its weight; None when there is nothing to do it to."""

    weight: int
    make: Callable[[Random, "Scene"], Wish | None]


class Scene(NamedTuple):
    """`fresh` are ids under which something was booked lately, decided or not."""

    tenant: Tenant
    now: datetime
    fresh: Sequence[str]

    def start(self, random: Random) -> str:
        """Mostly within the crowded hours to come, and on every grid."""
        ahead = random.choices([(30, 180), (24 * 60, 26 * 60), (-120, 3 * 24 * 60)], [16, 3, 1])[0]
        step, hour = random.choice([5, 15, 30, 30, 30]), self.now.replace(minute=0, second=0, microsecond=0)
        minute = self.now.minute + random.randrange(*ahead)
        return (hour + timedelta(minutes=minute // step * step)).isoformat()

    def resources(self, random: Random) -> list[str]:
        """One or two of those there are, now and then somebody unknown."""
        known = self.tenant.ids("ResourceDefined")
        return random.sample(known, random.randint(1, 2)) if len(known) > 1 and random.random() < 0.95 else ["nobody"]

    def appointment(self, random: Random, *statuses: str) -> Seen | None:
        """One of those, the newest rather; without statuses any."""
        able = [one for one in self.tenant.appointments.values() if not statuses or one.status in statuses]
        return random.choice(able[-8:] if random.random() < 0.7 else able) if able else None

    def appointment_id(self, random: Random, *statuses: str) -> str | None:
        """Now and then of one that nobody has heard of yet, or of one in a wrong status."""
        chance = random.random()
        if self.fresh and chance < 0.08:
            return random.choice(self.fresh[-3:])
        seen = self.appointment(random, *(statuses if chance < 0.9 else ()))
        return seen.id if seen else None


def maybe(random: Random, chance: float, **members: Any) -> dict[str, Any]:
    return members if random.random() < chance else {}
