"""JSON Schemas of all that is published, made from the code: commands, events, outcome, appointment, public body.

Each document is a draft 2020-12 schema whose `$defs` hold every type by its name, so another document can point at
`commands.json#/$defs/BookAppointment`.
"""

from collections.abc import Callable, Iterable
from typing import Any, get_type_hints

import msgspec
from pydantic.json_schema import models_json_schema

from contracts import catalogue
from contracts.appointment import Appointment
from contracts.commands import COMMANDS
from contracts.events import EVENTS
from contracts.outcomes import Outcome
from contracts.past import PAST
from contracts.record import Record

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IN_DEFS = "#/$defs/{name}"
UNLESS_SAID = frozenset({"imported"})
"""Members of a record that are left out where there is nothing to say."""
META = {name: kind for name, kind in get_type_hints(Record).items() if name != "event"}


def documents() -> dict[str, Schema]:
    """Every schema document by its file name."""
    makers: dict[str, Callable[[], Schema]] = {
        "commands.json": commands,
        "events.json": events,
        "outcome.json": lambda: _one(Outcome, "The outcome of a command."),
        "appointment.json": lambda: _one(Appointment, "An appointment, as it is published."),
        "public-event.json": catalogue.document,
    }
    return {name: make() for name, make in makers.items()}


def commands() -> Schema:
    """The value of a message on the commands topic, by `ce_type`."""
    _, made = models_json_schema([(kind, "validation") for kind in COMMANDS.values()])
    return _document("Any one command; the type says which.", COMMANDS, made["$defs"])


def events() -> Schema:
    """A record as it lies on the events topic: the same members for all, `data` by `type` and `schema_version`."""
    _, shapes = msgspec.json.schema_components([*EVENTS.values(), *PAST.values()], ref_template=IN_DEFS)
    records = {record_name(name, version): _record(name, version) for name, version in shapes_of_events()}
    return _document("Any one record of the log.", records, shapes | _actor() | records)


def shapes_of_events() -> list[tuple[str, int]]:
    """Type and version of every shape that a stored event may have: the present ones, then those of the past."""
    return [*((name, kind.VERSION) for name, kind in EVENTS.items()), *PAST]


def record_name(event_type: str, version: int) -> str:
    """What a record of that shape is called."""
    return f"{event_type}V{version}Record" if (event_type, version) in PAST else f"{event_type}Record"


def _record(event_type: str, version: int) -> Schema:
    shape = PAST.get((event_type, version), EVENTS[event_type]).__name__
    members = {name: _member(kind) for name, kind in META.items()}
    members |= {
        "type": {"const": event_type},
        "schema_version": {"const": version},
        "data": {"$ref": IN_DEFS.format(name=shape)},
    }
    required = [name for name in members if name not in UNLESS_SAID]
    return {"type": "object", "properties": members, "required": required, "additionalProperties": False}


def _member(kind: Any) -> Schema:
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=IN_DEFS)
    return schema


def _actor() -> Schema:
    return msgspec.json.schema_components([META["actor"]], ref_template=IN_DEFS)[1]


def _one(kind: type, title: str) -> Schema:
    _, shapes = msgspec.json.schema_components([kind], ref_template=IN_DEFS)
    return _document(title, [kind.__name__], shapes)


def _document(title: str, alternatives: Iterable[str], shapes: Schema) -> Schema:
    choices = [{"$ref": IN_DEFS.format(name=name)} for name in alternatives]
    any_one = choices[0] if len(choices) == 1 else {"anyOf": choices}
    return {"$schema": DIALECT, "title": title, **any_one, "$defs": dict(sorted(shapes.items()))}
