"""How often the desk asks the log: a small poll once, whatever its commands need."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import orjson
import pytest

from bench.work import Booking, bookings, supply
from booking.desk import FEW, Desk, Standing
from booking.presumption import DOUBTED
from contracts.envelope import command_headers
from contracts.routing import part_of
from eventlog.log import EVENTS_STREAM_ONCE, AlreadyThere, InboxKey, Loaded, Wanted, WantedDays
from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from streams.message import Message

NOW = datetime(2029, 12, 3, 9, tzinfo=UTC)
TENANT = "north"
PART = part_of(TENANT)


class WatchedLog(MemoryLog):
    """Counts round trips: what is asked for while another answer is under way goes with it."""

    def __init__(self) -> None:
        super().__init__(12, clock=lambda: NOW)
        self.trips = 0
        self._under_way = 0

    async def load(self, wanted: Sequence[Wanted]) -> dict[int, Loaded]:
        await self._go()
        return dict(await super().load(wanted))

    async def load_days(self, wanted: Sequence[WantedDays]) -> dict[int, Loaded]:
        await self._go()
        return dict(await super().load_days(wanted))

    async def _go(self) -> None:
        self.trips += not self._under_way
        self._under_way += 1
        await asyncio.sleep(0)
        self._under_way -= 1


class Counter:
    """A desk with a tenant and its supply in memory."""

    def __init__(self) -> None:
        self.log = WatchedLog()
        self.desk = Desk(self.log, Vault(b"k" * 32), partitions=12, topic="commands", unknown_key=b"u" * 32)
        self.position = 0
        self.offset = 0
        self.answers: list[bytes] = []
        self.all_answers: list[bytes] = []

    async def poll(self, commands: Sequence[tuple[str, str, dict[str, object]]]) -> int:
        """Decides and appends them; the number of times the log was asked."""
        before = self.log.trips
        messages = [self._message(*command) for command in commands]
        sheets = await self.desk.work({PART: messages}, {}, {PART: Standing(1, self.position, NOW)}, NOW)
        sheet = sheets[PART]
        assert not sheet.dead
        assert not await self.log.append([sheet.append(self.desk.cabinet, epoch=1, offset=0, published=0)], NOW)
        self.position = sheet.position
        self.answers = [parcel.value or b"" for parcel in sheet.outcomes]
        self.all_answers += self.answers
        return self.log.trips - before

    def trust(self) -> None:
        """From here on commands are presumed new."""
        keys = [InboxKey(TENANT, "test", f"nobody-{number}") for number in range(DOUBTED)]
        self.desk.presumption.heard(keys, ())

    def forget_appointments(self) -> None:
        """Their streams are no longer at hand; what they take of the diary still is."""
        folder = self.desk.cabinet[TENANT]
        for stream in [stream for stream in folder.versions if stream.startswith("appointment/")]:
            del folder.versions[stream]
            folder.state.kept.pop(stream, None)

    def _message(self, id: str, type: str, body: dict[str, object]) -> Message:
        """What is called a dry run is one."""
        self.offset += 1
        headers = command_headers(id=id, source="test", type=type, dry_run=id.startswith("dry-run"))
        return Message(PART, self.offset, TENANT.encode(), orjson.dumps(body), headers)


async def open_counter() -> Counter:
    counter = Counter()
    await counter.log.take_over([PART], await counter.log.new_owner("1"), NOW)
    await counter.poll([("tenant", "DefineTenant", {"id": TENANT, "name": "North"})])
    await counter.poll([(f"supply-{number}", *command) for number, command in enumerate(supply())])
    return counter


def booked(work: Sequence[Booking]) -> list[tuple[str, str, dict[str, object]]]:
    return [(booking.id, "BookAppointment", booking.command()) for booking in work]


async def test_a_small_poll_on_days_never_seen_asks_the_log_once() -> None:
    counter = await open_counter()
    assert await counter.poll(booked(bookings(FEW, [TENANT], seed=1))) == 1


async def test_a_large_poll_on_days_never_seen_asks_once_for_those_who_are_named() -> None:
    counter = await open_counter()
    assert await counter.poll(booked(bookings(FEW + 1, [TENANT], seed=1))) == 1


async def test_a_large_poll_finds_out_by_deciding_who_could_be_taken_and_asks_once_more() -> None:
    counter = await open_counter()
    anybody = [(id, type, body | {"resources": None}) for id, type, body in booked(bookings(FEW + 1, [TENANT], seed=1))]
    assert await counter.poll(anybody) == 2


async def test_a_poll_leaves_no_cycles_for_the_collector() -> None:
    """It is asked seldom, so whatever only it could free would pile up: a whole poll, when an error is kept."""
    counter = await open_counter()
    gc.collect()
    gc.disable()
    try:
        await counter.poll(booked(bookings(800, [TENANT], seed=1)))
        assert gc.collect() < 100
    finally:
        gc.enable()


async def test_a_reinstatement_on_which_nothing_is_at_hand_asks_for_its_stream_its_days_and_its_customer() -> None:
    counter = await open_counter()
    (visit,) = booked(bookings(1, [TENANT], seed=1))
    await counter.poll([(visit[0], visit[1], visit[2] | {"id": "visit", "customer": {"id": "joe", "name": "Joe"}})])
    await counter.poll([("cancel", "CancelAppointment", {"appointment_id": "visit"})])
    counter.desk.cabinet.drop(PART)
    assert await counter.poll([("again", "ReinstateAppointment", {"appointment_id": "visit"})]) <= 3
    assert b"AppointmentReinstated" in counter.answers[0]


async def test_days_that_are_in_memory_are_not_asked_for_again() -> None:
    counter = await open_counter()
    await counter.poll(booked(bookings(800, [TENANT], seed=1)))
    assert await counter.poll(booked(bookings(200, [TENANT], seed=2, prefix="again"))) == 1


async def test_what_is_presumed_new_asks_nothing_of_the_log() -> None:
    counter = await open_counter()
    work = booked(bookings(800, [TENANT], seed=1))
    await counter.poll(work[:700])
    counter.trust()
    assert [await counter.poll([command]) for command in work[700:]] == [0] * 100
    assert 0 < sum(b'"rejected"' in answer for answer in counter.all_answers[-100:]) < 20


async def test_a_refusal_under_an_id_used_before_is_contradicted_and_found_out_in_doubt() -> None:
    counter = await open_counter()
    work = booked(bookings(100, [TENANT], seed=1))
    await counter.poll(work)
    counter.trust()
    again = [(f"x{number}", type, body | {"id": f"x{number}"}) for number, (_, type, body) in enumerate(work[:3])]
    used = ("used", "BookAppointment", work[0][2])
    assert await counter.poll(again) == 0
    assert [b"slot_unavailable" in answer for answer in counter.answers] == [True] * 3
    counter.forget_appointments()
    with pytest.raises(AlreadyThere, match=EVENTS_STREAM_ONCE):
        await counter.poll([used])
    counter.desk.forget([PART])
    await counter.poll([used])
    assert b"is already used" in counter.answers[-1]


async def test_an_id_refused_first_and_taken_later_in_the_same_poll_is_no_contradiction() -> None:
    counter = await open_counter()
    work = booked(bookings(100, [TENANT], seed=1))
    await counter.poll(work)
    counter.trust()
    taken, free = work[0][2], bookings(1, [TENANT], seed=1, first_day=50)[0].command()
    counter.forget_appointments()
    await counter.poll(
        [("a", "BookAppointment", taken | {"id": "new"}), ("b", "BookAppointment", free | {"id": "new"})]
    )
    assert [b'"accepted"' in answer for answer in counter.answers] == [False, True]


# --- series -----------------------------------------------------------------------------------------------------

WEEKLY = {"rrule": "FREQ=WEEKLY;COUNT=20", "on_conflict": "skip", "id": "rehab"}


def weekly() -> tuple[str, str, dict[str, object]]:
    """A series of a service that the bench's tenants have."""
    first = bookings(1, [TENANT], seed=1)[0].command()
    return "series", "BookSeries", first | WEEKLY


def change(type: str, **members: object) -> tuple[str, str, dict[str, object]]:
    return type, type, {"series_id": "rehab", "scope": "all"} | members


async def test_a_series_is_booked_within_three_round_trips() -> None:
    counter = await open_counter()
    assert await counter.poll([*booked(bookings(FEW, [TENANT], seed=2)), weekly()]) <= 3
    assert b'"SeriesCreated"' in counter.answers[-1]


async def test_what_is_to_come_of_a_series_not_at_hand_is_moved_and_cancelled_within_three() -> None:
    counter = await open_counter()
    await counter.poll([weekly()])
    counter.desk.forget([PART])
    later = (NOW + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:00Z")
    moved = await counter.poll([change("RescheduleSeries", start=later, reason="school")])
    assert b'"SeriesRescheduled"' in counter.answers[-1]
    counter.desk.forget([PART])
    cancelled = await counter.poll([change("CancelSeries", reason="moved away")])
    assert b'"SeriesEnded"' in counter.answers[-1]
    assert (moved, cancelled) == (3, 2)


async def test_one_of_a_series_is_cancelled_alone_within_three() -> None:
    counter = await open_counter()
    await counter.poll([weekly()])
    occurrence = orjson.loads(counter.answers[-1])["appointments"][0]["id"]
    counter.desk.forget([PART])
    assert await counter.poll([("alone", "CancelAppointment", {"appointment_id": occurrence})]) == 3
    assert b'"AppointmentCancelled"' in counter.answers[-1]


async def test_a_dry_run_of_a_series_answers_with_all_of_it_and_leaves_nothing() -> None:
    counter = await open_counter()
    _, type, body = weekly()
    before = counter.position
    await counter.poll([("dry-run", type, body)])
    tried = orjson.loads(counter.answers[-1])
    assert (tried["result"], tried["events"], len(tried["appointments"])) == ("accepted", [], 20)
    assert counter.position == before
    await counter.poll([weekly()])
    meant = orjson.loads(counter.answers[-1])
    assert [one["start"] for one in meant["appointments"]] == [one["start"] for one in tried["appointments"]]


async def test_a_command_sent_twice_in_one_poll_is_decided_once_even_where_its_refusal_is_to_be_made_sure_of() -> None:
    counter = await open_counter()
    (first, *_) = booked(bookings(1, [TENANT], seed=1))
    await counter.poll([(first[0], first[1], first[2] | {"id": "first"})])
    counter.trust()
    again = ("again", first[1], first[2] | {"id": "again"})
    await counter.poll([again, ("cancel", "CancelAppointment", {"appointment_id": "first"}), again])
    answers = [answer for answer in counter.answers if b'"command_id":"again"' in answer]
    assert len(answers) == 2
    assert len(set(answers)) == 1
    assert b"slot_unavailable" in answers[0]
