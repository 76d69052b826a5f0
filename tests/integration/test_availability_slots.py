"""What availability offers is what booking accepts (P4), at any moment, and the same again as of that moment."""

import random
from datetime import timedelta
from typing import Any

import pytest

import samples
from asking import Asking, Office, asking
from booking.decide import decide
from booking.needs import days
from contracts import commands as c
from contracts.errors import Rejection
from given import Clinic
from read_model import PART, open_clinic, random_history, random_step, reading

RANGE = {"from_": samples.iso("mon 08:00"), "to": samples.iso("thu 00:00")}
ASKS: list[dict[str, Any]] = [
    {},
    {"resource_id": "ann"},
    {"resource_id": "bob", "duration_minutes": 45},
    {"step_minutes": 30},
    {"addon_id": "cut"},
]


def accepted(clinic: Clinic, start: str, asked: dict[str, Any]) -> bool:
    """Whether the desk would take a hold there now; nothing is kept of it."""
    resources = [asked["resource_id"]] if "resource_id" in asked else None
    command = samples.command(
        c.HoldSlot, service_id="cut", start=start, owner="asker", resources=resources,
        duration_minutes=asked.get("duration_minutes"), addons=[asked["addon_id"]] if "addon_id" in asked else [],
    )  # fmt: skip
    view = clinic.view()
    clinic.load(days(command, view))
    with clinic.state.trial():
        return not isinstance(decide(command, view), Rejection)


def candidate_accepted(clinic: Clinic, start: str, candidate: list[str], asked: dict[str, Any]) -> bool:
    return accepted(clinic, start, {**asked, "resource_id": candidate[0]})


def grid(step: int) -> list[str]:
    """Every start worth trying in the range."""
    first = samples.instant("mon 08:00")
    return [(first + timedelta(minutes=n)).isoformat() for n in range(0, 64 * 60, step)]


async def check(asker: Asking, clinic: Clinic, asked: dict[str, Any]) -> int:
    """Offers against decisions, both ways; how many were offered."""
    body = await asker.answer("/v1/availability", service_id="cut", **RANGE, **asked)
    offered = {slot["start"].replace("Z", "+00:00"): slot for slot in body["slots"]}
    step = asked.get("step_minutes", 15)
    for start in grid(step):
        assert (start in offered) == accepted(clinic, start, asked), start
    assert offered.keys() <= set(grid(step))
    for start, slot in offered.items():
        for candidate in slot["candidates"]:
            assert candidate_accepted(clinic, start, candidate, asked), (start, candidate)
    return len(offered)


@pytest.mark.parametrize("seed", [11, 12, 13])
async def test_a_start_is_offered_exactly_if_booking_it_would_succeed(postgres: Any, seed: int) -> None:
    chance, clinic = random.Random(seed), open_clinic()
    async with reading(postgres) as here, asking(here) as asker:
        office, offered = Office(here, clinic), []
        for _ in range(6):
            for _ in range(15):
                random_step(chance, clinic)
            await office.publish()
            offered.append(await check(asker, clinic, chance.choice(ASKS)))
        assert any(offered)


async def test_a_diary_that_is_not_kept_up_would_offer_what_is_taken(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: the cached diary does not take over what changed since it was loaded."""

    async def not_followed(self: Any, pool: Any, at: Any, kept: Any) -> None:
        if kept.generation != (at.generation, at.era):
            kept.begin((at.generation, at.era), at.pos)
        kept.pos = at.pos

    monkeypatch.setattr("availability.diaries.Diaries._follow", not_followed)
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_clinic())
        await office.publish()
        await check(asker, office.clinic, {})
        office.clinic.accept(samples.book("tue 10:00"))
        office.clinic.accept(samples.book("tue 10:00"))
        await office.publish()
        with pytest.raises(AssertionError):
            await check(asker, office.clinic, {})


@pytest.mark.parametrize("seed", [21, 22])
async def test_explain_says_no_exactly_where_nothing_is_offered_and_names_why(postgres: Any, seed: int) -> None:
    clinic = random_history(seed, 80)
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, clinic).publish()
        body = await asker.answer("/v1/availability", service_id="cut", **RANGE, resource_id="ann")
        offered = {slot["start"] for slot in body["slots"]}
        events = {f"evt_1.{PART}.{record.pos}" for record in clinic.records}
        for start in grid(35):
            told = await asker.answer("/v1/availability/explain", service_id="cut", start=start, resource_id="ann")
            assert told["offered"] == (told["start"] in offered) == (not told["blockers"])
            assert all(one["event_id"] in events for one in told["blockers"] if one["reason"] != "in_past")


async def test_a_hold_does_not_block_its_owner_nor_an_appointment_its_own_move(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_clinic(samples.TENANT, "ann"))
        held = office.clinic.accept(samples.hold_slot("tue 10:00", by="A"))[0].stream.removeprefix("appointment/")
        booked = office.clinic.accept(samples.book("tue 12:00"))[-1].stream.removeprefix("appointment/")
        await office.publish()

        async def offered(start: str, **more: str) -> bool:
            body = await asker.answer("/v1/availability/explain", service_id="cut", start=samples.iso(start), **more)
            return bool(body["offered"])

        assert not await offered("tue 10:00")
        assert not await offered("tue 10:00", hold_id=held, owner="B")
        assert await offered("tue 10:00", hold_id=held, owner="A")
        assert not await offered("tue 12:15")
        assert await offered("tue 12:15", reschedule_of=booked)


async def test_a_lapsed_hold_is_free_and_shown_expired_though_no_event_said_so(postgres: Any) -> None:
    """Timers are stopped: only the clock goes on (P7)."""
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_clinic(samples.TENANT, "ann"))
        hold = office.clinic.accept(samples.hold_slot("tue 10:00"))[0]
        hold_id, until = hold.stream.removeprefix("appointment/"), hold.event.expires_at  # type: ignore[attr-defined]
        await office.publish()

        async def seen() -> tuple[str, bool, list[str], list[str], int]:
            start = {"start": samples.iso("tue 10:00"), "service_id": "cut"}
            listed = await asker.answer("/v1/appointments", status=["expired"])
            busy = await asker.answer("/v1/resources/ann/busy", **RANGE)
            return (
                (await asker.answer(f"/v1/holds/{hold_id}"))["status"],
                (await asker.answer("/v1/availability/explain", **start))["offered"],
                [one["id"] for one in listed["items"]],
                [one["type"] for one in busy["items"]],
                (await asker.answer("/v1/appointments", status=["held"], total=True))["total"],
            )

        here.clock.now = until - timedelta(microseconds=1)
        assert await seen() == ("held", False, [], ["tentative"], 1)
        here.clock.now = until
        assert await seen() == ("expired", True, [hold_id], [], 0)


# --- as of --------------------------------------------------------------------------------------------------------

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/availability", {"service_id": "cut", **RANGE}),
    (
        "/v1/availability",
        {"service_id": "cut", "from_": "2026-03-02", "to": "2026-03-05", "limit": 7, "include": "busy"},
    ),
    ("/v1/availability", {"service_id": "cut", "resource_id": "bob", "tz": "America/New_York", **RANGE}),
    ("/v1/availability/explain", {"service_id": "cut", "start": samples.iso("tue 10:00"), "resource_id": "ann"}),
    ("/v1/appointments", {"limit": 500, "total": True}),
    ("/v1/appointments", {"limit": 5, "sort": "-created_at", "status": ["scheduled", "expired"]}),
    ("/v1/resources/ann/busy", RANGE),
    ("/v1/resources/bob", {}),
]


async def answers(asker: Asking, **as_of: str) -> list[tuple[bytes, str]]:
    given = []
    for path, params in QUESTIONS:
        response = await asker.ask(path, **params, **as_of)
        assert response.status_code == 200, response.text
        given.append((response.content, response.headers["Slotkeeper-Position"]))
    return given


async def test_an_answer_is_given_again_byte_for_byte_as_of_its_moment(postgres: Any) -> None:
    chance, clinic = random.Random(31), open_clinic()
    async with reading(postgres) as here, asking(here) as asker:
        office, then = Office(here, clinic), {}
        for _ in range(8):
            for _ in range(12):
                random_step(chance, clinic)
            await office.publish()
            here.clock.now += timedelta(seconds=chance.randrange(400), microseconds=chance.randrange(1_000_000))
            given = await answers(asker)
            then[f"{given[0][1]}@{here.clock.now.isoformat()}"] = given
        assert len(set(then)) == 8
        for as_of, given in then.items():
            assert await answers(asker, as_of=as_of) == given


async def test_a_position_alone_means_the_instant_of_its_decision(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(41, 80)
        await Office(here, clinic).publish()
        for record in clinic.records[10::17]:
            whole = await answers(asker, as_of=f"0.{record.pos}@{record.decided_at.isoformat()}")
            assert await answers(asker, as_of=f"0.{record.pos}") == whole


async def test_an_instant_alone_means_the_last_position_decided_by_then(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = random_history(42, 80)
        await Office(here, clinic).publish()
        for record in clinic.records[12::19]:
            instant = record.decided_at + timedelta(microseconds=1)
            last = max(one.pos for one in clinic.records if one.decided_at <= instant)
            asked = min(instant, clinic.now).isoformat()
            assert await answers(asker, as_of=asked) == await answers(asker, as_of=f"0.{last}@{asked}")
        assert await asker.refusal("/v1/services", as_of=(clinic.now + timedelta(seconds=1)).isoformat()) == (
            400, "invalid_query", "as_of",
        )  # fmt: skip
