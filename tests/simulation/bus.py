"""The bus: Kafka's topics as lists, and the group that shares the commands' partitions out.

Membership is static as with the real one: a twin of a member reads beside it until it is told otherwise by the log.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any, NamedTuple

from contracts.envelope import header
from contracts.routing import Topics
from simulation.knobs import PARTITIONS
from simulation.wires import WiredInlet
from streams.message import Message, Parcel
from streams.tail import Tail

TOPICS = Topics("sim")


class Published(NamedTuple):
    topic: str
    part: int
    parcel: Parcel


class Bus:
    """`heard` is everything that was ever published but commands, in the order in which it arrived."""

    def __init__(self, loop: asyncio.AbstractEventLoop, random: Random) -> None:
        self._loop, self._random = loop, random
        self._commands: defaultdict[int, list[Message]] = defaultdict(list)
        self._ends: dict[int, Tail] = {}
        self._news: list[asyncio.Future[None]] = []
        self._members: dict[str, list[WiredInlet]] = {}
        self._shares: dict[str, frozenset[int]] = {}
        self.heard: list[Published] = []

    # --- topics -----------------------------------------------------------------------------------------------

    def append(self, topic: str, part: int, parcels: Iterable[Parcel]) -> None:
        for parcel in parcels:
            if topic == TOPICS.commands:
                self.send(part, parcel)
            else:
                self.heard.append(Published(topic, part, parcel))
                if topic == TOPICS.events:
                    self._ends[part] = _tail(parcel)

    def send(self, part: int, parcel: Parcel) -> Message:
        messages = self._commands[part]
        messages.append(Message(part, len(messages), *parcel))
        waiting, self._news = self._news, []
        for one in waiting:
            _tell(one)
        return messages[-1]

    def commands(self, part: int) -> Sequence[Message]:
        return self._commands[part]

    async def news(self, seconds: float) -> None:
        """Until somebody sends a command, at most so long."""
        one = self._loop.create_future()
        self._news.append(one)
        late = self._loop.call_later(seconds, _tell, one)
        try:
            await one
        finally:
            late.cancel()

    async def tails(self, parts: Iterable[int]) -> Mapping[int, Tail]:
        return {part: self._ends[part] for part in parts if part in self._ends}

    # --- the group --------------------------------------------------------------------------------------------

    def join(self, inlet: WiredInlet) -> None:
        """Whoever bears a member's name has its share, beside the other if that one still lives."""
        known = inlet.instance in self._members
        self._members.setdefault(inlet.instance, []).append(inlet)
        if known:
            self._tell(inlet)
        else:
            self.deal()

    def leave(self, inlet: WiredInlet) -> None:
        self.gone(inlet)
        self.deal()

    def gone(self, inlet: WiredInlet) -> None:
        """A member of which nothing is heard any more."""
        left = [one for one in self._members.get(inlet.instance, []) if one is not inlet]
        if left:
            self._members[inlet.instance] = left
        else:
            self._members.pop(inlet.instance, None)

    def deal(self) -> None:
        """Shares the partitions out anew; each hears of it in its own time."""
        names = sorted(self._members)
        if not names:
            return
        shares: dict[str, set[int]] = {name: set() for name in names}
        for part in range(PARTITIONS):
            shares[self._random.choice(names)].add(part)
        self._shares = {name: frozenset(share) for name, share in shares.items()}
        for name in names:
            for inlet in self._members[name]:
                self._tell(inlet)

    def share(self, instance: str) -> frozenset[int]:
        return self._shares.get(instance, frozenset())

    def _tell(self, inlet: WiredInlet) -> None:
        self._loop.call_later(self._random.random() * 0.05, inlet.hear)


async def simulated_tails(kafka: Any, topic: str, parts: Iterable[int], seconds: float = 20) -> Mapping[int, Tail]:
    """As `streams.tail.tails`; a process' address of Kafka is itself here."""
    wanted = list(parts)
    found: Mapping[int, Tail] = await kafka.ask("read", lambda: kafka.bus.tails(wanted))
    return found


def _tell(one: "asyncio.Future[None]") -> None:
    if not one.done():
        one.set_result(None)


def _tail(parcel: Parcel) -> Tail:
    era, pos = header(parcel.headers, "era"), header(parcel.headers, "pos")
    assert era is not None
    assert pos is not None
    return Tail(int(era), int(pos))
