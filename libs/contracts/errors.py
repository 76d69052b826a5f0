"""Refusals: codes, the HTTP status of each, and the value that carries one. A refusal is a value, never raised."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

STATUS: dict[str, int] = {
    "invalid_command": 400,
    "invalid_query": 400,
    "unknown_field": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "hold_not_owner": 403,
    "customer_blocked": 403,
    "not_found": 404,
    "unknown_tenant": 404,
    "service_not_found": 404,
    "customer_not_found": 404,
    "slot_unavailable": 409,
    "resource_unavailable": 409,
    "invalid_transition": 409,
    "version_conflict": 409,
    "hold_expired": 409,
    "not_enough_seats": 409,
    "waitlist_claim_lost": 409,
    "method_not_allowed": 405,
    "too_large": 413,
    "in_past": 422,
    "too_soon": 422,
    "too_far": 422,
    "outside_hours": 422,
    "limit_reached": 422,
    "resource_not_eligible": 422,
    "nonexistent_local_time": 422,
    "idempotency_key_reused": 422,
    "unknown_zone": 422,
    "too_late": 422,
    "over_quota": 429,
    "internal_error": 500,
    "not_caught_up": 503,
    "unavailable": 503,
}
"""Every code and its HTTP status (contract 1.17, api.md §6)."""


class Blocker(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that stands against a slot, and the event that made it so. `text` names nobody.

    Of a limit that is reached `scope` is what it limits, and `per` the period.
    """

    reason: str
    event_id: str | None = None
    resource_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    scope: str | UnsetType = UNSET
    per: str | UnsetType = UNSET


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was refused. `members` are further problem members (`from`, `to`, `allowed`, `scope`, `kind` …)."""

    code: str
    detail: str
    field: str | None = None
    blockers: list[Blocker] = []
    alternatives: list[datetime] = []
    members: dict[str, Any] = {}

    def to_error(self) -> dict[str, Any]:
        """The `error` object of an outcome, and the members of a problem body beside title, status and type."""
        error: dict[str, Any] = {"code": self.code, "detail": self.detail}
        if self.field is not None:
            error["field"] = self.field
        if self.blockers:
            error["blockers"] = msgspec.to_builtins(self.blockers)
        if self.alternatives:
            error["alternatives"] = msgspec.to_builtins(self.alternatives)
        return error | self.members
