"""The outcome of a command: what topic, inbox and HTTP answer with (api.md §1). Decided once, then only repeated."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from contracts.appointment import Appointment
from contracts.session import Session


class EventRef(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    type: str
    position: str


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`accepted` with the events and what they made, or `rejected` with an error. `position` is where it is true."""

    command_id: str
    source: str
    type: str
    result: Literal["accepted", "rejected"]
    position: str
    decided_at: datetime
    events: list[EventRef] = []
    appointment: Appointment | None = None
    appointments: list[Appointment] | None = None
    session: Session | None = None
    """Of a command about a session: as it is now."""
    subject: dict[str, Any] | None = None
    """What a supply or people command made: its stream's kind and id."""
    error: dict[str, Any] | None = None
    dry_run: bool = False


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Outcome)


def encode(outcome: Outcome) -> bytes:
    """The JSON of topic, inbox and HTTP: an accepted one always tells its events, even that there were none."""
    if outcome.events or outcome.result == "rejected":
        return _encoder.encode(outcome)
    return _encoder.encode(msgspec.to_builtins(outcome) | {"events": []})


def decode(body: bytes) -> Outcome:
    return _decoder.decode(body)
