"""Labels: a tenant's own sub-statuses, each bound to exactly one status, and gone when the status is."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.supply import SetPolicies
from given import Scene, after, ann_works, booked, given, held, on_it, sent
from samples import iso, location, policies, service

LABELS = [
    {"label": "paid", "status": "scheduled"}, {"label": "rang", "status": "scheduled"},
    {"label": "sure", "status": "confirmed"}, {"label": "room 2", "status": "checked_in"},
    {"label": "begun", "status": "in_progress"}, {"label": "done well", "status": "completed"},
    {"label": "no word", "status": "no_show"}, {"label": "ill", "status": "cancelled"},
]  # fmt: skip
KNOWN = sent(policies(sub_statuses=LABELS))


def scene(*facts: Any) -> Scene:
    return given(sent(location(profile="lenient")), KNOWN, ann_works("09:00-17:00"), booked("10:00"), *facts)


STEPS: list[tuple[type[c.Step], str, type[e.Event]]] = [
    (c.ConfirmAppointment, "sure", e.AppointmentConfirmed),
    (c.CheckIn, "room 2", e.AppointmentCheckedIn),
    (c.StartAppointment, "begun", e.AppointmentStarted),
    (c.CompleteAppointment, "done well", e.AppointmentCompleted),
    (c.MarkNoShow, "no word", e.AppointmentNoShow),
    (c.CancelAppointment, "ill", e.AppointmentCancelled),
]


@pytest.mark.parametrize(("kind", "label", "event"), STEPS)
def test_a_step_gives_the_label_of_the_status_it_leads_to(kind: type[c.Step], label: str, event: type[e.Event]) -> None:
    scene().when(on_it(kind, sub_status=label)).then(event, sub_status=label).then_it(sub_status=label)


@pytest.mark.parametrize(("kind", "label", "event"), STEPS)
def test_a_label_of_another_status_is_refused_by_field_and_rule(
    kind: type[c.Step], label: str, event: type[e.Event]
) -> None:
    refused = scene().when(on_it(kind, sub_status="paid")).then_refused("invalid_command", "sub_status")
    assert refused.clinic.refusal is not None
    assert "paid belongs to scheduled" in refused.clinic.refusal.detail
    refused.then_it(status="scheduled", sub_status=None)


def test_a_label_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    refused = scene().when(on_it(c.ConfirmAppointment, sub_status="maybe"))
    refused.then_refused("invalid_command", "sub_status")
    assert refused.clinic.refusal is not None
    assert refused.clinic.refusal.detail.endswith("there are: sure.")
    none = given(ann_works("09:00-17:00"), booked("10:00")).when(on_it(c.ConfirmAppointment, sub_status="sure"))
    none.then_refused("invalid_command", "sub_status")


def test_an_arrow_that_there_is_not_is_told_before_its_label() -> None:
    scene(after(on_it(c.CancelAppointment))).when(on_it(c.CheckIn, sub_status="paid")).then_illegal(
        "cancelled", "checked_in", ["scheduled"]
    )


def test_a_label_goes_when_its_status_does() -> None:
    labelled = scene(after(on_it(c.ConfirmAppointment, sub_status="sure")))
    labelled.when(on_it(c.CheckIn)).then_it(status="checked_in", sub_status=None)
    labelled = scene(after(on_it(c.ConfirmAppointment, sub_status="sure")))
    labelled.when(on_it(c.UndoConfirmation, sub_status="paid")).then_it(status="scheduled", sub_status="paid")


def test_a_move_and_a_note_leave_the_label() -> None:
    labelled = scene(after(on_it(c.ConfirmAppointment, sub_status="sure")))
    labelled.when(on_it(c.RescheduleAppointment, start=iso("11:00"))).then_it(sub_status="sure")
    labelled.when(on_it(c.ChangeDetails, notes="firm")).then_it(sub_status="sure", notes="firm")


def test_a_revision_labels_the_status_that_it_has() -> None:
    labelled = scene().when(on_it(c.ReviseAppointment, sub_status="paid"))
    labelled.then(e.AppointmentDetailsChanged, sub_status="paid").then_it(status="scheduled", sub_status="paid")
    labelled.when(on_it(c.ReviseAppointment, sub_status="paid")).then_nothing()
    labelled.when(on_it(c.ReviseAppointment, sub_status="rang", status="scheduled")).then_it(sub_status="rang")
    labelled.when(on_it(c.ReviseAppointment, notes="firm")).then_it(sub_status="rang")
    labelled.when(on_it(c.ReviseAppointment, sub_status=None)).then_it(sub_status=None, status="scheduled")
    labelled.when(on_it(c.ReviseAppointment, sub_status="sure")).then_refused("invalid_command", "sub_status")


def test_a_revision_labels_the_status_that_it_leads_to() -> None:
    moved = scene().when(on_it(c.ReviseAppointment, status="confirmed", sub_status="sure", notes="firm"))
    moved.then(e.AppointmentDetailsChanged, e.AppointmentConfirmed).then_it(status="confirmed", sub_status="sure")
    wrong = scene().when(on_it(c.ReviseAppointment, status="confirmed", sub_status="paid"))
    wrong.then_refused("invalid_command", "sub_status").then_it(status="scheduled")


def test_an_accepted_a_corrected_and_a_reinstated_one_have_labels_too() -> None:
    manual = given(sent(service(acceptance="manual")), KNOWN, ann_works("09:00-17:00"), booked("10:00"))
    manual.when(on_it(c.AcceptRequest, sub_status="paid")).then_it(status="scheduled", sub_status="paid")
    manual.when(on_it(c.MarkNoShow)).when(
        on_it(c.CorrectOutcome, outcome="completed", reason="came", sub_status="done well")
    ).then_it(sub_status="done well")
    again = scene(after(on_it(c.CancelAppointment, sub_status="ill")))
    again.when(on_it(c.ReinstateAppointment, sub_status="rang")).then_it(status="scheduled", sub_status="rang")


def test_a_request_that_lapses_has_no_label_any_more() -> None:
    asked = service(acceptance="manual", accept_within_minutes=30)
    labels = policies(sub_statuses=[{"label": "waits", "status": "requested"}])
    request = given(sent(asked, labels), ann_works("09:00-17:00"), booked("10:00"))
    request.when(on_it(c.ReviseAppointment, sub_status="waits")).then_it(status="requested", sub_status="waits")
    request.at("08:30").when(on_it(c.AcceptRequest)).then_it(status="expired", sub_status=None)


def test_a_hold_has_no_label() -> None:
    given(KNOWN, ann_works("09:00-17:00"), held("10:00", by="desk")).when(
        on_it(c.CancelAppointment, sub_status="ill")
    ).then_refused("invalid_command", "sub_status")


def test_the_labels_of_the_narrowest_scope_are_those_that_count() -> None:
    own = policies(service_id="cut", sub_statuses=[{"label": "sure", "status": "scheduled"}])
    labelled = given(KNOWN, sent(own), ann_works("09:00-17:00"), booked("10:00"))
    labelled.when(on_it(c.ConfirmAppointment, sub_status="sure")).then_refused("invalid_command", "sub_status")
    labelled.when(on_it(c.ReviseAppointment, sub_status="sure")).then_it(sub_status="sure")


def test_what_was_labelled_stays_so_when_the_labels_change() -> None:
    labelled = scene(after(on_it(c.ConfirmAppointment, sub_status="sure")), sent(policies(sub_statuses=[])))
    labelled.then_it(sub_status="sure").when(on_it(c.CheckIn)).then_it(sub_status=None)


def test_history_is_called_what_it_was_called() -> None:
    scene().when(on_it(c.ConfirmAppointment, sub_status="old word"), imported=True).then_it(sub_status="old word")


@pytest.mark.parametrize(
    ("labels", "field"),
    [
        ([{"label": "paid", "status": "scheduled"}, {"label": "paid", "status": "confirmed"}], "sub_statuses"),
        ([{"label": "kept", "status": "held"}], "sub_statuses.0.status"),
        ([{"label": "", "status": "scheduled"}], "sub_statuses.0.label"),
    ],
)
def test_a_label_is_bound_to_one_status_that_there_is(labels: list[dict[str, str]], field: str) -> None:
    refused = c.validate(SetPolicies, {"sub_statuses": labels})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", field)
