"""`python -m availability.rebuild`: makes the read model anew, in processes of its own so that questions go on.

Progress and the report are written to standard output, one JSON object a line; exit 1 with an error as the last line.
"""

import asyncio
import gc
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec

from availability.store import DiaryModel
from eventlog.postgres import PostgresLog
from kit.settings import Settings, settings
from projections.checkpoints import open_pool
from projections.generations import Busy, NothingBefore, Progress, Report, rebuild
from projections.hands import Hands
from projections.loading import Here
from projections.model import Pool

PATIENCE_SECONDS = 3600
HANDS = 4
"""Processes that load at most, one for each core: what each keeps in memory is bounded, and so must their number be."""


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.flush()


def _tell(progress: Progress) -> None:
    _say(progress._asdict())


@asynccontextmanager
async def opened(config: Settings) -> AsyncIterator[tuple[Pool, PostgresLog]]:
    """The read model's tables and the log."""
    async with AsyncExitStack() as stack:
        log = await PostgresLog.open(config.databases, writer=False)
        stack.push_async_callback(log.close)
        pool = await open_pool(config.database, "availability", size=4, seconds=PATIENCE_SECONDS)
        stack.push_async_callback(pool.close)
        yield pool, log


@asynccontextmanager
async def hand() -> AsyncIterator[Here]:
    """What a process that loads works with."""
    async with opened(settings()) as (pool, log):
        yield Here(DiaryModel(), pool, log)


async def run(config: Settings, hands: Hands, *, dry_run: bool, back: bool) -> Report:
    """Connects, rebuilds, disconnects."""
    async with opened(config) as (pool, log):
        return await rebuild(DiaryModel(), pool, log, _tell, loader=hands, dry_run=dry_run, back=back)


def main(arguments: list[str]) -> int:
    # All that is folded is kept until it is written: to look for garbage in it would take a third of the time.
    gc.disable()
    config = settings()
    try:
        with Hands(min(os.cpu_count() or 1, HANDS), hand) as hands:
            report = asyncio.run(run(config, hands, dry_run="--dry-run" in arguments, back="--back" in arguments))
    except Busy:
        _say({"error": "busy", "detail": "Another rebuild is under way."})
        return 1
    except NothingBefore:
        _say({"error": "nothing_before", "detail": "There is no generation to go back to; rebuild instead."})
        return 1
    _say({"report": msgspec.to_builtins(report)})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
