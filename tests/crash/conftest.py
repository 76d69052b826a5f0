"""How often things are crashed, and the sum at the end of the run: so many crashes, with so much going on."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from crash.whole import Told
from eventlog.proof import Counts
from homes import a_site
from local.stack import Stack
from stack import Postgres

SAMPLE = 3
"""Crashes of each kind in a plain test run."""

made: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--crashes", type=int, default=SAMPLE, help="how often booking and availability are killed, each")


@pytest.fixture(scope="session")
def crashes(request: pytest.FixtureRequest) -> int:
    """Of each service. The option is only known where this folder was named to pytest."""
    count: int = request.config.getoption("--crashes", default=SAMPLE)
    return count


@pytest.fixture(scope="session")
def told() -> Told:
    """Tells the sum at the end what was crashed how often, after all of it was found whole again."""

    def tell(what: str, count: int, counts: Counts) -> None:
        made[what] += count
        assert counts.pairs > 0, "something was held against something"

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if made:
        terminalreporter.write_line(
            "crashed and whole again: " + ", ".join(f"{n:,} {what}" for what, n in made.items())
        )


@pytest.fixture(scope="module")
async def busy_site(kafka: str, postgres: Postgres) -> AsyncIterator[Stack]:
    """A stack of this module's own on the tests' servers; its services are killed and paused, the servers are not."""
    async with a_site(kafka, postgres) as prepared:
        yield prepared
