"""What any test may ask for: a real Kafka, a real PostgreSQL, and topics of its own."""

import secrets
from collections.abc import Iterator

import pytest

from stack import Postgres, kafka_for_tests, postgres_for_tests


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


@pytest.fixture
def topic_prefix() -> str:
    """A prefix that no other test's topics have."""
    return f"t{secrets.token_hex(6)}"
