"""Where each sender last changed something: so that a key sees its own writes though its requests name no position.

Filled from the outcomes that every gateway reads, whichever gateway or topic a command came through. Of a sender not
heard of here the position at which this gateway began stands for all that was written before. What an older era of
the log told is forgotten: after a restore its positions may never be reached.
"""

from collections import OrderedDict
from typing import NamedTuple

CAPACITY = 10_000
"""Senders remembered; of others there is nothing to wait for any more."""


class _Written(NamedTuple):
    era: int
    pos: int


class OwnWrites:
    """Positions by sender and partition."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._heads: dict[int, int] = {}
        self._eras: dict[int, int] = {}
        self._last: OrderedDict[tuple[str, int], _Written] = OrderedDict()

    def head(self, part: int, pos: int) -> None:
        """Where the log stands: the first that is known counts, unless a restore took the log back behind it."""
        self._heads[part] = min(pos, self._heads.get(part, pos))

    def heard(self, source: str, part: int, era: int, pos: int) -> None:
        """An outcome of this sender's came by; a repeated one tells an older position."""
        key, written = (source, part), _Written(era, pos)
        self._eras[part] = max(era, self._eras.get(part, era))
        self._last[key] = max(written, self._last.get(key, written))
        self._last.move_to_end(key)
        while len(self._last) > self._capacity:
            self._last.popitem(last=False)

    def position(self, source: str, part: int) -> str | None:
        """What a read has to see; None where nothing is known."""
        last = self._last.get((source, part))
        pos = last.pos if last and last.era == self._eras[part] else self._heads.get(part)
        return None if pos is None else f"{part}.{pos}"
