"""Series and visits where they meet what else can be booked: seats of classes, custom fields, the waitlist, the end."""

import pytest

from booking.needs import led_to
from by_rule import cancel, occurrences, on_series, statuses, week
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import Clinic, Fact, Scene, ann_works, given, in_session, sent
from samples import book_series, book_visit, command, service
from studio import a_seat, cancel_session, studio

WEEKS = "FREQ=WEEKLY;COUNT=3"
SAID: dict[str, object] = {"start": "2026-03-02T10:00:00Z", "customer": {"name": "Joe"}}
BY_RULE = SAID | {"service_id": "cut", "rrule": WEEKS}
WISH: list[dict[str, object]] = [{"id": "wish", "name": "Wish"}]
SIZE: list[dict[str, object]] = [{"id": "size", "name": "Size", "type": "number", "required": True}]


def lessons(count: int = 3, **members: object) -> list[Fact]:
    """A class each Monday at ten."""
    return [in_session("10:00", id=f"yoga-{n}", start=week(n).isoformat(), **members) for n in range(count)]


def course(**members: object) -> c.BookSeries:
    return book_series("10:00", WEEKS, service_id="yoga", **members)


def taken_seats(clinic: Clinic, count: int = 3) -> list[int]:
    return [clinic.session(f"yoga-{n}").taken for n in range(count)]


# --- classes ----------------------------------------------------------------------------------------------------


def test_a_series_of_a_class_takes_seats_in_the_sessions_that_start_then() -> None:
    scene = studio(*lessons()).when(course(seats=2))
    assert [one.session_id for one in occurrences(scene.clinic)] == ["yoga-0", "yoga-1", "yoga-2"]
    assert taken_seats(scene.clinic) == [2, 2, 2]


def test_what_may_have_sessions_is_booked_in_those_that_start_then() -> None:
    scene = studio(*lessons(2), capacity=None).when(course())
    assert [one.session_id for one in occurrences(scene.clinic)] == ["yoga-0", "yoga-1", None]


def test_where_no_session_starts_there_is_no_series() -> None:
    scene = studio(*lessons(2)).when(course()).then_refused("slot_unavailable", occurrences=[week(2).isoformat()])
    assert taken_seats(scene.clinic, 2) == [0, 0]


def test_a_full_session_is_left_out_where_that_is_wanted() -> None:
    scene = studio(*lessons(capacity=1), sent(a_seat(start=week(1).isoformat())))
    scene.when(course(on_conflict="skip"))
    assert [one.session_id for one in occurrences(scene.clinic)] == ["yoga-0", "yoga-2"]


def test_its_sessions_are_foreseen_together() -> None:
    scene = studio(*lessons())
    scene.when(course())
    assert list(led_to(course(), scene.clinic.view())) == ["session/yoga-0", "session/yoga-1", "session/yoga-2"]


def test_it_moves_into_sessions_that_it_has_left_itself() -> None:
    scene = studio(*lessons(4, capacity=1)).when(course())
    scene.when(on_series(c.RescheduleSeries, scope="all", start=week(1).isoformat()))
    assert [one.session_id for one in occurrences(scene.clinic)] == ["yoga-1", "yoga-2", "yoga-3"]
    assert taken_seats(scene.clinic, 4) == [0, 1, 1, 1]
    scene.when(on_series(c.RescheduleSeries, scope="all", start=week(0).isoformat()))
    assert taken_seats(scene.clinic, 4) == [1, 1, 1, 0]


def test_a_cancelled_series_gives_its_seats_back() -> None:
    scene = studio(*lessons()).when(course()).when(cancel("all"))
    assert taken_seats(scene.clinic) == [0, 0, 0]


def test_the_session_of_a_series_is_not_named() -> None:
    broken = c.validate(c.BookSeries, BY_RULE | {"session_id": "yoga-0"})
    assert isinstance(broken, Rejection)
    assert (broken.code, broken.field) == ("invalid_command", "session_id")


# --- the end ----------------------------------------------------------------------------------------------------


def test_with_the_session_of_the_last_to_come_a_series_ends() -> None:
    scene = studio(*lessons()).when(course()).when(cancel("this_and_following", 1))
    ended = cancel_session("yoga-0", reason="Ann is ill")
    assert len(list(led_to(ended, scene.clinic.view()))) == 4
    scene.when(ended).then(e.SessionCancelled, e.AppointmentCancelled, e.SeriesEnded, e.SeatsReleased)


def test_with_a_session_before_the_last_it_does_not() -> None:
    scene = studio(*lessons()).when(course())
    scene.when(cancel_session("yoga-0")).then(e.SessionCancelled, e.AppointmentCancelled, e.SeatsReleased)
    assert statuses(scene.clinic) == ["cancelled", "scheduled", "scheduled"]


def test_what_is_tombstoned_is_no_longer_to_come() -> None:
    scene = given(ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS)))
    first, _, third = (one.id for one in occurrences(scene.clinic))
    scene.when(command(c.TombstoneAppointment, appointment_id=first, reason="a mistake")).then(e.AppointmentTombstoned)
    scene.when(cancel("this", 1)).then(e.AppointmentCancelled)
    last = command(c.TombstoneAppointment, appointment_id=third, reason="a mistake")
    scene.when(last).then(e.AppointmentTombstoned, e.SeriesEnded)


def test_the_others_of_a_series_are_cancelled_where_one_is_tombstoned() -> None:
    scene = given(ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS)))
    first = occurrences(scene.clinic)[0].id
    scene.clinic.accept(command(c.TombstoneAppointment, appointment_id=first, reason="a mistake"))
    scene.when(cancel("all")).then(e.AppointmentCancelled, e.AppointmentCancelled, e.SeriesEnded)


# --- custom fields ----------------------------------------------------------------------------------------------


def salon(cut: list[dict[str, object]], colour: list[dict[str, object]]) -> Scene:
    return given(
        sent(service(custom_fields=cut), service("colour", name="Colour", custom_fields=colour)),
        ann_works("09:00-17:00", service_ids=["cut", "colour"]),
    )


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"size": 1, "wsh": "short"}, "unknown_field", "custom_fields.wsh"),
        ({"size": "big"}, "invalid_command", "custom_fields.size"),
        ({}, "invalid_command", "custom_fields.size"),
    ],
)
def test_a_series_says_what_its_service_asks(said: dict[str, object], code: str, field: str) -> None:
    scene = salon([*WISH, *SIZE], [])
    scene.when(book_series("10:00", WEEKS, custom_fields=said)).then_refused(code, field)
    scene.when(book_series("10:00", WEEKS, custom_fields={"size": 3}))
    assert [one.custom_fields for one in occurrences(scene.clinic)] == [{"size": 3}] * 3


VISIT = {"service_id": "cut"}, {"service_id": "colour"}


@pytest.mark.parametrize(
    ("said", "code", "field"),
    [
        ({"size": 1, "wsh": "short"}, "unknown_field", "custom_fields.wsh"),
        ({"size": "big"}, "invalid_command", "custom_fields.size"),
        ({"wish": "short"}, "invalid_command", "custom_fields.size"),
    ],
)
def test_a_visit_says_what_any_of_its_services_asks(said: dict[str, object], code: str, field: str) -> None:
    salon(WISH, SIZE).when(book_visit("10:00", *VISIT, custom_fields=said)).then_refused(code, field)


def test_each_part_of_a_visit_is_told_what_its_service_asks() -> None:
    scene = salon(WISH, SIZE).when(book_visit("10:00", *VISIT, custom_fields={"size": 3, "wish": "short"}))
    told = [kept.appointment.custom_fields for kept in scene.clinic.state.kept.values()]
    assert told == [{"wish": "short"}, {"size": 3}]


# --- the waitlist -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body"), [(c.BookSeries, BY_RULE), (c.BookAppointment, SAID | {"segments": list(VISIT)})]
)
def test_who_waits_does_not_do_so_for_several_at_once(kind: type[c.Command], body: dict[str, object]) -> None:
    assert isinstance(c.validate(kind, body), kind)
    refused = c.validate(kind, body | {"waitlist_id": "wai_1"})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", "waitlist_id")


def test_what_one_of_a_series_leaves_is_offered_to_who_waits() -> None:
    scene = given(ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS)))
    waits = {"id": "wai_1", "service_id": "cut", "customer": {"name": "Sue"}, "wants": {}}
    scene.clinic.accept(command(c.JoinWaitlist, **waits))
    first = occurrences(scene.clinic)[0].id
    freed = command(c.CancelAppointment, appointment_id=first, waitlist_ids=["wai_1"])
    scene.when(freed).then(e.AppointmentCancelled, e.AppointmentHeld, e.WaitlistOffered)
