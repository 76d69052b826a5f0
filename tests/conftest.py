"""What any test may ask for: a real Kafka, a real PostgreSQL, and topics of its own."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

from homes import a_site
from local.stack import Stack
from stack import Postgres, drop_topics, kafka_for_tests, postgres_for_tests


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """The bootstrap address of a running Kafka."""
    with kafka_for_tests() as bootstrap:
        yield bootstrap


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL that makes fresh databases."""
    with postgres_for_tests() as server:
        yield server
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
