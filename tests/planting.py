"""Planting a bug: a scene that the oracle agrees on, and what makes it disagree."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

import oracle
import shelves
from random_worlds import Scene
from scheduling.slots import offers
from worlds import Layer, Resource, Taken, Wall, Wish, World, instant, minute

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
NINE = minute("2026-03-04T09:00Z")
NOW = instant(NINE - 600)
Patch = pytest.MonkeyPatch


def agrees(scene: Scene) -> bool:
    book = shelves.book(scene.world)
    plan = shelves.planned(book, shelves.ask(scene.wish))
    loaded = shelves.loaded_for(scene.world, plan, scene.first, scene.last)
    found = offers(book, loaded, plan, scene.first, scene.last, scene.wish.now, 10_000)
    starts = range(scene.first, scene.last)
    return [offer.start for offer in found] == [one for one in starts if oracle.accepts(scene.world, scene.wish, one)]


def works(*walls: Wall, tz: str = "UTC", id: str = "ann", **members: Any) -> Resource:
    return Resource(id, tz=tz, layers=(Layer(10, tuple((DAYS, wall) for wall in walls)),), **members)


def scene(
    *resources: Resource, taken: tuple[Taken, ...] = (), first: int = NINE, wish: Wish | None = None, **members: Any
) -> Scene:
    world = World(resources or (works(("09:00", "17:00")),), taken, **{"step": 5, **members})
    return Scene(world, wish or Wish(now=NOW), first, first + 180)


def taken(**members: Any) -> Taken:
    return Taken("appointment/1", "ann", NINE + 60, NINE + 90, **members)


class Planted(NamedTuple):
    bug: Callable[[Patch], None]
    scene: Scene


def is_seen(planted: Planted, patch: Patch) -> bool:
    """Whether the scene that agreed with the oracle no longer does."""
    assert agrees(planted.scene)
    planted.bug(patch)
    return not agrees(planted.scene)
