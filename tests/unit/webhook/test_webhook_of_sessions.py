"""What subscribers hear of a class: its own events, with the session around each, remembered or read again."""

from datetime import UTC, datetime

import stored
from contracts.events import CapacityChanged, Event, SeatsTaken, SessionScheduled
from contracts.record import Record, encode
from eventlog.log import Row
from eventlog.memory import MemoryLog
from logs import change, take
from webhook.streams import Streams

EVENTS: list[Event] = [
    SessionScheduled(slot=stored.slot("15:00", "16:00"), capacity=5, chosen=stored.CHOSEN),
    SeatsTaken(appointment_id="apt_5f1c", seats=["seat_1", "seat_2"]),
    CapacityChanged(capacity=1, previous=5),
]
RECORDS: list[Record] = [
    stored.record(event, stored.SESSION, version, version) for version, event in enumerate(EVENTS, 1)
]


def row(record: Record) -> Row:
    return Row(record.pos, record.tenant, record.stream, record.version, record.type, record.decided_at, encode(record))


async def test_each_event_of_a_session_is_told_with_the_session_before_and_after() -> None:
    placed = await Streams(MemoryLog(12, clock=lambda: datetime.now(UTC))).placed(RECORDS)
    assert [one.event.type for one in placed] == ["session.scheduled", "seat.taken", "session.capacity_changed"]
    assert [one.event.data["remaining"] for one in placed] == [5, 3, 0]
    assert placed[2].event.data["over"] == 1
    assert placed[1].event.previous == {"taken": 0, "remaining": 5, "seats": []}


async def test_a_session_begun_before_is_folded_from_the_log() -> None:
    log = MemoryLog(12, clock=lambda: datetime.now(UTC))
    part = RECORDS[0].part
    head = (await take(log, part))[part]
    assert not await log.append([change(head, rows=[row(record) for record in RECORDS])], datetime.now(UTC))
    (placed,) = await Streams(log).placed(RECORDS[2:])
    assert placed.event.previous == {"capacity": 5, "remaining": 3, "over": 0}
