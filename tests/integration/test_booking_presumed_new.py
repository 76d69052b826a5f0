"""Commands presumed new: the log contradicts what was there already, and every answer is the one it would have been."""

from collections.abc import AsyncIterator

import pytest

from booking import metrics, presumption
from booking.app import Booking
from eventlog.log import AlreadyThere
from stack import Postgres
from stack_clinic import Clinic, book, open_clinic, until

OTHER = "other@example.com"


@pytest.fixture
async def clinic(kafka: str, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clinic]:
    """Its doubts end after three commands, and it remembers none of them."""
    monkeypatch.setattr(presumption, "DOUBTED", 3)
    monkeypatch.setattr(presumption, "REMEMBERED", 0)
    async with open_clinic(kafka, postgres, parts=2) as opened:
        yield opened


@pytest.fixture
async def booking(clinic: Clinic) -> AsyncIterator[Booking]:
    async with clinic.booking("a") as running:
        await clinic.set_up()
        yield running


def contradictions() -> float:
    return next(iter(metrics.CONTRADICTED.collect())).samples[0].value


def started_over() -> float:
    return next(iter(metrics.STARTED_OVER.collect())).samples[0].value


async def test_a_command_that_comes_again_long_after_gets_the_answer_it_had(clinic: Clinic, booking: Booking) -> None:
    first = await clinic.ask("BookAppointment", book("10:00"), id="once")
    await certain(clinic, booking)
    before, logged = contradictions(), len(await clinic.records())
    await clinic.send("BookAppointment", book("10:00"), id="once")
    assert await clinic.outcome("once", copies=2) == first
    assert contradictions() == before + 1
    assert len(await clinic.records()) == logged


async def test_a_repetition_does_not_touch_the_commands_beside_it(clinic: Clinic, booking: Booking) -> None:
    await clinic.ask("BookAppointment", book("10:00"), id="once")
    await certain(clinic, booking)
    over = started_over()
    wishes = [book(f"{hour}:00", customer=OTHER) for hour in (12, 13, 14)]
    ids = [await clinic.send("BookAppointment", wish) for wish in wishes]
    await clinic.send("BookAppointment", book("10:00"), id="once")
    ids += [await clinic.send("BookAppointment", book("15:00", customer=OTHER))]
    outcomes = [await clinic.outcome(id) for id in ids]
    assert [outcome["result"] for outcome in outcomes] == ["accepted"] * 4
    await clinic.outcome("once", copies=2)
    assert started_over() == over, "a repetition is nothing to start over for"
    positions = [record.pos for record in await clinic.records()]
    assert positions == list(range(1, len(positions) + 1))


async def test_an_old_id_with_another_body_is_refused(clinic: Clinic, booking: Booking) -> None:
    await clinic.ask("BookAppointment", book("10:00"), id="once")
    await certain(clinic, booking)
    await clinic.send("BookAppointment", book("11:00"), id="once")
    heard = await clinic.outcomes("once", copies=2)
    assert b"idempotency_key_reused" in heard[-1].value


@pytest.mark.parametrize("start", ["10:00", "12:00"], ids=["the slot is its own", "the slot is free"])
async def test_an_appointment_id_used_before_is_refused(clinic: Clinic, booking: Booking, start: str) -> None:
    """Whether it was refused for its slot or accepted, the log contradicts it, and it is decided again in doubt."""
    await clinic.ask("BookAppointment", book("10:00", id="apt_mine"))
    await certain(clinic, booking)
    forget(booking)
    again = await clinic.ask("BookAppointment", book(start, customer=OTHER, id="apt_mine"))
    assert (again["error"]["code"], again["error"]["field"]) == ("invalid_command", "id")


async def test_a_dry_run_knows_the_ids_that_are_used(clinic: Clinic, booking: Booking) -> None:
    await clinic.ask("BookAppointment", book("10:00", id="apt_mine"))
    await certain(clinic, booking)
    forget(booking)
    tried = await clinic.ask("BookAppointment", book("12:00", customer=OTHER, id="apt_mine"), dry_run=True)
    assert tried["error"]["field"] == "id"


async def test_what_is_contradicted_even_in_doubt_is_started_over_and_not_presumed_for_ever(
    clinic: Clinic, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, over = booking.tools.log.append, started_over()

    async def contradicting(*given: object) -> set[int]:
        raise AlreadyThere("inbox_command_once")

    monkeypatch.setattr(booking.tools.log, "append", contradicting)
    id = await clinic.send("BookAppointment", book("10:00"))

    async def begun_anew() -> bool:
        return started_over() > over

    await until(begun_anew)
    monkeypatch.setattr(booking.tools.log, "append", append)
    assert (await clinic.outcome(id))["result"] == "accepted"


async def certain(clinic: Clinic, booking: Booking) -> None:
    """Until commands are presumed new: bookings that do not concern anybody."""
    for number in range(presumption.DOUBTED + 1):
        await clinic.ask("BookAppointment", book(f"{16 + number // 2}:{30 * (number % 2):02}", customer=OTHER))
    assert not booking.tools.desk.presumption.in_doubt


def forget(booking: Booking) -> None:
    """The appointments are no longer in memory, as after a long time."""
    folder = booking.tools.desk.cabinet["acme"]
    for stream in [stream for stream in folder.versions if stream.startswith("appointment/")]:
        del folder.versions[stream]
        folder.state.kept.pop(stream, None)
