"""How often things are crashed, and how a test tells of it for the sum at the end of the run."""

from collections.abc import AsyncIterator, Callable

import pytest

from crash.whole import Told
from eventlog.proof import Counts
from homes import a_site
from local.stack import Stack
from stack import Postgres


@pytest.fixture(scope="session")
def crashes(request: pytest.FixtureRequest) -> int:
    """Of each service."""
    count: int = request.config.getoption("--crashes")
    return count


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Told:
    """Tells the sum at the end what was crashed how often, after all of it was found whole again."""

    def tell(what: str, count: int, counts: Counts, slowest: float = 0) -> None:
        record_property("crashed", [what, count, slowest])
        assert counts.pairs > 0, "something was held against something"

    return tell


@pytest.fixture(scope="module")
async def busy_site(kafka: str, postgres: Postgres) -> AsyncIterator[Stack]:
    """A stack of this module's own on the tests' servers; its services are killed and paused, the servers are not."""
    async with a_site(kafka, postgres) as prepared:
        yield prepared
