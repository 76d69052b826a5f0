"""Connections to the databases of the log, told to read by index only and to leave no session state behind."""

import asyncpg

Pool = asyncpg.Pool

SETTINGS = {
    "application_name": "slotkeeper",
    "timezone": "UTC",
    # Every statement here is an index range, however large a table and however old its statistics are.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
    "statement_timeout": "30s",
}


async def _leave(connection: object) -> None:
    """No statement here changes its session, so giving a connection back needs no round trip."""


async def open_pool(dsn: str, *, writer: bool) -> Pool:
    """Connections of a writer, or ones on which nothing can be written."""
    read_only = {} if writer else {"default_transaction_read_only": "on"}
    return await asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=4,
        timeout=10,
        command_timeout=30,
        reset=_leave,
        server_settings=SETTINGS | read_only,
    )
