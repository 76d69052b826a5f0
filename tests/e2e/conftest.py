"""One stack for all of these tests, started as a person starts it, and used by nobody else."""

from collections.abc import Iterator

import pytest

from homes import a_home
from local import kafka
from local.home import Home
from local.progress import Quiet
from local.stack import Stack
from terminal import Terminal


@pytest.fixture(scope="session")
def slotkeeper() -> Iterator[Terminal]:
    """`slotkeeper …` of a stack that runs: Kafka, PostgreSQL and all services, on ports that were free."""
    with a_home() as home:
        _lend_jars(home)
        terminal = Terminal(Stack(home, say=Quiet()), {})
        terminal("up")
        yield terminal
        terminal("down")


def _lend_jars(home: Home) -> None:
    """Kafka's jars are fetched once for a checkout."""
    home.kafka.joinpath("jars").symlink_to(kafka.jars(Quiet()))
