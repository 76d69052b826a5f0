"""Sessions and the waitlist over HTTP: the seats offered are those that booking gives (P4), at any moment."""

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

import samples
from asking import Asking, Office, asking
from booking.decide import decide
from booking.needs import days
from contracts import commands as c
from contracts.errors import Rejection
from contracts.waitlist import seen_at
from given import Clinic
from read_model import PART, reading
from school import SERVICES, lesson_step, open_school, random_lessons, sessions_of, stamp
from studio import cancel_session, resize

TUESDAY = {"from_": samples.iso("tue 00:00"), "to": samples.iso("wed 00:00")}


def accepted(clinic: Clinic, wanted: c.Command) -> bool:
    """Whether the desk would do it now; nothing is kept of it."""
    view = clinic.view()
    clinic.load(days(wanted, view))
    with clinic.state.trial():
        return not isinstance(decide(wanted, view), Rejection)


async def check(asker: Asking, clinic: Clinic, service_id: str, seats: int) -> int:
    """Offers against decisions, both ways; how many sessions were offered."""
    asked = {"service_id": service_id, "seats": seats}
    slots = (await asker.answer("/v1/availability", **TUESDAY, **asked))["slots"]
    offered = {slot["session_id"]: slot for slot in slots if slot["session_id"]}
    for one in sessions_of(clinic, service_id):
        booking = samples.book("10:00", start=stamp(one.start), session_id=one.id, **asked)
        assert (one.id in offered) == accepted(clinic, booking), one
        told = await asker.answer("/v1/availability/explain", **asked, start=stamp(one.start), session_id=one.id)
        assert told["offered"] == (one.id in offered) == (not told["blockers"] and "code" not in told), told
        if one.id in offered:
            assert (offered[one.id]["remaining"], told["session_id"]) == (one.remaining, one.id)
            assert offered[one.id]["candidates"] == [[who.id for who in one.resources]]
    by_start: dict[str, list[str | None]] = {}
    for slot in slots:
        by_start.setdefault(slot["start"], []).append(slot["session_id"])
    for minutes in range(0, 24 * 60, 15):
        start = stamp(samples.instant("tue 00:00") + timedelta(minutes=minutes))
        starting = [
            one for one in sessions_of(clinic, service_id) if one.status == "scheduled" and stamp(one.start) == start
        ]
        booked = accepted(clinic, samples.book("10:00", start=start, **asked))
        assert (start in by_start and len(starting) < 2) == booked, start
    return len(offered)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_a_session_is_offered_exactly_if_seats_of_it_would_be_given(postgres: Any, seed: int) -> None:
    chance, clinic = random.Random(seed), open_school()
    async with reading(postgres) as here, asking(here) as asker:
        office, offered = Office(here, clinic), 0
        for _ in range(6):
            for _ in range(20):
                lesson_step(chance, clinic)
            await office.publish()
            for service_id in SERVICES:
                offered += await check(asker, clinic, service_id, chance.choice((1, 2)))
            clinic.now += timedelta(seconds=300)
            here.clock.now = clinic.now
            offered += await check(asker, clinic, "yoga", 1)
        assert offered


async def test_sessions_that_are_not_kept_up_would_offer_seats_that_are_taken(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the seats of a session that is here already are not taken over when they change."""
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_school())
        await office.publish()
        await check(asker, office.clinic, "yoga", 1)
        monkeypatch.setattr("availability.diaries._write", lambda kept, stream, stored: None)
        office.clinic.accept(samples.book("tue 11:30", service_id="yoga", seats=3))
        await office.publish()
        with pytest.raises(AssertionError):
            await check(asker, office.clinic, "yoga", 1)


@pytest.mark.parametrize("seed", [5, 6])
async def test_what_is_shown_of_sessions_and_who_waits_is_what_booking_knows(postgres: Any, seed: int) -> None:
    clinic = random_lessons(seed, 150)
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, clinic).publish()
        for stream, kept in clinic.state.entries.items():
            kind, _, id = stream.partition("/")
            seen = clinic.session(id) if kind == "session" else seen_at(kept, clinic.now)
            path = f"/v1/{'sessions' if kind == 'session' else 'waitlist'}/{id}"
            assert unplaced(await asker.answer(path)) == unplaced(msgspec.to_builtins(seen))


def unplaced(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in ("position", "updated_at")}


async def test_a_moment_of_before_is_shown_as_it_was(postgres: Any) -> None:
    chance, clinic = random.Random(9), random_lessons(9, 60)
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, clinic)
        await office.publish()

        async def everything(**how: Any) -> list[Any]:
            bodies = [
                await asker.answer("/v1/availability", service_id="yoga", **TUESDAY, **how),
                await asker.answer("/v1/sessions", **how),
                await asker.answer("/v1/waitlist", **how),
            ]
            return [{name: value for name, value in body.items() if name != "tzdata_then"} for body in bodies]

        before = await everything()
        then = f"{before[0]['position']}@{before[0]['now']}"
        for _ in range(60):
            lesson_step(chance, clinic)
        await office.publish()
        assert await everything() != before
        assert await everything(as_of=then) == before


async def test_a_session_is_full_free_again_when_a_hold_lapses_and_gone_when_it_is_cancelled(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_school())
        clinic = office.clinic
        clinic.accept(samples.book("tue 11:30", service_id="yoga", seats=2))
        held = clinic.accept(samples.hold_slot("tue 11:30", service_id="yoga"))[0]
        await office.publish()

        async def told(**more: Any) -> Any:
            asked = {"service_id": "yoga", "start": samples.iso("tue 11:30"), **more}
            return await asker.answer("/v1/availability/explain", **asked)

        full = await told()
        assert (full["offered"], full["code"]) == (False, "not_enough_seats")
        (blocker,) = full["blockers"]
        taken = [one for one in clinic.records if one.type == "SeatsTaken"][-1]
        assert (blocker["reason"], blocker["event_id"]) == ("full", f"evt_1.{PART}.{taken.pos}")
        mine = held.stream.removeprefix("appointment/")
        assert (await told(hold_id=mine, owner="A"))["session_id"] == "ses-2"
        counts = await asker.answer("/v1/sessions/ses-2")
        assert (counts["capacity"], counts["taken"], counts["remaining"], counts["over"]) == (3, 3, 0, 0)

        here.clock.now = held.event.expires_at  # type: ignore[attr-defined]
        assert (await told())["session_id"] == "ses-2"
        assert (await asker.answer("/v1/sessions/ses-2"))["remaining"] == 1

        clinic.accept(resize(1, "ses-2"))
        await office.publish()
        here.clock.now = held.event.expires_at  # type: ignore[attr-defined]
        assert (await asker.answer("/v1/sessions/ses-2"))["over"] == 1
        clinic.accept(cancel_session("ses-2"))
        await office.publish()
        gone = await told(session_id="ses-2")
        assert [one["reason"] for one in gone["blockers"]] == ["cancelled"]
        assert (await asker.answer("/v1/sessions/ses-2"))["status"] == "cancelled"


async def test_an_appointment_with_seats_moves_to_sessions_and_another_in_the_diary(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_school())
        clinic = office.clinic
        clinic.accept(samples.schedule_session("tue 14:00", id="cut-1", service_id="cut", resources=["ann"]))
        clinic.accept(samples.book("tue 14:00", service_id="cut", seats=2))
        seated = clinic.it
        clinic.accept(samples.book("tue 15:00", resources=["ann"]))
        alone = clinic.it
        clinic.accept(
            samples.schedule_session("tue 16:00", id="cut-2", service_id="cut", resources=["bob"], capacity=2)
        )
        await office.publish()
        for moved in (seated, alone):
            asked = {"service_id": "cut", "resource_id": None if moved == seated else "ann", "reschedule_of": moved}
            slots = (await asker.answer("/v1/availability", **TUESDAY, **asked))["slots"]
            offered = {slot["start"] for slot in slots}
            for minutes in range(0, 24 * 60, 15):
                start = stamp(samples.instant("tue 00:00") + timedelta(minutes=minutes))
                move = samples.command(c.RescheduleAppointment, appointment_id=moved, start=start)
                assert (start in offered) == accepted(clinic, move), (moved, start)
            assert {slot["session_id"] for slot in slots} == ({"cut-1", "cut-2"} if moved == seated else {None})


async def test_several_sessions_at_one_start_are_all_told_however_pages_are_cut(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, open_school()).publish()
        whole = (await asker.answer("/v1/availability", service_id="yoga", **TUESDAY))["slots"]
        assert [slot["session_id"] for slot in whole] == ["ses-0", "ses-1", "ses-2"]
        slots, following = [], None
        while True:
            body = await asker.answer("/v1/availability", service_id="yoga", **TUESDAY, limit=1, cursor=following)
            slots += body["slots"]
            if (following := body["next"]) is None:
                break
        assert slots == whole
