"""What callers ask: bodies and query members read, each refused with the member at fault and the rule."""

import re
from datetime import datetime
from typing import TypeVar

import msgspec
from fastapi import Request
from pydantic import ValidationError

from contracts.errors import Rejection
from contracts.parts import Body
from contracts.refusals import rejection
from kit.problems import Problem
from webhook.sending.addresses import check_url

LIMIT = 1_048_576

_POSITION = re.compile(r"([0-9]{1,9})\.[0-9]{1,18}")

Asked = TypeVar("Asked", bound=Body)


async def read(request: Request, kind: type[Asked]) -> Asked:
    """The body as what is asked here; none at all is one without members."""
    content = await request.body()
    if len(content) > LIMIT:
        raise Problem("too_large", f"A body has at most {LIMIT} bytes here.")
    try:
        data = msgspec.json.decode(content) if content.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError) as bad:
        raise Problem("invalid_command", f"The body is not JSON: {bad}.") from None
    if not isinstance(data, dict):
        raise Problem("invalid_command", "The body is a JSON object.")
    try:
        return kind.model_validate(data, by_alias=True, by_name=False)
    except ValidationError as invalid:
        raise Problem.of(rejection(invalid, data)) from None


def usable_url(url: str, *, allow_loopback: bool) -> str:
    """A URL that may be sent to; names are judged when they are dialled, literals now."""
    if reason := check_url(url, allow_loopback=allow_loopback):
        raise meaningless("url", reason)
    return url


def meaningless(field: str, rule: str) -> Problem:
    """What is well formed and still cannot be."""
    return Problem.of(Rejection(code="invalid_command", detail=rule, field=field), status=422)


def usable_bound(text: str, part: int, field: str) -> str:
    """A place in the tenant's part of the log: `beginning`, `now`, an instant, or a position there."""
    if text in ("beginning", "now") or _is_instant(text):
        return text
    if (position := _POSITION.fullmatch(text)) and int(position[1]) == part:
        return text
    rule = "Say beginning, now, an instant with offset, or a position as an answer of this tenant's named it."
    raise Problem.of(Rejection(code="invalid_command", detail=rule, field=field))


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def number_below(cursor: str | None) -> int | None:
    """Where a page before ended."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise Problem("invalid_query", "This is not a cursor that an answer gave.", field="cursor")
    return int(cursor)
