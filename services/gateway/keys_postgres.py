"""API keys in PostgreSQL. Connects when first asked, so the gateway starts and says so while its database is away."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from eventlog.statements import statements
from gateway.keys import ApiKey
from gateway.refusals import unavailable

SQL = statements("gateway", "keys.sql")
GONE = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class PostgresKeys:
    """Implements `KeyStore`. While the database does not answer, every question is refused as `unavailable`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._pool: asyncpg.Pool[Any] | None = None
        self._opening = asyncio.Lock()

    async def find(self, key_id: str) -> ApiKey | None:
        rows = await self._fetch("find", key_id)
        return rows[0] if rows else None

    async def add(self, key: ApiKey) -> None:
        await self._fetch("add", key.id, key.tenant, key.name, sorted(key.scopes), key.hash, key.created_at)

    async def revoke(self, key_id: str, at: datetime) -> ApiKey | None:
        rows = await self._fetch("revoke", key_id, at)
        return rows[0] if rows else None

    async def every(self, tenant: str | None) -> Sequence[ApiKey]:
        return await self._fetch("every", tenant)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    async def _fetch(self, statement: str, *arguments: object) -> list[ApiKey]:
        try:
            pool = await self._connected()
            return [_key(row) for row in await pool.fetch(SQL[statement], *arguments)]
        except GONE as gone:
            raise unavailable("The keys cannot be read now.") from gone

    async def _connected(self) -> "asyncpg.Pool[Any]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(self._dsn, min_size=1, max_size=4, timeout=5, command_timeout=5)
            return self._pool


def _key(row: asyncpg.Record) -> ApiKey:
    id, tenant, name, scopes, hash, created_at, revoked_at = row
    return ApiKey(id, tenant, name, frozenset(scopes), hash, created_at, revoked_at)
