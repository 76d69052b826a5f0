"""Classes at the desk itself: what it loads for them, what it stores, and what it tells by the clock."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from booking.desk import Desk, Standing
from contracts.envelope import command_headers
from contracts.record import Record, decode
from contracts.routing import part_of
from eventlog.diary import Diaries
from eventlog.log import Loaded, Timer, Wanted, WantedDays
from eventlog.memory import MemoryLog
from eventlog.proof import Proof
from eventlog.vault import Vault
from streams.message import Message

TENANT = "north"
PART = part_of(TENANT)
MORNING = datetime(2029, 12, 3, 8, tzinfo=UTC)
START = datetime(2029, 12, 3, 10, tzinfo=UTC)
SUPPLY: list[tuple[str, dict[str, Any]]] = [
    ("DefineTenant", {"id": TENANT, "name": "North"}),
    ("DefineLocation", {"id": "main", "name": "Main", "tz": "UTC", "primary": True}),
    ("DefineService", {"id": "yoga", "name": "Yoga", "duration_minutes": 60}),
    ("DefineResource", {"id": "ann", "kind": "staff", "name": "Ann"}),
    ("SetSchedule", {"resource_id": "ann", "weekly": [{"days": ["mon"], "start": "08:00", "end": "18:00"}]}),
]
YOGA = {"id": "monday", "service_id": "yoga", "start": START.isoformat(), "capacity": 40, "resources": ["ann"]}


class WatchedLog(MemoryLog):
    """Counts how often it is asked."""

    trips = 0

    async def load(self, wanted: Sequence[Wanted]) -> dict[int, Loaded]:
        self.trips += 1
        return dict(await super().load(wanted))

    async def load_days(self, wanted: Sequence[WantedDays]) -> dict[int, Loaded]:
        self.trips += 1
        return dict(await super().load_days(wanted))


class Front:
    """A desk that appends what it decides, and proves the log after each poll."""

    def __init__(self) -> None:
        self.now = MORNING
        self.log = WatchedLog(12, clock=lambda: self.now)
        self.vault = Vault(b"k" * 32)
        self.position = self.offset = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """With nothing in memory."""
        self.desk = Desk(self.log, self.vault, partitions=12, topic="commands", unknown_key=b"u" * 32)

    async def poll(self, *commands: tuple[str, str, dict[str, Any]], dry_run: bool = False) -> list[dict[str, Any]]:
        """The answers, in order."""
        messages = [self._message(*command, dry_run=dry_run) for command in commands]
        return await self._work({PART: messages}, {})

    async def tell_time(self) -> None:
        await self._work({}, await self.due())

    async def due(self) -> dict[int, list[Timer]]:
        return {part: list(timers) for part, timers in (await self.log.due_timers([PART], self.now, 100)).items()}

    async def _work(self, polled: Any, due: Any) -> list[dict[str, Any]]:
        sheets = await self.desk.work(polled, due, {PART: Standing(1, self.position, self.now)}, self.now)
        sheet = sheets[PART]
        assert not sheet.dead
        assert not await self.log.append([sheet.append(self.desk.cabinet, epoch=1, offset=0, published=0)], self.now)
        self.position = sheet.position
        await self._check()
        return [orjson.loads(parcel.value or b"") for parcel in sheet.outcomes]

    async def _check(self) -> None:
        """The log is sound, and the diary that was stored is its fold."""
        proof, diaries = Proof(), Diaries()
        for record in await self.records():
            assert proof.feed(record) is None, proof.violation
            diaries.feed(record)
        day = int(START.timestamp()) // 86_400
        found = await MemoryLog.load_days(self.log, [WantedDays(part=PART, days={(TENANT, "ann", day)})])
        stored = found[PART].days.get((TENANT, "ann", day), []) if PART in found else []
        assert set(stored) == diaries.rows()

    async def records(self) -> list[Record]:
        return [decode(row.state) for row in await self.log.read(PART, 0, limit=10_000)]

    def _message(self, id: str, type: str, body: dict[str, Any], *, dry_run: bool) -> Message:
        self.offset += 1
        headers = command_headers(id=id, source="test", type=type, dry_run=dry_run)
        return Message(PART, self.offset, TENANT.encode(), orjson.dumps(body), headers)


async def studio() -> Front:
    front = Front()
    await front.log.take_over([PART], await front.log.new_owner("1"), MORNING)
    for number, (type, data) in enumerate(SUPPLY):
        await front.poll((f"supply-{number}", type, data))
    (outcome,) = await front.poll(("yoga", "ScheduleSession", YOGA))
    assert outcome["subject"] == {"kind": "session", "id": "monday", "version": 1}
    assert (outcome["session"]["capacity"], outcome["session"]["remaining"]) == (40, 40)
    return front


def seat(id: str, **members: Any) -> tuple[str, str, dict[str, Any]]:
    customer = {"name": id, "email": f"{id}@example.com"}
    return id, "BookAppointment", {"service_id": "yoga", "start": START.isoformat(), "customer": customer} | members


def held(id: str, **members: Any) -> tuple[str, str, dict[str, Any]]:
    return id, "HoldSlot", {"service_id": "yoga", "start": START.isoformat(), "owner": "A"} | members


async def test_a_cold_desk_finds_the_session_of_a_start_in_three_round_trips() -> None:
    front = await studio()
    front.begin_anew()
    await front.poll(("warm", "RegisterCustomer", {"name": "Joe"}))
    front.log.trips = 0
    (outcome,) = await front.poll(seat("joe"))
    assert outcome["appointment"]["session_id"] == "monday"
    assert front.log.trips <= 4, "its day and its customer are asked for side by side"


async def test_a_class_of_many_is_cancelled_in_one_decision_and_few_round_trips() -> None:
    front = await studio()
    await front.poll(*[seat(f"guest-{number}") for number in range(40)])
    front.begin_anew()
    await front.poll(("warm", "RegisterCustomer", {"name": "Joe"}))
    front.log.trips = 0
    (outcome,) = await front.poll(("end", "CancelSession", {"session_id": "monday", "reason": "ill"}))
    assert [one["status"] for one in outcome["appointments"]] == ["cancelled"] * 40
    assert len({event["type"] for event in outcome["events"]}) == 3
    assert front.log.trips <= 5


async def test_the_same_command_again_gets_the_same_answer_and_no_seat() -> None:
    front = await studio()
    (first,) = await front.poll(seat("joe"))
    (again,) = await front.poll(seat("joe"))
    assert again == first
    assert sum(record.type == "SeatsTaken" for record in await front.records()) == 1


async def test_a_dry_run_takes_no_seat() -> None:
    front = await studio()
    before = await front.records()
    (outcome,) = await front.poll(seat("joe", seats=40), dry_run=True)
    assert (outcome["result"], outcome["dry_run"]) == ("accepted", True)
    assert await front.records() == before
    (outcome,) = await front.poll(seat("ann", seats=40))
    assert outcome["result"] == "accepted"


async def test_time_frees_held_seats_with_every_timer_stopped() -> None:
    front = await studio()
    await front.poll(held("basket", seats=40))
    front.now = MORNING + timedelta(seconds=300) - timedelta(microseconds=1)
    (outcome,) = await front.poll(seat("early"))
    assert (outcome["error"]["code"], outcome["error"]["available"]) == ("not_enough_seats", 0)
    front.now = MORNING + timedelta(seconds=300)
    (outcome,) = await front.poll(seat("joe"))
    assert outcome["result"] == "accepted"


async def test_the_hold_and_its_session_each_have_a_timer_that_tells_once() -> None:
    front = await studio()
    await front.poll(held("basket", seats=2))
    front.now = MORNING + timedelta(seconds=300)
    front.begin_anew()
    assert len((await front.due())[PART]) == 2
    await front.tell_time()
    assert sorted(record.type for record in (await front.records())[-2:]) == ["HoldExpired", "SeatsReleased"]
    assert not (await front.due()).get(PART)


async def test_who_cancels_after_a_restart_gives_the_seat_back() -> None:
    front = await studio()
    (booked,) = await front.poll(seat("joe"))
    front.begin_anew()
    (outcome,) = await front.poll(("gone", "CancelAppointment", {"appointment_id": booked["appointment"]["id"]}))
    assert [event["type"] for event in outcome["events"]] == ["AppointmentCancelled", "SeatsReleased"]


async def test_the_last_seat_goes_to_one_of_two_in_one_poll() -> None:
    front = await studio()
    (outcome,) = await front.poll(("one", "ChangeCapacity", {"session_id": "monday", "capacity": 1}))
    assert (outcome["session"]["capacity"], outcome["session"]["version"]) == (1, 2)
    answers = await front.poll(seat("joe"), seat("sue"), seat("max", session_id="monday"))
    assert [answer["result"] for answer in answers] == ["accepted", "rejected", "rejected"]


async def test_an_id_that_was_used_is_refused_also_after_a_restart() -> None:
    front = await studio()
    front.begin_anew()
    (outcome,) = await front.poll(("again", "ScheduleSession", YOGA | {"start": "2029-12-03T14:00Z"}))
    assert (outcome["error"]["code"], outcome["error"]["field"]) == ("invalid_command", "id")
