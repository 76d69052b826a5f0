"""`make bench`: every figure beside its baseline of the same run, as a table and in `.local/bench.json`."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import uvloop
from rich.console import Console

from bench import commands, history, notices, reading, webhooks
from bench.rig import Rig, begin, log, rig
from bench.table import Figure, show, write
from local.home import CHECKOUT

MEASUREMENTS: dict[str, Callable[[Rig], Awaitable[list[Figure]]]] = {
    "commands": commands.throughput,
    "latency": commands.latency,
    "webhooks": webhooks.measure,
    "reminders": notices.measure,
    "reading": reading.measure,
    "history": history.measure,
}


async def main(chosen: list[str]) -> list[Figure]:
    """The measurements by name, or all; in this order, since later ones use the diary of the earlier."""
    figures: list[Figure] = []
    async with rig(log) as ready:
        await begin(ready)
        for name, measure in MEASUREMENTS.items():
            if not chosen or name in chosen:
                log(f"[{name}]")
                figures += await measure(ready)
    return figures


if __name__ == "__main__":
    found = uvloop.run(main(sys.argv[1:]))
    show(found, Console())
    write(found, CHECKOUT / ".local" / "bench.json")
    Console().print(
        "Written to .local/bench.json. Next: `make bench` on a quiet machine, or one part: tests/bench/run.py commands"
    )
