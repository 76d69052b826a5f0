"""P9: `kill -9` of booking and of availability at random moments under load. Nothing is lost, nothing done twice."""

import asyncio
import secrets
import signal
import time
from random import Random

import pytest

from crash.load import loading
from crash.whole import Told, assert_whole
from local.stack import Stack

pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
async def site(busy_site: Stack) -> Stack:
    for service in ("booking", "availability"):
        await asyncio.to_thread(busy_site.start_service, service)
    return busy_site


@pytest.mark.parametrize("service", ["booking", "availability"])
async def test_a_killed_service_goes_on_where_it_was(site: Stack, service: str, crashes: int, told: Told) -> None:
    random, recoveries = Random(f"{service} {crashes}"), list[float]()
    async with loading(site, [f"{name}-{secrets.token_hex(3)}" for name in ("north", "south", "east")]) as load:
        async with load.flowing():
            for _ in range(crashes):
                await asyncio.sleep(random.uniform(0.1, 1.2))
                assert await asyncio.to_thread(site.stop_service, service, signal.SIGKILL)
                await asyncio.sleep(random.uniform(0, 0.3))
                started = time.monotonic()
                await asyncio.to_thread(site.start_service, service)
                await load.moved_on()
                recoveries.append(time.monotonic() - started)
        told(f"kill -9 of {service}", crashes, await assert_whole(load), max(recoveries))
