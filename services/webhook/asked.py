"""What callers ask: bodies and query members read, each refused with the member at fault and the rule."""

from datetime import datetime
from typing import TypeVar

import msgspec
from fastapi import Request
from pydantic import ValidationError

from contracts.errors import Rejection
from contracts.parts import Body
from contracts.refusals import rejection
from kit.problems import Problem
from streams.replay import decided_by
from webhook.positions import BadPosition, resolve
from webhook.sending.addresses import check_url
from webhook.sources import Sources

LIMIT = 1_048_576

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


async def bound(sources: Sources, tenant: str, text: str, field: str) -> str:
    """A bound as the stores know it: an instant becomes the last position decided by then."""
    part = sources.part(tenant)
    if (instant := _instant(text)) is not None:
        head = (await sources.log.heads())[part]
        return f"{part}.{await decided_by(sources.log, part, head.position, instant)}"
    try:
        resolve(text, part, 0)
    except BadPosition:
        said = "Say now, beginning, an instant with offset, or a position as an answer of this tenant's named it."
        raise meaningless(field, said) from None
    return text


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else None


def number_below(cursor: str | None) -> int | None:
    """Where a page before ended."""
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise Problem("invalid_query", "This is not a cursor that an answer gave.", field="cursor")
    return int(cursor)
