"""Refusals that more than one decision gives, worded once."""

from collections.abc import Sequence

from booking.view import View
from contracts.errors import Rejection
from contracts.values import Money

CUSTOMER, STAFF = "customer", "staff"
"""Types of actors."""


def not_found(field: str, what: str) -> Rejection:
    return Rejection(code="not_found", field=field, detail=f"There is no such {what}.")


def invalid(field: str, rule: str) -> Rejection:
    return Rejection(code="invalid_command", field=field, detail=f"{field}: {rule}.")


def already_used(field: str) -> Rejection:
    return invalid(field, "is already used")


def unknown_tenant(tenant: str) -> Rejection:
    return Rejection(code="unknown_tenant", detail=f"There is no tenant {tenant}.")


def unknown_zone(field: str) -> Rejection:
    return Rejection(code="unknown_zone", field=field, detail=f"{field} names no zone of the IANA database.")


def version_conflict(current: int) -> Rejection:
    return Rejection(
        code="version_conflict", detail=f"The appointment is at version {current}.", members={"version": current}
    )


def customer_blocked() -> Rejection:
    return Rejection(code="customer_blocked", field="customer", detail="The customer is blocked from booking.")


def too_late_to_cancel(minutes: int) -> Rejection:
    detail = f"Bookings can be cancelled until {minutes} minutes before they start."
    return Rejection(code="too_late", detail=detail)


def too_late_to_move(minutes: int) -> Rejection:
    detail = f"Bookings can be moved until {minutes} minutes before they start."
    return Rejection(code="too_late", detail=detail)


def forbidden(what: str, actor: str, allowed: Sequence[str]) -> Rejection:
    """Of those who act it is not this kind's to do."""
    detail = f"An actor of type {actor} may not {what}; {' or '.join(allowed) or 'nobody'} may."
    return Rejection(code="forbidden", field="actor", detail=detail, members={"allowed": list(allowed)})


def desk_alone(what: str, view: View) -> Rejection | None:
    """A refusal where it is a customer who acts."""
    return forbidden(what, view.actor.type, [STAFF]) if view.actor.type == CUSTOMER else None


def nothing_to_refund(left: Money | None = None) -> Rejection:
    detail = f"There is {left.amount_minor} {left.currency} left to give back." if left else "There is nothing left."
    return Rejection(code="limit_reached", field="amount", detail=detail, members={"scope": "refund"})


def already_settled(status: str, to: str) -> Rejection:
    members = {"from": status, "to": to, "allowed": list[str]()}
    return Rejection(code="invalid_transition", detail=f"This refund is {status} already.", members=members)


def hold_not_owner(detail: str = "The hold belongs to another owner.") -> Rejection:
    return Rejection(code="hold_not_owner", detail=detail)


def hold_expired() -> Rejection:
    return Rejection(code="hold_expired", detail="The hold has expired.")
