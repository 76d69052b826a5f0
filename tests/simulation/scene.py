"""The scene: what whoever makes up a tenant's next command may look at."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, TypeVar

from simulation.seen import Seen, Tenant

Thing = TypeVar("Thing")

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
        step = random.choice([5, 15, 30, 30, 30])
        hour = self.now.replace(minute=0, second=0, microsecond=0)
        return (hour + timedelta(minutes=random.randrange(*ahead) // step * step)).isoformat()

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


def some(random: Random, things: Sequence[Thing], most: int) -> list[Thing]:
    """None of them up to `most`, each once."""
    return random.sample(things, random.randint(0, min(most, len(things))))


def maybe(random: Random, chance: float, **members: Any) -> dict[str, Any]:
    return members if random.random() < chance else {}
