"""Series booked and cancelled: by a rule, in one decision, with one host, each occurrence an appointment of its own."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from booking.decide import decide
from booking.needs import days
from booking.view import Ids, View
from by_rule import WEEKS, a_series, booking, cancel, hosts, occurrences, series_of, starts, statuses, taken, week
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import Scene, ann_works, given, held, sent, works
from samples import book, book_series, command, instant, iso, location, policies, service


def blockers(scene: Scene) -> list[tuple[str, datetime | None]]:
    refusal = scene.clinic.refusal
    assert refusal is not None
    return [(one.reason, one.start) for one in refusal.blockers]


# --- booked -----------------------------------------------------------------------------------------------------


def test_a_series_is_an_appointment_for_each_occurrence_of_its_rule() -> None:
    scene = given(ann_works("09:00-17:00")).when(book_series("10:00", WEEKS, notes="firm"))
    scene.then(
        e.CustomerRegistered, e.SeriesCreated, e.AppointmentBooked, e.AppointmentBooked, e.AppointmentBooked
    )  # fmt: skip
    assert starts(scene.clinic) == [week(0), week(1), week(2)]
    assert {(one.series_id, one.notes) for one in occurrences(scene.clinic)} == {(series_of(scene.clinic), "firm")}
    assert series_of(scene.clinic).startswith("ser_")
    assert all(one.id.startswith("apt_") for one in occurrences(scene.clinic))


def test_a_series_tells_its_rule_and_who_it_is_for() -> None:
    scene = given(ann_works("09:00-17:00")).when(book_series("10:00", WEEKS, exdates=["2026-03-09"], id="rehab"))
    created = scene.written[1].event
    assert isinstance(created, e.SeriesCreated)
    assert (created.rrule, created.exdates, created.local_start) == (WEEKS, ["2026-03-09"], "2026-03-02T10:00:00+00:00")
    assert created.appointment_ids == [one.id for one in occurrences(scene.clinic)]
    assert starts(scene.clinic) == [week(0), week(2)]
    assert scene.written[1].stream == "series/rehab"
    assert created.customer_id == occurrences(scene.clinic)[0].customer.id  # type: ignore[union-attr]


def test_a_series_id_is_used_once() -> None:
    given(ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS, id="rehab"))).when(
        book_series("14:00", WEEKS, id="rehab")
    ).then_refused("invalid_command", "id")


def test_a_series_by_request_is_requested_each_time() -> None:
    scene = given(sent(service(acceptance="manual")), ann_works("09:00-17:00")).when(book_series("10:00", WEEKS))
    assert statuses(scene.clinic) == ["requested"] * 3
    assert {one.series_id for one in occurrences(scene.clinic)} == {series_of(scene.clinic)}


@pytest.mark.parametrize(
    ("rrule", "code"),
    [
        ("FREQ=WEEKLY", "too_large"),
        ("FREQ=DAILY;COUNT=201", "too_large"),
        ("FREQ=WEEKLY;BYDAY=TU;COUNT=2", "invalid_command"),
        ("every week", "invalid_command"),
    ],
)
def test_a_rule_that_cannot_be_kept_is_refused_by_name(rrule: str, code: str) -> None:
    given(ann_works("09:00-17:00")).when(book_series("10:00", rrule)).then_refused(code, "rrule")


def test_all_occurrences_left_out_is_no_series() -> None:
    given(ann_works("09:00-17:00")).when(
        book_series("10:00", WEEKS, exdates=["2026-03-02", iso("10:00"), "2026-03-09", "2026-03-16T10:00"])
    ).then_refused("invalid_command", "rrule")


def test_a_series_whose_details_would_fill_more_than_a_body_is_too_large() -> None:
    fields = {f"field {number}": "x" * 2000 for number in range(10)}
    scene = given(ann_works("09:00-17:00")).when(book_series("10:00", "FREQ=DAILY;COUNT=60", custom_fields=fields))
    scene.then_refused("too_large")
    scene.when(book_series("10:00", "FREQ=DAILY;COUNT=40", custom_fields=fields))
    assert len(occurrences(scene.clinic)) == 40


def test_so_many_with_so_many_to_choose_from_are_too_large() -> None:
    """Fifty people, sixty times: once more, and one has to be named."""
    scene = given(*(works(f"p{number}", "09:00-17:00") for number in range(50)))
    scene.when(book_series("10:00", "FREQ=DAILY;COUNT=61")).then_refused("too_large", "rrule")
    scene.when(book_series("10:00", "FREQ=DAILY;COUNT=61", resources=["p1"])).when(
        book_series("10:00", "FREQ=DAILY;COUNT=60")
    )
    assert hosts(scene.clinic) == [["p0"]] * 60


def test_what_a_service_does_not_know_is_refused_as_for_one() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(book_series("10:00", WEEKS, service_id="nothing")).then_refused("service_not_found", "service_id")
    scene.when(book_series("10:00", WEEKS, resources=["nobody"])).then_refused("not_found", "resources")
    scene.when(book_series("10:00", WEEKS, customer={"id": "nobody"})).then_refused("customer_not_found", "customer.id")


# --- wall time --------------------------------------------------------------------------------------------------


def test_a_series_keeps_its_wall_time_over_a_change_of_the_clocks() -> None:
    scene = given(sent(location(tz="America/New_York")), ann_works("09:00-17:00", tz="America/New_York"))
    scene.when(book_series("10:00", WEEKS, start="2026-03-02T10:00", tz="America/New_York"))
    assert [one.local_start for one in occurrences(scene.clinic)] == [
        "2026-03-02T10:00:00-05:00", "2026-03-09T10:00:00-04:00", "2026-03-16T10:00:00-04:00",
    ]  # fmt: skip


def test_the_wall_time_is_the_place_s_whatever_offset_the_start_was_written_with() -> None:
    scene = given(sent(location(tz="Europe/London")), ann_works("00:00-24:00", tz="Europe/London"))
    scene.when(book_series("10:00", "FREQ=DAILY;COUNT=2", start="2026-03-28T06:00:00-04:00"))
    assert [one.local_start for one in occurrences(scene.clinic)] == [
        "2026-03-28T10:00:00+00:00", "2026-03-29T10:00:00+01:00",
    ]  # fmt: skip


def test_an_occurrence_in_a_gap_does_not_exist_and_six_are_still_six() -> None:
    tz = "America/New_York"
    scene = given(sent(location(tz=tz)), works("ann", "00:00-24:00", tz=tz))
    scene.when(book_series("10:00", "FREQ=DAILY;COUNT=6", start="2026-03-06T02:30", tz=tz))
    assert [one.local_start[8:] for one in occurrences(scene.clinic)] == [
        "06T02:30:00-05:00", "07T02:30:00-05:00", "09T02:30:00-04:00", "10T02:30:00-04:00", "11T02:30:00-04:00",
        "12T02:30:00-04:00",
    ]  # fmt: skip


def test_a_start_in_a_gap_is_refused_with_the_two_nearest() -> None:
    tz = "America/New_York"
    scene = given(sent(location(tz=tz)), works("ann", "00:00-24:00", tz=tz))
    scene.when(book_series("10:00", WEEKS, start="2026-03-08T02:30", tz=tz))
    scene.then_refused("nonexistent_local_time", "start")
    assert scene.clinic.refusal is not None
    assert len(scene.clinic.refusal.alternatives) == 2


# --- all or nothing ---------------------------------------------------------------------------------------------


def test_every_conflict_of_every_occurrence_is_named_and_nothing_is_written() -> None:
    scene = given(
        ann_works("09:00-17:00"),
        taken(1, "10:15"),
        taken(2, "10:00"),
    )
    before = len(scene.clinic.records)
    scene.when(book_series("10:00", "FREQ=WEEKLY;COUNT=4"))
    scene.then_refused("slot_unavailable", None, occurrences=[week(1).isoformat(), week(2).isoformat()])
    assert blockers(scene) == [("busy", week(1, "10:15")), ("busy", week(2))]
    assert len(scene.clinic.records) == before
    scene.when(book("10:00")).then_it(status="scheduled")


def test_the_code_is_the_first_occurrence_s_that_cannot_be_had() -> None:
    scene = given(ann_works("09:00-17:00")).at("11:00").when(book_series("10:00", WEEKS))
    scene.then_refused("in_past", None, occurrences=[week(0).isoformat()])
    scene.when(book_series("18:00", WEEKS))
    assert scene.clinic.refusal is not None
    assert (scene.clinic.refusal.code, len(scene.clinic.refusal.blockers)) == ("outside_hours", 3)


def test_a_series_in_its_own_way_is_a_conflict_without_an_event() -> None:
    scene = given(sent(service(duration_minutes=45)), ann_works("09:00-17:00"))
    scene.when(book_series("10:00", "FREQ=DAILY;BYHOUR=10;BYMINUTE=0,30;COUNT=2", resources=["ann"]))
    scene.then_refused("slot_unavailable", None, occurrences=[iso("10:30")])
    assert scene.clinic.refusal is not None
    assert [(one.event_id, one.start) for one in scene.clinic.refusal.blockers] == [(None, instant("10:00"))]


def test_a_hold_stands_in_the_way_until_it_ends() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="B", until="08:05"))
    scene.at("08:04").when(book_series("10:00", WEEKS))
    assert blockers(scene) == [("held", instant("10:00"))]
    scene.at("08:05").when(book_series("10:00", WEEKS))
    assert len(occurrences(scene.clinic)) == 3


def test_buffers_count_between_occurrences_too() -> None:
    scene = given(sent(service(buffer_after_minutes=10, slot_step_minutes=5)), ann_works("09:00-17:00"))
    rule = "FREQ=DAILY;BYHOUR=10;BYMINUTE=0,{};COUNT=2"
    scene.when(book_series("10:00", rule.format(35), resources=["ann"]))
    assert blockers(scene) == [("busy", instant("10:00"))]
    scene.when(book_series("10:00", rule.format(40), resources=["ann"]))
    assert starts(scene.clinic) == [instant("10:00"), instant("10:40")]


def test_an_override_books_every_occurrence_and_says_so() -> None:
    scene = given(ann_works("09:00-17:00"), taken(1, "10:00"))
    scene.when(book_series("10:00", WEEKS, override=True, reason="he is the mayor"))
    assert [one.override for one in occurrences(scene.clinic)] == [False, True, False]
    assert hosts(scene.clinic) == [["ann"]] * 3


# --- one host ---------------------------------------------------------------------------------------------------


def test_whoever_can_be_had_every_time_is_kept() -> None:
    scene = given(
        ann_works("09:00-17:00"),
        works("bob", "09:00-17:00"),
        taken(2, "10:00", resources=["ann"]),
    ).when(book_series("10:00", WEEKS))
    assert hosts(scene.clinic) == [["bob"]] * 3
    chosen = [record.event.chosen.strategy for record in scene.written if record.type == "AppointmentBooked"]  # type: ignore[attr-defined]
    assert chosen == ["none", "series", "series"]


def test_a_room_is_kept_with_the_host() -> None:
    room = [{"kind": "staff"}, {"kind": "room"}]
    scene = given(
        sent(service(requires=room)),
        ann_works("09:00-17:00"),
        works("room1", "00:00-24:00", kind="room"),
        works("room2", "00:00-24:00", kind="room"),
        taken(1, "10:00", resources=["ann", "room1"]),
    )
    scene.when(book_series("11:00", WEEKS))
    assert hosts(scene.clinic) == [["ann", "room1"]] * 3


def test_the_host_and_the_room_that_can_be_had_every_time_are_taken() -> None:
    room = [{"kind": "staff"}, {"kind": "room"}]
    scene = given(
        sent(service(requires=room)),
        ann_works("09:00-17:00"),
        works("bob", "09:00-17:00"),
        works("room1", "00:00-24:00", kind="room"),
        works("room2", "00:00-24:00", kind="room"),
        taken(1, resources=["ann", "room1"]),
    )
    scene.when(book_series("10:00", WEEKS))
    assert hosts(scene.clinic) == [["bob", "room2"]] * 3


def test_a_host_off_the_grid_on_one_day_is_not_chosen() -> None:
    """Free every time, but not to be had: the search for a host goes on with the others."""
    scene = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00"))
    scene.clinic.accept(
        command(
            c.SetScheduleException, resource_id="ann", date="2026-03-09", windows=[{"start": "09:10", "end": "17:00"}]
        )
    )
    scene.when(book_series("10:00", WEEKS))
    assert hosts(scene.clinic) == [["bob"]] * 3


def test_nobody_every_time_is_refused_with_what_stands_against_each() -> None:
    scene = given(
        ann_works("09:00-17:00"),
        works("bob", "09:00-17:00"),
        taken(1, "10:00", resources=["ann"]),
        taken(2, "10:00", resources=["bob"]),
    ).when(book_series("10:00", WEEKS))
    scene.then_refused("slot_unavailable", None, occurrences=[week(1).isoformat(), week(2).isoformat()])
    refusal = scene.clinic.refusal
    assert refusal is not None
    assert [(one.resource_id, one.start) for one in refusal.blockers] == [("ann", week(1)), ("bob", week(2))]
    assert all(one.event_id for one in refusal.blockers)


def test_two_in_one_another_s_way_are_not_given_to_two_people() -> None:
    scene = given(sent(service(duration_minutes=45)), ann_works("09:00-17:00"), works("bob", "09:00-17:00"))
    scene.when(book_series("10:00", "FREQ=DAILY;BYHOUR=10;BYMINUTE=0,30;COUNT=2"))
    scene.then_refused("slot_unavailable", None, occurrences=[iso("10:30")])


# --- skip -------------------------------------------------------------------------------------------------------


def test_what_cannot_be_had_is_skipped_and_says_why() -> None:
    scene = given(ann_works("09:00-17:00"), taken(1, "10:00"))
    blocking = scene.clinic.records[-1].event_id
    scene.when(book_series("10:00", WEEKS, on_conflict="skip"))
    scene.then(
        e.CustomerRegistered, e.SeriesCreated, e.AppointmentBooked, e.SeriesOccurrenceSkipped, e.AppointmentBooked
    )
    skipped = scene.written[3].event
    assert isinstance(skipped, e.SeriesOccurrenceSkipped)
    assert (skipped.start, skipped.reason, skipped.blocked_by) == (week(1), "slot_unavailable", [blocking])
    assert starts(scene.clinic) == [week(0), week(2)]


def test_a_series_of_which_nothing_can_be_had_is_none() -> None:
    scene = given(ann_works("09:00-17:00"))
    scene.when(book_series("18:00", WEEKS, on_conflict="skip"))
    scene.then_refused("outside_hours", None, occurrences=[week(n, "18:00").isoformat() for n in range(3)])
    assert not scene.clinic.state.entries


def test_whom_it_can_keep_it_keeps_and_else_takes_another() -> None:
    scene = given(
        ann_works("09:00-17:00"),
        works("bob", "09:00-17:00"),
        taken(1, "10:00", resources=["ann"]),
        taken(3, "10:00", resources=["bob"]),
    ).when(book_series("10:00", "FREQ=WEEKLY;COUNT=4", on_conflict="skip"))
    assert hosts(scene.clinic) == [["ann"], ["bob"], ["bob"], ["ann"]]


def test_skipping_keeps_one_host_where_one_can_be_had_every_time() -> None:
    scene = given(
        ann_works("09:00-17:00"),
        works("bob", "09:00-17:00"),
        taken(2, "10:00", resources=["ann"]),
    ).when(book_series("10:00", WEEKS, on_conflict="skip"))
    assert hosts(scene.clinic) == [["bob"]] * 3


def test_an_overlap_within_the_series_is_skipped_or_somebody_else_s() -> None:
    rule = "FREQ=DAILY;BYHOUR=10;BYMINUTE=0,30;COUNT=2"
    scene = given(sent(service(duration_minutes=45)), ann_works("09:00-17:00"))
    scene.when(book_series("10:00", rule, on_conflict="skip"))
    assert starts(scene.clinic) == [instant("10:00")]
    scene = given(sent(service(duration_minutes=45)), ann_works("09:00-17:00"), works("bob", "09:00-17:00"))
    scene.when(book_series("10:00", rule, on_conflict="skip"))
    assert hosts(scene.clinic) == [["ann"], ["bob"]]


# --- cancelled --------------------------------------------------------------------------------------------------


def test_one_occurrence_is_cancelled_and_the_others_stay() -> None:
    scene = a_series().when(cancel("this", 1, reason="on holiday")).then(e.AppointmentCancelled, reason="on holiday")
    assert statuses(scene.clinic) == ["scheduled", "cancelled", "scheduled", "scheduled"]


def test_one_and_those_after_it_are_cancelled_by_their_starts() -> None:
    scene = a_series()
    first = occurrences(scene.clinic)[0].id
    later = week(2, "12:00").isoformat()
    scene.clinic.accept(command(c.RescheduleAppointment, appointment_id=first, start=later))
    scene.when(cancel("this_and_following", 2))
    assert statuses(scene.clinic) == ["cancelled", "scheduled", "cancelled", "cancelled"]


def test_all_that_is_to_come_is_cancelled_and_the_series_ends() -> None:
    scene = a_series().at("10:01").when(cancel("all"))
    scene.then(*[e.AppointmentCancelled] * 3, e.SeriesEnded, by="cancelled")
    assert statuses(scene.clinic) == ["scheduled", "cancelled", "cancelled", "cancelled"]
    assert scene.clinic.state.entries[f"series/{series_of(scene.clinic)}"].ended


def test_at_its_very_start_an_occurrence_is_still_to_come() -> None:
    scene = a_series().at("10:00").when(cancel("all"))
    assert statuses(scene.clinic) == ["cancelled"] * 4


def test_the_last_that_was_to_come_ends_the_series_though_cancelled_one_by_one() -> None:
    scene = a_series(WEEKS).when(cancel("this", 0)).then(e.AppointmentCancelled)
    scene.when(cancel("this_and_following", 1)).then(e.AppointmentCancelled, e.AppointmentCancelled, e.SeriesEnded)
    scene.when(cancel("all")).then_illegal("ended", "ended", [])


@pytest.mark.parametrize("kind", [c.CancelAppointment, c.ReviseAppointment])
def test_the_last_that_was_to_come_ends_the_series_though_cancelled_for_itself(kind: type[c.OnAppointment]) -> None:
    scene = a_series(WEEKS)
    how = {"status": "cancelled"} if kind is c.ReviseAppointment else {}
    ids = [one.id for one in occurrences(scene.clinic)]
    scene.when(command(kind, appointment_id=ids[2], **how)).then(e.AppointmentCancelled)
    scene.when(command(kind, appointment_id=ids[0], **how)).then(e.AppointmentCancelled)
    scene.when(command(kind, appointment_id=ids[1], **how)).then(e.AppointmentCancelled, e.SeriesEnded)


def test_what_is_past_does_not_keep_a_series_from_ending() -> None:
    scene = a_series("FREQ=DAILY;COUNT=2").at("10:01")
    last = occurrences(scene.clinic)[1].id
    scene.when(command(c.CancelAppointment, appointment_id=last)).then(e.AppointmentCancelled, e.SeriesEnded)


def test_what_has_begun_or_ended_is_left_alone() -> None:
    scene = given(sent(location(profile="lenient")), ann_works("09:00-17:00"), sent(book_series("10:00", WEEKS)))
    ids = [one.id for one in occurrences(scene.clinic)]
    scene.clinic.accept(command(c.CheckIn, appointment_id=ids[0]))
    scene.clinic.accept(command(c.CancelAppointment, appointment_id=ids[1]))
    scene.when(cancel("all")).then(e.AppointmentCancelled, e.SeriesEnded)
    assert statuses(scene.clinic) == ["checked_in", "cancelled", "cancelled"]
    scene.when(cancel("this", 0)).then_illegal("ended", "ended", [])


def test_of_a_series_too_late_to_cancel_nothing_is() -> None:
    scene = a_series(WEEKS)
    scene.clinic.accept(policies(cancel_until_minutes=60))
    scene.by("customer").at("09:01").when(cancel("all")).then_refused(
        "too_late", None, occurrences=[week(0).isoformat()]
    )
    assert statuses(scene.clinic) == ["scheduled"] * 3
    scene.when(cancel("this_and_following", 1))
    assert statuses(scene.clinic) == ["scheduled", "cancelled", "cancelled"]


def test_a_scope_names_its_occurrence() -> None:
    broken = c.validate(c.CancelSeries, {"series_id": "ser_1", "scope": "this"})
    assert isinstance(broken, Rejection)
    assert (broken.code, broken.field) == ("invalid_command", "appointment_id")


def test_a_series_or_an_occurrence_that_does_not_exist_is_not_found() -> None:
    scene = a_series()
    scene.when(command(c.CancelSeries, series_id="ser_0", scope="all")).then_refused("not_found", "series_id")
    scene.clinic.accept(book("15:00"))
    scene.when(cancel("this", appointment_id=scene.clinic.it)).then_refused("not_found", "appointment_id")


def test_an_occurrence_moved_alone_stays_in_the_series() -> None:
    scene = a_series(WEEKS)
    id = occurrences(scene.clinic)[1].id
    scene.clinic.accept(command(c.RescheduleAppointment, appointment_id=id, start=week(1, "14:00").isoformat()))
    assert occurrences(scene.clinic)[1].series_id == series_of(scene.clinic)
    scene.when(cancel("all"))
    assert statuses(scene.clinic) == ["cancelled"] * 3


def test_what_was_cancelled_can_be_booked_by_another() -> None:
    scene = a_series(WEEKS).when(cancel("all"))
    scene.when(booking(2)).then_it(status="scheduled")


# --- decided on a trial -----------------------------------------------------------------------------------------


def diary_of(view: View, resource: str, days: Iterable[int]) -> list[Any]:
    return [view.diary.on(resource, day).intervals for day in days if view.diary.has_day(resource, day)]


@pytest.mark.parametrize("on_conflict", ["all_or_nothing", "skip"])
def test_deciding_leaves_no_trace_of_what_it_tried(on_conflict: str) -> None:
    clinic = given(ann_works("09:00-17:00"), taken(1, "10:00")).clinic
    wanted, view = book_series("10:00", WEEKS, on_conflict=on_conflict), clinic.view()
    clinic.load(days(wanted, view))
    numbers = range(int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) // 86_400, 20_700)
    before = dict(clinic.state.kept), diary_of(view, "ann", numbers), dict(clinic.state.entries)
    decide(wanted, view)
    assert (dict(clinic.state.kept), diary_of(view, "ann", numbers), dict(clinic.state.entries)) == before


def test_the_same_view_decides_the_same() -> None:
    clinic = given(ann_works("09:00-17:00"), works("bob", "09:00-17:00")).clinic
    wanted, view = book_series("10:00", WEEKS), clinic.view()
    clinic.load(days(wanted, view))
    again = [decide(wanted, replace(view, new_id=Ids("acme", "desk", "again"))) for _ in range(2)]
    assert again[0] == again[1]


def test_history_is_booked_as_it_was() -> None:
    scene = given(ann_works("09:00-17:00")).at("wed 12:00")
    scene.when(book_series("10:00", WEEKS), imported=True)
    assert starts(scene.clinic) == [week(0), week(1), week(2)]
    scene.when(cancel("all"), imported=True)
    assert statuses(scene.clinic) == ["cancelled"] * 3
