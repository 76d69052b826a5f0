"""The notification process on real Kafka, PostgreSQL and SMTP: what it sends, killed at the worst moment too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts import commands as c
from contracts.public_events import PublicEvent
from contracts.record import Record
from given import Clinic, ann_works, given
from mailroom import Mailroom, mailroom
from posting import CANCEL, on_it
from read_model import PART
from samples import book, policies
from served_availability import Served, served

SECONDS = 20
OLD = "select id from notification.notifications where id = 'old'"
OVER_FOR_LONG = """
insert into notification.notifications (id, part, tenant, appointment_id, era, version, pos, kind, audience, recipient,
    channel, offset_minutes, due_at, status, attempts, settled_at)
values ('old', 1, 'other', 'apt_old', 1, 1, 1, 'booked', 'customer', 'customer/joe', 'email', 0, now(), 'sent', 1,
    now() - interval '91 days')
"""
SOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=3)


class Mailing(Mailroom):
    """Also kills who sends, once its mail is in and before it is answered."""

    victim: Served | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(server, session, envelope)
        if self.victim is not None:
            victim, self.victim = self.victim, None
            await victim.kill()
        return answer

    async def holds(self, count: int) -> None:
        """Until so many mails are in."""
        async with asyncio.timeout(SECONDS):
            while len(self.taken) < count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


class Here:
    """A clinic of today, its service, and its mail server."""

    def __init__(self, service: Served, room: Mailing) -> None:
        self.service, self.room = service, room
        self.clinic: Clinic = given(ann_works("09:00-17:00")).clinic
        self.clinic.now = datetime.now(UTC)
        self._written = 0

    async def happens(self, *commands: Any) -> list[Record]:
        for one in commands:
            self.clinic.accept(one if isinstance(one, c.Command) else one(self.clinic))
        fresh = self.clinic.records[self._written :]
        self._written = len(self.clinic.records)
        return await self.service.publish(fresh)

    async def notifications(self, last: Record) -> list[dict[str, Any]]:
        path = f"/v1/appointments/{self.clinic.it}/notifications"
        answer = await self.service.ask(path, after=last.position)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def settled(self, last: Record, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(SECONDS):
            while True:
                [row] = [row for row in await self.notifications(last) if row["kind"] == kind]
                if row["settled_at"] is not None:
                    return row
                await asyncio.sleep(0.05)


def visit(**members: Any) -> c.BookAppointment:
    return book("10:00", **{"start": SOON.isoformat()} | members)


def later(hours: int) -> Any:
    return on_it(c.RescheduleAppointment, start=(SOON + timedelta(hours=hours)).isoformat())


@pytest.fixture
async def here(kafka: str, postgres: Any, topic_prefix: str) -> AsyncIterator[Here]:
    async with served(kafka, postgres, topic_prefix, "notification") as service, _mailing() as room:
        service.told |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(room.port), "SMTP_SECURITY": "none",
                         "NOTIFICATION_SECONDS": "0.05", "MAIL_FROM": "Desk <desk@example.com>"}  # fmt: skip
        await service.start()
        yield Here(service, room)


@asynccontextmanager
async def _mailing() -> AsyncIterator[Mailing]:
    async with mailroom(room=Mailing()) as room:
        assert isinstance(room, Mailing)
        yield room


async def test_booked_moved_and_cancelled_over_the_bus(here: Here) -> None:
    for count, what in enumerate((visit(), later(1), CANCEL), 1):
        [*_, last] = await here.happens(what)
        await here.room.holds(count)
    kinds = {row["kind"]: row["status"] for row in await here.notifications(last)}
    assert kinds == {"booked": "sent", "rescheduled": "sent", "cancelled": "sent"}
    versions = [row["appointment_version"] for row in await here.notifications(last)]
    assert versions == [1, 2, 3]


async def test_killed_between_the_dot_and_the_answer_it_sends_once_more_under_the_same_id(here: Here) -> None:
    here.room.victim = here.service
    [*_, last] = await here.happens(visit())
    await here.room.holds(1)
    assert here.service.process is not None
    await asyncio.wait_for(here.service.process.wait(), SECONDS)
    await asked(here.service, OVER_FOR_LONG)
    await here.service.start()
    assert (await here.settled(last, "booked"))["status"] == "sent"
    first, second = here.room.taken
    assert first["Message-ID"] == second["Message-ID"]
    attempts = (await here.service.ask("/v1/notifications/attempts")).json()["items"]
    assert [(one["attempt"], one["result"]) for one in attempts] == [(2, "sent"), (1, "unknown")]
    async with asyncio.timeout(SECONDS):
        while await asked(here.service, OLD):  # noqa: ASYNC110 (it was purged as the process started)
            await asyncio.sleep(0.05)


async def asked(service: Served, query: str) -> Any:
    connection = await asyncpg.connect(service.dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_what_kafka_brings_twice_is_sent_once(here: Here) -> None:
    records = await here.happens(visit())
    await here.room.holds(1)
    await here.service.announce(records)
    [*_, last] = await here.happens(on_it(c.ConfirmAppointment))
    await here.room.holds(2)
    assert len({mail["Message-ID"] for mail in here.room.taken}) == 2
    assert [row["kind"] for row in await here.notifications(last)] == ["booked", "confirmed"]


async def test_a_webhooks_reminder_goes_onto_the_topic_of_notices(here: Here) -> None:
    wanted = {"audience": "customer", "channel": "webhook", "offset_minutes": 60}
    [*_, last] = await here.happens(policies(reminders=[wanted]), visit())
    await here.notifications(last)
    await _make_due(here.service)
    notice = await _notice(here.service)
    assert (notice.type, notice.stream) == ("reminder.due", f"appointment/{here.clinic.it}")
    assert notice.data["offset_minutes"] == 60
    assert notice.data["appointment"]["id"] == here.clinic.it


async def _make_due(service: Served) -> None:
    """Days go by."""
    await asked(service, "update notification.notifications set due_at = now()")


async def _notice(service: Served) -> PublicEvent:
    place = TopicPartition(f"{service.prefix}.notices", PART)
    consumer = AIOKafkaConsumer(bootstrap_servers=service.kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        record = await asyncio.wait_for(consumer.getone(), SECONDS)
    finally:
        await consumer.stop()
    return msgspec.json.decode(record.value, type=PublicEvent)
