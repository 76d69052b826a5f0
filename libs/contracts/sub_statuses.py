"""Sub-statuses: labels of the tenant's own, each bound to one status of the state table."""

from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, Field

from contracts.fields import Text
from contracts.parts import Body

Labelled = Literal[
    "requested", "scheduled", "confirmed", "checked_in", "in_progress", "completed", "no_show", "cancelled"
]
"""Statuses that may be told apart further; a hold has only its kind."""


class SubStatusBody(Body):
    label: Text
    status: Labelled


class SubStatus(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    status: Labelled


def _bound_once(labels: list[SubStatusBody]) -> list[SubStatusBody]:
    if len({one.label for one in labels}) < len(labels):
        raise ValueError("each label is bound to one status")
    return labels


SubStatusBodies = Annotated[list[SubStatusBody], Field(max_length=200), AfterValidator(_bound_once)]
