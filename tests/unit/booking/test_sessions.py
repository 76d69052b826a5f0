"""Sessions of a class: their time, their capacity, and what becomes of who has a seat when they end."""

from typing import Any

import pytest

import samples
from contracts import commands as c
from contracts.events import (
    AppointmentBooked,
    AppointmentCancelled,
    CapacityChanged,
    CustomerRegistered,
    HoldExpired,
    HoldReleased,
    SeatsReleased,
    SessionCancelled,
    SessionScheduled,
)
from given import (
    Scene,
    after,
    booked,
    held,
    in_session,
    on_it,
    release_it,
    sent,
    works,
)
from studio import a_seat, cancel_session, resize, seated, studio

# --- its time ---------------------------------------------------------------------------------------------------


def test_a_session_takes_its_resources_time() -> None:
    scene = studio().when(samples.schedule_session("10:00")).then(SessionScheduled, capacity=3)
    scene.when(samples.book("10:30", resources=["ann"])).then_refused("slot_unavailable")
    scene.when(samples.book("11:00", resources=["ann"])).then(CustomerRegistered, AppointmentBooked)


def test_what_blocks_is_named_by_the_event_that_scheduled_it() -> None:
    scene = studio(in_session("10:00")).when(samples.book("10:30", resources=["ann"]))
    assert scene.clinic.refusal is not None
    (blocker,) = scene.clinic.refusal.blockers
    assert (blocker.reason, blocker.event_id) == ("busy", scene.clinic.records[-1].event_id)


def test_a_session_is_refused_where_its_resource_is_busy() -> None:
    studio(booked("10:30", resources=["ann"])).when(samples.schedule_session("10:00")).then_refused("slot_unavailable")


def test_two_sessions_of_one_person_do_not_overlap() -> None:
    scene = studio(in_session("10:00"))
    scene.when(samples.schedule_session("10:59", id="yoga-2")).then_refused("slot_unavailable")
    scene.when(samples.schedule_session("11:00", id="yoga-2")).then(SessionScheduled)


def test_an_override_schedules_it_all_the_same_and_is_recorded() -> None:
    scene = studio(booked("10:30", resources=["ann"]))
    forced = samples.schedule_session("10:00", override=True, reason="the only hour")
    scene.when(forced).then(SessionScheduled, override=True, override_reason="the only hour")


def test_a_session_lies_within_the_hours_but_starts_at_any_minute() -> None:
    studio().when(samples.schedule_session("10:07")).then(SessionScheduled)
    studio().when(samples.schedule_session("16:01")).then_refused("outside_hours")
    studio().when(samples.schedule_session("16:00")).then(SessionScheduled)


def test_a_session_is_not_scheduled_in_the_past() -> None:
    studio().at("10:01").when(samples.schedule_session("10:00")).then_refused("in_past")
    studio().at("10:01").when(samples.schedule_session("10:00"), imported=True).then(SessionScheduled)


def test_an_end_says_how_long_it_is() -> None:
    scene = studio().when(samples.schedule_session("10:00", end=samples.iso("11:30"))).then(SessionScheduled)
    scene.then_session(start=samples.instant("10:00"), end=samples.instant("11:30"))


def test_its_buffers_keep_others_away() -> None:
    scene = studio(in_session("10:00"), buffer_before_minutes=10, buffer_after_minutes=15)
    scene.when(samples.book("11:00", resources=["ann"])).then_refused("slot_unavailable")
    scene.when(samples.book("11:15", resources=["ann"])).then(CustomerRegistered, AppointmentBooked)
    scene.when(samples.book("09:30", resources=["ann"])).then_refused("slot_unavailable")
    scene.when(samples.book("09:15", resources=["ann"])).then(AppointmentBooked)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-29T00:30", "2026-03-29T03:30", 120),
        ("2026-10-25T00:30", "2026-10-25T03:30", 240),
        ("2026-03-28T23:30", "2026-03-29T00:30", 60),
    ],
)
def test_its_local_times_are_placed_by_the_clocks_of_their_zone(start: str, end: str, minutes: int) -> None:
    """The night in March has no 02:00-03:00 in Berlin, that in October has it twice."""
    scene = studio(works("eve", "00:00-24:00", tz="Europe/Berlin", service_ids=["yoga"]))
    scene.when(samples.schedule_session("10:00", start=start, end=end, tz="Europe/Berlin", resources=["eve"]))
    seen = scene.clinic.session("yoga-1")
    assert (seen.end - seen.start).total_seconds() == minutes * 60


def test_a_local_time_that_does_not_exist_is_named() -> None:
    scene = studio()
    night = {"start": "2026-03-29T01:30", "end": "2026-03-29T02:30", "tz": "Europe/Berlin"}
    scene.when(samples.schedule_session("10:00", **night)).then_refused("nonexistent_local_time", "end")
    scene.when(samples.schedule_session("10:00", start="2026-03-02T10:00", tz=None)).then_refused(
        "invalid_command", "start"
    )


def test_without_resources_the_service_finds_them() -> None:
    scene = studio(booked("10:00", resources=["ann"]))
    scene.when(samples.schedule_session("10:00", resources=None)).then(SessionScheduled)
    assert [one.id for one in scene.clinic.session("yoga-1").resources] == ["bob"]


def test_without_a_capacity_it_has_the_services() -> None:
    studio().when(samples.schedule_session("10:00", capacity=None)).then(SessionScheduled, capacity=3)
    no_class = studio(capacity=None).when(samples.schedule_session("10:00", capacity=None))
    no_class.then_refused("invalid_command", "capacity")


def test_an_id_is_used_once() -> None:
    studio(in_session("10:00")).when(samples.schedule_session("12:00")).then_refused("invalid_command", "id")


def test_a_session_without_an_id_gets_one() -> None:
    scene = studio().when(samples.schedule_session("10:00", id=None))
    assert scene.written[0].stream.startswith("session/ses_")


# --- its capacity and its end -----------------------------------------------------------------------------------


def test_a_capacity_below_what_is_taken_is_allowed_and_shown() -> None:
    scene = studio(in_session("10:00"), seated(seats=3)).when(resize(1)).then(CapacityChanged, capacity=1, previous=3)
    scene.then_session(capacity=1, taken=3, remaining=0, over=2)
    scene.when(a_seat()).then_refused("not_enough_seats", None, requested=1, available=0)
    scene.when(on_it(c.CancelAppointment)).then_session(taken=0, remaining=1, over=0)


def test_the_same_capacity_changes_nothing() -> None:
    studio(in_session("10:00")).when(resize(3)).then_nothing()


def test_a_session_is_changed_at_the_version_expected() -> None:
    scene = studio(in_session("10:00"), seated())
    scene.when(resize(5, expected_version=1)).then_refused("version_conflict", None, version=2)
    scene.when(resize(5, expected_version=2)).then(CapacityChanged)
    scene.when(cancel_session(expected_version=2)).then_refused("version_conflict", None, version=3)


def test_a_cancelled_session_cancels_its_appointments_in_the_same_decision() -> None:
    scene = studio(in_session("10:00"), seated(), held("10:00", service_id="yoga", until="08:05"))
    scene.when(cancel_session(reason="ill")).then(
        SessionCancelled, AppointmentCancelled, HoldReleased, SeatsReleased, SeatsReleased
    )
    scene.then_it(status="cancelled").then_session(status="cancelled", taken=0)
    scene.when(samples.book("10:00", resources=["ann"])).then(AppointmentBooked)


def test_a_cancelled_session_takes_nobody_and_is_cancelled_once() -> None:
    scene = studio(in_session("10:00"), sent(cancel_session()))
    scene.when(a_seat(session_id="yoga-1")).then_refused("slot_unavailable")
    gone: dict[str, Any] = {"from": "cancelled", "to": "cancelled", "allowed": []}
    scene.when(cancel_session()).then_refused("invalid_transition", None, **gone)
    scene.when(resize(5)).then_refused("invalid_transition", None, **gone)


def test_who_has_been_there_is_not_cancelled_with_it() -> None:
    scene = studio(in_session("10:00"), seated()).at("10:30").when(on_it(c.MarkNoShow))
    scene.when(cancel_session()).then(SessionCancelled).then_it(status="no_show")


def test_what_was_paid_for_a_cancelled_session_is_given_back() -> None:
    price = {"amount_minor": 1500, "currency": "USD"}
    scene = studio(
        in_session("10:00"), seated(), after(on_it(c.RecordPayment, method="cash", amount=price)), price=price
    )
    scene.when(cancel_session())
    assert [record.type for record in scene.written] == [
        "SessionCancelled", "AppointmentCancelled", "RefundRequested", "SeatsReleased",
    ]  # fmt: skip


def test_one_decision_cancels_so_many_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("booking.sessions.CAPACITY", 1)
    scene = studio(in_session("10:00"), seated())
    full = Scene(scene.clinic).when(a_seat()).when(cancel_session())
    full.then_refused("too_large").then_session(status="scheduled", taken=2)


def test_a_session_nobody_knows_is_not_found() -> None:
    studio().when(cancel_session("nothing")).then_refused("not_found", "session_id")
    studio().when(resize(5, "nothing")).then_refused("not_found", "session_id")


def test_an_expired_hold_tells_of_itself_alone() -> None:
    scene = studio(in_session("10:00"), held("10:00", service_id="yoga", until="08:05")).at("08:06")
    scene.when(release_it(owner="A")).then_refused("hold_expired")
    assert isinstance(scene.clinic.records[-1].event, HoldExpired)
