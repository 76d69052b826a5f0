"""P6, as far as it is booking's: every command is answered, and no offset is stored before its answer is published.

What was accepted of a tenant is told for the first time in the order in which it was written. Events are published at
least once and in order: that is what P3's check sees.
"""

from collections import Counter
from typing import Any

from contracts.envelope import header
from eventlog.log import InboxKey, PartAppend
from simulation.bus import TOPICS, Published
from simulation.promises import Broken, Promise
from simulation.promises.p2_once import key_of
from streams.message import Message


class Answered(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._answered: Counter[InboxKey] = Counter()
        self._dead: set[tuple[int, int]] = set()
        self._told: Counter[str] = Counter()
        self._stored: Counter[int] = Counter()
        self._sure: Counter[int] = Counter()
        """So many messages of each partition are known to be answered."""

    def published(self, what: Published) -> None:
        if what.topic == TOPICS.outcomes:
            key = key_of(what)
            if not self._answered[key]:
                self._in_order(what, key)
            self._answered[key] += 1
        elif what.topic == TOPICS.dead:
            at = (int(header(what.parcel.headers, f"dead_{name}") or -1) for name in ("partition", "offset"))
            self._dead.add((next(at), next(at)))

    def _in_order(self, what: Published, key: InboxKey) -> None:
        """A dry run is decided anew whenever it is read again, so its place is another each time."""
        body = what.parcel.value or b""
        if b'"result":"accepted"' not in body or b'"dry_run":true' in body:
            return
        pos, before = int(header(what.parcel.headers, "pos") or 0), self._told[key.tenant]
        if pos < before:
            raise Broken("P6", f"{key.command_id} is answered at {what.part}.{pos}, after {what.part}.{before}")
        self._told[key.tenant] = pos

    def appended(self, change: PartAppend) -> None:
        before = self._stored[change.part]
        if change.offset < before:
            raise Broken("P6", f"the offset of {change.part} goes back from {before} to {change.offset}")
        self._stored[change.part] = change.offset
        self._are_answered(change.part, change.offset)

    def settled(self) -> None:
        for part in self.world.parts:
            self._are_answered(part, len(self.world.bus.commands(part)))

    def _are_answered(self, part: int, upto: int) -> None:
        for message in self.world.bus.commands(part)[self._sure[part] : upto]:
            self._is_answered(message)
            self._sure[part] += 1

    def _is_answered(self, message: Message) -> None:
        """By an outcome, or where nobody could be told by a dead letter; what belongs elsewhere was sent there."""
        self.checks += 1
        home, key = self.world.home(message), self.world.key(message)
        if home != message.part:
            if not any(one.value == message.value for one in self.world.bus.commands(home)):
                raise Broken("P6", f"what lay at {message.part}@{message.offset} was not brought to {home}")
        elif key is None:
            if (message.part, message.offset) not in self._dead:
                raise Broken("P6", f"what lay at {message.part}@{message.offset} is in no dead letter")
        elif not self._answered[key]:
            raise Broken("P6", f"{key.command_id} of {key.source} at {message.part}@{message.offset} has no outcome")
