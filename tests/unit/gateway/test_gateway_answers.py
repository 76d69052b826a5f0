"""From outcome to status: created, done, and each refusal where api.md puts it."""

from typing import Any

import pytest

from contracts.errors import STATUS
from gateway.answers import refusal, refusal_status, status_of


def accepted(*events: str, **members: Any) -> dict[str, Any]:
    return {"result": "accepted", "events": [{"type": event} for event in events], **members}


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (accepted("AppointmentBooked", appointment={"version": 1}), 201),
        (accepted("AppointmentHeld", appointment={"version": 1}), 201),
        (accepted("CustomerRegistered", "AppointmentRequested", appointment={"version": 1}), 201),
        (accepted("CustomerRegistered", subject={"kind": "customer", "id": "cus_1", "version": 1}), 201),
        (accepted("SessionScheduled", subject={"kind": "session", "id": "ses_1", "version": 1}), 201),
        (accepted("CapacityChanged", subject={"kind": "session", "id": "ses_1", "version": 2}), 200),
        (accepted("LocationDefined", subject={"kind": "location", "id": "main", "version": 1}), 201),
        (accepted("LocationDefined", subject={"kind": "location", "id": "main", "version": 2}), 200),
        (accepted("TenantDefined", subject={"kind": "tenant", "id": "acme", "version": 2}), 200),
        (accepted("TimeOffAdded", subject={"kind": "resource", "id": "ann", "version": 9}), 201),
        (accepted("PaymentRecorded", appointment={"version": 2}), 201),
        (accepted("RefundRequested", appointment={"version": 3}), 201),
        (accepted("CouponApplied", appointment={"version": 3}), 201),
        (accepted("CreditsUsed", appointment={"version": 3}), 201),
        (accepted("CustomerLinked", "AppointmentBooked", appointment={"version": 1}), 201),
        (accepted("CustomerChanged", subject={"kind": "customer", "id": "cus_1", "version": 2}), 200),
        (accepted("AppointmentCancelled", "RefundRequested", appointment={"version": 4}), 200),
        (accepted("RefundSettled", appointment={"version": 5}), 200),
        (accepted("PoliciesSet", subject={"kind": "service", "id": "cut", "version": 2}), 200),
        (accepted("AppointmentBooked", appointment={"version": 2}), 200),
        (accepted("CustomerRegistered", "AppointmentBooked", appointment={"version": 3}), 200),
        (accepted("AppointmentCancelled", appointment={"version": 2}), 200),
        (accepted("SeriesCreated", "AppointmentBooked", appointments=[{"version": 1}, {"version": 1}]), 201),
        (accepted("AppointmentCancelled", "SeriesEnded", appointments=[{"version": 2}, {"version": 2}]), 200),
        (accepted("CustomerLinked"), 200),
        (accepted(subject={"kind": "location", "id": "main"}), 200),
        (accepted("AppointmentBooked", appointment={"version": 1}, dry_run=True), 200),
    ],
)
def test_an_accepted_command_is_201_where_something_began_and_200_elsewhere(
    outcome: dict[str, Any], status: int
) -> None:
    assert status_of(outcome, ()) == status


@pytest.mark.parametrize("code", sorted(STATUS))
def test_a_refusal_has_the_status_of_its_code(code: str) -> None:
    assert refusal_status({"code": code}, ()) == STATUS[code]


@pytest.mark.parametrize("code", ["not_found", "service_not_found", "customer_not_found"])
def test_what_is_missing_is_404_for_the_own_id_and_422_inside_the_body(code: str) -> None:
    assert refusal_status({"code": code, "field": "appointment_id"}, ["appointment_id"]) == 404
    assert refusal_status({"code": code, "field": "customer.id"}, ["appointment_id"]) == 422
    assert refusal_status({"code": code}, ["appointment_id"]) == 404


def test_another_refusal_keeps_its_status_whatever_field_it_names() -> None:
    assert refusal_status({"code": "slot_unavailable", "field": "start"}, ["appointment_id"]) == 409


def test_a_code_that_is_not_known_yet_is_a_refusal_by_a_rule() -> None:
    assert refusal_status({"code": "from_a_newer_booking"}, ()) == 422


def test_a_problem_has_the_members_of_the_error_the_command_and_the_position() -> None:
    error = {"code": "invalid_transition", "detail": "No.", "from": "cancelled", "to": "completed", "allowed": []}
    problem = refusal({"error": error, "command_id": "c1", "position": "3.7"}, 409)
    body = problem.body("/v1/appointments/apt_1/complete")
    assert {
        "status": 409,
        "code": "invalid_transition",
        "from": "cancelled",
        "command_id": "c1",
        "position": "3.7",
    }.items() <= body.items()
    assert problem.headers["Slotkeeper-Position"] == "3.7"


def test_fields_of_the_envelope_have_the_names_that_a_caller_gave_them() -> None:
    error = {"code": "idempotency_key_reused", "detail": "No.", "field": "ce_id"}
    problem = refusal({"error": error, "command_id": "c1", "position": "3.7"}, 422)
    assert problem.field == "Idempotency-Key"
