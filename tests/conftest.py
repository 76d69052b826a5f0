"""What any test may ask for: a real Kafka, a real PostgreSQL, and topics of its own.

A run may be spread over processes (`-n`). What tests share they share within a file, or within a folder that has one
stack for all of them, so these stay together; everything else is a test's own and disturbs nobody.
"""

import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from homes import a_site
from local.stack import Stack
from stack import Postgres, drop_topics, kafka_for_tests, postgres_for_tests

HERE = Path(__file__).parent
ONE_STACK = "e2e"
"""The folder whose tests share a stack, in the order of their files."""
FIRST = (ONE_STACK, "crash", "integration")
"""What mostly waits goes first, what only computes fills up the time."""
SAMPLE = 3
"""Crashes of each kind in a plain test run."""
CRASHED = "crashed"
"""The property by which a test tells how often it has crashed what."""

crashed: Counter[str] = Counter()
slowest: dict[str, float] = {}
"""Seconds until what was crashed worked again, at worst."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--crashes", type=int, default=SAMPLE, help="how often booking and availability are killed, each")
    parser.addoption("--leave", action="store_true", help="what tests made stays: their servers are thrown away after")


class Together(LoadScopeScheduling):  # type: ignore[misc]
    """Gives a process whole files, and the folder that shares a stack in one piece."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return ONE_STACK if f"/{ONE_STACK}/" in file else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts those that take longest first."""
    folders = {item: item.path.relative_to(HERE).parts[0] for item in items}
    items.sort(key=lambda item: FIRST.index(folders[item]) if folders[item] in FIRST else len(FIRST))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Also of tests that ran in another process."""
    if report.when == "teardown":
        for name, told in report.user_properties:
            if name == CRASHED and isinstance(told, list | tuple):
                what, count, seconds = str(told[0]), int(told[1]), float(told[2])
                crashed[what] += count
                slowest[what] = max(slowest.get(what, 0), seconds)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if crashed:
        sums = ", ".join(f"{count:,} {what}{_at_worst(slowest[what])}" for what, count in crashed.items())
        terminalreporter.write_line(f"crashed and whole again: {sums}")


def _at_worst(seconds: float) -> str:
    return f" (slowest recovery {seconds:.1f} s)" if seconds else ""


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a running Kafka."""
    with kafka_for_tests() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A running PostgreSQL that makes fresh databases."""
    with postgres_for_tests() as server:
        yield server
        if not pytestconfig.getoption("--leave"):
            server.drop_databases()


@pytest.fixture(autouse=True)
def environment_stays() -> Iterator[None]:
    """Commands run inside a test set this process's environment; the next test finds it as it was."""
    before = dict(os.environ)
    yield
    if dict(os.environ) != before:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
async def topic_prefix(kafka: str) -> AsyncIterator[str]:
    """A prefix that no other test's topics have; its topics are taken away again."""
    prefix = f"t{secrets.token_hex(6)}"
    yield prefix
    await drop_topics(kafka, prefix)


@pytest.fixture
async def site(kafka: str, postgres: Postgres) -> AsyncIterator[Stack]:
    """A prepared stack of this test alone, on the tests' servers, whose services it starts itself."""
    async with a_site(kafka, postgres) as prepared:
        yield prepared
