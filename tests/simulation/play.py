"""A play: one seed, from the first command to the last answer; or steps written down before, played again."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace

from simulation.author import Author
from simulation.bus import simulated_tails
from simulation.clockwork import SimulatedLoop, Standstill
from simulation.knobs import knobs_of, turned
from simulation.promises import Broken
from simulation.steps import AnyStep
from simulation.world import World


@dataclass
class Played:
    """What came of a play; `broken` is the promise that was, `steps` what led to it."""

    seed: int
    steps: list[AnyStep]
    broken: Broken | None = None
    commands: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    accepted: Counter[str] = field(default_factory=Counter)
    """Commands by type, of those that were."""
    figures: Counter[str] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    digest: str = ""


def play(seed: int, steps: Iterable[AnyStep] | None = None) -> Played:
    """Plays the seed, or just these steps in its world."""
    played = Played(seed, [])
    with _loop() as loop:
        clock = SimpleNamespace(monotonic=loop.time, perf_counter=loop.time)
        worlds: list[World] = []
        with turned(knobs_of(seed), lambda name: worlds[0].staff.point(name), simulated_tails, clock):
            try:
                loop.run_until_complete(_play(worlds, played, steps))
            except Broken as broken:
                played.broken = broken
            except Standstill:
                played.broken = Broken("P9", "everybody waits for something that never comes")
            _sum_up(worlds[0], played)
            _abandon(loop)
    return played


async def _play(worlds: list[World], played: Played, steps: Iterable[AnyStep] | None) -> None:
    world = World(played.seed, knobs_of(played.seed))
    worlds.append(world)
    await world.begin()
    for step in Author(world).steps() if steps is None else steps:
        played.steps.append(step)
        await world.do(step)
    await world.end()


def _sum_up(world: World, played: Played) -> None:
    played.commands, played.digest = world.commands, world.digest()
    played.outcomes, played.accepted = world.outcomes, world.accepted
    counts, heads = world.staff.counts, world.log_now.heads()
    played.figures = Counter(
        events=sum(head.position for head in heads.values()),
        crashes=counts.kills,
        takeovers=sum(head.epoch for head in heads.values()),
        superseded=counts.superseded,
        repeated=sum(len(one) > 1 for one in world.sent.values()),
    )
    played.checks = Counter({type(one).__name__: one.checks for one in world.promises})
    played.figures.update(world.staff.passed)


@contextlib.contextmanager
def _loop() -> Iterator[SimulatedLoop]:
    loop = SimulatedLoop()
    loop.set_exception_handler(lambda *_: None)
    try:
        yield loop
    finally:
        loop.close()


def _abandon(loop: SimulatedLoop) -> None:
    """Whatever is still under way, ended without a word."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    with contextlib.suppress(BaseException):
        loop.run_until_complete(asyncio.wait(left, timeout=1)) if left else None
