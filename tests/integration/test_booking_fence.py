"""Who may write: a paused owner that wakes, two processes under one id, an answer that was lost, a moved partition."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from booking.ownership import Superseded
from eventlog.log import Log
from eventlog.placement import move, place
from gated_log import GatedLog
from stack import Postgres
from stack_clinic import SECONDS, Clinic, book, open_clinic, until


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres, parts=2) as opened:
        yield opened


def gated(clinic: Clinic) -> GatedLog:
    return GatedLog(clinic.log)


async def assert_decided_once(clinic: Clinic, ids: list[str]) -> None:
    """Every id has one answer, and the topic of events is the log."""
    for id in ids:
        await clinic.outcome(id)
    await clinic.until_published()
    assert await clinic.published(None) == await clinic.records(None)
    booked = [record.command_id for record in await clinic.records() if record.type == "AppointmentBooked"]
    assert len(booked) == len(set(booked))


async def test_a_paused_owner_that_wakes_after_a_take_over_writes_nothing(clinic: Clinic) -> None:
    log = gated(clinic)
    async with clinic.booking("a", log=cast(Log, log)):
        await clinic.set_up()
        log.pause()
        id = await clinic.send("BookAppointment", book("10:00"))
        await asyncio.wait_for(log.waiting.wait(), SECONDS)
        before = await clinic.records()
        other = await clinic.log.new_owner("b")
        await clinic.log.take_over(range(2), other, clinic.clock())
        log.wake()
        outcome = await clinic.outcome(id)
        assert log.refused[-2:] == [{clinic.part()}, set()], "refused, then decided again after a take-over of its own"
        assert outcome["result"] == "accepted"
        assert len(await clinic.records()) == len(before) + 2
        await assert_decided_once(clinic, [id])


async def test_a_paused_owner_with_a_refusal_only_is_refused_too(clinic: Clinic) -> None:
    log = gated(clinic)
    async with clinic.booking("a", log=cast(Log, log)):
        await clinic.set_up()
        log.pause()
        id = await clinic.send("CheckIn", {"appointment_id": "apt_none"})
        await asyncio.wait_for(log.waiting.wait(), SECONDS)
        await clinic.log.take_over(range(2), await clinic.log.new_owner("b"), clinic.clock())
        log.wake()
        assert (await clinic.outcome(id))["error"]["code"] == "not_found"
        assert log.refused[-2] == {clinic.part()}


async def test_an_answer_lost_after_the_commit_is_found_in_the_inbox(clinic: Clinic) -> None:
    log = gated(clinic)
    async with clinic.booking("a", log=cast(Log, log)):
        await clinic.set_up()
        log.answers_to_lose = 1
        outcome = await clinic.ask("BookAppointment", book("10:00"), id="once")
        assert outcome["result"] == "accepted"
        await assert_decided_once(clinic, ["once"])


async def test_of_two_processes_under_one_id_the_older_ends_and_nobody_is_stuck(clinic: Clinic) -> None:
    async with clinic.booking("a") as older:
        await clinic.set_up()
        async with clinic.booking("a") as newer:
            ids = [await clinic.send("BookAppointment", book(f"1{n}:00")) for n in range(3)]
            await assert_decided_once(clinic, ids)

            async def alone() -> bool:
                heads = await clinic.log.heads()
                return {head.owner for head in heads.values()} == {str(newer.tools.ownership.owner)}

            await until(alone)
            assert older.tools.ownership.owner.start < newer.tools.ownership.owner.start
            epochs = [head.epoch for head in (await clinic.log.heads()).values()]
            await clinic.ask("BookAppointment", book("14:00"))
            assert [head.epoch for head in (await clinic.log.heads()).values()] == epochs, "nobody takes over any more"


async def test_an_older_process_that_meets_the_fence_says_why_it_ends(clinic: Clinic) -> None:
    async with clinic.booking("a"):
        await clinic.set_up()
        running = clinic.running
        assert running is not None
        await clinic.log.take_over(range(2), await clinic.log.new_owner("a"), clinic.clock())
        await clinic.send("BookAppointment", book("10:00"))
        with pytest.raises(Superseded):
            await asyncio.wait_for(asyncio.shield(running), SECONDS)


async def test_two_instances_share_the_partitions(clinic: Clinic) -> None:
    async with clinic.booking("a") as first:
        await clinic.set_up()
        async with clinic.booking("b") as second:

            async def shared() -> bool:
                return bool(first.tools.ownership.owned and second.tools.ownership.owned)

            await until(shared)
            ids = [await clinic.send("BookAppointment", book(f"1{n}:00")) for n in range(4)]
            await assert_decided_once(clinic, ids)


async def test_from_a_cold_cache_everything_is_as_it_was(clinic: Clinic) -> None:
    """The same instance, started again: it knows nothing but the log."""
    async with clinic.booking():
        await clinic.set_up()
        booked = await clinic.ask("BookAppointment", book("10:00"))
    async with clinic.booking():
        refused = await clinic.ask("BookAppointment", book("10:15"))
        assert refused["error"]["blockers"][0]["event_id"] == booked["events"][-1]["id"]
        change = {"appointment_id": booked["appointment"]["id"], "start": "2031-03-03T12:00:00-05:00"}
        moved = await clinic.ask("RescheduleAppointment", change)
        assert moved["appointment"]["version"] == 2
        assert moved["appointment"]["customer"] == booked["appointment"]["customer"]
        again = await clinic.ask("BookAppointment", book("10:15"))
        assert again["appointment"]["customer"]["id"] == booked["appointment"]["customer"]["id"]
        schedule = {"resource_id": "ann", "weekly": [{"days": ["tue"], "start": "09:00", "end": "10:00"}]}
        assert (await clinic.ask("SetSchedule", schedule))["result"] == "accepted"


async def test_a_book_whose_snapshot_is_gone_is_folded_again(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
    await clinic.execute("delete from booking.books")
    async with clinic.booking():
        assert (await clinic.ask("BookAppointment", book("10:00")))["result"] == "accepted"


async def test_a_partition_that_is_not_placed_is_refused_and_the_others_go_on(clinic: Clinic) -> None:
    await clinic.execute(f"delete from booking.heads where part = {1 - clinic.part()}")
    async with clinic.booking(wait_ready=False) as refusing:
        await clinic.set_up()
        assert "slotkeeper partitions place" in refusing.tools.health.hindrances["partitions"]
        assert refusing.tools.ownership.owned.keys() == {clinic.part()}


async def test_a_partition_is_followed_to_another_database(clinic: Clinic, postgres: Postgres) -> None:
    other = await postgres.with_schemas("eventlog")
    databases = clinic.settings.databases | {"second": other}
    async with clinic.booking(databases=databases):
        await clinic.set_up()
        await move(databases, clinic.part(), "second")
        outcome = await clinic.ask("BookAppointment", book("10:00"))
        assert outcome["result"] == "accepted"
        moved = await place(databases, clinic.part(), "second")
        assert outcome["position"] == f"{clinic.part()}.{moved.position}"


async def test_a_log_that_ends_before_kafka_is_refused_and_names_the_way_out(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
        await clinic.until_published()
    await clinic.execute(f"delete from booking.events where part = {clinic.part()} and pos > 5")
    await clinic.execute(f"update booking.heads set position = 5 where part = {clinic.part()}")
    async with clinic.booking(wait_ready=False) as refusing:

        async def refused() -> bool:
            return bool(refusing.tools.ownership.refused)

        await until(refused)
        assert "slotkeeper restore" in refusing.tools.health.hindrances["partitions"]
        assert clinic.part() not in refusing.tools.ownership.owned
