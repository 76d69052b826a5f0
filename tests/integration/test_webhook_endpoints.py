"""Endpoints: what is changed about them is in force at once."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from hooked import Hooked, Received, hooked, never, status, until
from hooks import Gate
from read_model import MASTER_KEY
from webhook import attempts, endpoints
from webhook.clear import Clear
from webhook.dispatch import Dispatcher
from webhook.endpoints import Endpoint
from webhook.keyring import TooManyKeys
from webhook.queue import Claimed, Queue
from webhook.sending.secrets import BadSecret

QUEUED = 500


async def queued(here: Hooked, **members: Any) -> tuple[Endpoint, Gate]:
    """An endpoint with 500 deliveries, four of them under way."""
    endpoint = await here.subscribes(**members)
    gate = Gate(here)
    here.floods(QUEUED)
    await here.arrives()
    await here.receiver.has(4)
    return endpoint, gate


async def test_after_a_delete_nothing_starts(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint, gate = await queued(here)
        assert await endpoints.delete(here.sources, here.tenant, endpoint.id)
        gate.open.set()
        await here.are(endpoint, delivered=4, cancelled=QUEUED - 4)
        await never(lambda: len(here.receiver.got) > 4)
        assert await endpoints.one(here.sources, here.tenant, endpoint.id) is None
        assert await here.pool.fetchval("select count(*) from secrets") == 0


async def test_a_deleted_one_that_fails_is_not_tried_again(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint, gate = await queued(here)
        await endpoints.delete(here.sources, here.tenant, endpoint.id)

        async def fails(one: Received) -> web.Response:
            return web.Response(status=500)

        here.receiver.answers = fails
        gate.open.set()
        await until(lambda: here.receiver.most_at_once == 4)
        await never(lambda: len(here.receiver.got) > 4)


class Late(Clear):
    """Bodies that are made only when the test lets them."""

    def __init__(self, here: Hooked) -> None:
        super().__init__(here.log, MASTER_KEY)
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def bodies(self, batch: Sequence[Claimed]) -> list[bytes | None]:
        self.asked.set()
        await asyncio.wait_for(self.go_on.wait(), 20)
        return await super().bodies(batch)


async def test_what_was_claimed_before_a_delete_and_comes_late_does_not_start(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint, late = await here.subscribes(), Late(here)
        queue = Queue(here.pool, "1")
        here.dispatcher = Dispatcher(queue, here.poster, late, here.sources.ring, here.clock)
        here.starts()
        here.books("09:00")
        await here.arrives()
        await asyncio.wait_for(late.asked.wait(), 20)
        assert await endpoints.delete(here.sources, here.tenant, endpoint.id)
        late.go_on.set()
        await here.are(endpoint, cancelled=1)
        assert here.receiver.got == []


async def test_after_a_pause_nothing_starts_until_it_is_resumed(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint, gate = await queued(here)
        await endpoints.pause(here.sources, here.tenant, endpoint.id)
        gate.open.set()
        await never(lambda: len(here.receiver.got) > 4)
        assert (await here.now(endpoint)).status == "paused"
        await endpoints.resume(here.sources, here.tenant, endpoint.id)
        await here.are(endpoint, delivered=QUEUED)
        assert len({one.id for one in here.receiver.got}) == len(here.receiver.got) == QUEUED


async def test_after_a_change_of_url_everything_goes_there(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint, gate = await queued(here)
        await endpoints.change(here.sources, here.tenant, endpoint.id, {"url": here.receiver.url("/new")})
        gate.open.set()
        await here.are(endpoint, delivered=QUEUED)
        assert len(here.receiver.of("/hook")) == 4
        assert len(here.receiver.of("/new")) == QUEUED - 4


async def test_after_a_rotation_both_secrets_sign_until_the_overlap_is_over(postgres: Any) -> None:
    async with hooked(postgres) as here:
        made = await endpoints.create(
            here.sources, here.tenant, endpoints.Subscription(url=here.receiver.url(), types=["*"])
        )
        endpoint, gate = made.endpoint, Gate(here)
        here.floods(QUEUED)
        await here.arrives()
        await here.receiver.has(4)
        secret = await endpoints.rotate(here.sources, here.tenant, endpoint.id, timedelta(hours=1))
        assert secret is not None
        gate.open.set()
        await here.are(endpoint, delivered=QUEUED)
        for one in here.receiver.got[4:]:
            assert one.headers["webhook-signature"].count("v1,") == 2
            Webhook(made.secret).verify(one.raw, one.headers)
            Webhook(secret).verify(one.raw, one.headers)
        here.clock.ahead = timedelta(hours=2)
        here.floods(2)
        await here.arrives()
        await here.are(endpoint, delivered=QUEUED + 2)
        assert here.receiver.got[-1].headers["webhook-signature"].count("v1,") == 1


async def test_at_most_three_secrets_are_live(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint = await here.subscribes()
        for _ in range(2):
            await endpoints.rotate(here.sources, here.tenant, endpoint.id, timedelta(days=1))
        with pytest.raises(TooManyKeys):
            await endpoints.rotate(here.sources, here.tenant, endpoint.id, timedelta(days=1))
        here.clock.ahead = timedelta(days=1, minutes=1)
        assert await endpoints.rotate(here.sources, here.tenant, endpoint.id, timedelta(0))


async def test_secrets_are_sealed_where_they_are_kept(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        made = await endpoints.create(
            here.sources, here.tenant, endpoints.Subscription(url=here.receiver.url(), types=["*"])
        )
        stored = await here.pool.fetch("select sealed from secrets")
        clear = made.secret.removeprefix("whsec_").encode()
        assert len(stored) == 1
        assert clear not in stored[0]["sealed"]
        with pytest.raises(BadSecret):
            await endpoints.rotate(here.sources, here.tenant, made.endpoint.id, timedelta(0), "whsec_short")


async def test_a_test_is_sent_at_once_also_to_one_that_is_paused(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        await endpoints.pause(here.sources, here.tenant, endpoint.id)
        tried = await attempts.test(here.sources, here.tenant, endpoint.id)
        assert tried is not None
        assert (tried.result, tried.status) == ("delivered", 200)
        assert here.receiver.got[0].body["type"] == "endpoint.test"
        logged = await attempts.page(here.sources, here.tenant, endpoint.id)
        assert [one.webhook_id for one in logged] == [here.receiver.got[0].id]


async def test_attempts_are_listed_newest_first_page_by_page(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(schedule_seconds=[0, 0, 0])
        here.receiver.answers = status(500)
        here.books("09:00")
        await here.arrives()
        await here.are(endpoint, parked=1)
        first = await attempts.page(here.sources, here.tenant, endpoint.id, limit=2)
        rest = await attempts.page(here.sources, here.tenant, endpoint.id, before=first[-1].number)
        assert [(one.attempt, one.status, one.error) for one in [*first, *rest]] == [
            (3, 500, None),
            (2, 500, None),
            (1, 500, None),
        ]
        assert await attempts.page(here.sources, "another", endpoint.id) == []
