"""Presumption: nearly every command is new, so it is decided as new, and the log contradicts where it is not.

What would tell otherwise (its answer in the inbox, a stream under the id that the caller chose) is read only in doubt:
after a take-over, after a contradiction, and for a command that was heard of lately. An append that the log contradicts
writes nothing, and its poll is read again and decided in doubt (docs/adr/0020-presumed-new.md).
"""

from collections.abc import Collection

from eventlog.log import InboxKey

DOUBTED = 2_000
"""Commands decided in doubt before they are presumed new again: a re-read poll, and whoever repeats more than one."""
REMEMBERED = 25_000
"""Ids heard of lately, so many at least: a sender that repeats itself mostly does so soon."""


class Presumption:
    """Whether commands are presumed new. It begins in doubt."""

    def __init__(self) -> None:
        self._doubted = DOUBTED
        self._lately: set[InboxKey] = set()
        self._before: set[InboxKey] = set()
        """Two halves, the older one dropped as a whole when the newer one is full."""

    @property
    def in_doubt(self) -> bool:
        return self._doubted > 0

    def doubt(self) -> None:
        """For the next commands nothing is presumed."""
        self._doubted = DOUBTED

    def new(self, key: InboxKey) -> bool:
        """Whether the command is presumed to have no answer yet."""
        return self._doubted == 0 and not self._remembers(key)

    def heard(self, keys: Collection[InboxKey], repeated: Collection[InboxKey]) -> None:
        """Commands that were decided, and those among them that the inbox had an answer to."""
        self._doubted = max(0, self._doubted - len(keys) + len(repeated))
        if not all(map(self._remembers, repeated)):
            self.doubt()
        self._lately.update(keys)
        if len(self._lately) >= REMEMBERED:
            self._before, self._lately = self._lately, set()

    def _remembers(self, key: InboxKey) -> bool:
        return key in self._lately or key in self._before
