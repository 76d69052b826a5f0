"""Until when a booking is cancelled or moved, and by whom: what policies say of actors."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.appointment import Reschedules
from given import Scene, What, after, ann_works, booked, given, held, on_it, sent, works
from samples import instant, iso, policies, service

VISIT = ann_works("09:00-17:00"), booked("10:00")
CANCEL: What = on_it(c.CancelAppointment)
MOVE: What = on_it(c.RescheduleAppointment, start=iso("15:00"))


def under(**members: Any) -> Scene:
    """A visit at ten, under these policies."""
    return given(sent(policies(**members)), *VISIT)


@pytest.mark.parametrize(("now", "late"), [("08:59", False), ("09:00", False), ("09:00:01", True), ("09:01", True)])
@pytest.mark.parametrize("actor", ["customer", "api_key", "system"])
def test_a_booking_can_be_moved_until_its_window_closes(actor: str, now: str, late: bool) -> None:
    scene = under(reschedule_until_minutes=60).by(actor).at(now).when(MOVE)
    if late:
        scene.then_refused("too_late").then_it(start=instant("10:00"))
        assert scene.clinic.refusal is not None
        assert scene.clinic.refusal.detail == "Bookings can be moved until 60 minutes before they start."
    else:
        scene.then(e.AppointmentRescheduled)


@pytest.mark.parametrize(("what", "member"), [(MOVE, "reschedule_until_minutes"), (CANCEL, "cancel_until_minutes")])
def test_the_desk_s_own_staff_are_bound_by_no_window(what: What, member: str) -> None:
    scene = under(**{member: 60}).at("09:59").by("customer").when(what).then_refused("too_late")
    scene.by("staff").when(what)
    assert scene.clinic.refusal is None


@pytest.mark.parametrize(
    ("what", "member", "text"),
    [(MOVE, "reschedule_by", "move this"), (CANCEL, "cancel_by", "cancel this")],
    ids=["move", "cancel"],
)
def test_only_those_named_may(what: What, member: str, text: str) -> None:
    scene = under(**{member: ["staff", "system"]}).by("customer").when(what)
    scene.then_refused("forbidden", "actor", allowed=["staff", "system"])
    assert scene.clinic.refusal is not None
    assert scene.clinic.refusal.detail == f"An actor of type customer may not {text}; staff or system may."
    scene.by("system").when(what)
    assert scene.clinic.refusal is None


@pytest.mark.parametrize(("what", "member"), [(MOVE, "reschedule_by"), (CANCEL, "cancel_by")])
def test_staff_may_unless_a_list_leaves_them_out(what: What, member: str) -> None:
    under(**{member: ["customer"]}).by("staff").when(what).then_refused("forbidden", "actor", allowed=["customer"])
    nobody = under(**{member: []}).by("staff").when(what).then_refused("forbidden", "actor", allowed=[])
    assert nobody.clinic.refusal is not None
    assert nobody.clinic.refusal.detail.endswith("nobody may.")
    scene = under(**{member: None}).by("customer").when(what)
    assert scene.clinic.refusal is None


def test_who_may_not_is_told_so_whatever_the_hour() -> None:
    both = under(cancel_by=["staff"], cancel_until_minutes=60).by("customer").at("09:59").when(CANCEL)
    both.then_refused("forbidden", "actor", allowed=["staff"])


def test_a_request_or_a_hold_is_withdrawn_at_any_time_by_anybody() -> None:
    rules = sent(policies(cancel_by=["staff"], cancel_until_minutes=600), service(acceptance="manual"))
    given(rules, *VISIT).by("customer").when(CANCEL).then(e.AppointmentCancelled)
    hold = given(rules, ann_works("09:00-17:00"), held("10:00", by="desk")).by("customer").when(CANCEL)
    hold.then(e.HoldReleased)


def test_who_is_here_goes_at_any_time_but_not_by_anybody() -> None:
    here = after(on_it(c.ConfirmAppointment), on_it(c.CheckIn))
    late = given(sent(policies(cancel_until_minutes=60)), *VISIT, here).at("09:50").by("customer").when(CANCEL)
    late.then(e.AppointmentCancelled)
    given(sent(policies(cancel_by=["staff"])), *VISIT, here).by("customer").when(CANCEL).then_refused(
        "forbidden", "actor", allowed=["staff"]
    )


@pytest.mark.parametrize("what", [MOVE, on_it(c.ReviseAppointment, start=iso("15:00"))])
def test_a_revision_moves_no_later_than_a_move(what: What) -> None:
    under(reschedule_until_minutes=60).by("customer").at("09:30").when(what).then_refused("too_late")


def test_other_people_at_the_same_time_are_no_move() -> None:
    scene = given(sent(policies(reschedule_until_minutes=60, reschedule_by=[])), *VISIT, works("bob", "09:00-17:00"))
    scene.at("09:30").by("customer").when(on_it(c.ReassignAppointment, resources=["bob"])).then(e.AppointmentReassigned)


@pytest.mark.parametrize("what", [MOVE, CANCEL])
def test_history_is_moved_and_cancelled_as_it_was(what: What) -> None:
    rules = {"reschedule_by": [], "cancel_by": [], "reschedule_until_minutes": 60, "cancel_until_minutes": 60}
    scene = under(**rules).by("customer").at("09:59").when(what, imported=True)
    assert scene.clinic.refusal is None


def test_moves_are_counted_by_who_moved_and_the_first_slot_is_kept() -> None:
    scene = given(*VISIT)
    for actor, start in (("customer", "11:00"), ("staff", "12:00"), ("customer", "13:00"), ("api_key", "14:00")):
        scene.by(actor).when(on_it(c.RescheduleAppointment, start=iso(start))).then(e.AppointmentRescheduled)
    scene.then_it(reschedules=Reschedules(customer=2, staff=2), original_start=instant("10:00"), version=5)
    scene.when(CANCEL).when(on_it(c.ReinstateAppointment))
    scene.then_it(reschedules=Reschedules(customer=2, staff=2), original_start=instant("10:00"))
