"""Shrinking: the shortest part of a play that can be found in a while and still breaks the same promise."""

import time
from pathlib import Path

import msgspec

from simulation.play import Played, play
from simulation.steps import Play, told

SECONDS = 60.0


def shrunk(played: Played, seconds: float = SECONDS) -> Played:
    """Drops ever smaller parts, as long as the promise stays broken."""
    until, best = time.monotonic() + seconds, played
    size = max(1, len(best.steps) // 2)
    while time.monotonic() < until:
        before = len(best.steps)
        best = _without(best, size, until)
        if size == 1 and len(best.steps) == before:
            break
        size = max(1, size // 2)
    return best


def _without(best: Played, size: int, until: float) -> Played:
    """Each part of that size dropped that is not needed, the last ones first: they are the commonest."""
    start = len(best.steps) - size
    while start > -size and time.monotonic() < until:
        first = max(0, start)
        tried = play(best.seed, best.steps[:first] + best.steps[first + size :])
        if tried.broken is not None and best.broken is not None and tried.broken.promise == best.broken.promise:
            best = tried
        start = min(start, len(best.steps)) - size
    return best


def written(played: Played, folder: Path) -> Path:
    """The play as a file that can be played again."""
    path = folder / f"simulation-{played.seed}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(Play(played.seed, played.steps)))
    return path


def read(path: Path) -> Play:
    return msgspec.json.decode(path.read_bytes(), type=Play)


def history(played: Played) -> str:
    """What happened, a line a step, and what came of it."""
    lines = [told(step) + (f"  ({step.wait} s)" if step.wait else "") for step in played.steps]
    return "\n".join([f"seed {played.seed}, {len(lines)} steps:", *lines, f"BROKEN {played.broken}"])
