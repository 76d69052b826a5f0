"""Deciding ahead: a poll is decided while the append of the one before is under way, and nothing may show that."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from booking.app import Booking
from booking.desk import Desk
from eventlog.log import Log
from eventlog.proof import Proof
from gated_log import GatedLog
from stack import Postgres
from stack_clinic import SECONDS, Clinic, book, open_clinic


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clinic]:
    """Its booking takes every poll for a large one: only of those the next is decided ahead."""
    monkeypatch.setattr("booking.shift.FEW", -1)
    async with open_clinic(kafka, postgres, parts=2) as opened:
        yield opened


@pytest.mark.parametrize(
    ("type", "wish", "code"),
    [
        ("BookAppointment", book("10:15", customer="other@example.com"), "slot_unavailable"),
        ("CheckIn", {"appointment_id": "apt_first"}, "invalid_transition"),
        ("BookAppointment", book("12:00", customer="other@example.com"), None),
    ],
)
async def test_what_is_decided_ahead_stands_on_what_is_being_appended(
    clinic: Clinic, type: str, wish: dict[str, Any], code: str | None
) -> None:
    log = GatedLog(clinic.log)
    async with clinic.booking("a", log=cast(Log, log)) as booking:
        await clinic.set_up()
        await paused_with_a_booking(clinic, log)
        await decided_ahead(clinic, booking, type, wish, "next")
        log.wake()
        assert (await clinic.outcome("next")).get("error", {}).get("code") == code
        assert log.refused[-1] == set()
        await assert_sound(clinic)


async def test_a_command_that_comes_again_while_its_answer_is_appended_gets_that_answer(clinic: Clinic) -> None:
    log = GatedLog(clinic.log)
    async with clinic.booking("a", log=cast(Log, log)) as booking:
        await clinic.set_up()
        assert await sent_twice(clinic, log, booking) == 0
        await assert_sound(clinic)


async def test_without_the_last_polls_answers_it_would_be_decided_twice(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Desk.work

    async def forgetful(desk: Desk, *given: Any) -> Any:
        desk._last.clear()
        return await work(desk, *given)

    monkeypatch.setattr(Desk, "work", forgetful)
    log = GatedLog(clinic.log)
    async with clinic.booking("a", log=cast(Log, log)) as booking:
        await clinic.set_up()
        assert await sent_twice(clinic, log, booking) > 0, "the inbox takes no second answer, so it started over"


async def test_what_was_decided_ahead_of_a_refused_append_is_never_written(clinic: Clinic) -> None:
    log = GatedLog(clinic.log)
    async with clinic.booking("a", log=cast(Log, log)) as booking:
        await clinic.set_up()
        await paused_with_a_booking(clinic, log)
        await decided_ahead(clinic, booking, "BookAppointment", book("12:00", customer="other@example.com"), "next")
        before = await clinic.records()
        await clinic.log.take_over(range(2), await clinic.log.new_owner("b"), clinic.clock())
        log.wake()
        outcomes = [await clinic.outcome("first"), await clinic.outcome("next")]
        assert [outcome["result"] for outcome in outcomes] == ["accepted", "accepted"]
        assert {clinic.part()} in log.refused
        assert [record.pos for record in (await clinic.records())[len(before) :]] == [
            before[-1].pos + 1 + n for n in range(4)
        ]
        await assert_sound(clinic)


async def paused_with_a_booking(clinic: Clinic, log: GatedLog) -> None:
    """Booking stands before the append of the booking `first`."""
    log.pause()
    await clinic.send("BookAppointment", book("10:00", id="apt_first"), id="first")
    await asyncio.wait_for(log.waiting.wait(), SECONDS)


async def decided_ahead(clinic: Clinic, booking: Booking, type: str, wish: dict[str, Any], id: str) -> None:
    """A further command, once the desk has decided it, without having been able to append."""
    desk, decided = booking.tools.desk, asyncio.Event()
    work = desk.work

    async def telling(*given: Any) -> Any:
        sheets = await work(*given)
        if any(sheet.outcomes for sheet in sheets.values()):
            decided.set()
        return sheets

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk, "work", telling)
        await clinic.send(type, wish, id=id)
        await asyncio.wait_for(decided.wait(), SECONDS)


async def sent_twice(clinic: Clinic, log: GatedLog, booking: Booking) -> int:
    """A command, and its repetition decided ahead; how often the partition had to be taken over for it."""
    await paused_with_a_booking(clinic, log)
    epoch = (await clinic.log.heads())[clinic.part()].epoch
    await decided_ahead(clinic, booking, "BookAppointment", book("10:00", id="apt_first"), "first")
    log.wake()
    heard = await clinic.outcomes("first", copies=2)
    assert len({outcome.value for outcome in heard}) == 1
    return (await clinic.log.heads())[clinic.part()].epoch - epoch


async def assert_sound(clinic: Clinic) -> None:
    """Dense, never double-booked, and the topic is the log."""
    await clinic.until_published()
    proof = Proof()
    records = await clinic.records(None)
    assert await clinic.published(None) == records
    for part in range(2):
        for record in records:
            if record.part == part:
                assert proof.feed(record) is None
