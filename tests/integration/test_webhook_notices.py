"""What no event of the log says: notices about endpoints, and reminders that notification hands over; and upkeep."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from aiohttp import web
from aiokafka import AIOKafkaProducer, ConsumerRecord

from contracts.public_events import PublicEvent
from hooked import Hooked, failing, hooked, until
from read_model import PART
from streams.topics import ensure_topics
from webhook import endpoints, notices, replays, upkeep
from webhook.handed import Handed

REMINDER = "reminder.due"


def reminder(here: Hooked, number: int = 1, **members: Any) -> bytes:
    whole: dict[str, Any] = {
        "type": REMINDER, "webhook_id": f"msg_reminder_{number}", "tenant": here.tenant, "stream": f"reminder/{number}",
        "sequence": 1, "event_id": f"rem_{number}", "position": None, "timestamp": here.clock(),
        "data": {"id": f"rem_{number}", "type": "reminder"},
    }  # fmt: skip
    return msgspec.json.encode(PublicEvent(**whole | members))


def record(value: bytes, offset: int = 0) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("notices", PART, offset, 0, 0, b"acme", value, None, 0, len(value), ())


async def test_a_reminder_comes_once_however_often_it_is_handed_over(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(types=[REMINDER])
        deaf = await here.subscribes("/deaf", types=["appointment.*"])
        handed = Handed(here.sources, "", "")
        await handed.take(PART, [record(reminder(here)), record(reminder(here), 1)])
        await handed.take(PART, [record(reminder(here), 2), record(b"{}", 3)])
        await here.are(endpoint, delivered=1)
        assert await here.states(deaf) == {}
        body = here.receiver.got[0].body
        assert (body["type"], body["position"], body["data"]["id"]) == (REMINDER, None, "rem_1")
        assert await here.pool.fetchval("select kafka_offset from notice_offsets where part = $1", PART) == 4


async def test_reminders_are_read_from_the_topic_and_go_on_where_they_were(
    kafka: str, postgres: Any, topic_prefix: str
) -> None:
    topic = f"{topic_prefix}.notices"
    await ensure_topics(kafka, topic_prefix, 12)
    async with hooked(postgres) as here, AIOKafkaProducer(bootstrap_servers=kafka) as producer:
        endpoint = await here.subscribes(types=["*"])
        for number in (1, 2):
            await producer.send_and_wait(topic, reminder(here, number), partition=PART)
            reading = asyncio.create_task(Handed(here.sources, kafka, topic).run())
            await here.are(endpoint, delivered=number)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        assert [one.id for one in here.receiver.got] == ["msg_reminder_1", "msg_reminder_2"]


async def test_reminders_are_not_replayed(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes(types=["*"])
        await Handed(here.sources, "", "").take(PART, [record(reminder(here))])
        await here.are(endpoint, delivered=1)
        replay = await replays.create(here.sources, here.tenant, endpoint.id, "beginning")
        assert replay is not None
        await here.walks()
        found = await replays.one(here.sources, here.tenant, replay.id)
        assert found is not None
        assert (found.status, found.total) == ("done", 0)


async def test_a_parked_head_is_told_to_others_that_ask_and_not_to_those_who_want_everything(postgres: Any) -> None:
    async with hooked(postgres) as here:
        console = await here.subscribes("/console", types=["endpoint.*"])
        everything = await here.subscribes("/all", types=["*"])
        endpoint = await here.subscribes("/hook", types=["appointment.*", "endpoint.*"])
        here.receiver.answers = failing(lambda one: one.path == "/hook")
        here.books("09:00")
        await here.arrives()
        await here.are(endpoint, parked=1)
        await here.are(console, delivered=1)
        await here.are(everything, delivered=1)
        told = here.receiver.of("/console")[0].body
        assert told["type"] == "endpoint.parked"
        assert told["data"]["id"] == endpoint.id
        assert told["data"]["webhook_id"] == here.receiver.of("/hook")[0].id


# --- what is kept for a while -------------------------------------------------------------------------------------


async def test_what_is_held_is_there_for_thirty_days(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        await endpoints.pause(here.sources, here.tenant, endpoint.id)
        here.books("09:00")
        await here.arrives()
        await upkeep.tidy(here.pool, here.clock() + timedelta(days=29))
        await here.are(endpoint, ready=1)
        here.books("10:00")
        here.clock.ahead = timedelta(days=29)
        await here.arrives()
        await upkeep.tidy(here.pool, here.clock() + timedelta(days=2))
        await here.are(endpoint, expired=1, ready=1)
        await endpoints.resume(here.sources, here.tenant, endpoint.id)
        await here.are(endpoint, expired=1, delivered=1)


async def test_old_deliveries_go_but_the_last_of_a_stream_that_the_next_body_names(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        first = here.books("09:00")
        here.confirms(first)
        await here.arrives()
        await here.are(endpoint, delivered=3)
        here.clock.ahead = timedelta(days=31)
        await upkeep.tidy(here.pool, here.clock())
        await here.are(endpoint, delivered=1)
        assert await here.pool.fetchval("select count(*) from attempts") == 0
        here.checks_in(first)
        await here.arrives()
        await here.are(endpoint, delivered=3)
        assert here.receiver.got[3].body["previous_sequence"] == 2
        await upkeep.tidy(here.pool, here.clock())
        await here.are(endpoint, delivered=2)
        assert await here.pool.fetchval("select count(*) from messages") == 2


async def test_notices_are_there_for_thirty_days(postgres: Any) -> None:
    async with hooked(postgres) as here:
        endpoint = await here.subscribes()
        here.receiver.answers = failing(lambda one: True, 410)
        here.books("09:00")
        await here.arrives()
        await here.receiver.has(1)
        await until(lambda: count(here, 1))
        await upkeep.tidy(here.pool, here.clock() + timedelta(days=29))
        [told] = await notices.page(here.pool, here.tenant)
        assert (told.endpoint_id, told.type) == (endpoint.id, "endpoint.disabled")
        await upkeep.tidy(here.pool, here.clock() + timedelta(days=31))
        assert await notices.page(here.pool, here.tenant) == []


async def count(here: Hooked, wanted: int) -> bool:
    return len(await notices.page(here.pool, here.tenant)) == wanted


async def test_a_healthy_endpoint_is_served_beside_many_that_hang(postgres: Any) -> None:
    """Fifty receivers that never answer hold four requests each at first; the fifty-first gets all of its own."""
    async with hooked(postgres) as here:
        hanging = [await here.subscribes(f"/slow/{n}", ordered=False, timeout_seconds=30) for n in range(50)]
        healthy = await here.subscribes("/well", ordered=False)
        go_on = asyncio.Event()

        async def answer(one: Any) -> web.Response:
            if one.path != "/well":
                await asyncio.wait_for(go_on.wait(), 30)
            return web.Response()

        here.receiver.answers = answer
        here.floods(40)
        await here.arrives()
        await here.are(healthy, delivered=40)
        for one in hanging:
            assert "delivered" not in await here.states(one)
        go_on.set()
