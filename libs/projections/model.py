"""What a read model is to the projector and to rebuilds: a name, its tables, and a fold of each partition.

Another read model is another value of these protocols; projector, generations and freshness do not change.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import asyncpg

from contracts.record import Record
from eventlog.log import LogReader

Connection = asyncpg.Connection | asyncpg.pool.PoolConnectionProxy
Pool = asyncpg.Pool


class Mark(NamedTuple):
    """Where a partition of the live generation stands, as committed."""

    generation: int
    era: int
    pos: int
    decided_at: datetime


class PartWriter(Protocol):
    """One partition's events on their way into tables: it holds what is not written yet."""

    async def load(self, connection: Connection, generation: int, records: Sequence[Record]) -> None:
        """Makes known what these records continue."""
        ...

    def add(self, record: Record) -> None:
        """Folds the next record in; pure."""
        ...

    async def write(self, connection: Connection, generation: int) -> None:
        """Writes what was added since the last time, inside the caller's transaction."""
        ...


class PartFold(PartWriter, Protocol):
    """A writer that can also make a generation anew, in bulk."""

    async def recall(self, log: LogReader, records: Sequence[Record]) -> None:
        """Makes known what these records continue from the log alone; forgets what would be too much to keep."""
        ...

    async def copy(self, connection: Connection, generation: int, *, last: bool) -> None:
        """The same in bulk into a generation's bare tables; what may soon change waits, at most for the `last` call."""
        ...


class Projection(Protocol):
    """What a projector writes into: tables that events lead to, and of which each event is told once."""

    @property
    def name(self) -> str: ...

    @property
    def tables(self) -> Sequence[str]:
        """The partitioned parents of its tables."""
        ...

    def fold(self, part: int) -> PartWriter:
        """One that knows nothing yet."""
        ...

    async def rewind(self, connection: Connection, generation: int, part: int, pos: int) -> None:
        """Makes the partition's rows as they were at `pos`: what came later is void."""
        ...


class ReadModel(Projection, Protocol):
    """A projection that can be made anew from the log: in a new generation, compared by hash, then switched to."""

    def fold(self, part: int) -> PartFold: ...

    async def settle(self, connection: Connection, generation: int) -> None:
        """Once loaded tables have their keys: what was written before it changed is changed."""
        ...

    async def hashes(self, connection: Connection, generation: int, upto: Mapping[int, int]) -> Mapping[str, str]:
        """A hash per thing of the model (a resource's day …) as of a position of each partition."""
        ...
