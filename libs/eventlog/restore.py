"""After a backup was restored: erasures apply again, and partitions whose events went further begin a new era.

A tail on Kafka beyond the restored head means that consumers saw events which the log has lost. The new era, with the
position it starts from, tells them to drop those; event ids carry the era, so none is ever used twice.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import asyncpg

from contracts.routing import part_of
from eventlog.placement import list_placements
from eventlog.statements import statements

SQL = statements("eventlog", "restore.sql")


class Raised(NamedTuple):
    """A partition that goes on in a new era, `lost` positions of the old one void."""

    part: int
    era: int
    from_pos: int
    lost: int


class Erasure(NamedTuple):
    """A person whom the list of erasures names."""

    tenant: str
    subject: str

    @property
    def customer_id(self) -> str:
        return self.subject.removeprefix("customer/")


async def restore(
    databases: Mapping[str, str], tails: Mapping[int, tuple[int, int]], erasures: Iterable[Erasure], partitions: int
) -> list[Raised]:
    """Applies `erasures`, then raises the era where the topic is ahead of the log. Harmless when repeated.

    `tails`: era and position of the last event that Kafka holds of each partition.
    """
    home = {place.part: place.database for place in await list_placements(databases) if place.moved_to is None}
    for erasure in erasures:
        part = part_of(erasure.tenant, partitions)
        await _erase(databases[home[part]], part, erasure)
    raised = [await _raise(databases[home[part]], part, *tail) for part, tail in tails.items() if part in home]
    return [one for one in raised if one]


async def _erase(dsn: str, part: int, erasure: Erasure) -> None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        async with connection.transaction():
            await connection.execute(SQL["erase_subject"], part, erasure.tenant, erasure.subject)
            await connection.execute(SQL["erase_look_up"], part, erasure.tenant, erasure.customer_id)
    finally:
        await connection.close()


async def _raise(dsn: str, part: int, era: int, pos: int) -> Raised | None:
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        row = await connection.fetchrow(SQL["raise_era"], part, pos, era)
        return Raised(part, row["era"], row["from_pos"], pos - row["from_pos"]) if row else None
    finally:
        await connection.close()
