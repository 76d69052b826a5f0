"""Listing: the starts that a search found, each with those who can take it.

Who is free is read off mask by mask, not start by start: a month of fifty people is 20,000 pairs.
"""

from collections.abc import Callable
from typing import NamedTuple

from scheduling.masks import positions
from scheduling.search import Search


class Offer(NamedTuple):
    """A start that can be booked. Naming any of the candidates is accepted; the first is what booking would choose.

    `remaining` counts how often it can be booked. The lists are shared: they are for reading.
    """

    start: int
    end: int
    candidates: list[list[str]]
    remaining: int


def listed(search: Search, found: int) -> list[Offer]:
    """An offer for each start in the mask."""
    plan = search.plan
    if not plan.named and len(plan.needs) == 1 and plan.needs[0].count == 1:
        return _singles(search, found)
    tables = _Tables(search, found)
    return [tables.offer(position) for position in positions(found)]


def _offer(search: Search, position: int, candidates: list[list[str]], remaining: int) -> Offer:
    start = search.stretch.start + position
    return Offer(start, start + search.plan.duration, candidates, remaining)


def _singles(search: Search, found: int) -> list[Offer]:
    """One resource of one kind is needed: whoever is free and has the start on its grid."""
    table: dict[int, list[list[str]]] = {position: [] for position in positions(found)}
    for one in search.plan.needs[0].pool:
        alone = [one]
        for position in positions(found & search.free(one) & search.grid(one)):
            table[position].append(alone)
    return [_offer(search, position, candidates, len(candidates)) for position, candidates in table.items()]


class _Tables:
    """Who is free, and who has it on the grid, at each start, for every need of the plan."""

    def __init__(self, search: Search, found: int) -> None:
        self.search, self.plan, self.found = search, search.plan, found
        self.free = [self._who(need.pool, search.free) for need in search.plan.needs]
        self.anchored = set(positions(found & search.named_grid()))
        pool = search.primary_pool()
        self.anchors = self._who(pool, lambda one: search.free(one) & search.grid(one))

    def _who(self, pool: tuple[str, ...], mask_of: Callable[[str], int]) -> dict[int, list[str]]:
        table: dict[int, list[str]] = {position: [] for position in positions(self.found)}
        for one in pool:
            for position in positions(self.found & mask_of(one)):
                table[position].append(one)
        return table

    def offer(self, position: int) -> Offer:
        free = [table[position] for table in self.free]
        anchored = position in self.anchored
        anchors = self.anchors[position]
        sets = list(self.search.sets(free, lambda one: anchored or one in anchors))
        return _offer(self.search, position, sets, self._remaining(free, None if anchored else len(anchors)))

    def _remaining(self, free: list[list[str]], anchors: int | None) -> int:
        """The scarcest need decides; where nothing is to be chosen it can be booked once."""
        counts = [len(able) // need.count for able, need in zip(free, self.plan.needs, strict=True)]
        if anchors is not None:
            counts.append(anchors)
        return min(counts, default=1)
