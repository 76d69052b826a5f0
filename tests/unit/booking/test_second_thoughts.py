"""Second thoughts: what is taken back, put right, reinstated or tombstoned, and what may be done with it then."""

from typing import Any

import pytest

from booking.needs import days
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.values import Notify
from given import (
    OnIt,
    Scene,
    What,
    acts,
    after,
    ann_works,
    booked,
    confirm_it,
    given,
    held,
    on_it,
    release_it,
    sent,
    works,
)
from samples import block, book, command, hold_slot, instant, iso, location, policies, schedule, service
from scheduling.zones import to_minute

OPEN = ann_works("09:00-17:00")
CANCEL, CONFIRM = on_it(c.CancelAppointment), on_it(c.ConfirmAppointment)
REINSTATE, TOMBSTONE = on_it(c.ReinstateAppointment, reason="came after all"), on_it(c.TombstoneAppointment)
HERE = CONFIRM, on_it(c.CheckIn), on_it(c.StartAppointment)


def cancelled(*facts: Any, start: str = "10:00", **members: Any) -> Scene:
    """A booking at ten that was cancelled; then the facts."""
    return given(OPEN, booked(start, **members), after(CANCEL), *facts)


def reinstate_first() -> OnIt:
    """The booking made first, whatever was booked since."""
    return lambda clinic: on_it(c.ReinstateAppointment, appointment_id=next(iter(clinic.state.kept)).partition("/")[2])(
        clinic
    )


def refusal(scene: Scene) -> Rejection:
    assert scene.clinic.refusal is not None
    return scene.clinic.refusal


# --- a yes taken back ---------------------------------------------------------------------------------------------


def test_an_undone_confirmation_leaves_it_scheduled_where_it_was() -> None:
    scene = given(OPEN, booked("10:00"), after(CONFIRM)).when(on_it(c.UndoConfirmation, reason="asked for time"))
    scene.then(e.ConfirmationUndone, reason="asked for time")
    scene.then_it(status="scheduled", confirmed_at=None, start=instant("10:00"))
    assert scene.clinic.appointment().reasons == {"unconfirmed": "asked for time"}
    scene.when(book("10:00", resources=["ann"])).then_refused("slot_unavailable")


def test_what_was_undone_can_be_confirmed_again() -> None:
    scene = given(OPEN, booked("10:00"), after(CONFIRM, on_it(c.UndoConfirmation))).at("08:30").when(CONFIRM)
    scene.then_it(status="confirmed", confirmed_at=instant("08:30"))


# --- an outcome put right -----------------------------------------------------------------------------------------


def test_a_correction_says_why_and_moves_the_stamp() -> None:
    correct = on_it(c.CorrectOutcome, outcome="completed", reason="sat in the other room")
    scene = given(OPEN, booked("10:00"), after(on_it(c.MarkNoShow))).at("10:40").when(correct)
    scene.then(e.AppointmentOutcomeCorrected, outcome="completed", reason="sat in the other room")
    scene.then_it(status="completed", completed_at=instant("10:40"))
    back = on_it(c.CorrectOutcome, outcome="no_show", reason="it was a namesake")
    scene.when(back).then_it(status="no_show", completed_at=None, reasons={"corrected": "it was a namesake"})


@pytest.mark.parametrize("members", [{}, {"reason": ""}, {"reason": None}])
def test_a_correction_without_a_reason_is_none(members: dict[str, Any]) -> None:
    refused = c.validate(c.CorrectOutcome, {"appointment_id": "apt_1", "outcome": "no_show", **members})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", "reason")


def test_a_customer_corrects_no_outcome() -> None:
    scene = given(OPEN, booked("10:00"), after(on_it(c.MarkNoShow))).by("customer")
    scene.when(on_it(c.CorrectOutcome, outcome="completed", reason="I was there")).then_refused(
        "forbidden", "actor", allowed=["staff"]
    )


def test_what_is_corrected_keeps_its_time() -> None:
    correct = on_it(c.CorrectOutcome, outcome="completed", reason="mixed up")
    scene = given(OPEN, booked("10:00"), after(on_it(c.MarkNoShow), correct))
    scene.when(book("10:00")).then_refused("slot_unavailable")


# --- reinstated ---------------------------------------------------------------------------------------------------


def test_a_cancelled_booking_stands_again_where_it_stood() -> None:
    scene = cancelled(booked("12:00")).at("09:59").when(reinstate_first()).then(e.AppointmentReinstated)
    first = scene.clinic.state.kept[scene.written[0].stream]
    assert (first.appointment.status, first.appointment.start) == ("scheduled", instant("10:00"))
    assert first.appointment.cancelled_at is None
    assert first.slot_event == scene.written[0].event_id
    scene.when(book("10:00")).then_refused("slot_unavailable")
    assert refusal(scene).blockers[0].event_id == scene.clinic.records[-1].event_id


def test_what_is_reinstated_starts_over() -> None:
    scene = given(OPEN, booked("10:00"), after(*HERE, CANCEL)).when(REINSTATE)
    scene.then_it(status="scheduled", confirmed_at=None, checked_in_at=None, started_at=None, cancelled_at=None)
    scene.when(CONFIRM).then_it(status="confirmed")


def test_while_somebody_else_has_the_slot_the_blocker_is_named() -> None:
    scene = cancelled(booked("10:00")).when(reinstate_first()).then_refused("slot_unavailable")
    assert [one.event_id for one in refusal(scene).blockers] == [scene.clinic.records[-1].event_id]
    scene.when(CANCEL).when(reinstate_first()).then(e.AppointmentReinstated)


@pytest.mark.parametrize(
    ("between", "free"),
    [
        (booked("09:30"), True), (booked("09:45"), False), (booked("10:15"), False), (booked("10:30"), True),
        (held("10:00", until="08:05"), False), (held("10:00", until="08:00"), True),
    ],
    ids=["touches before", "overlaps before", "overlaps after", "touches after", "held", "held until now"],
)  # fmt: skip
def test_another_booking_in_between_decides_whether_it_can_stand_again(between: Any, free: bool) -> None:
    scene = cancelled(between).at("08:00").when(reinstate_first())
    if free:
        scene.then(e.AppointmentReinstated)
    else:
        scene.then_refused("slot_unavailable")


def test_another_booking_in_between_with_other_resources_is_in_nobodys_way() -> None:
    facts = OPEN, works("bob", "09:00-17:00"), booked("10:00", resources=["ann"]), after(CANCEL)
    given(*facts, booked("10:00", resources=["bob"])).when(reinstate_first()).then(e.AppointmentReinstated)
    taken = given(*facts, booked("10:00", resources=["ann"])).when(reinstate_first())
    taken.then_refused("slot_unavailable")


@pytest.mark.parametrize(("now", "past"), [("09:59:59", False), ("10:00", False), ("10:00:01", True), ("12:00", True)])
def test_what_has_begun_is_not_reinstated(now: str, past: bool) -> None:
    scene = cancelled().at(now).when(REINSTATE)
    if past:
        scene.then_refused("in_past")
        scene.when(REINSTATE, imported=True).then_it(status="scheduled")
    else:
        scene.then_it(status="scheduled")


def test_hours_that_have_closed_since_are_told() -> None:
    cancelled(sent(schedule("ann", "12:00-17:00"))).when(REINSTATE).then_refused("outside_hours")


def test_a_released_hold_was_never_a_booking() -> None:
    scene = given(OPEN, held("10:00", by="A"), after(release_it(owner="A"))).when(REINSTATE)
    scene.then_illegal("cancelled", "scheduled", [])
    scene = given(OPEN, held("10:00", by="A"), after(confirm_it(owner="A"), CANCEL)).when(REINSTATE)
    scene.then_it(status="scheduled")


def test_who_was_blocked_since_is_not_booked_again() -> None:
    blocked = lambda clinic: clinic.accept(block(clinic.appointment().customer.id))  # noqa: E731
    cancelled(blocked).when(REINSTATE).then_refused("customer_blocked", "customer")


def test_what_needs_acceptance_is_the_desk_s_to_reinstate() -> None:
    manual = given(OPEN, sent(service(acceptance="manual", pending_blocks=False)), booked("10:00"))
    declined = manual.when(on_it(c.DeclineRequest)).by("customer").when(REINSTATE)
    declined.then_refused("forbidden", "actor", allowed=["staff"])
    declined.by("staff").when(REINSTATE).then_it(status="scheduled")
    declined.when(book("10:00")).then_refused("slot_unavailable")


def test_a_reinstatement_says_who_is_told() -> None:
    scene = cancelled(sent(policies(notify={"staff": False}))).when(REINSTATE)
    scene.then(e.AppointmentReinstated, notify=Notify(staff=False), reason="came after all")


def test_what_was_cancelled_twice_is_reinstated_twice() -> None:
    scene = cancelled()
    for _ in range(3):
        scene.when(REINSTATE).then(e.AppointmentReinstated).when(CANCEL).then(e.AppointmentCancelled)
    scene.then_it(version=8, status="cancelled", original_start=instant("10:00"))


def test_who_was_erased_since_is_not_booked_again() -> None:
    erased = lambda clinic: clinic.accept(  # noqa: E731
        command(c.EraseCustomer, customer_id=clinic.appointment().customer.id)
    )
    cancelled(erased).when(REINSTATE).then_refused("customer_not_found", "customer")


def test_a_reinstatement_asks_for_the_days_that_it_decides_on() -> None:
    clinic = cancelled(start="wed 10:00").clinic
    wanted = on_it(c.ReinstateAppointment)(clinic)
    assert ("ann", to_minute(instant("wed 10:00")) // 1440) in days(wanted, clinic.view())


def test_an_override_is_not_reinstated() -> None:
    over = booked("10:00", override=True, reason="squeeze in")
    scene = given(OPEN, booked("10:00"), over, after(CANCEL)).when(REINSTATE).then_refused("slot_unavailable")
    scene.then_it(status="cancelled", override=True)


# --- tombstoned ---------------------------------------------------------------------------------------------------

ANYTHING: list[tuple[type[c.OnAppointment], dict[str, Any]]] = [
    (c.AcceptRequest, {}), (c.DeclineRequest, {}), (c.ConfirmAppointment, {}), (c.UndoConfirmation, {}),
    (c.CheckIn, {}), (c.StartAppointment, {}), (c.CompleteAppointment, {}), (c.MarkNoShow, {}),
    (c.CancelAppointment, {}), (c.ReinstateAppointment, {}), (c.CorrectOutcome, {"outcome": "no_show", "reason": "x"}),
    (c.TombstoneAppointment, {}), (c.RescheduleAppointment, {"start": iso("11:00")}), (c.ReassignAppointment, {}),
    (c.ChangeDetails, {"notes": "x"}), (c.ReviseAppointment, {"notes": "x"}),
    (c.RecordPayment, {"method": "cash", "amount": {"amount_minor": 5, "currency": "USD"}}),
    (c.RequestRefund, {}),
    (c.ApplyCoupon, {"coupon_id": "A", "discount": {"amount_minor": 5, "currency": "USD"}}),
    (c.UseCredits, {"pass_id": "ten", "amount": 1}),
]  # fmt: skip

WAYS: dict[str, tuple[What, ...]] = {
    "scheduled": (), "confirmed": (CONFIRM,), "checked_in": HERE[:2], "in_progress": HERE,
    "completed": (*HERE, on_it(c.CompleteAppointment)), "no_show": (on_it(c.MarkNoShow),), "cancelled": (CANCEL,),
}  # fmt: skip


def test_every_command_about_an_appointment_is_among_those_tried_on_a_tombstone() -> None:
    assert {kind for kind, _ in ANYTHING} == {kind for kind in c.COMMANDS.values() if issubclass(kind, c.OnAppointment)}


@pytest.mark.parametrize("status", WAYS)
def test_a_tombstone_keeps_its_status_and_frees_its_time(status: str) -> None:
    scene = given(OPEN, booked("10:00"), after(*WAYS[status])).when(
        on_it(c.TombstoneAppointment, reason="entered twice")
    )
    scene.then(e.AppointmentTombstoned, reason="entered twice").then_it(status=status, tombstoned=True)
    assert scene.clinic.appointment().reasons["tombstoned"] == "entered twice"
    scene.when(book("10:00")).then_it(status="scheduled")


@pytest.mark.parametrize(("kind", "members"), ANYTHING)
@pytest.mark.parametrize("status", ["scheduled", "completed", "cancelled"])
def test_nothing_is_done_with_a_tombstone(kind: type[c.OnAppointment], members: dict[str, Any], status: str) -> None:
    scene = given(OPEN, booked("10:00"), after(*WAYS[status], TOMBSTONE)).when(on_it(kind, **members))
    assert refusal(scene).code == "invalid_transition"
    assert (refusal(scene).members["from"], refusal(scene).members["allowed"]) == (status, [])
    assert "deleted" in refusal(scene).detail


def test_a_refund_of_a_tombstone_is_not_settled() -> None:
    paid = on_it(c.RecordPayment, method="cash", amount={"amount_minor": 5, "currency": "USD"})
    scene = given(OPEN, booked("10:00"), after(paid, on_it(c.RequestRefund), TOMBSTONE))
    refund = scene.clinic.appointment().payment.refunds[0].id
    scene.when(c.SettleRefund(refund_id=refund)).then_illegal("scheduled", "scheduled", [])


def test_a_tombstone_with_a_deadline_does_not_expire() -> None:
    manual = sent(service(acceptance="manual", accept_within_minutes=30))
    scene = given(OPEN, manual, booked("10:00"), after(TOMBSTONE)).at("08:30").when(on_it(c.AcceptRequest))
    scene.then_illegal("requested", "scheduled", []).then_it(status="requested", accept_until=None)
    assert not any(isinstance(record.event, e.HoldExpired) for record in scene.clinic.records)


def test_a_live_hold_is_released_and_not_tombstoned() -> None:
    scene = given(OPEN, held("10:00", by="desk")).when(TOMBSTONE)
    scene.then_illegal("held", "held", ["cancelled", "requested", "scheduled"])
    scene.at("08:05").when(TOMBSTONE).then_it(status="expired", tombstoned=True)


def test_a_customer_deletes_nothing() -> None:
    given(OPEN, booked("10:00")).by("customer").when(TOMBSTONE).then_refused("forbidden", "actor", allowed=["staff"])


# --- at the version expected --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "before", "members"),
    [
        (c.UndoConfirmation, (CONFIRM,), {}),
        (c.CorrectOutcome, (on_it(c.MarkNoShow),), {"outcome": "completed", "reason": "was here"}),
        (c.ReinstateAppointment, (CANCEL,), {}),
        (c.TombstoneAppointment, (CANCEL,), {}),
    ],
)
def test_the_version_expected_is_the_one_that_is_changed(
    kind: type[c.OnAppointment], before: tuple[What, ...], members: dict[str, Any]
) -> None:
    scene = given(OPEN, booked("10:00"), after(*before))
    scene.when(on_it(kind, expected_version=1, **members)).then_refused("version_conflict", version=2)
    scene.when(on_it(kind, expected_version=2, **members)).then_it(version=3)


@pytest.mark.parametrize("kind", [c.UndoConfirmation, c.ReinstateAppointment, c.TombstoneAppointment])
def test_what_does_not_exist_is_not_found(kind: type[c.OnAppointment]) -> None:
    given(OPEN).when(c.validate(kind, {"appointment_id": "apt_0"})).then_refused(  # type: ignore[arg-type]
        "not_found", "appointment_id"
    )


def test_every_step_says_why_and_whose_doing_it_was() -> None:
    manual = sent(service(acceptance="manual"), location(profile="lenient"))
    scene = given(manual, OPEN, booked("10:00"), acts("staff", "eve"))
    whys: list[tuple[type[c.Step], dict[str, Any], str]] = [
        (c.AcceptRequest, {}, "accepted"), (c.ConfirmAppointment, {}, "confirmed"),
        (c.UndoConfirmation, {}, "unconfirmed"), (c.CheckIn, {}, "checked_in"), (c.StartAppointment, {}, "in_progress"),
        (c.CompleteAppointment, {}, "completed"), (c.CorrectOutcome, {"outcome": "no_show"}, "corrected"),
    ]  # fmt: skip
    for kind, members, key in whys:
        scene.when(on_it(kind, reason=f"why {key}", **members))
        assert scene.clinic.appointment().reasons[key] == f"why {key}"
        assert (scene.written[-1].actor.type, scene.written[-1].actor.id) == ("staff", "eve")
    for kind, key in ((c.DeclineRequest, "cancelled"), (c.CancelAppointment, "cancelled"), (c.MarkNoShow, "no_show")):
        other = given(*([manual] if kind is c.DeclineRequest else []), OPEN, booked("10:00"))
        other.when(on_it(kind, reason="why")).then_it(reasons={key: "why"})


def test_stamps_tell_when_each_step_was_taken() -> None:
    scene = given(OPEN, booked("10:00"))
    steps = {"confirmed_at": c.ConfirmAppointment, "checked_in_at": c.CheckIn, "started_at": c.StartAppointment,
             "completed_at": c.CompleteAppointment}  # fmt: skip
    times = dict(zip(steps, ("08:10", "09:50", "10:01", "10:31"), strict=True))
    for stamp, kind in steps.items():
        scene.at(times[stamp]).when(on_it(kind))
    scene.then_it(created_at=instant("08:00"), updated_at=instant("10:31"))
    scene.then_it(**{stamp: instant(time) for stamp, time in times.items()})


def test_a_hold_does_not_stand_in_the_way_of_its_neighbour_once_it_is_over() -> None:
    cancelled().at("08:00").when(hold_slot("10:00", by="A")).at("08:05").when(reinstate_first()).then(
        e.AppointmentReinstated
    )
