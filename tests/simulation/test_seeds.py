"""Two hundred seeds of the simulation: every promise is kept, and what could break it was really tried."""

import pytest

from contracts.commands import COMMANDS
from kit.fault import POINTS
from simulation.seeds import Sum, played, table
from simulation.shrink import history, shrunk

SEEDS, CHUNK = 200, 20


@pytest.fixture(scope="module")
def total() -> Sum:
    """Of the seeds played so far."""
    return Sum()


def play_until(last: int, total: Sum) -> None:
    """Those that were not played yet; the first that breaks a promise is told as shortly as it can be."""
    for done in played(range(total.seeds + 1, last + 1)):
        total.add(done)
        assert done.broken is None, history(shrunk(done))


@pytest.mark.parametrize("last", range(CHUNK, SEEDS + 1, CHUNK))
def test_every_promise_is_kept(last: int, total: Sum) -> None:
    play_until(last, total)


def test_every_promise_was_looked_at_often(total: Sum) -> None:
    play_until(SEEDS, total)
    assert min(total.checks.values()) > 1_000, table(total)
    assert set(total.checks) == {"Free", "Once", "Dense", "Offered", "Folded", "Answered", "Time"}


def test_processes_died_at_every_fault_point_and_were_taken_over_from(total: Sum) -> None:
    play_until(SEEDS, total)
    assert {point for point in POINTS if total.figures[point]} == set(POINTS)
    assert total.figures["superseded"]
    assert total.figures["takeovers"] > total.figures["crashes"] > SEEDS


def test_every_command_that_clients_know_was_accepted_and_many_were_refused(total: Sum) -> None:
    play_until(SEEDS, total)
    unheard = COMMANDS.keys() - total.accepted.keys()
    assert not unheard, "these need acts in tests/simulation/repertoires"
    assert total.outcomes["slot_unavailable"] > SEEDS
