"""Refusals that more than one decision gives, worded once."""

from contracts.errors import Rejection


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


def hold_not_owner() -> Rejection:
    return Rejection(code="hold_not_owner", detail="The hold belongs to another owner.")


def hold_expired() -> Rejection:
    return Rejection(code="hold_expired", detail="The hold has expired.")
