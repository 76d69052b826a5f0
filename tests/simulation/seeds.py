"""Many seeds, one after the other or on several processors, and what all of them came to."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from kit.fault import POINTS
from simulation.play import Played, play

CHUNK = 4
SHOWN = ("events", "crashes", "takeovers", "superseded", "repeated")


@dataclass
class Sum:
    """Of all plays so far; `broken` are those in which a promise was."""

    seeds: int = 0
    commands: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    broken: list[Played] = field(default_factory=list)

    def add(self, played: Played) -> None:
        self.seeds += 1
        self.commands += played.commands
        self.outcomes += played.outcomes
        self.accepted += played.accepted
        self.figures += played.figures
        self.checks += played.checks
        if played.broken is not None:
            self.broken.append(played)


def played(seeds: Iterable[int], jobs: int = 1) -> Iterator[Played]:
    """Each seed's play, as it is done."""
    if jobs == 1:
        yield from map(_played, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_played, seeds, chunksize=CHUNK)


def _played(seed: int) -> Played:
    done = play(seed)
    if done.broken is None:
        done.steps.clear()
    return done


def table(total: Sum) -> str:
    """What was done and checked, for people."""
    accepted, refused = total.outcomes["accepted"], total.outcomes.total() - total.outcomes["accepted"]
    rows = [
        ("seeds", total.seeds), ("commands sent", total.commands), ("accepted", accepted), ("refused", refused),
        *((f"  {code}", count) for code, count in total.outcomes.most_common() if code != "accepted"),
        *((name, total.figures[name]) for name in SHOWN),
        *((f"  died or failed {point.replace('_', ' ')}", total.figures[point]) for point in POINTS),
        ("checks", total.checks.total()),
        *((f"  {name}", count) for name, count in sorted(total.checks.items())),
        ("broken promises", len(total.broken)),
    ]  # fmt: skip
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {count:>12,}" for name, count in rows)
