"""Listing: the starts that a search found, each with those who can take it.

A month of fifty people is 20,000 pairs, so who is free at a start is read off bytes, never by shifting a mask.
"""

from collections.abc import Callable
from typing import NamedTuple

from scheduling.masks import DAY_BYTES, positions
from scheduling.search import Search


class Offer(NamedTuple):
    """A start that can be booked. Naming any of the candidates is accepted; the first is what booking would choose.

    `remaining` counts how often it can be booked. The lists are shared: they are for reading.
    """

    start: int
    end: int
    candidates: list[list[str]]
    remaining: int
    session_id: str | None = None
    """Of a class: which session's start it is. Then `remaining` counts its seats."""


Row = tuple[str, list[str], bytes]
"""A resource, the same as a list, and its minutes."""


def listed(search: Search, found: int) -> list[Offer]:
    """An offer for each start in the mask."""
    plan = search.plan
    if not plan.named and len(plan.needs) == 1 and plan.needs[0].count == 1:
        return _singles(search, found)
    listing = _Listing(search)
    return [listing.offer(position) for position in positions(found)]


def _singles(search: Search, found: int) -> list[Offer]:
    """One resource of one kind is needed: whoever is free and has the start on its grid."""
    rows = _rows(search, search.primary_pool(), lambda one: search.free(one) & search.grid(one))
    origin, duration, offers = search.stretch.start, search.plan.duration, []
    for position in positions(found):
        byte, bit = position >> 3, 1 << (position & 7)
        candidates = [alone for _, alone, minutes in rows if minutes[byte] & bit]
        start = origin + position
        offers.append(Offer(start, start + duration, candidates, len(candidates)))
    return offers


class _Listing:
    """Who is free for each need, and who of the primary kind has the start on the grid."""

    def __init__(self, search: Search) -> None:
        self.search, self.plan = search, search.plan
        self.free = [_rows(search, need.pool, search.free) for need in search.plan.needs]
        self.on_grid = _rows(search, search.primary_pool(), lambda one: search.free(one) & search.grid(one))
        self.named = _rows(search, search.plan.anchors, search.grid)

    def offer(self, position: int) -> Offer:
        free = [_at(rows, position) for rows in self.free]
        anchored, anchors = bool(_at(self.named, position)), frozenset(_at(self.on_grid, position))
        sets = list(self.search.sets(free, lambda one: anchored or one in anchors))
        start = self.search.stretch.start + position
        remaining = self._remaining(free, None if anchored else len(anchors))
        return Offer(start, start + self.plan.duration, sets, remaining)

    def _remaining(self, free: list[list[str]], anchors: int | None) -> int:
        """The scarcest need decides; where nothing is to be chosen it can be booked once."""
        counts = [len(able) // need.count for able, need in zip(free, self.plan.needs, strict=True)]
        if anchors is not None:
            counts.append(anchors)
        return min(counts, default=1)


def _rows(search: Search, pool: tuple[str, ...], mask_of: Callable[[str], int]) -> list[Row]:
    """The masks as bytes; a resource that has no minute at all is left out."""
    length = search.stretch.days * DAY_BYTES
    masks = ((one, mask_of(one)) for one in pool)
    return [(one, [one], mask.to_bytes(length, "little")) for one, mask in masks if mask]


def _at(rows: list[Row], position: int) -> list[str]:
    byte, bit = position >> 3, 1 << (position & 7)
    return [one for one, _, minutes in rows if minutes[byte] & bit]
