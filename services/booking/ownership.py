"""Ownership: which partitions this process may write, and what it does when the log says otherwise (design §3.4).

A partition is ours from a successful take-over until a compare fails; Kafka's assignment alone means nothing. Who is
refused reads the owner: a later start of the same instance ends this process, another instance sends it back to the
group.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from booking.desk import Standing
from contracts.routing import Topics
from eventlog.log import Head, Log, Owner, PartAppend
from kit.clock import Clock
from kit.logging import log as lines
from streams.outlet import Cursor, Outlet
from streams.tail import Tail


class Superseded(Exception):
    """The same instance was started again: this process is the older one and must end."""


class AheadOfLog(Exception):
    """Kafka holds events that the log does not: a backup was restored and must be told so first."""


@dataclass(slots=True)
class Owned:
    """A partition that is ours. `offset` and `cursor.published` say what Kafka has acknowledged so far.

    `position` and `decided_at` are what the log holds for certain, `standing` what it will hold once the append under
    way has passed: the next poll is decided on that.
    """

    part: int
    epoch: int
    era: int
    position: int
    decided_at: datetime
    offset: int
    stored_offset: int
    cursor: Cursor
    standing: Standing = field(init=False)

    def __post_init__(self) -> None:
        self.standing = Standing(self.era, self.position, self.decided_at)

    def expects(self, append: PartAppend) -> None:
        """This append is under way."""
        self.standing = Standing(self.era, append.position + len(append.rows), append.decided_at)

    def passed(self, append: PartAppend) -> None:
        """The log holds this append now."""
        self.position += len(append.rows)
        self.decided_at = append.decided_at
        self.stored_offset = append.offset

    def closing(self) -> PartAppend:
        """An append of nothing but how far Kafka has acknowledged."""
        return PartAppend(
            part=self.part,
            epoch=self.epoch,
            position=self.position,
            decided_at=self.decided_at,
            offset=self.offset,
            published=self.cursor.published,
        )


class Ownership:
    """What is ours, and why what is not is not (`refused`)."""

    def __init__(self, log: Log, owner: Owner, clock: Clock) -> None:
        self._log = log
        self.owner = owner
        self._clock = clock
        self.owned: dict[int, Owned] = {}
        self.refused: dict[int, str] = {}

    async def take(self, parts: Iterable[int]) -> Mapping[int, Head]:
        """The heads of those parts that are placed, ours from now on; whoever wrote before is fenced."""
        wanted = set(parts)
        await self.check(wanted)
        heads = await self._log.take_over(sorted(wanted), self.owner, self._clock())
        for part in sorted(wanted):
            self.refused.pop(part, None)
            if part not in heads:
                self.refused[part] = f"no database holds an open head of partition {part}: slotkeeper partitions place"
        return heads

    def begin(
        self, heads: Mapping[int, Head], tails: Mapping[int, Tail], log: Log, outlet: Outlet, topics: Topics
    ) -> None:
        """Starts on the parts taken, each from where its events on Kafka end."""
        for part, head in heads.items():
            try:
                published = _published(head, tails.get(part))
            except AheadOfLog as refusal:
                self.refused[part] = str(refusal)
                lines.error("partition refused", part=part, why=str(refusal))
                continue
            cursor = Cursor(log, outlet, topics, part, published)
            self.owned[part] = Owned(
                part, head.epoch, head.era, head.position, head.decided_at, head.offset, head.offset, cursor
            )

    async def check(self, parts: Iterable[int]) -> bool:
        """Raises `Superseded`; else whether another instance owns any of the parts now."""
        heads = await self._log.heads()
        others = False
        for part in parts:
            holder = _owner(heads[part].owner) if part in heads else None
            if holder is None:
                continue
            if holder.instance == self.owner.instance and holder.start > self.owner.start:
                raise Superseded(f"{holder} owns partition {part}; this is {self.owner}")
            others |= holder.instance != self.owner.instance
        return others

    def let_go(self, parts: Iterable[int]) -> None:
        for part in parts:
            self.owned.pop(part, None)


def _published(head: Head, tail: Tail | None) -> int:
    """The position that the topic ends with. A tail of an older era ends where the new one began."""
    if tail is None or tail.era < head.era:
        return head.published
    if tail.era > head.era or tail.pos > head.position:
        raise AheadOfLog(
            f"the events topic holds {tail.era}:{head.part}.{tail.pos}, the log ends at {head.era}:{head.part}."
            f"{head.position}: a backup was restored; run slotkeeper restore"
        )
    return tail.pos


def _owner(text: str | None) -> Owner | None:
    instance, _, start = (text or "").rpartition("#")
    return Owner(instance, int(start)) if start.isdigit() else None
