"""Who is told what and when, by what has happened: the planner as a table; reminders through an appointment's life."""

from typing import Any

import pytest
from msgspec.structs import replace

from contracts import commands as c
from contracts.values import CustomerRef
from given import Scene, after, ann_works, booked, confirm_it, given, held, on_it, sent, works
from notification.planning import CANCELLED, MOVED, NO_ADDRESS, PAST, QUIET, REPLACED, STARTED
from notification.rows import MESSAGES, REMINDERS
from notified import ANN, at, minutes, one, planned, reminders, told
from samples import book, iso, policies, service

ANN_WORKS = ann_works("09:00-17:00", email="ann@example.com")
BOB_WORKS = works("bob", "09:00-17:00", email="bob@example.com")
BOTH = {"customer", "staff"}
CANCEL = on_it(c.CancelAppointment)
TOMBSTONE = on_it(c.TombstoneAppointment)
MIXED_UP = on_it(c.CorrectOutcome, outcome="completed", reason="mixed up")


def reminding(*wanted: dict[str, Any], **more: Any) -> Any:
    return sent(policies(reminders=list(wanted), **more))


def email(offset: int | None, audience: str = "customer") -> dict[str, Any]:
    return {"audience": audience, "channel": "email", "offset_minutes": offset}


def move_to(start: str, **more: Any) -> Any:
    return on_it(c.RescheduleAppointment, start=iso(start), **more)


REQUESTED = sent(service(acceptance="manual", accept_within_minutes=30)), booked("15:00")
VISIT = (booked("15:00"),)
SEEN = (*VISIT, after(on_it(c.ConfirmAppointment), on_it(c.CheckIn), on_it(c.StartAppointment)))


@pytest.mark.parametrize(
    ("facts", "what", "kind", "audiences"),
    [
        ((), lambda clinic: book("15:00"), "booked", BOTH),
        (REQUESTED[:1], lambda clinic: book("15:00"), "requested", BOTH),
        (REQUESTED, on_it(c.AcceptRequest), "booked", BOTH),
        (REQUESTED, on_it(c.DeclineRequest), "cancelled", BOTH),
        (VISIT, on_it(c.ConfirmAppointment), "confirmed", BOTH),
        (VISIT, move_to("16:00"), "rescheduled", BOTH),
        (VISIT, CANCEL, "cancelled", BOTH),
        ((*VISIT, after(CANCEL)), on_it(c.ReinstateAppointment), "booked", BOTH),
        ((*VISIT, after(on_it(c.ConfirmAppointment))), on_it(c.UndoConfirmation), "", set()),
        ((*VISIT, after(on_it(c.MarkNoShow))), MIXED_UP, "", set()),
        (VISIT, TOMBSTONE, "", set()),
        (VISIT, on_it(c.MarkNoShow), "no_show", {"customer"}),
        (SEEN, on_it(c.CompleteAppointment), "completed", {"customer"}),
        ((*VISIT, after(on_it(c.ConfirmAppointment))), on_it(c.CheckIn), "", set()),
    ],
)
def test_each_event_tells_those_who_have_to_know(facts: Any, what: Any, kind: str, audiences: set[str]) -> None:
    scene = given(ANN_WORKS, *facts).when(what)
    assert scene.clinic.refusal is None
    assert told(planned(scene).last.rows) == {(kind, audience) for audience in audiences}


def test_a_request_that_nobody_accepts_in_time_is_told_like_one_that_was_declined() -> None:
    scene = given(ANN_WORKS, *REQUESTED).at("08:30").when(on_it(c.AcceptRequest))
    assert told(planned(scene).last.rows) == {("cancelled", "customer"), ("cancelled", "staff")}


@pytest.mark.parametrize("silent", ["customer", "staff"])
def test_a_commands_own_flag_silences_its_own_message(silent: str) -> None:
    scene = given(ANN_WORKS, reminding(email(60))).when(book("15:00", notify={silent: False}))
    rows = planned(scene).last.rows
    assert told(rows) == {("booked", audience) for audience in BOTH - {silent}}
    assert [row.status for row in reminders(rows)] == ["planned"]


def test_where_a_command_does_not_say_the_tenants_default_holds() -> None:
    quiet = sent(policies(notify={"customer": False, "staff": True}))
    assert told(planned(given(ANN_WORKS, quiet).when(book("15:00"))).last.rows) == {("booked", "staff")}
    aloud = book("15:00", notify={"customer": True})
    assert ("booked", "customer") in told(planned(given(ANN_WORKS, quiet).when(aloud)).last.rows)


def test_staff_who_are_expected_no_longer_are_told_so_and_those_who_are_now_are_told_too() -> None:
    scene = given(ANN_WORKS, BOB_WORKS, booked("15:00", resources=["ann"]))
    scene.when(on_it(c.ReassignAppointment, resources=["bob"]))
    rows = planned(scene).last.rows
    assert {(row.kind, row.recipient) for row in rows if row.audience == "staff"} == {
        ("cancelled", ANN), ("reassigned", "resource/bob"),
    }  # fmt: skip


def test_a_customer_without_an_address_is_named_with_the_reason() -> None:
    scene = given(ANN_WORKS).when(book("15:00", customer={"name": "Joe Doe"}))
    row = one(planned(scene).last.rows, "booked")
    assert (row.status, row.reason) == ("suppressed", NO_ADDRESS)


# --- reminders ----------------------------------------------------------------------------------------------------


def test_reminders_are_due_so_many_minutes_before_and_none_where_they_are_off() -> None:
    wanted = [email(120), email(30), email(0), email(None), email(60, "staff")]
    scene = given(ANN_WORKS, reminding(*wanted)).when(book("15:00"))
    due = {(row.audience, row.due_at.isoformat()) for row in reminders(planned(scene).last.rows)}
    assert due == {("customer", iso("13:00")), ("customer", iso("14:30")), ("staff", iso("14:00"))}


def test_a_reminder_that_was_due_before_the_booking_is_never_sent_late() -> None:
    scene = given(ANN_WORKS, reminding(email(120))).at("13:00").when(book("15:00"))
    [row] = reminders(planned(scene).last.rows)
    assert (row.status, row.reason) == ("suppressed", PAST)


def test_a_move_plans_them_anew_at_its_version_and_ends_the_old_ones() -> None:
    scene = given(ANN_WORKS, reminding(email(60)), booked("15:00")).when(move_to("16:00"))
    made = planned(scene)
    [row] = reminders(made.last.rows)
    assert (row.version, row.due_at.isoformat()) == (2, iso("15:00"))
    assert ("reminder", None, MOVED) in {(one.kind, one.recipient, one.reason) for one in made.last.endings}


def test_a_cancel_drops_them_with_all_that_is_unsent() -> None:
    made = planned(given(ANN_WORKS, reminding(email(60)), booked("15:00")).when(CANCEL))
    assert reminders(made.last.rows) == []
    assert {(one.kind, one.only_retrying, one.reason) for one in made.last.endings} == {
        ("reminder", False, CANCELLED), ("messages", False, CANCELLED),
    }  # fmt: skip


def test_what_changes_nothing_of_the_slot_leaves_them_as_they_are() -> None:
    made = planned(given(ANN_WORKS, reminding(email(60)), booked("15:00")).when(on_it(c.ConfirmAppointment)))
    assert reminders(made.last.rows) == []
    assert made.last.endings == []


def test_a_new_colleague_gets_reminders_and_the_customers_own_stay() -> None:
    facts = ANN_WORKS, BOB_WORKS, reminding(email(60), email(60, "staff")), booked("15:00", resources=["ann"])
    made = planned(given(*facts).when(on_it(c.ReassignAppointment, resources=["bob"])))
    assert [row.recipient for row in reminders(made.last.rows)] == ["resource/bob"]
    assert [(one.kind, one.recipient) for one in made.last.endings] == [("reminder", ANN)]


def test_a_webhooks_reminder_is_one_event_whoever_it_is_about() -> None:
    wanted = {"audience": "staff", "channel": "webhook", "offset_minutes": 60}
    scene = given(ANN_WORKS, BOB_WORKS, reminding(wanted)).when(book("15:00"))
    [row] = reminders(planned(scene).last.rows)
    assert (row.recipient, row.channel, row.status) == ("endpoints/staff", "webhook", "planned")


@pytest.mark.parametrize(("phone", "status"), [("+1 555 0100", "planned"), (None, "suppressed")])
def test_a_text_message_needs_a_telephone_number(phone: str | None, status: str) -> None:
    wanted = {"audience": "customer", "channel": "sms", "offset_minutes": 60}
    joe = {"name": "Joe Doe", "email": "joe@example.com", "phone": phone}
    [row] = reminders(planned(given(ANN_WORKS, reminding(wanted)).when(book("15:00", customer=joe))).last.rows)
    assert (row.channel, row.status) == ("sms", status)


def test_two_reminders_of_one_recipient_are_two_rows() -> None:
    scene = given(ANN_WORKS, reminding(email(120), email(60))).when(book("15:00"))
    rows = planned(scene).last.rows
    assert len({row.id for row in rows}) == len(rows)


def test_planning_again_gives_the_same_ids() -> None:
    scene = given(ANN_WORKS, reminding(email(60)), booked("15:00")).when(move_to("16:00"))
    assert [row.id for row in planned(scene).rows] == [row.id for row in planned(scene).rows]


# --- quiet hours --------------------------------------------------------------------------------------------------


def at_night(*facts: Any) -> Scene:
    quiet = {"start": "12:00", "end": "14:00"}
    return given(ANN_WORKS, sent(policies(reminders=[email(120)], quiet_hours=quiet)), *facts)


def test_a_reminder_that_falls_into_quiet_hours_waits_for_their_end() -> None:
    [row] = reminders(planned(at_night().when(book("15:00"))).last.rows)
    assert (row.status, row.due_at.isoformat()) == ("planned", iso("14:00"))


def test_one_that_would_come_after_the_start_goes_before_they_begin() -> None:
    [row] = reminders(planned(at_night().when(book("14:00"))).last.rows)
    assert (row.status, row.due_at.isoformat()) == ("planned", iso("11:59"))


def test_and_where_they_have_begun_already_it_is_suppressed() -> None:
    scene = at_night().at("11:59:30").when(book("14:00"))
    [row] = reminders(planned(scene).last.rows)
    assert (row.status, row.reason) == ("suppressed", QUIET)


def test_a_cancellation_is_deferred_and_never_dropped() -> None:
    scene = at_night(booked("13:30")).at("12:30").when(CANCEL)
    row = one(planned(scene).last.rows, "cancelled")
    assert (row.status, row.due_at.isoformat()) == ("planned", iso("14:00"))


def test_staff_sleep_by_their_own_clocks() -> None:
    far = ann_works("00:00-24:00", email="ann@example.com", tz="Asia/Tokyo")
    quiet = sent(policies(quiet_hours={"start": "21:00", "end": "23:00"}))
    rows = planned(given(far, quiet).at("12:30").when(book("15:00"))).last.rows
    assert one(rows, "booked", "staff").due_at == at(iso("14:00"))
    assert one(rows, "booked", "customer").due_at == at(iso("12:30"))


# --- history and what is imported ---------------------------------------------------------------------------------


def test_what_was_imported_is_told_to_nobody() -> None:
    scene = given(ANN_WORKS, reminding(email(60))).when(book("15:00"), imported=True)
    assert [one.imported for one in scene.written][-1] is True
    assert planned(scene).last.rows == []


def test_history_is_told_to_nobody_but_what_is_still_to_come_is_reminded_of() -> None:
    scene = given(ANN_WORKS, reminding(email(60), email(240))).when(book("15:00"))
    rows = planned(scene, history=at(iso("12:00"))).last.rows
    assert [(row.kind, row.due_at.isoformat()) for row in rows] == [("reminder", iso("14:00"))]


def test_unless_an_operator_asks() -> None:
    scene = given(ANN_WORKS).when(book("15:00"), imported=True)
    assert told(planned(scene, asked=True).last.rows) == {("booked", "customer"), ("booked", "staff")}


def test_what_has_begun_is_announced_no_more() -> None:
    scene = given(ANN_WORKS).at("15:10").when(book("15:00"), imported=True)
    row = one(planned(scene, asked=True).last.rows, "booked")
    assert (row.status, row.reason) == ("suppressed", STARTED)


# --- holds, sequence ----------------------------------------------------------------------------------------------


def test_a_holds_customer_is_told_before_it_lapses_where_that_is_on() -> None:
    scene = given(ANN_WORKS, held("10:00", until="08:05"))
    held_record = scene.clinic.records[-1]
    joe = CustomerRef(id="cus_joe", email="joe@example.com")
    scene.clinic.records[-1] = replace(held_record, event=replace(held_record.event, customer=joe))
    [row] = planned(scene, hold_notice=minutes(1)).last.rows
    assert (row.kind, row.due_at.isoformat(), row.starts) == ("hold_expiring", iso("08:04"), at(iso("08:05")))
    assert planned(scene).last.rows == []


def test_and_no_more_once_it_is_a_booking() -> None:
    made = planned(given(ANN_WORKS, held("10:00")).when(confirm_it(owner="A")))
    assert ("hold_expiring", REPLACED) in {(one.kind, one.reason) for one in made.last.endings}


@pytest.mark.parametrize("what", [TOMBSTONE, CANCEL])
def test_what_does_not_take_place_ends_its_reminders(what: Any) -> None:
    made = planned(given(ANN_WORKS, reminding(email(60)), *VISIT).when(what))
    assert made.life.bound == {}
    assert {(one.kind, one.reason) for one in made.last.endings} >= {(REMINDERS, CANCELLED), (MESSAGES, CANCELLED)}


def test_what_is_reinstated_is_reminded_of_again() -> None:
    made = planned(given(ANN_WORKS, reminding(email(60)), *VISIT).when(CANCEL).when(on_it(c.ReinstateAppointment)))
    [row] = reminders(made.last.rows)
    assert (row.version, row.status, row.due_at.isoformat()) == (3, "planned", iso("14:00"))
    assert made.life.sequence == 2


def test_sequence_counts_material_changes_and_nothing_else() -> None:
    scene = given(ANN_WORKS, BOB_WORKS, booked("15:00", resources=["ann"]))
    counted = [planned(scene).life.sequence]
    for what in (
        on_it(c.ConfirmAppointment), move_to("16:00"), on_it(c.ReassignAppointment, resources=["bob"]), CANCEL,
    ):  # fmt: skip
        counted.append(planned(scene.when(what)).life.sequence)
    assert counted == [0, 0, 1, 1, 2]
