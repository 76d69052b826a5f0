"""One delivery for each endpoint and public event, whatever Kafka brings and whoever else reads; one call for each."""

import asyncio
import random
from typing import Any

import pytest
from aiohttp import web

from hooked import Hooked, Received, hooked, never
from projections.checkpoints import SQL as CHECKPOINTS
from projections.freshness import Freshness
from projections.projector import Outrun, Projector
from read_model import PART, by_part, write
from webhook.endpoints import Endpoint
from webhook.events import Deliveries

EVENTS = 60


def another_reader(here: Hooked) -> Projector:
    """As another process would have."""

    async def marks() -> dict[int, Any]:
        return {}

    return Projector(Deliveries(here.log, here.clock), here.pool, here.log, Freshness(marks))


async def each_once(here: Hooked, endpoint: Endpoint, count: int = EVENTS) -> None:
    await here.are(endpoint, delivered=count)
    await never(lambda: len(here.receiver.got) > count)
    assert len({one.id for one in here.receiver.got}) == count


async def test_what_arrives_twice_is_called_once(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(EVENTS)
        records = await here.append()
        for start in range(0, len(records), 10):
            await here.arrives(records[max(0, start - 25) : start + 10])
        await each_once(here, endpoint)


async def test_what_never_arrives_is_read_from_the_log(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(EVENTS)
        records = await here.append()
        await here.arrives(records[5:9])
        await here.arrives(records[-1:])
        await each_once(here, endpoint)
        sequences = [one.body["sequence"] for one in here.receiver.got]
        assert sorted(sequences) == sorted([1, 2] * (EVENTS // 2))


async def test_a_partition_goes_to_and_fro_between_two_readers(postgres: Any) -> None:
    chance = random.Random(7)
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(EVENTS)
        records = await here.append()
        readers = [here.projector, another_reader(here)]
        for start in range(0, len(records), 7):
            batch = by_part(records[max(0, start - chance.randrange(12)) : start + 7])
            await asyncio.gather(*(one.project(batch) for one in chance.choices(readers, k=chance.randrange(1, 4))))
        await each_once(here, endpoint)


async def test_a_replay_of_the_topic_from_its_beginning_calls_nobody(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(EVENTS)
        records = await here.arrives()
        await each_once(here, endpoint)
        everything = [*here.clinic.records]
        assert len(everything) > len(records)
        await another_reader(here).project(by_part(records))
        await each_once(here, endpoint)


async def test_a_lost_checkpoint_makes_nothing_twice(postgres: Any) -> None:
    """Everything is read again from position 0: rows that are there already stand."""
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.floods(EVENTS)
        await here.arrives()
        await here.are(endpoint, delivered=EVENTS)
        await here.pool.execute("update checkpoints set pos = 0, kafka_offset = 0")
        await another_reader(here).catch_up(PART)
        await each_once(here, endpoint)


async def test_without_the_compare_a_woken_reader_would_go_back(postgres: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a checkpoint that anybody may set. The sleeper takes it back behind what the other has read."""
    monkeypatch.setitem(CHECKPOINTS, "advance", CHECKPOINTS["advance"].replace("and pos = $5", "and $5::bigint >= 0"))
    async with hooked(postgres) as here:
        here.floods(EVENTS)
        records, sleeper = await here.append(), another_reader(here)
        await sleeper.project(by_part(records[:10]))
        await here.arrives(records)
        await sleeper.project(by_part(records[10:20]))
        marks = await here.pool.fetchval("select pos from checkpoints where part = $1", PART)
        assert marks == records[19].pos


async def test_two_dispatchers_call_once(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(ordered=False)
        other = asyncio.create_task(here.another_dispatcher("2").run())
        here.floods(200)
        await here.arrives()
        await each_once(here, endpoint, 200)
        assert here.receiver.most_at_once <= 4
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)


async def test_a_process_that_died_leaves_its_claims_to_others_once_their_lease_is_over(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint = await here.subscribes(timeout_seconds=1)
        hangs = asyncio.Event()

        async def answer(one: object) -> Any:
            await hangs.wait()

        here.receiver.answers = answer
        here.floods(2)
        await here.arrives()
        dying = asyncio.create_task(here.another_dispatcher("dying", lease=0.5).run())
        await here.receiver.has(1)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        hangs.set()
        here.receiver.answers = None
        here.starts()
        await here.are(endpoint, delivered=2)
        assert here.receiver.got[0].id == here.receiver.got[1].id
        assert len(here.receiver.got) == 3


async def test_a_process_that_is_ended_records_what_was_under_way(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        go_on = asyncio.Event()

        async def answer(one: Received) -> web.Response:
            await asyncio.wait_for(go_on.wait(), 10)
            return web.Response()

        here.receiver.answers = answer
        here.floods(20)
        await here.arrives()
        await here.receiver.has(4)
        ending = asyncio.create_task(here.ends())
        await asyncio.sleep(0.05)
        go_on.set()
        await ending
        await here.are(endpoint, delivered=4, ready=10, waiting=6)
        here.starts()
        await each_once(here, endpoint, 20)


async def test_a_new_era_cancels_what_was_not_sent_of_the_void(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        endpoint = await here.subscribes()
        here.floods(20)
        records = list(await here.arrives())
        kept = records[9].pos
        here.log.restore(PART, kept)
        new = await write(here.log, records[10:12])
        await here.projector.project(by_part(new))
        await here.are(endpoint, cancelled=10, ready=6, waiting=6)


async def test_a_log_behind_us_in_the_same_era_is_refused(postgres: Any) -> None:
    async with hooked(postgres, running=False) as here:
        here.floods(20)
        records = list(await here.arrives())
        shorter = type(here.log)()
        await write(shorter, records[:5])
        here.log = shorter
        with pytest.raises(Outrun):
            await another_reader(here).catch_up(PART)
