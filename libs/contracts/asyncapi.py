"""The AsyncAPI 3.0 description of the bus, made from the contracts: topics, headers, messages.

Payloads are not repeated here: they point into the JSON Schema documents beside it (`schemas/`). It describes the
system as its users see it: they send commands and receive outcomes and events; dead letters are the operator's.
"""

from typing import Any

from contracts.commands import COMMANDS
from contracts.routing import PARTITIONS, Topics
from contracts.schemas import record_name, shapes_of_events

Document = dict[str, Any]

TEXT: Document = {"type": "string"}
NUMBER: Document = {"type": "string", "pattern": "^[0-9]+$"}
INSTANT: Document = {"type": "string", "format": "date-time"}
FLAG: Document = {"type": "string", "enum": ["true", "false"]}
TENANT_KEY: Document = {"type": "string", "description": "The tenant's id; its murmur2 decides the partition."}

CLOUDEVENT: Document = {
    "ce_specversion": {"const": "1.0"},
    "content-type": {"const": "application/json"},
    "ce_id": TEXT,
    "ce_source": TEXT,
    "ce_type": TEXT,
}
PLACE: Document = {"pos": NUMBER | {"description": "Position in the partition's log."}, "era": NUMBER}

COMMAND_HEADERS: Document = CLOUDEVENT | {
    "ce_id": TEXT | {"maxLength": 255, "description": "The command id, unique per tenant and source."},
    "ce_source": TEXT | {"maxLength": 255},
    "ce_time": INSTANT,
    "ce_dataversion": NUMBER | {"default": "1"},
    "ce_requesthash": TEXT | {"description": "Hash of the request where it is more than the value (HTTP)."},
    "ce_dryrun": FLAG | {"description": "Decided and answered, nothing written."},
    "ce_import": FLAG | {"description": "History: past starts and transitions are accepted, nobody is notified."},
    "ce_decidebefore": INSTANT | {"description": "After that instant the command is refused: `too_late`."},
    "ce_actor": TEXT | {"description": "Who acts, as `type:id`."},
    "ce_causation": TEXT,
    "ce_correlation": TEXT,
    "traceparent": TEXT,
}
EVENT_HEADERS: Document = CLOUDEVENT | PLACE | {"ce_subject": TEXT, "ce_time": INSTANT, "ce_dataversion": NUMBER}
OUTCOME_HEADERS: Document = (
    CLOUDEVENT | PLACE | {"ce_commandid": TEXT, "ce_commandsource": TEXT, "ce_commandtype": TEXT}
)
OUTCOME_MAY_HAVE: Document = {"ce_requesthash": TEXT | {"description": "The command's, where it had one."}}
DEAD_HEADERS: Document = COMMAND_HEADERS | {
    "dead_topic": TEXT,
    "dead_partition": NUMBER,
    "dead_offset": NUMBER,
    "dead_code": TEXT | {"description": "A code of contracts.errors."},
    "dead_field": TEXT,
    "dead_detail": TEXT,
}


def document(version: str, topics: Topics | None = None) -> Document:
    """The whole description."""
    topics = topics or Topics()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Slotkeeper", "version": version, "description": "Commands in; outcomes and events out."},
        "defaultContentType": "application/json",
        "channels": {
            "commands": _channel(topics.commands, "What upstream systems ask for.", COMMANDS),
            "outcomes": _channel(topics.outcomes, "What became of each command; may repeat.", ["Outcome"]),
            "events": _channel(topics.events, "The log, in order within a partition.", _records()),
            "dead": _channel(topics.dead, "Commands that could not be read, as they were.", ["DeadLetter"]),
        },
        "operations": {
            "sendCommand": _operation("receive", "commands"),
            "readOutcomes": _operation("send", "outcomes"),
            "readEvents": _operation("send", "events"),
            "readDeadLetters": _operation("send", "dead"),
        },
        "components": {"messages": _messages(), "schemas": _headers()},
    }


def _records() -> list[str]:
    return [record_name(*shape) for shape in shapes_of_events()]


def _channel(topic: str, says: str, messages: Any) -> Document:
    return {
        "address": topic,
        "description": says,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"topic": topic, "partitions": PARTITIONS, "bindingVersion": "0.5.0"}},
    }


def _operation(action: str, channel: str) -> Document:
    """`action` is the platform's: it receives commands and sends all else."""
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages() -> Document:
    commands = {name: _message(name, "commandHeaders", "commands", name) for name in COMMANDS}
    shapes = {record_name(name, version): name for name, version in shapes_of_events()}
    records = {shape: _message(name, "eventHeaders", "events", shape) for shape, name in shapes.items()}
    outcome = {"Outcome": _message("CommandOutcome", "outcomeHeaders", "outcome", "Outcome")}
    dead = {
        "DeadLetter": _common("DeadLetter", "deadHeaders") | {"payload": {"description": "The bytes as they were."}}
    }
    return commands | records | outcome | dead


def _message(name: str, headers: str, file: str, schema: str) -> Document:
    return _common(name, headers) | {"payload": {"$ref": f"./schemas/{file}.json#/$defs/{schema}"}}


def _common(name: str, headers: str) -> Document:
    return {
        "name": name,
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{headers}"},
        "bindings": {"kafka": {"key": TENANT_KEY, "bindingVersion": "0.5.0"}},
    }


def _headers() -> Document:
    needed = ["ce_id", "ce_source", "ce_type"]
    return {
        "commandHeaders": {"type": "object", "required": needed, "properties": COMMAND_HEADERS},
        "eventHeaders": {"type": "object", "required": sorted(EVENT_HEADERS), "properties": EVENT_HEADERS},
        "outcomeHeaders": {
            "type": "object",
            "required": sorted(OUTCOME_HEADERS),
            "properties": OUTCOME_HEADERS | OUTCOME_MAY_HAVE,
        },
        "deadHeaders": {"type": "object", "required": ["dead_code", "dead_offset"], "properties": DEAD_HEADERS},
    }
