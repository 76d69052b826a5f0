"""Which tenants there are: read from the log's databases, for operators."""

from collections.abc import Mapping
from typing import Any

import asyncpg

from contracts.events import TenantDefined
from contracts.record import decode
from eventlog.log import LogReader
from eventlog.statements import statements

SQL = statements("eventlog", "tenants.sql")


async def list_tenants(databases: Mapping[str, str], log: LogReader) -> list[dict[str, Any]]:
    """Id and name of every tenant, by id; of a partition that moved, where it is now."""
    placed: dict[str, int] = {}
    for dsn in databases.values():
        connection = await asyncpg.connect(dsn, timeout=10)
        try:
            placed.update({tenant: part for part, tenant in await connection.fetch(SQL["all_tenants"])})
        finally:
            await connection.close()
    return [await _tenant(log, placed[tenant], tenant) for tenant in sorted(placed)]


async def _tenant(log: LogReader, part: int, tenant: str) -> dict[str, Any]:
    """As its last definition says."""
    events = [decode(page.state).event for page in await log.stream(part, tenant, f"tenant/{tenant}")]
    names = [event.name for event in events if isinstance(event, TenantDefined)]
    return {"id": tenant, "name": names[-1] if names else None, "partition": part}
