"""Booking with one safeguard taken out at a time: what each test of it would then see."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from booking.clerk import Clerk
from booking.decide import decide
from booking.desk import Standing
from booking.sheet import Sheet
from booking.shift import Shift
from contracts.commands import Command
from eventlog.log import PartAppend
from kit import fault
from kit.clock import system_clock
from stack import Postgres
from stack_clinic import Clinic, book, open_clinic, until


@pytest.fixture(scope="module")
async def shared(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres, parts=2) as opened:
        async with opened.booking():
            await opened.set_up()
        yield opened


async def test_an_offset_that_passes_unacknowledged_outcomes_loses_them(
    shared: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = Shift._append

    def early(self: Shift, sheet: Sheet) -> PartAppend:
        whole = append(self, sheet)
        whole.offset = sheet.next_offset or whole.offset
        return whole

    monkeypatch.setattr(Shift, "_append", early)
    async with shared.booking():
        epoch = (await shared.log.heads())[shared.part()].epoch

        async def started_over() -> bool:
            return (await shared.log.heads())[shared.part()].epoch > epoch

        with fault.raising("before_outcomes_sent"):
            lost = await shared.send("BookAppointment", book("10:00"))
            await until(started_over)
        await shared.ask("BookAppointment", book("11:00"))
        assert [record for record in await shared.records() if record.command_id == lost], "it was decided"
        assert ("web", lost) not in shared.heard, "and nobody was told"


async def test_without_the_body_in_the_comparison_another_command_gets_the_answer(
    shared: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clerk, "_same", lambda *_: True)
    async with shared.booking():
        first = await shared.ask("BookAppointment", book("12:00"), id="taken")
        await shared.send("BookAppointment", book("13:00"), id="taken")
        assert await shared.outcome("taken", copies=2) == first


async def test_without_the_trial_a_bug_in_a_decision_leaves_its_traces(
    shared: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(command: Command, view: Any) -> Any:
        changes = decide(command, view)
        return [*changes, None] if getattr(command, "notes", None) == "fall over" else changes  # type: ignore[misc]

    monkeypatch.setattr("booking.clerk.decide", faulty)
    monkeypatch.setattr("booking.state.Tried._undo", lambda self: None)
    async with shared.booking():
        failed = await shared.ask("BookAppointment", book("14:00", notes="fall over"))
        assert failed["error"]["code"] == "internal_error"
        after = await shared.ask("BookAppointment", book("14:00"))
        assert after["error"]["code"] == "slot_unavailable", "blocked by what was never decided"


async def test_without_the_last_decision_time_a_clock_that_steps_back_is_refused_by_the_log(
    shared: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def naive(part: int, standing: Standing, clock: Any) -> Sheet:
        return Sheet(part, standing.era, standing.position, clock)

    step = timedelta(seconds=0.7)
    async with shared.booking(clock=lambda: system_clock() + step) as parts:
        await shared.ask("BookAppointment", book("15:00"))
        monkeypatch.setattr("booking.desk._sheet", naive)
        step = timedelta(seconds=-0.7)
        await shared.send("BookAppointment", book("16:00"))

        async def refused() -> bool:
            return "TimeRunsBackwards" in parts.tools.health.hindrances.get("partitions", "")

        await until(refused)
        monkeypatch.undo()
