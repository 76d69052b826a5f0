"""Tracing at the desk: a span for each command of a poll whose trace is kept; outcome and events carry the trace on.

Looked at once a poll, after it was decided: deciding knows nothing of it. Where no spans are wanted nothing is done.
What is published from the log instead (after a crash) carries no trace.
"""

from collections.abc import Mapping, Sequence

import msgspec
from opentelemetry.trace import SpanKind

from booking.desk import Polled
from booking.sheet import Sheet
from contracts.envelope import header
from kit import tracing as spans
from streams.message import Message, Parcel

Name = tuple[bytes, bytes]
"""A command's source and id."""


class _Cause(msgspec.Struct):
    """Of a record, whose doing it is."""

    source: str
    command_id: str


on = spans.on
_cause = msgspec.json.Decoder(_Cause)


def trace(polled: Polled, sheets: Mapping[int, Sheet], began: float) -> None:
    """Makes the spans of one poll, decided since `began`, and the outcomes and events carry them on."""
    for part, messages in polled.items():
        if given := {name: parent for name, parent in map(_traced, messages) if spans.kept(parent)}:
            _trace(sheets[part], given, spans.since(began))


def _traced(message: Message) -> tuple[Name, bytes | None]:
    name = header(message.headers, "ce_source") or b"", header(message.headers, "ce_id") or b""
    return name, header(message.headers, spans.HEADER)


def _trace(sheet: Sheet, given: Mapping[Name, bytes | None], began: int) -> None:
    """Of each command that was answered here."""
    made: dict[Name, bytes] = {}
    for at, parcel in enumerate(sheet.outcomes):
        name = _answered(parcel)
        if parent := given.get(name):
            made[name] = _span(parcel, parent, began)
            sheet.outcomes[at] = _carrying(parcel, made[name])
    for at, event in enumerate(sheet.events):
        if traceparent := made.get(_caused(event.parcel)):
            sheet.events[at] = event._replace(parcel=_carrying(event.parcel, traceparent))


def _span(parcel: Parcel, parent: bytes, began: int) -> bytes:
    source, id = _answered(parcel)
    type = (header(parcel.headers, "ce_commandtype") or b"").decode()
    facts = {"messaging.system": "kafka", "messaging.message.id": id.decode(), "slotkeeper.source": source.decode()}
    return spans.told(f"decide {type}", SpanKind.CONSUMER, facts, parent, began)


def _answered(parcel: Parcel) -> Name:
    return header(parcel.headers, "ce_commandsource") or b"", header(parcel.headers, "ce_commandid") or b""


def _caused(parcel: Parcel) -> Name:
    cause = _cause.decode(parcel.value or b"")
    return cause.source.encode(), cause.command_id.encode()


def _carrying(parcel: Parcel, traceparent: bytes) -> Parcel:
    headers: Sequence[tuple[str, bytes]] = [*parcel.headers, (spans.HEADER, traceparent)]
    return parcel._replace(headers=headers)
