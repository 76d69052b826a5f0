"""A clinic that never closes, in New York, in the week in which the clocks go forward there; and what it is asked.

From Monday, 2 March to Sunday, 8 March 2026. What is `said` for the tenant is the first event after the supply.
"""

from typing import Any

import shelves
from contracts.errors import Blocker, Rejection
from scheduling.slots import Choice, Plan, blockers, choose
from worlds import Layer, Resource, Taken, Wish, World, instant, minute

TZ = "America/New_York"
ALL_DAY = (Layer(10, ((("mon", "tue", "wed", "thu", "fri", "sat", "sun"), ("00:00", "24:00")),)),)
ANN, BOB = Resource("ann", tz=TZ, layers=ALL_DAY), Resource("bob", tz=TZ, layers=ALL_DAY)
MONDAY_NOON = minute("2026-03-02T17:00Z")
DAY = 1440


def on(day: str, clock: str = "12:00") -> int:
    """A time on the wall of that week, `mon` to `sun`, `next mon` and `next tue`; none on the short Sunday at 02:00."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "next mon", "next tue")
    hours, minutes = map(int, clock.split(":"))
    number = minute("2026-03-02T05:00Z") + days.index(day) * DAY + hours * 60 + minutes
    return number if number < minute("2026-03-08T07:00Z") else number - 60


def booked(who: str, start: int, length: int = 30, **members: Any) -> Taken:
    return Taken(f"appointment/{who}-{start}", who, start, start + length, **members)


def world(*taken: Taken, resources: tuple[Resource, ...] = (ANN,), **said: Any) -> World:
    """What is `said` for the tenant: the first policies after each resource's two events are its own."""
    return World(resources, taken, tz=TZ, step=1, rules=(("tenant", tuple(said.items())),))


def planned(asked: World, *, override: bool = False, **wish: Any) -> tuple[Any, Plan]:
    book = shelves.book(asked)
    return book, shelves.planned(book, shelves.ask(Wish(**wish), override=override))


def decide(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> Choice | Rejection:
    book, plan = planned(asked, **wish)
    diary = shelves.loaded_for(asked, plan, start, start + 1)
    choice = choose(book, diary, plan, start, instant(now))
    assert bool(blockers(book, diary, plan, start, instant(now))) is isinstance(choice, Rejection)
    return choice


def refused(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> Rejection:
    refusal = decide(asked, start, now, **wish)
    assert isinstance(refusal, Rejection), refusal
    return refusal


def allows(asked: World, start: int, now: float = MONDAY_NOON, **wish: Any) -> bool:
    return isinstance(decide(asked, start, now, **wish), Choice)


def only(refusal: Rejection) -> Blocker:
    assert len(refusal.blockers) == 1, refusal.blockers
    return refusal.blockers[0]
