"""The promises, each checked by its own module, by independent and naive means.

A check hears of every append before anybody else (`appended`), of every record that is published (`published`), and is
asked again when all is quiet (`settled`). It raises `Broken`. What a check needs of the past it keeps itself.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from eventlog.log import InboxRow, PartAppend, Row
from simulation.bus import Published
from simulation.seen import Event, Tenant

if TYPE_CHECKING:
    from simulation.world import World


class Broken(Exception):
    """A promise was broken: which, and how."""

    def __init__(self, promise: str, text: str) -> None:
        super().__init__(promise, text)
        self.promise, self.text = promise, text

    def __str__(self) -> str:
        return f"{self.promise}: {self.text}"


class Told(NamedTuple):
    """A row of the log, with its JSON and what its tenant was like before it."""

    row: Row
    event: Event
    tenant: Tenant


class Promise:
    """One promise's check; each part of it does nothing unless there is something to check."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.checks = 0

    def appended(self, change: PartAppend) -> None:
        """An append is there, as a whole. Its rows are not read yet."""

    def decided(self, part: int, answer: InboxRow, outcome: dict[str, Any]) -> None:
        """A command was answered; the tenants are as they were when it was, before what it wrote."""

    def row(self, part: int, told: Told) -> None:
        """The next row of a partition; its tenant is as it was before."""

    def read(self, change: PartAppend) -> None:
        """An append was read to its end."""

    def published(self, what: Published) -> None:
        """A record arrived on a topic."""

    def settled(self) -> None:
        """All that was sent is answered and published, and nothing is under way."""
