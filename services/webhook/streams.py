"""The state of streams around an event, which bodies are made of: remembered while fresh, else folded from the log.

What is remembered is used only for the very next version, so a stream that another process or an earlier run went on
with, or that was rewound, is simply read again.
"""

from collections.abc import Sequence

from contracts.public_events import Seen, bodies, folded
from contracts.public_types import public_types
from contracts.record import Record, decode
from eventlog.log import LogReader
from webhook.listeners import Placed

CAPACITY = 20_000
"""Streams remembered."""

Stream = tuple[str, str]
"""Tenant and name."""


class Streams:
    """A bounded memory of states, with the version at which each is."""

    def __init__(self, log: LogReader, capacity: int = CAPACITY) -> None:
        self._log, self._capacity = log, capacity
        self._kept: dict[Stream, tuple[int, Seen | None]] = {}

    async def placed(self, records: Sequence[Record]) -> list[Placed]:
        """The public events of these records of one partition, in order."""
        told = [record for record in records if public_types(record.type)]
        await self._recall(told)
        found: list[Placed] = []
        for record in told:
            before, after = self._step(record)
            events = enumerate(bodies(record, before, after))
            found += [Placed(record.pos, n, record.part, event) for n, event in events]
        self._forget()
        return found

    def _step(self, record: Record) -> tuple[Seen | None, Seen | None]:
        """The state before and after, which is the newest now."""
        _, before = self._kept.pop(_stream(record), (0, None))
        after = folded(before, record)
        self._kept[_stream(record)] = record.version, after
        return before, after

    async def _recall(self, records: Sequence[Record]) -> None:
        """Of each stream the state before its first record here, all in one round trip."""
        first: dict[Stream, Record] = {}
        for record in records:
            first.setdefault(_stream(record), record)
        unknown = {key: one for key, one in first.items() if self._kept.get(key, (0, None))[0] != one.version - 1}
        for key in unknown:
            self._kept.pop(key, None)
        begun = {key: one for key, one in unknown.items() if one.version > 1}
        if not begun:
            return
        for key, rows in (await self._log.streams(records[0].part, begun)).items():
            state: Seen | None = None
            for row in rows:
                if row.version < begun[key].version:
                    state = folded(state, decode(row.state))
            self._kept[key] = begun[key].version - 1, state

    def _forget(self) -> None:
        while len(self._kept) > self._capacity:
            del self._kept[next(iter(self._kept))]


def _stream(record: Record) -> Stream:
    return record.tenant, record.stream
