"""kill -9 at every step between poll and acknowledgement: nothing is lost, nothing happens twice, all is answered."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest

from eventlog.proof import Proof
from kit import fault
from kit.fault import POINTS
from stack import Postgres
from stack_clinic import SECONDS, Clinic, book, open_clinic


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres, parts=2) as opened:
        yield opened


async def send_some(clinic: Clinic, number: int) -> list[str]:
    """Bookings that conflict with each other and with earlier ones, one that is refused, one that cannot be read."""
    day = f"2031-04-{number + 1:02}"
    wishes = [book(f"{day}T{hour}:{minute}:00-04:00") for hour in (10, 11) for minute in ("00", "15")]
    ids = [await clinic.send("BookAppointment", wish) for wish in [*wishes, book("2031-04-01T10:00:00-04:00")]]
    ids.append(await clinic.send("CheckIn", {"appointment_id": "apt_none"}))
    return [*ids, await clinic.send("CheckIn", b"{")]


async def assert_nothing_lost_or_doubled(clinic: Clinic, ids: list[str]) -> None:
    outcomes = [await clinic.outcome(id) for id in ids]
    accepted = {outcome["command_id"] for outcome in outcomes if outcome["result"] == "accepted"}
    await clinic.until_published()
    records = await clinic.records()
    assert await clinic.published() == records
    booked = [record.command_id for record in records if record.type == "AppointmentBooked"]
    assert sorted(booked) == sorted(accepted)
    proof = Proof()
    for record in await clinic.records(None):
        proof.feed(record)
    assert proof.violation is None


async def test_killed_at_every_step_it_loses_and_doubles_nothing(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
    ids: list[str] = []
    for number, point in enumerate(POINTS):
        ids += await send_some(clinic, number)
        async with clinic.process(fault=point) as child:
            assert await asyncio.wait_for(child.wait(), SECONDS) == -signal.SIGKILL, f"it was not killed at {point}"
    async with clinic.booking():
        await assert_nothing_lost_or_doubled(clinic, ids)


async def test_failing_at_every_step_it_starts_over_and_loses_and_doubles_nothing(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
        ids: list[str] = []
        for number, point in enumerate(POINTS):
            with fault.raising(point):
                ids += await send_some(clinic, number)
                await clinic.outcome(ids[-1])
        await assert_nothing_lost_or_doubled(clinic, ids)


async def test_a_command_answered_before_a_crash_is_answered_the_same_after_it(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
    await clinic.send("BookAppointment", book("10:00"), id="kept")
    async with clinic.process(fault="after_outcomes_sent") as child:
        assert await asyncio.wait_for(child.wait(), SECONDS) == -signal.SIGKILL
    async with clinic.booking():
        await clinic.outcome("kept", copies=2)
        await clinic.send("BookAppointment", book("10:00"), id="kept")
        assert (await clinic.outcome("kept", copies=3))["result"] == "accepted"


async def test_a_signal_ends_a_process_in_order_and_its_offsets_are_stored(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
    async with clinic.process() as child:
        outcome = await clinic.ask("BookAppointment", book("10:00"))
        child.terminate()
        assert await asyncio.wait_for(child.wait(), SECONDS) == 0
    head = (await clinic.log.heads())[clinic.part()]
    sent = [r for r in await clinic.topic(clinic.settings.topics.commands) if r.partition == clinic.part()]
    assert (head.offset, f"{head.part}.{head.published}") == (len(sent), outcome["position"])
