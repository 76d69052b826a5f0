"""Replays and late beginners: any range of the log, under the same ids, durable, with progress, to be cancelled."""

import asyncio
from typing import Any

import pytest

from hooked import Hooked, failing, hooked, never, until
from read_model import PART
from streams.replay import BadBound
from webhook import endpoints, replays
from webhook.endpoints import Endpoint
from webhook.replays import Replay, Walks

CREATED = "appointment.created"


async def progress(here: Hooked, replay: Replay) -> Replay:
    found = await replays.one(here.sources, here.tenant, replay.id)
    assert found is not None
    return found


async def done(here: Hooked, replay: Replay) -> Replay:
    """Once it is."""

    async def so() -> bool:
        await here.walks()
        return (await progress(here, replay)).status == "done"

    await until(so)
    return await progress(here, replay)


async def history(here: Hooked) -> str:
    """A little of it; the id of its first appointment."""
    first = here.books("09:00")
    here.confirms(first)
    here.books("10:00")
    await here.arrives()
    return first


async def test_an_endpoint_that_begins_in_the_past_hears_all_in_order_and_then_goes_on(postgres: Any) -> None:
    async with hooked(postgres) as here:
        first = await history(here)
        endpoint = await here.subscribes(start="beginning")
        here.checks_in(first)
        await here.arrives()
        await never(lambda: bool(here.receiver.got))
        await here.walks()
        await here.are(endpoint, delivered=6)
        here.cancels(first)
        await here.arrives()
        await here.are(endpoint, delivered=8)
        ours = [one.body["sequence"] for one in here.receiver.got if one.stream == first]
        assert ours == [1, 2, 2, 3, 3, 4, 4]


async def test_what_was_walked_is_forgotten_where_the_endpoint_stands_elsewhere_by_then(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process went on before it, or a new era began."""
    async with hooked(postgres) as here:
        await history(here)
        endpoint = await here.subscribes(start="beginning")
        page = Walks._page

        async def outpaced(self: Walks, *asked: Any) -> Any:
            monkeypatch.undo()
            await here.pool.execute("update endpoints set filled_to = 1 where id = $1", endpoint.id)
            return await page(self, *asked)

        monkeypatch.setattr(Walks, "_page", outpaced)
        assert await Walks(here.sources).step(), "there is more to walk"
        assert await here.pool.fetchval("select count(*) from deliveries") == 0
        assert await here.pool.fetchval("select filled_to from endpoints") == 1
        await here.walks()
        await here.are(endpoint, delivered=4)


async def test_an_endpoint_may_begin_at_a_position_and_says_which(postgres: Any) -> None:
    async with hooked(postgres) as here:
        await history(here)
        last = here.clinic.records[-1].pos
        endpoint = await here.subscribes(start=f"{PART}.{last - 1}")
        assert endpoint.position == f"{PART}.{last - 1}"
        await here.walks()
        await here.are(endpoint, delivered=1)
        now = await here.subscribes(start="now")
        assert now.position == f"{PART}.{last}"
        with pytest.raises(BadBound):
            await here.subscribes(start="yesterday")


async def test_nothing_is_missed_while_an_endpoint_is_made_and_events_come(postgres: Any) -> None:
    async with hooked(postgres) as here:
        made: list[Endpoint] = []

        async def makes() -> None:
            for _ in range(5):
                made.append(await here.subscribes(f"/{len(made)}", start="beginning"))
                await here.walks()

        making = asyncio.create_task(makes())
        for _ in range(20):
            here.floods(4)
            await here.arrives()
        await asyncio.wait_for(making, 20)
        await here.walks()
        for endpoint in made:
            await here.are(endpoint, delivered=80)
        assert len(here.receiver.got) == 5 * 80


async def test_a_replay_sends_the_range_again_under_the_same_ids_and_bodies(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        await history(here)
        await here.are(endpoint, delivered=4)
        before = {one.id: one.raw for one in here.receiver.got}
        replay = await replays.create(here.sources, here.tenant, endpoint.id, "beginning")
        assert replay is not None
        assert replay.status == "queued"
        finished = await done(here, replay)
        assert (finished.done, finished.total) == (4, 4)
        again = here.receiver.got[4:]
        assert len(again) == 4
        assert {one.id: one.raw for one in again} == before


async def test_a_replay_may_be_of_some_types_and_of_a_range(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        await history(here)
        await here.are(endpoint, delivered=4)
        last = here.clinic.records[-1].pos
        replay = await replays.create(
            here.sources, here.tenant, endpoint.id, "beginning", f"{PART}.{last - 1}", [CREATED]
        )
        assert replay is not None
        assert (await done(here, replay)).total == 1
        assert here.receiver.got[-1].body["type"] == CREATED


async def test_a_killed_replay_goes_on_where_it_was(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "PAGE", 7)
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(60)
        await here.arrives()
        await here.are(endpoint, delivered=60)
        replay = await replays.create(here.sources, here.tenant, endpoint.id, "beginning")
        assert replay is not None
        assert await Walks(here.sources).step()
        walks = Walks(here.sources)
        monkeypatch.setattr(walks, "_page", _dies)
        with pytest.raises(ConnectionError):
            await walks.step()
        assert (await done(here, replay)).total == 60
        assert len(here.receiver.got) == 120


async def _dies(*where: object) -> None:
    raise ConnectionError


async def test_a_cancelled_replay_sends_no_more_and_what_is_live_goes_on(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        first = await history(here)
        await here.are(endpoint, delivered=4)
        here.receiver.answers = failing(lambda one: len(here.receiver.got) <= 9)
        await endpoints.change(here.sources, here.tenant, endpoint.id, {"schedule_seconds": [0, 600]})
        replay = await replays.create(here.sources, here.tenant, endpoint.id, "beginning")
        assert replay is not None
        await here.walks()
        await here.are(endpoint, delivered=4, ready=2, waiting=2)
        await until(lambda: len(here.receiver.got) == 6)
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=4, ready=2, waiting=4)
        here.receiver.answers = None
        cancelled = await replays.cancel(here.sources, here.tenant, replay.id)
        assert cancelled is not None
        assert cancelled.status == "cancelled"
        await here.are(endpoint, delivered=6, cancelled=4)


async def test_live_events_go_before_replayed_ones_where_order_does_not_matter(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint = await here.subscribes(ordered=False)
        await history(here)
        here.starts()
        await here.are(endpoint, delivered=4)
        await here.ends()
        replay = await replays.create(here.sources, here.tenant, endpoint.id, "beginning")
        assert replay is not None
        await here.walks()
        live = here.books("11:00")
        await here.arrives()
        here.starts()
        await here.are(endpoint, delivered=9)
        assert live in [one.stream for one in here.receiver.got[4:8]]


async def test_nobody_replays_to_another_tenants_endpoint(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint = await here.subscribes()
        assert await replays.create(here.sources, "another", endpoint.id, "beginning") is None
