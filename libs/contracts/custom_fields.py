"""Custom fields: what a service asks of those who book it, defined with the service."""

from typing import Annotated, Literal

import msgspec
from pydantic import AfterValidator, Field

from contracts.fields import Id, Text
from contracts.parts import Body

Kind = Literal["text", "number", "boolean", "date"]


class CustomFieldBody(Body):
    id: Id
    name: Text
    required: bool = False
    type: Kind = "text"


class CustomField(msgspec.Struct, frozen=True, kw_only=True):
    """A field under the key `id` of a booking's custom fields. A date is written YYYY-MM-DD."""

    id: str
    name: str
    required: bool = False
    type: Kind = "text"


def _distinct(fields: list[CustomFieldBody]) -> list[CustomFieldBody]:
    if len({field.id for field in fields}) < len(fields):
        raise ValueError("each field has its own id")
    return fields


CustomFieldBodies = Annotated[list[CustomFieldBody], Field(max_length=50), AfterValidator(_distinct)]
