"""`python -m simulation SEEDS`: plays them, says how far it is, and of a broken promise the shortest history."""

import argparse
import os
import sys
import time
from pathlib import Path

from simulation.play import Played, play
from simulation.seeds import Sum, played, table
from simulation.shrink import history, read, shrunk, written

EVERY_SECONDS = 5.0
WRITTEN = Path(".local")
MOST_BROKEN = 3
"""So many are enough to look at."""


def main() -> int:
    args = _arguments()
    if args.play:
        return _again(args.play)
    if args.digest:
        print(play(_seeds(args.seeds)[0]).digest)
        return 0
    return _many(_seeds(args.seeds), args.jobs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="simulation", description=__doc__)
    parser.add_argument("seeds", nargs="?", default="200", help="so many from 1 on, or FIRST-LAST")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--play", type=Path, help="a history that was written down")
    parser.add_argument("--digest", action="store_true", help="of the first seed's log and topics, and nothing else")
    return parser.parse_args()


def _seeds(text: str) -> range:
    first, dash, last = text.partition("-")
    return range(int(first), int(last) + 1) if dash else range(1, int(first) + 1)


def _again(path: Path) -> int:
    written_down = read(path)
    done = play(written_down.seed, written_down.steps)
    print(history(done))
    return 1 if done.broken else 0


def _many(seeds: range, jobs: int) -> int:
    total, begun, told = Sum(), time.monotonic(), time.monotonic()
    for done in played(seeds, min(jobs, len(seeds))):
        total.add(done)
        if time.monotonic() - told > EVERY_SECONDS:
            told = time.monotonic()
            _tell(total, len(seeds), told - begun)
        if len(total.broken) >= MOST_BROKEN:
            break
    print(table(total))
    print(f"in {time.monotonic() - begun:.0f} s")
    for broken in total.broken:
        _explain(broken)
    return 1 if total.broken else 0


def _tell(total: Sum, of: int, seconds: float) -> None:
    done = f"{total.seeds:,} of {of:,} seeds, {total.commands:,} commands, {len(total.broken)} broken"
    left = seconds / total.seeds * (of - total.seeds)
    print(f"{done}; {left:.0f} s left", file=sys.stderr, flush=True)


def _explain(broken: Played) -> None:
    """The shortest history that was found, and how to have it again."""
    print(f"\nseed {broken.seed} breaks {broken.broken}: shrinking …", flush=True)
    short = shrunk(broken)
    print(history(short))
    print(f"again, whole: make simulate SEEDS={broken.seed}-{broken.seed}")
    print(f"again, short: make simulate PLAY={written(short, WRITTEN)}")


if __name__ == "__main__":
    sys.exit(main())
