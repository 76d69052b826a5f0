"""The proof finds what it is there to find: each violation planted by hand into an otherwise sound log."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

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
        self, name: str, event: e.Event, *, at: datetime = DECIDED, skip: int = 0, same_version: bool = False,
        by: str | None = None,
    ) -> "Log":  # fmt: skip
        self.pos += 1 + skip
        stream = f"session/{name}" if type(event).__module__ == "contracts.session_events" else f"appointment/{name}"
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
                command_id=by or f"c-{self.pos}",
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


# --- sessions and their seats -----------------------------------------------------------------------------------


def session(at: SlotFacts | None = None, capacity: int = 2, override: bool = False) -> e.SessionScheduled:
    named = Chosen(strategy="named")
    return e.SessionScheduled(slot=at or slot(), capacity=capacity, chosen=named, override=override)


def seat(count: int = 1, blocks: bool = True) -> SlotFacts:
    return replace(slot(blocks=blocks), seats=count, session_id="yoga")


def took(name: str, *seats: int, until: datetime | None = None, override: bool = False) -> e.SeatsTaken:
    named = [f"seat_{number}" for number in seats]
    return e.SeatsTaken(appointment_id=name, seats=named, expires_at=until, override=override)


def left(name: str, *seats: int) -> e.SeatsReleased:
    return e.SeatsReleased(appointment_id=name, seats=[f"seat_{number}" for number in seats])


def attended(log: Log, name: str, *seats: int, override: bool = False, at: datetime = DECIDED) -> Log:
    """Booked, and the seats taken by the same command."""
    log.write(name, booked(seat(len(seats)), override=override), by=name, at=at)
    return log.write("yoga", took(name, *seats, override=override), by=name, at=at)


def test_a_session_is_in_the_way_of_a_booking_until_it_is_cancelled() -> None:
    assert Log().write("yoga", session()).write("a", booked(slot())).promise == "P1"
    assert Log().write("a", booked(slot())).write("yoga", session()).promise == "P1"
    log = Log().write("yoga", session()).write("yoga", e.SessionCancelled()).write("a", booked(slot()))
    assert log.promise is None


def test_seats_up_to_the_capacity_are_no_double_booking() -> None:
    log = attended(attended(Log().write("yoga", session()), "a", 1), "b", 2)
    assert log.write("z", booked(slot(resource="bob"))).promise is None
    assert (log.proof.counts.sessions, log.proof.counts.seats) == (1, 2)


def test_a_seat_too_many_is_found_and_named() -> None:
    log = attended(attended(Log().write("yoga", session()), "a", 1, 2), "b", 3)
    assert log.promise == "P1"
    assert log.proof.violation is not None
    assert log.proof.violation.text == "session/yoga has 2 seats, and 3 are taken"


def test_a_seat_too_many_is_allowed_where_it_is_recorded() -> None:
    log = attended(attended(Log().write("yoga", session()), "a", 1, 2), "b", 3, override=True)
    assert log.promise is None
    assert attended(log, "c", 4).promise == "P1"


def test_a_lowered_capacity_is_no_violation_and_a_new_seat_then_is() -> None:
    log = attended(Log().write("yoga", session()), "a", 1, 2).write("yoga", e.CapacityChanged(capacity=1, previous=2))
    assert log.promise is None
    assert attended(log, "b", 3).promise == "P1"


def test_held_seats_are_taken_until_their_last_instant_and_not_one_later() -> None:
    until = DECIDED + timedelta(seconds=300)
    for at, promise in ((until - timedelta(microseconds=1), "P1"), (until, None)):
        log = Log().write("yoga", session()).write("a", held(seat(2), until), by="a")
        assert attended(log.write("yoga", took("a", 1, 2, until=until), by="a"), "b", 3, at=at).promise == promise


def test_a_booking_without_its_seats_is_found() -> None:
    log = Log().write("yoga", session()).write("a", booked(seat()))
    assert log.write("b", booked(slot(resource="bob"))).promise == "P1"


def test_seats_kept_by_who_has_left_are_found() -> None:
    log = attended(Log().write("yoga", session()), "a", 1).write("a", e.AppointmentCancelled())
    assert log.promise is None
    assert log.write("b", booked(slot(resource="bob"))).promise == "P1"


def test_seats_that_no_appointment_knows_of_are_found() -> None:
    log = Log().write("yoga", session()).write("yoga", took("nobody", 1))
    assert log.write("b", booked(slot(resource="bob"))).promise == "P1"


def test_who_leaves_gives_the_seats_back() -> None:
    log = attended(Log().write("yoga", session()), "a", 1, 2)
    log.write("a", e.AppointmentCancelled(), by="gone").write("yoga", left("a", 1, 2), by="gone")
    assert attended(log, "b", 3, 4).promise is None


def test_a_seat_is_never_given_to_somebody_else() -> None:
    log = attended(Log().write("yoga", session()), "a", 1)
    log.write("a", e.AppointmentCancelled(), by="gone").write("yoga", left("a", 1), by="gone")
    assert attended(log, "b", 1).promise == "P1"


def test_a_cancelled_session_gives_no_seats() -> None:
    assert attended(Log().write("yoga", session()).write("yoga", e.SessionCancelled()), "a", 1).promise == "P1"


def test_a_request_that_does_not_block_has_no_seats() -> None:
    asked = e.AppointmentRequested(slot=seat(blocks=False), chosen=Chosen(strategy="session"))
    log = attended(attended(Log().write("yoga", session()).write("a", asked), "b", 1), "c", 2)
    assert log.write("d", booked(slot(resource="bob"))).promise is None
