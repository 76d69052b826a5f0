"""Reading a request: bodies within their limits, and the headers and query members that say how to decide."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request

from contracts.commands import BODY_LIMIT
from contracts.envelope import ID_LIMIT
from gateway.refusals import invalid_command, invalid_query, too_large

BATCH_LIMIT = 10 * BODY_LIMIT
"""Bytes of many commands in one request."""

WAIT_SECONDS, MOST_SECONDS = 10.0, 30.0

DECIDE_BEFORE = "Slotkeeper-Decide-Before"
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})")
_VERSION = re.compile(r'(?:W/)?"(\d{1,15})"')
_KEY = re.compile(r"[\x20-\x7e]+")


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body; nothing of one that is too large is used."""
    announced = request.headers.get("Content-Length", "")
    size = int(announced) if announced.isdecimal() else 0
    if size > limit:
        raise too_large(limit)
    blocks, size = [], 0
    async for block in request.stream():
        size += len(block)
        if size > limit:
            raise too_large(limit)
        blocks.append(block)
    return b"".join(blocks)


def json_of(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as bad:
        raise invalid_command(f"The body is not JSON: {bad.msg} at byte {bad.pos}.") from None


def object_of(body: bytes) -> dict[str, Any]:
    """A JSON object; no body at all is one without members."""
    value = json_of(body) if body.strip() else {}
    if not isinstance(value, dict):
        raise invalid_command("The body is a JSON object.")
    return value


def check_query(request: Request, known: Collection[str]) -> None:
    """Every parameter is known and stands once."""
    for name in request.query_params:
        if name not in known:
            raise invalid_query(name, "This parameter is not known.")
        if len(request.query_params.getlist(name)) > 1:
            raise invalid_query(name, "This parameter stands once.")


def flag(request: Request, name: str) -> bool:
    text = request.query_params.get(name, "false")
    if text not in ("true", "false"):
        raise invalid_query(name, "This is true or false.")
    return text == "true"


def wait_seconds(request: Request) -> float:
    """How long the caller waits for the outcome (`Prefer: wait=N`); what cannot be read is not preferred (RFC 7240)."""
    preferred = ",".join(request.headers.getlist("Prefer")).lower()
    if found := _WAIT.search(preferred):
        return min(float(found[1]), MOST_SECONDS)
    return 0.0 if "respond-async" in preferred else WAIT_SECONDS


def idempotency_key(text: str | None) -> str | None:
    """The command id that the caller chose, if it did."""
    if text is None:
        return None
    if not _KEY.fullmatch(text) or len(text) > ID_LIMIT:
        raise invalid_command(f"A command id has 1 to {ID_LIMIT} printable characters.", "Idempotency-Key")
    return text


def expected_version(request: Request) -> int | None:
    """The version in `If-Match`, as reads give it in `ETag`."""
    if (text := request.headers.get("If-Match")) is None:
        return None
    if not (found := _VERSION.fullmatch(text.strip())):
        raise invalid_command('If-Match names one version, such as "3".', "If-Match")
    return int(found[1])


def decide_before(text: Any, field: str = DECIDE_BEFORE) -> datetime | None:
    """The instant after which the command is too late."""
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid_command("This is an ISO 8601 instant with offset.", field) from None
    if instant.tzinfo is None:
        raise invalid_command("This instant needs an offset.", field)
    return instant
