"""`python -m availability.rebuild`: makes the read model anew, in a process of its own so that questions go on.

Progress and the report are written to standard output, one JSON object a line; exit 1 with an error as the last line.
"""

import asyncio
import gc
import sys
from typing import Any

import msgspec

from availability.store import DiaryModel
from eventlog.postgres import PostgresLog
from kit.settings import Settings, settings
from projections.checkpoints import open_pool
from projections.generations import Busy, NothingBefore, Progress, Report, rebuild

PATIENCE_SECONDS = 3600


def _say(line: dict[str, Any]) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.flush()


def _tell(progress: Progress) -> None:
    _say(progress._asdict())


async def run(config: Settings, *, dry_run: bool, back: bool) -> Report:
    """Connects, rebuilds, disconnects."""
    log = await PostgresLog.open(config.databases, writer=False)
    try:
        pool = await open_pool(config.database, "availability", size=4, seconds=PATIENCE_SECONDS)
        try:
            return await rebuild(DiaryModel(), pool, log, _tell, dry_run=dry_run, back=back)
        finally:
            await pool.close()
    finally:
        await log.close()


def main(arguments: list[str]) -> int:
    # All that is folded is kept until it is written: to look for garbage in it would take a third of the time.
    gc.disable()
    try:
        report = asyncio.run(run(settings(), dry_run="--dry-run" in arguments, back="--back" in arguments))
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
