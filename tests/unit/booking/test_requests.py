"""Requests: booked subject to acceptance, blocking or not, until the instant at which nobody accepts them any more."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import Fact, OnIt, Scene, after, ann_works, booked, confirm_it, given, held, on_it, sent
from samples import book, hold_slot, instant, iso, service

OPEN = ann_works("09:00-17:00")
ACCEPT = on_it(c.AcceptRequest)


def by_request(**members: Any) -> Fact:
    return sent(service(acceptance="manual", **members))


def first(kind: type[c.OnAppointment], **members: Any) -> OnIt:
    """A command about the request made first."""
    return lambda clinic: on_it(kind, appointment_id=next(iter(clinic.state.kept)).partition("/")[2], **members)(clinic)


def beside(blocks: bool) -> Scene:
    """Somebody asked for ten; then somebody else books it."""
    scene = given(by_request(pending_blocks=blocks), OPEN, booked("10:00"), sent(service()))
    return scene.when(book("10:00"))


# --- blocking or not ----------------------------------------------------------------------------------------------


def test_a_request_that_blocks_keeps_its_slot_from_everybody_else() -> None:
    scene = beside(blocks=True).then_refused("slot_unavailable")
    scene.when(ACCEPT).then(e.RequestAccepted, slot=None).then_it(status="scheduled", accept_until=None)


def test_a_request_that_does_not_block_is_taken_only_when_it_is_accepted() -> None:
    scene = beside(blocks=False).then_it(status="scheduled").when(first(c.AcceptRequest))
    scene.then_refused("slot_unavailable")
    assert scene.clinic.refusal is not None
    assert [one.event_id for one in scene.clinic.refusal.blockers] == [scene.clinic.records[-1].event_id]
    scene.when(on_it(c.CancelAppointment)).when(first(c.AcceptRequest)).then(e.RequestAccepted)
    assert scene.written[0].event.slot.start == instant("10:00")  # type: ignore[attr-defined]


def test_of_several_requests_for_one_slot_one_is_accepted() -> None:
    scene = given(by_request(pending_blocks=False), OPEN, booked("10:00"), booked("10:00"), booked("10:00"))
    scene.when(ACCEPT).then(e.RequestAccepted)
    scene.when(first(c.AcceptRequest)).then_refused("slot_unavailable")
    scene.when(first(c.ConfirmAppointment)).then_refused("slot_unavailable")


@pytest.mark.parametrize("blocks", [True, False])
def test_a_hold_gives_its_slot_to_its_request_or_lets_go_of_it(blocks: bool) -> None:
    scene = given(by_request(pending_blocks=blocks), OPEN, held("10:00", by="A"), after(confirm_it(owner="A")))
    scene.then_it(status="requested").when(hold_slot("10:00", by="B"))
    assert (scene.clinic.refusal is not None) is blocks


@pytest.mark.parametrize("blocks", [True, False])
def test_a_request_that_is_declined_or_withdrawn_takes_no_time(blocks: bool) -> None:
    for kind in (c.DeclineRequest, c.CancelAppointment):
        scene = given(by_request(pending_blocks=blocks), OPEN, booked("10:00"), after(on_it(kind)))
        scene.when(book("10:00")).when(ACCEPT).then_it(status="scheduled")


def test_acceptance_is_what_it_was_when_it_was_asked_for() -> None:
    """A later definition of the service moves nothing that was asked for before."""
    scene = given(by_request(accept_within_minutes=30), OPEN, booked("10:00"), by_request(accept_within_minutes=5))
    scene.then_it(accept_until=instant("08:30")).at("08:29").when(ACCEPT).then_it(status="scheduled")


# --- the deadline -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "in_time"),
    [("08:29", True), ("08:29:59.999999", True), ("08:30", False), ("08:30:00.000001", False), ("08:31", False)],
)
@pytest.mark.parametrize("blocks", [True, False])
@pytest.mark.parametrize("kind", [c.AcceptRequest, c.ConfirmAppointment, c.DeclineRequest, c.CancelAppointment])
def test_a_request_lives_until_the_last_instant_before_its_deadline(
    kind: type[c.Step], blocks: bool, now: str, in_time: bool
) -> None:
    asked = given(by_request(accept_within_minutes=30, pending_blocks=blocks), OPEN, booked("10:00"))
    scene = asked.at(now).when(on_it(kind))
    if in_time:
        assert scene.clinic.refusal is None
        return
    assert scene.clinic.refusal is not None
    assert scene.clinic.refusal.members == {"from": "expired", "to": TO[kind], "allowed": []}
    expired = scene.clinic.records[-1]
    assert isinstance(expired.event, e.HoldExpired)
    assert (expired.occurred_at, expired.decided_at) == (instant("08:30"), instant(now))


TO: dict[type[c.Step], str] = {
    c.AcceptRequest: "scheduled", c.ConfirmAppointment: "confirmed", c.DeclineRequest: "cancelled",
    c.CancelAppointment: "cancelled",
}  # fmt: skip


@pytest.mark.parametrize(("now", "free"), [("08:29:59.999999", False), ("08:30", True)])
def test_the_slot_is_free_at_the_deadline_itself(now: str, free: bool) -> None:
    scene = given(by_request(accept_within_minutes=30), OPEN, booked("10:00")).at(now).when(book("10:00"))
    assert (scene.clinic.refusal is None) is free


def test_without_a_deadline_a_request_waits_until_it_has_begun_and_longer() -> None:
    scene = given(by_request(), OPEN, booked("10:00")).at("tue 12:00").when(ACCEPT)
    scene.then_it(status="scheduled", accept_until=None)


# --- accepted all the same ----------------------------------------------------------------------------------------


def test_a_request_is_accepted_over_what_stands_against_it_and_that_is_recorded() -> None:
    scene = beside(blocks=False).when(first(c.AcceptRequest, override=True, reason="both fit"))
    scene.then(e.RequestAccepted, override=True, reason="both fit")
    seen = scene.clinic.state.kept[scene.written[0].stream].appointment
    assert (seen.status, seen.override, seen.reasons) == ("scheduled", True, {"override": "both fit"})


def test_an_override_that_was_not_needed_is_none() -> None:
    for blocks in (True, False):
        scene = given(by_request(pending_blocks=blocks), OPEN, booked("10:00"))
        scene.when(on_it(c.AcceptRequest, override=True, reason="in any case"))
        scene.then_it(status="scheduled", override=False, reasons={"accepted": "in any case"})


def test_an_override_needs_a_reason_and_does_not_turn_back_time() -> None:
    refused = c.validate(c.AcceptRequest, {"appointment_id": "apt_1", "override": True})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", "reason")
    late = beside(blocks=False).at("10:01").when(first(c.AcceptRequest, override=True, reason="both fit"))
    late.then_refused("in_past")


def test_a_moved_booking_is_no_override_any_more() -> None:
    scene = beside(blocks=False).when(first(c.AcceptRequest, override=True, reason="both fit"))
    scene.when(first(c.RescheduleAppointment, start=iso("11:00"))).then(e.AppointmentRescheduled)
    assert not scene.clinic.state.kept[scene.written[0].stream].appointment.override


def test_the_version_expected_is_the_one_accepted() -> None:
    scene = given(by_request(), OPEN, booked("10:00")).when(on_it(c.AcceptRequest, expected_version=2))
    scene.then_refused("version_conflict", version=1).when(on_it(c.AcceptRequest, expected_version=1))
    scene.then_it(status="scheduled", version=2)
