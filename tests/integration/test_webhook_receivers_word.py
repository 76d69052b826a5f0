"""What receivers say about themselves is obeyed: gone, slow down, and not to be reached."""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web

from hooked import Hooked, Received, failing, hooked, never, status, until
from hooks import Gate
from webhook import endpoints
from webhook.endpoints import Endpoint


async def test_410_disables_at_once_and_what_comes_is_held_and_sent_in_order(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.receiver.answers = status(410)
        first = here.books("09:00")
        await here.arrives()
        await until(lambda: len(here.receiver.got) == 1)
        await here.are(endpoint, ready=1)
        now = await here.now(endpoint)
        assert (now.status, now.reason) == ("disabled", "gone")
        here.confirms(first)
        here.books("10:00")
        await here.arrives()
        await never(lambda: len(here.receiver.got) > 1)
        gone, here.receiver.answers = here.receiver.got[0].id, None
        await endpoints.resume(here.sources, here.tenant, endpoint.id)
        await here.are(endpoint, delivered=4)
        assert here.receiver.got[1].id == gone
        ours = [one.body["sequence"] for one in here.receiver.got[1:] if one.stream == first]
        assert ours == [1, 2, 2]


async def test_410_from_an_url_that_was_changed_disables_nobody(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes("/old")
        go_on = asyncio.Event()

        async def answer(one: Received) -> web.Response:
            if one.path == "/old":
                await asyncio.wait_for(go_on.wait(), 10)
                return web.Response(status=410)
            return web.Response()

        here.receiver.answers = answer
        here.books("09:00")
        await here.arrives()
        await here.receiver.has(1)
        await endpoints.change(here.sources, here.tenant, endpoint.id, {"url": here.receiver.url("/new")})
        go_on.set()
        await here.are(endpoint, delivered=1)
        assert (await here.now(endpoint)).status == "enabled"


async def test_retry_after_slows_the_whole_endpoint(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.receiver.answers = status(503, Retry_After="3600")
        here.books("09:00")
        await here.arrives()
        await here.are(endpoint, ready=1)
        await until(lambda: len(here.receiver.got) == 1)
        await until(lambda: paused(here, endpoint))
        here.receiver.answers = None
        here.books("10:00")
        await here.arrives()
        await never(lambda: len(here.receiver.got) > 1)
        here.clock.ahead = timedelta(seconds=3_601)
        await here.are(endpoint, delivered=2)


async def paused(here: Hooked, endpoint: Endpoint) -> bool:
    return (await here.now(endpoint)).paused_until is not None


async def failed_for_days(here: Hooked, endpoint: Endpoint, days: float, dead: int) -> None:
    """Twice so many deliveries die, spread over so many days."""
    here.receiver.answers = failing(lambda one: one.path == "/hook")
    before = (await here.states(endpoint)).get("dead", 0)
    for n in range(1, dead + 1):
        here.floods(2)
        await here.arrives()
        await here.are(endpoint, dead=before + 2 * n)
        here.clock.ahead += timedelta(days=days / dead)


async def test_five_days_without_success_and_ten_dead_disable_with_one_alert(postgres: Any) -> None:
    async with hooked(postgres) as here:
        console = await here.subscribes("/console", types=["endpoint.*"])
        endpoint = await here.subscribes(ordered=False, schedule_seconds=[0])
        await failed_for_days(here, endpoint, days=4.9, dead=6)
        assert (await here.now(endpoint)).status == "enabled"
        await here.ends()
        here.starts()
        here.clock.ahead += timedelta(days=0.2)
        here.floods(2)
        await here.arrives()
        await until(lambda: disabled(here, endpoint))
        assert (await here.now(endpoint)).reason == "failing"
        here.receiver.answers = None
        await until(lambda: len(here.receiver.of("/console")) > 0)
        alert = here.receiver.of("/console")[0].body
        assert (alert["type"], alert["data"]["id"]) == ("endpoint.disabled", endpoint.id)
        await endpoints.resume(here.sources, here.tenant, endpoint.id)
        here.floods(4)
        await here.arrives()
        await until(lambda: "endpoint.recovered" in notices(here))
        await here.are(console, delivered=2)
        assert notices(here) == ["endpoint.disabled", "endpoint.recovered"]


def notices(here: Hooked) -> list[str]:
    return [one.body["type"] for one in here.receiver.of("/console")]


async def disabled(here: Hooked, endpoint: Endpoint) -> bool:
    return (await here.now(endpoint)).status == "disabled"


async def test_alternating_success_and_failure_never_disables(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=False, schedule_seconds=[0])
        count = 0

        async def answer(one: Received) -> web.Response:
            nonlocal count
            count += 1
            return web.Response(status=200 if count % 4 == 0 else 500)

        here.receiver.answers = answer
        for n in range(1, 11):
            here.floods(4)
            await here.arrives()
            await here.are(endpoint, delivered=n, dead=3 * n)
            here.clock.ahead += timedelta(days=2)
        assert (await here.now(endpoint)).status == "enabled"


async def test_who_cannot_be_reached_gets_one_request_at_a_time_until_it_answers(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=False, timeout_seconds=0.2, schedule_seconds=[0.0] * 50)
        gate = Gate(here)
        here.floods(20)
        await here.arrives()
        await until(lambda: broken(here, endpoint))
        await never(lambda: len(here.receiver.got) > 8)
        gate.open.set()
        here.clock.ahead = timedelta(minutes=2)
        await here.are(endpoint, delivered=20)
        assert await here.pool.fetchval("select unreachable from endpoints where id = $1", endpoint.id) == 0


async def broken(here: Hooked, endpoint: Endpoint) -> bool:
    return bool(await here.pool.fetchval("select open_until > now() from endpoints where id = $1", endpoint.id))


async def test_no_second_has_more_starts_than_the_rate(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=False, rate_per_second=10)
        started: list[float] = []

        async def answer(one: Received) -> web.Response:
            started.append(asyncio.get_running_loop().time())
            return web.Response()

        here.receiver.answers = answer
        here.floods(26)
        await here.arrives()
        await here.are(endpoint, delivered=26)
        assert all(later - earlier > 1 for earlier, later in zip(started, started[10:], strict=False))
