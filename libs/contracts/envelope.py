"""CloudEvents 1.0 in Kafka's binary mode: headers beside a JSON value, for commands, outcomes and events.

Commands come from outside, so every header may be missing or nonsense: `read_command` never raises. Headers of
ours that CloudEvents does not know keep its `ce_` prefix (extension attributes are lower case, without underscores).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

import msgspec

from contracts.errors import Rejection
from contracts.record import Record

Headers = list[tuple[str, bytes]]

JSON = ("content-type", b"application/json")
CLOUDEVENTS = ("ce_specversion", b"1.0")
ID_LIMIT = 255
COMMAND_HEADERS = (
    "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_dataversion", "ce_requesthash", "ce_dryrun",
    "ce_import", "ce_decidebefore", "ce_actor", "ce_causation", "ce_correlation", "traceparent",
)  # fmt: skip
"""The headers of a command that are read; all others are let through unread."""
_READ = frozenset(COMMAND_HEADERS)
_REQUIRED = ("ce_id", "ce_source", "ce_type")


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """What the headers of a command say. `dry_run` and `imported` are off unless their header is `true`."""

    id: str
    source: str
    type: str
    time: datetime | None = None
    data_version: int = 1
    request_hash: bytes | None = None
    dry_run: bool = False
    imported: bool = False
    decide_before: datetime | None = None
    actor: str | None = None
    traceparent: str | None = None
    causation: str | None = None
    correlation: str | None = None


class Unreadable(NamedTuple):
    """A command whose envelope cannot be used; `id` and `source` where they could be read."""

    rejection: Rejection
    id: str | None
    source: str | None
    type: str | None


def read_command(headers: Iterable[tuple[str, bytes]]) -> Envelope | Unreadable:
    """The envelope of a command, or why there is none."""
    texts = {name: value.decode("utf-8", "replace") for name, value in headers if name in _READ and value is not None}
    try:
        return _envelope(texts)
    except _Bad as bad:
        identity = [_usable(texts.get(name)) for name in _REQUIRED]
        return Unreadable(Rejection(code="invalid_command", detail=bad.rule, field=bad.header), *identity)


def _usable(text: str | None) -> str | None:
    """A header's text where it can be stored and answered with."""
    return text if text and len(text) <= ID_LIMIT and "\x00" not in text else None


class _Bad(Exception):
    def __init__(self, header: str, rule: str) -> None:
        self.header, self.rule = header, rule


def _envelope(texts: dict[str, str]) -> Envelope:
    for name in _REQUIRED:
        if not texts.get(name):
            raise _Bad(name, f"The header {name} is required.")
    for name, text in texts.items():
        if len(text) > ID_LIMIT or "\0" in text:
            raise _Bad(name, f"The header {name} has at most {ID_LIMIT} characters, none of them NUL.")
    if texts.get("ce_specversion", "1.0") != "1.0":
        raise _Bad("ce_specversion", "Only CloudEvents 1.0 is understood.")
    version = texts.get("ce_dataversion", "1")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise _Bad("ce_dataversion", "The data version is a small whole number.")
    request_hash = texts.get("ce_requesthash")
    return Envelope(
        id=texts["ce_id"],
        source=texts["ce_source"],
        type=texts["ce_type"],
        time=_instant(texts, "ce_time"),
        data_version=int(version),
        request_hash=request_hash.encode() if request_hash else None,
        dry_run=texts.get("ce_dryrun") == "true",
        imported=texts.get("ce_import") == "true",
        decide_before=_instant(texts, "ce_decidebefore"),
        actor=texts.get("ce_actor") or None,
        traceparent=texts.get("traceparent") or None,
        causation=texts.get("ce_causation") or None,
        correlation=texts.get("ce_correlation") or None,
    )


def _instant(texts: dict[str, str], name: str) -> datetime | None:
    if not (text := texts.get(name)):
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise _Bad(name, f"The header {name} needs an offset.")
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad(name, f"The header {name} is an ISO 8601 instant.") from None


def command_headers(
    *,
    id: str,
    source: str,
    type: str,
    time: datetime | None = None,
    request_hash: str | None = None,
    dry_run: bool = False,
    imported: bool = False,
    decide_before: datetime | None = None,
    actor: str | None = None,
    traceparent: str | None = None,
    causation: str | None = None,
    correlation: str | None = None,
) -> Headers:
    """The headers of a command as every publisher of ours sends them. `actor` is `type:id`."""
    optional = {
        "ce_time": time and time.isoformat(),
        "ce_requesthash": request_hash,
        "ce_dryrun": "true" if dry_run else None,
        "ce_import": "true" if imported else None,
        "ce_decidebefore": decide_before and decide_before.isoformat(),
        "ce_actor": actor,
        "traceparent": traceparent,
        "ce_causation": causation,
        "ce_correlation": correlation,
    }
    always = [CLOUDEVENTS, JSON, ("ce_id", id.encode()), ("ce_source", source.encode()), ("ce_type", type.encode())]
    return always + [(name, value.encode()) for name, value in optional.items() if value]


def event_headers(record: Record) -> Headers:
    """The headers of an event: CloudEvents attributes, and its place (`pos`, `era`) for consumers."""
    return [
        CLOUDEVENTS,
        JSON,
        ("ce_id", record.event_id.encode()),
        ("ce_source", b"/slotkeeper/%d" % record.part),
        ("ce_type", record.type.encode()),
        ("ce_subject", record.stream.encode()),
        ("ce_time", _time(record.occurred_at)),
        ("ce_dataversion", b"%d" % record.schema_version),
        ("pos", b"%d" % record.pos),
        ("era", b"%d" % record.era),
    ]


@lru_cache(maxsize=64)
def _time(instant: datetime) -> bytes:
    """Most events of a poll are of one instant, so it is written once."""
    return instant.isoformat().encode()


def outcome_headers(
    *, command_id: str, source: str, type: str, pos: int, era: int, request_hash: bytes | None = None
) -> Headers:
    """The headers of an outcome: `ce_commandid` and `ce_commandsource` let a reader pick its own without parsing.

    Where two requests used one id, the request's hash, as the command named it, says which of them this answers.
    """
    headers = [
        CLOUDEVENTS,
        JSON,
        ("ce_id", f"{source}/{command_id}".encode()),
        ("ce_source", b"/slotkeeper/booking"),
        ("ce_type", b"CommandOutcome"),
        ("ce_commandid", command_id.encode()),
        ("ce_commandsource", source.encode()),
        ("ce_commandtype", type.encode()),
        ("pos", b"%d" % pos),
        ("era", b"%d" % era),
    ]
    return [*headers, ("ce_requesthash", request_hash)] if request_hash else headers


def dead_headers(
    original: Iterable[tuple[str, bytes]], *, reason: Rejection, topic: str, partition: int, offset: int
) -> Headers:
    """The headers of a dead letter: what it came with, where it lay and why it could not be read.

    Dead letters may repeat; `dead_topic`, `dead_partition` and `dead_offset` together are their identity.
    """
    place = {"topic": topic, "partition": str(partition), "offset": str(offset)}
    why = {"code": reason.code, "field": reason.field or "", "detail": reason.detail}
    return [*original, *((f"dead_{name}", value.encode()) for name, value in (place | why).items())]


def header(headers: Sequence[tuple[str, bytes]], name: str) -> bytes | None:
    """The first value of a header."""
    return next((value for key, value in headers if key == name), None)
