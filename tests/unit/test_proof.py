"""The proof finds what it is there to find: each violation planted by hand into an otherwise sound log."""

from datetime import UTC, datetime, timedelta

from contracts import events as e
from contracts.record import Record, event_id
from contracts.values import Actor, Chosen, ResourceRef, ServiceRef, SlotFacts, Span
from eventlog.proof import Proof

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
DECIDED = datetime(2027, 1, 1, tzinfo=UTC)


def slot(
    start: datetime = NOON, minutes: int = 30, resource: str = "ann", pad: int = 0, blocks: bool = True
) -> SlotFacts:
    end = start + timedelta(minutes=minutes)
    return SlotFacts(
        service=ServiceRef(id="cut", name="Haircut"),
        location_id="main",
        resources=[ResourceRef(id=resource, kind="staff", name="Ann")],
        start=start,
        end=end,
        busy=Span(start=start - timedelta(minutes=pad), end=end + timedelta(minutes=pad)),
        tz="UTC",
        local_start=start.isoformat(),
        blocks=blocks,
    )


def booked(at: SlotFacts, *, override: bool = False) -> e.AppointmentBooked:
    return e.AppointmentBooked(slot=at, chosen=Chosen(strategy="specific"), override=override)


def held(at: SlotFacts, until: datetime) -> e.AppointmentHeld:
    return e.AppointmentHeld(slot=at, owner="A", expires_at=until, chosen=Chosen(strategy="specific"))


class Log:
    """Writes records one after the other, dense unless told otherwise, and proves them."""

    def __init__(self) -> None:
        self.proof = Proof()
        self.pos = 0
        self.versions: dict[str, int] = {}

    def write(
        self, name: str, event: e.Event, *, at: datetime = DECIDED, skip: int = 0, same_version: bool = False
    ) -> "Log":
        self.pos += 1 + skip
        stream = f"appointment/{name}"
        self.versions[stream] = self.versions.get(stream, 0) + (0 if same_version else 1)
        self.proof.feed(
            Record(
                event_id=event_id(0, 3, self.pos),
                type=type(event).__name__,
                schema_version=1,
                tenant="acme",
                stream=stream,
                version=self.versions[stream],
                part=3,
                pos=self.pos,
                era=0,
                occurred_at=at,
                decided_at=at,
                actor=Actor(type="system", id="test"),
                source="test",
                command_id="c",
                causation_id="c",
                correlation_id="c",
                tzdata_version=None,
                event=event,
            )
        )
        return self

    @property
    def promise(self) -> str | None:
        return self.proof.violation.promise if self.proof.violation else None


def test_touching_appointments_are_no_double_booking() -> None:
    log = Log().write("a", booked(slot())).write("b", booked(slot(NOON + timedelta(minutes=30))))
    assert log.promise is None
    assert log.proof.counts.appointments == 2


def test_an_overlap_of_one_minute_is_found_and_named() -> None:
    log = Log().write("a", booked(slot())).write("b", booked(slot(NOON + timedelta(minutes=29))))
    assert log.proof.violation is not None
    assert log.promise == "P1"
    assert log.proof.violation.position == "3.2"
    assert "appointment/a" in log.proof.violation.text


def test_buffers_count() -> None:
    log = Log().write("a", booked(slot(pad=10))).write("b", booked(slot(NOON + timedelta(minutes=35))))
    assert log.promise == "P1"


def test_other_resources_do_not_meet() -> None:
    assert Log().write("a", booked(slot())).write("b", booked(slot(resource="bob"))).promise is None


def test_an_overlap_over_midnight_is_found() -> None:
    late = datetime(2027, 1, 4, 23, 30, tzinfo=UTC)
    log = Log().write("a", booked(slot(late, 60))).write("b", booked(slot(late + timedelta(minutes=45), 30)))
    assert log.promise == "P1"


def test_a_cancelled_slot_is_free() -> None:
    log = Log().write("a", booked(slot())).write("a", e.AppointmentCancelled()).write("b", booked(slot()))
    assert log.promise is None


def test_a_moved_appointment_frees_the_old_slot_and_takes_the_new_one() -> None:
    later = slot(NOON + timedelta(hours=2))
    moved = e.AppointmentRescheduled(
        slot=later, previous=Span(start=NOON, end=NOON), previous_resources=[], chosen=Chosen(strategy="specific")
    )
    log = Log().write("a", booked(slot())).write("a", moved).write("b", booked(slot()))
    assert log.promise is None
    assert log.write("c", booked(later)).promise == "P1"


def test_a_hold_is_in_the_way_until_its_last_instant_and_not_one_later() -> None:
    until = DECIDED + timedelta(seconds=300)
    before, then = until - timedelta(microseconds=1), until
    assert Log().write("a", held(slot(), until)).write("b", booked(slot()), at=before).promise == "P1"
    assert Log().write("a", held(slot(), until)).write("b", booked(slot()), at=then).promise is None


def test_a_confirmed_hold_is_no_rival_of_itself() -> None:
    until = DECIDED + timedelta(seconds=300)
    log = Log().write("a", held(slot(), until)).write("a", booked(slot()))
    assert log.promise is None
    assert log.write("b", booked(slot()), at=until + timedelta(days=1)).promise == "P1"


def test_a_request_that_does_not_block_is_not_a_booking_until_it_is_accepted() -> None:
    asked = e.AppointmentRequested(slot=slot(blocks=False), chosen=Chosen(strategy="specific"))
    log = Log().write("a", booked(slot())).write("b", asked)
    assert log.promise is None
    assert log.write("b", e.RequestAccepted()).promise == "P1"


def test_a_recorded_override_is_allowed_and_counted() -> None:
    log = Log().write("a", booked(slot())).write("b", booked(slot(), override=True))
    assert log.promise is None
    assert log.proof.counts.overrides == 1


def test_an_accepted_override_is_allowed_and_counted() -> None:
    asked = e.AppointmentRequested(slot=slot(blocks=False), chosen=Chosen(strategy="specific"))
    log = Log().write("a", booked(slot())).write("b", asked)
    assert log.write("b", e.RequestAccepted(slot=slot(), override=True)).promise is None
    assert log.proof.counts.overrides == 1


def test_what_is_reinstated_is_a_booking_again() -> None:
    again = e.AppointmentReinstated(slot=slot(), chosen=Chosen(strategy="named"))
    log = Log().write("a", booked(slot())).write("a", e.AppointmentCancelled())
    assert log.write("a", again).write("b", booked(slot())).promise == "P1"
    log = Log().write("a", booked(slot())).write("a", e.AppointmentCancelled()).write("b", booked(slot()))
    assert log.promise is None
    assert log.write("a", again).promise == "P1"


def test_a_tombstone_takes_no_time() -> None:
    log = Log().write("a", booked(slot())).write("a", e.AppointmentTombstoned()).write("b", booked(slot()))
    assert log.promise is None


def test_a_missing_position_is_found() -> None:
    assert Log().write("a", booked(slot())).write("b", booked(slot(resource="bob")), skip=1).promise == "P3"


def test_a_repeated_version_of_a_stream_is_found() -> None:
    log = Log().write("a", booked(slot())).write("a", e.AppointmentConfirmed(), same_version=True)
    assert log.promise == "P3"
