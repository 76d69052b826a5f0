"""P7 through the whole of booking: time decides, not the sweeper; and decision time never runs backwards."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from kit.clock import system_clock
from stack import Postgres
from stack_clinic import SECONDS, Clinic, book, open_clinic, until


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres, parts=2) as opened:
        yield opened


class SteppingClock:
    """This machine's clock, stepped by as much as a test says."""

    def __init__(self) -> None:
        self.step = timedelta()

    def __call__(self) -> datetime:
        return system_clock() + self.step


async def hold(clinic: Clinic, start: str, seconds: int = 1) -> str:
    location = {"id": "main", "name": "Main Street", "tz": "America/New_York", "primary": True, "hold_seconds": seconds}
    assert (await clinic.ask("DefineLocation", location))["result"] == "accepted"
    wish = {name: value for name, value in book(start).items() if name != "customer"}
    held = await clinic.ask("HoldSlot", wish | {"owner": "basket"})
    assert held["result"] == "accepted", held
    return str(held["appointment"]["id"])


async def past(clinic: Clinic, hold_id: str) -> None:
    """Until the hold's deadline has passed, by the clock."""
    [held] = [record for record in await clinic.records() if record.stream.endswith(hold_id)]
    deadline = held.event.expires_at  # type: ignore[attr-defined]
    async with asyncio.timeout(SECONDS):
        await asyncio.sleep(max(0.0, (deadline - system_clock()).total_seconds()))


async def test_with_the_sweeper_stopped_a_hold_is_dead_at_its_deadline(clinic: Clinic) -> None:
    async with clinic.booking(timer_seconds=None):
        await clinic.set_up()
        held = await hold(clinic, "10:00")
        early = await clinic.ask("BookAppointment", book("10:00"))
        assert early["error"]["code"] == "slot_unavailable"
        await past(clinic, held)
        assert (await clinic.ask("BookAppointment", book("10:00")))["result"] == "accepted"
        late = await clinic.ask("ConfirmHold", {"hold_id": held, "owner": "basket", "customer": {"email": "a@b.c"}})
        assert late["error"]["code"] == "hold_expired"
        types = [record.type for record in await clinic.records() if record.stream.endswith(held)]
        assert types == ["AppointmentHeld", "HoldExpired"], "the refused command told what time had made true"


async def test_the_sweeper_tells_an_expiry_by_itself_once(clinic: Clinic) -> None:
    async with clinic.booking():
        await clinic.set_up()
        held = await hold(clinic, "10:00")

        async def told() -> bool:
            return any(record.type == "HoldExpired" for record in await clinic.records())

        await until(told)
        await clinic.until_published()
        [expired] = [record for record in await clinic.records() if record.type == "HoldExpired"]
        assert (expired.stream, expired.occurred_at) == (f"appointment/{held}", expired.event.expires_at)  # type: ignore[attr-defined]
        assert await clinic.log.due_timers(range(2), system_clock() + timedelta(days=1), 10) == {}


async def test_decision_time_never_runs_backwards_when_the_clock_does(clinic: Clinic) -> None:
    clock = SteppingClock()
    async with clinic.booking(clock=clock):
        await clinic.set_up()
        clock.step = timedelta(seconds=0.7)
        ahead = await clinic.ask("BookAppointment", book("10:00"))
        clock.step = timedelta(seconds=-0.7)
        behind = await clinic.ask("BookAppointment", book("11:00"))
    async with clinic.booking():
        after = await clinic.ask("BookAppointment", book("12:00"))
    instants = [outcome["decided_at"] for outcome in (ahead, behind, after)]
    assert instants == sorted(instants)
    records = await clinic.records()
    assert [r.decided_at for r in records] == sorted(r.decided_at for r in records)


async def test_a_clock_that_is_far_off_writes_nothing_and_says_so_until_it_is_right(clinic: Clinic) -> None:
    clock = SteppingClock()
    async with clinic.booking(clock=clock) as parts:
        await clinic.set_up()
        before = await clinic.records()
        clock.step = timedelta(seconds=90)
        id = await clinic.send("BookAppointment", book("10:00"))

        async def says_so() -> bool:
            return "clock" in parts.tools.health.hindrances

        await until(says_so)
        assert await clinic.records() == before
        clock.step = timedelta()
        assert (await clinic.outcome(id))["result"] == "accepted"
        assert parts.tools.health.ready
