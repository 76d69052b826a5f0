"""The fence among real processes: one is stopped for longer than its session lasts, another takes over, it wakes.

Whoever wakes appends nothing and publishes nothing that the log does not hold; nobody is stuck, nobody takes over for
ever.
"""

import asyncio
import os
import secrets
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from contracts.routing import part_of
from crash.load import PATIENCE, loading
from crash.whole import Told, assert_whole, until_projected
from eventlog.log import Head
from eventlog.postgres import PostgresLog
from local.stack import Stack
from stack_clinic import until

pytestmark = pytest.mark.timeout(600)

QUIET = 2.0
"""Seconds without a take-over, after which nobody is taking over from anybody."""


@pytest.fixture(scope="module")
async def site(busy_site: Stack) -> Stack:
    """With two of each service, which share the partitions."""
    for service in ("booking", "availability"):
        await asyncio.gather(*(asyncio.to_thread(busy_site.start_service, service, one) for one in "12"))
    return busy_site


async def test_a_paused_booking_that_wakes_writes_nothing_of_what_it_meant_to(site: Stack, told: Told) -> None:
    """Of its partitions one stays idle meanwhile, one gets only what is refused, one gets bookings."""
    idle, refused, booked = await tenants_of(site, "1", 3)
    async with loading(site, [idle, refused, booked]) as load:
        async with load.flowing([booked]):
            with stopped(site, "booking"):
                await until_taken_over(site, [idle, refused, booked], by="2")
                await load.moved_on([refused, booked])
            await load.moved_on()
        await until_nobody_takes_over(site)
        await load.moved_on()
        assert site.pid("booking")
        assert site.pid("booking", "2")
        told("pause of booking", 1, await assert_whole(load))


async def test_a_paused_availability_that_wakes_writes_nothing_twice(site: Stack, told: Told) -> None:
    async with loading(site, [f"{name}-{secrets.token_hex(3)}" for name in ("north", "south", "east")]) as load:
        async with load.flowing():
            with stopped(site, "availability"):
                await until_projected(site, {part: head.position for part, head in (await heads(site)).items()})
                await load.moved_on()
                await until_projected(site, {part: head.position for part, head in (await heads(site)).items()})
            await load.moved_on()
        told("pause of availability", 1, await assert_whole(load))


async def test_of_two_processes_under_one_id_the_older_ends_and_the_younger_goes_on(site: Stack, told: Told) -> None:
    async with loading(site, await tenants_of(site, "1", 2)) as load:
        async with load.flowing():
            await asyncio.to_thread(site.start_service, "booking", "younger", {"SLOTKEEPER_INSTANCE": "1"})
            await until(lambda: gone(site), PATIENCE)
            await load.moved_on()
        assert "superseded" in site.home.log("booking").read_text()
        await until_nobody_takes_over(site)
        assert site.pid("booking", "younger")
        told("process under the id of another", 1, await assert_whole(load))


async def gone(site: Stack) -> bool:
    return site.pid("booking") is None


@contextmanager
def stopped(site: Stack, service: str) -> Iterator[None]:
    """The first instance of the service does nothing within, and then goes on as if nothing had been."""
    pid = site.pid(service)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def tenants_of(site: Stack, instance: str, count: int) -> list[str]:
    """New tenants, each in another partition that this instance owns."""

    async def shared() -> bool:
        return len(await owned(site, "1")) >= count and len(await owned(site, "2")) >= count

    await until(shared, PATIENCE)
    parts = (await owned(site, instance))[:count]
    return [next(n for n in iter(lambda: f"t-{secrets.token_hex(4)}", "") if part_of(n) == part) for part in parts]


async def until_taken_over(site: Stack, tenants: list[str], *, by: str) -> None:
    async def taken() -> bool:
        return {part_of(tenant) for tenant in tenants} <= set(await owned(site, by))

    await until(taken, PATIENCE)


async def until_nobody_takes_over(site: Stack) -> None:
    """A take-over raises the epoch; in the end all epochs stay as they are."""

    async def still() -> bool:
        before = {part: head.epoch for part, head in (await heads(site)).items()}
        await asyncio.sleep(QUIET)
        return before == {part: head.epoch for part, head in (await heads(site)).items()}

    await until(still, PATIENCE)


async def owned(site: Stack, instance: str) -> list[int]:
    found = await heads(site)
    return [part for part, head in found.items() if (head.owner or "").startswith(f"{instance}#")]


async def heads(site: Stack) -> Mapping[int, Head]:
    log = await PostgresLog.open({"main": site.site.database}, writer=False)
    try:
        return await log.heads()
    finally:
        await log.close()
