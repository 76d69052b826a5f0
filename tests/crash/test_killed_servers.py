"""P9: Kafka and PostgreSQL restarted and killed under load. The services recover by themselves; nothing is lost."""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from crash.load import PATIENCE, loading
from crash.whole import Told, assert_whole
from homes import a_home, quickly_compiled
from local.progress import Quiet
from local.stack import Stack
from stack_clinic import until

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
async def site() -> AsyncIterator[Stack]:
    """A stack with a Kafka and a PostgreSQL of its own, for nobody else to miss."""
    with a_home() as home, quickly_compiled():
        own = Stack(home, say=Quiet())
        await asyncio.to_thread(own.start)
        yield own


@pytest.mark.parametrize(("server", "number"), [
    ("kafka", signal.SIGTERM), ("kafka", signal.SIGKILL), ("postgres", signal.SIGINT), ("postgres", signal.SIGKILL),
])  # fmt: skip
async def test_everything_goes_on_after_a_server_was_down(
    site: Stack, server: str, number: signal.Signals, told: Told
) -> None:
    restart = site.restart_kafka if server == "kafka" else site.restart_postgres
    async with loading(site, [f"{name}-{server}-{number}" for name in ("north", "south", "east")]) as load:
        async with load.flowing():
            await asyncio.sleep(0.7)
            await asyncio.to_thread(restart, number)
            await load.moved_on()
            await until(lambda: asks(site, load.tenants[0]), PATIENCE)
        told(f"{number.name} of {server}", 1, await assert_whole(load))


async def asks(site: Stack, tenant: str) -> bool:
    """Whether the gateway has a command answered too."""
    key = site.environment("gateway")["SLOTKEEPER_OPERATOR_KEY"]
    async with httpx.AsyncClient(base_url=site.url("gateway"), headers={"Authorization": f"Bearer {key}"}) as client:
        answer = await client.post("/ops/tenants", json={"id": tenant, "name": "North"}, timeout=20)
    return answer.is_success and answer.json()["result"] == "accepted"
