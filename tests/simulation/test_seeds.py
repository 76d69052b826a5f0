"""Two hundred seeds of the simulation: every promise is kept, and what could break it was really tried."""

import pytest

from contracts.commands import COMMANDS
from kit.fault import POINTS
from simulation.seeds import Sum, played, table
from simulation.shrink import history, shrunk

SEEDS = range(1, 201)


@pytest.fixture(scope="module")
def total() -> Sum:
    whole = Sum()
    for done in played(SEEDS):
        whole.add(done)
        if whole.broken:
            break
    return whole


def test_every_promise_is_kept(total: Sum) -> None:
    assert not total.broken, history(shrunk(total.broken[0]))
    assert total.seeds == len(SEEDS)


def test_every_promise_was_looked_at_often(total: Sum) -> None:
    assert min(total.checks.values()) > 1_000, table(total)
    assert set(total.checks) == {"Free", "Once", "Dense", "Offered", "Folded", "Answered", "Time"}


def test_processes_died_at_every_fault_point_and_were_taken_over_from(total: Sum) -> None:
    assert {point for point in POINTS if total.figures[point]} == set(POINTS)
    assert total.figures["superseded"]
    assert total.figures["takeovers"] > total.figures["crashes"] > len(SEEDS)


def test_every_command_that_clients_know_was_accepted_and_many_were_refused(total: Sum) -> None:
    unheard = COMMANDS.keys() - total.accepted.keys()
    assert not unheard, "these need acts in tests/simulation/repertoires"
    assert total.outcomes["slot_unavailable"] > len(SEEDS)
