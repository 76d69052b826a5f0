"""From what pydantic found wrong to a `Rejection`: the field's path as the sender wrote it, and the rule it broke."""

from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.errors import Rejection
from contracts.fields import RULES

NAME_LIMIT = 80
"""Characters of a name of the sender's that are repeated to them."""


def rejection(invalid: ValidationError, data: Any) -> Rejection:
    """The first fault; an unknown field goes before all others. Of a union every member's rule is told."""
    errors = invalid.errors(include_url=False, include_input=False)
    unknown = next((error for error in errors if error["type"] == "extra_forbidden"), None)
    field = _field(unknown or errors[0], data)
    if unknown:
        return Rejection(code="unknown_field", field=field, detail=f"There is no field {field}.")
    rules = dict.fromkeys(_rule(error) for error in errors if _field(error, data) == field)
    return Rejection(code="invalid_command", field=field, detail=f"{field or 'The body'}: {', or: '.join(rules)}.")


def _field(error: ErrorDetails, data: Any) -> str | None:
    return ".".join(_path(error, data)) or None


def _path(error: ErrorDetails, data: Any) -> Iterator[str]:
    """The steps of the fault's place that exist in `data`, then the missing or blamed member.

    Pydantic also names the members of unions on its way; those are nothing that a sender wrote.
    """
    here = data
    for step in error["loc"]:
        if not _has(here, step):
            continue
        here = here[step]
        yield str(step)[:NAME_LIMIT]
    if error["type"] == "missing":
        yield str(error["loc"][-1])
    elif error["type"] == "rule":
        yield error["ctx"]["field"]


def _rule(error: ErrorDetails) -> str:
    if error["type"] == "none_required":
        return "only null is understood"
    pattern = error.get("ctx", {}).get("pattern")
    return RULES.get(pattern or "") or error["msg"].removeprefix("Value error, ")


def _has(value: Any, step: str | int) -> bool:
    return (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int))
