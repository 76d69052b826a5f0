"""A rebuild's processes: killed at any point they leave the live read model as it is, and nobody behind (P9)."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest

from eventlog.postgres import PostgresLog
from read_model import as_role, random_history, write
from served_availability import until

SECONDS = 30
BUSY = """
select count(*) from pg_stat_activity
where datname = current_database() and application_name = 'slotkeeper'
"""
STUCK = BUSY + " and wait_event_type = 'Lock'"


@dataclass(slots=True)
class Made:
    """A database with a log, and the command that rebuilds the read model over it."""

    dsn: str
    connection: asyncpg.Connection
    events: int

    async def start(self) -> asyncio.subprocess.Process:
        given = {
            "SLOTKEEPER_DATABASES": json.dumps({"main": as_role(self.dsn, "log_reader")}),
            "SLOTKEEPER_DATABASE": as_role(self.dsn, "availability"),
        }
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "availability.rebuild", env=os.environ | given, stdout=pipe, stderr=pipe
        )

    async def rebuilt(self) -> dict[str, Any]:
        """The report of a rebuild that nothing disturbs."""
        said, _ = await asyncio.wait_for((await self.start()).communicate(), SECONDS)
        report: dict[str, Any] = json.loads(said.splitlines()[-1])["report"]
        return report

    async def until(self, question: str, *, more: bool) -> None:
        """Until some connection is so, or none."""
        async with asyncio.timeout(SECONDS):
            while (await self.connection.fetchval(question) > 0) != more:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def held_up(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """A rebuild whose hands all wait for the log, which is free again at the end."""
        locking = await asyncpg.connect(self.dsn)
        try:
            await locking.execute("begin; lock table booking.events in access exclusive mode")
            process = await self.start()
            await self.until(STUCK, more=True)
            yield process
        finally:
            await locking.close()

    async def states(self) -> list[str]:
        rows = await self.connection.fetch("select state from availability.generations order by number")
        return [row["state"] for row in rows]


@pytest.fixture
async def made(postgres: Any) -> AsyncIterator[Made]:
    """Two tenants' histories in two partitions, and a read model that was made once."""
    dsn = await postgres.with_schemas("eventlog", "availability", parts=range(12))
    log = await PostgresLog.open({"main": dsn}, writer=True)
    written = [*await write(log, random_history(1, 150).records)]
    written += await write(log, random_history(2, 90, "bravo").records)
    await log.close()
    connection = await asyncpg.connect(dsn)
    try:
        here = Made(dsn, connection, len(written))
        assert (await here.rebuilt())["switched"]
        yield here
    finally:
        await connection.close()


def hands_of(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, timeout=10)
    return [int(one) for one in found.stdout.split()]


async def assert_whole(made: Made) -> None:
    """The next rebuild finds what the live model holds, and clears what was left."""
    report = await made.rebuilt()
    assert (report["events"], report["drift"], report["switched"]) == (made.events, [], True)
    assert "building" not in await made.states()


async def test_processes_side_by_side_make_what_one_makes(made: Made) -> None:
    await assert_whole(made)
    assert await made.states() == ["standby", "live"]


async def test_a_hand_that_is_killed_fails_the_rebuild_and_leaves_the_live_model(made: Made) -> None:
    async with made.held_up() as process:
        os.kill(hands_of(process.pid)[0], signal.SIGKILL)
        assert await asyncio.wait_for(process.wait(), SECONDS) == 1
    assert await made.states() == ["live", "building"]
    await made.until(BUSY, more=False)
    await assert_whole(made)


async def test_hands_end_when_their_rebuild_is_killed(made: Made) -> None:
    async with made.held_up() as process:
        process.kill()
        await until(lambda: process.returncode is not None)
        assert await made.connection.fetchval(STUCK) > 0, "a hand cannot know before it has something to tell"
    await made.until(BUSY, more=False)
    await assert_whole(made)


async def test_an_event_that_cannot_be_read_fails_the_rebuild_with_its_reason(made: Made) -> None:
    log, state = made.connection, "select state from booking.events where pos = 40 order by part limit 1"
    whole = await log.fetchval(state)
    change = "update booking.events set state = $1 where state = $2"
    await log.execute(change, b"{}", whole)
    process = await made.start()
    _, said = await asyncio.wait_for(process.communicate(), SECONDS)
    assert process.returncode == 1
    assert b"ValidationError" in said
    assert await made.states() == ["live", "building"]
    await log.execute(change, whole, b"{}")
    await assert_whole(made)
