"""The webhook service as a process, on real Kafka and PostgreSQL, with a real receiver: killed, restarted, doubled."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from aiohttp import web
from standardwebhooks.webhooks import Webhook

import samples
from contracts import commands as c
from contracts.record import decode
from given import Clinic
from hooked import Received, Receiver, receiving, until
from kit.identity import HEADER, sign
from read_model import PART, open_clinic
from served_availability import KEY, Served, _free_port, served


@asynccontextmanager
async def hooks(kafka: str, postgres: Any, prefix: str) -> AsyncIterator[tuple[Served, Receiver]]:
    """A webhook process that runs, and a receiver it may send to."""
    async with served(kafka, postgres, prefix, "webhook") as here, receiving() as receiver:
        here.told = {"WEBHOOK_ALLOW_LOOPBACK": "true", "WEBHOOK_LEASE_SECONDS": "1"}
        await here.start()
        yield here, receiver


async def subscribes(here: Served, receiver: Receiver, **members: Any) -> dict[str, Any]:
    """An endpoint at the receiver, over HTTP."""
    whole = {"url": receiver.url(), "types": ["appointment.*"]} | members
    return await asked(here, "POST", "/v1/webhooks/endpoints", whole)


async def asked(here: Served, method: str, path: str, body: Any = None) -> dict[str, Any]:
    headers = {HEADER: sign(KEY, samples.TENANT, ["webhooks:*"], "key")}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{here.port}", timeout=20) as client:
        answer = await client.request(method, path, json=body, headers=headers)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


class Book:
    """A clinic's log, published as it grows."""

    def __init__(self, here: Served) -> None:
        self._here, self.clinic, self._published = here, open_clinic(), 0

    async def publish(self) -> None:
        await self._here.publish(self.clinic.records[self._published :])
        self._published = len(self.clinic.records)


def flood(clinic: Clinic, count: int) -> None:
    for _ in range(count // 2):
        clinic.accept(samples.hold_slot("16:00"))
        clinic.accept(samples.command(c.ReleaseHold, hold_id=clinic.it, owner="A"))


async def test_an_event_on_kafka_comes_signed_to_the_receiver(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with hooks(kafka, postgres, topic_prefix) as (here, receiver):
        book = Book(here)
        await book.publish()
        endpoint = await subscribes(here, receiver)
        book.clinic.accept(samples.book("09:00"))
        await book.publish()
        got = (await receiver.has(1))[0]
        assert got.body["type"] == "appointment.created"
        Webhook(endpoint["secret"]).verify(got.raw, got.headers)


async def test_killed_between_the_200_and_the_commit_it_repeats_once_with_the_same_id(
    kafka: str, postgres: Any, topic_prefix: str
) -> None:
    """The process is stopped while its request is under way, is answered 200, and never learns of it."""
    async with hooks(kafka, postgres, topic_prefix) as (here, receiver):
        book = Book(here)
        await book.publish()
        endpoint = await subscribes(here, receiver)
        flood(book.clinic, 6)
        await book.publish()
        await settled(here, endpoint["id"], 6)
        answered = asyncio.Event()

        async def answer(one: Received) -> web.StreamResponse:
            assert here.process is not None
            os.kill(here.process.pid, signal.SIGSTOP)
            receiver.answers = None
            answered.set()
            return web.Response()

        receiver.answers = answer
        book.clinic.accept(samples.book("09:00"))
        await book.publish()
        await asyncio.wait_for(answered.wait(), 20)
        await asyncio.sleep(0.1)
        await here.kill()
        await here.start()
        await settled(here, endpoint["id"], 7)
        ids = [one.id for one in receiver.got]
        assert len(ids) == 8
        assert ids[7] == ids[6]
        assert len({one.raw for one in receiver.got[6:]}) == 1


async def settled(here: Served, endpoint_id: str, count: int) -> None:
    """Until the attempts log tells of so many successes."""

    async def so() -> bool:
        found = await asked(here, "GET", f"/v1/webhooks/attempts?endpoint_id={endpoint_id}")
        return len({one["webhook_id"] for one in found["items"] if one["status"] == 200}) == count

    await until(so)


async def test_killed_again_and_again_under_load_nothing_is_lost_and_streams_stay_in_order(
    kafka: str, postgres: Any, topic_prefix: str
) -> None:
    async with hooks(kafka, postgres, topic_prefix) as (here, receiver):
        book = Book(here)
        await book.publish()
        await subscribes(here, receiver)
        for round in range(3):
            flood(book.clinic, 60)
            await book.publish()
            await receiver.has(60 * round + 10)
            await here.kill()
            await here.start()
        await until(lambda: len({one.id for one in receiver.got}) == 180, lambda: len({one.id for one in receiver.got}))
        first: dict[tuple[str, int], int] = {}
        for at, one in enumerate(receiver.got):
            first.setdefault((one.stream, one.body["sequence"]), at)
        assert all(first[stream, 1] < at for (stream, sequence), at in first.items() if sequence == 2)
        assert len(receiver.got) <= 180 + 3 * 4


async def test_two_processes_share_the_work_and_one_goes_on_alone(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with hooks(kafka, postgres, topic_prefix) as (here, receiver):
        other = replace(here, port=_free_port(), process=None, told=here.told | {"INSTANCE": "2"})
        await other.start()
        try:
            book = Book(here)
            await book.publish()
            await subscribes(here, receiver, ordered=False)
            flood(book.clinic, 200)
            await book.publish()
            await receiver.has(200)
            assert len({one.id for one in receiver.got}) == 200
            await here.kill()
            flood(book.clinic, 100)
            await book.publish()
            await until(lambda: len({one.id for one in receiver.got}) == 300, lambda: len(receiver.got))
        finally:
            await other.kill()


async def test_kafka_brings_everything_again_and_nobody_is_called(kafka: str, postgres: Any, topic_prefix: str) -> None:
    async with hooks(kafka, postgres, topic_prefix) as (here, receiver):
        book = Book(here)
        await book.publish()
        endpoint = await subscribes(here, receiver)
        flood(book.clinic, 20)
        await book.publish()
        await settled(here, endpoint["id"], 20)
        await here.announce([decode(row.state) for row in await here.log.read(PART, 0)])
        book.clinic.accept(samples.book("09:00"))
        await book.publish()
        await settled(here, endpoint["id"], 21)
        assert len(receiver.got) == 21
