"""The events topic as the webhook service reads it: like every consumer, through a checkpoint set with what is written.

What it writes are deliveries, not a read model: nothing of it is made twice, so there is one generation for ever.
"""

from collections.abc import Mapping, Sequence

from contracts.record import Record
from eventlog.log import LogReader
from kit.clock import Clock
from projections.model import Connection
from webhook.listeners import Listener, Placed
from webhook.making import SQL, Wanted, listening, make
from webhook.streams import Streams

NAME = "webhook"


class Deliveries:
    """What the projector writes to."""

    name = NAME
    tables: Sequence[str] = ()

    def __init__(self, log: LogReader, clock: Clock) -> None:
        self._log, self._clock = log, clock

    def fold(self, part: int) -> "Incoming":
        return Incoming(self._log, self._clock)

    async def rewind(self, connection: Connection, generation: int, part: int, pos: int) -> None:
        """What was sent stays sent; what was not, of a history that never was, is cancelled."""
        await connection.execute(SQL["rewind"], part, pos, self._clock())
        for statement in ("rewind_endpoints", "rewind_replays"):
            await connection.execute(SQL[statement], part, pos)


class Incoming:
    """Events of one partition on their way to deliveries."""

    def __init__(self, log: LogReader, clock: Clock) -> None:
        self._streams, self._clock = Streams(log), clock
        self._records: list[Record] = []

    async def load(self, connection: Connection, generation: int, records: Sequence[Record]) -> None:
        """Nothing has to be known before: states are read where an endpoint hears."""
        self._records = []

    def add(self, record: Record) -> None:
        self._records.append(record)

    async def write(self, connection: Connection, generation: int) -> None:
        tenants = {record.tenant for record in self._records}
        while hearing := await listening(connection, tenants):
            heard = await self._streams.placed([record for record in self._records if record.tenant in hearing])
            if await make(connection, _wanted(hearing, heard), self._clock()):
                return


def _wanted(hearing: Mapping[str, Sequence[Listener]], heard: Sequence[Placed]) -> list[Wanted]:
    return [
        (one, placed)
        for placed in heard
        for one in hearing[placed.event.tenant]
        if placed.pos > one.from_pos and one.hears(placed.event)
    ]
