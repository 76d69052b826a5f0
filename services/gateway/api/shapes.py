"""The shapes of bodies, as the OpenAPI page shows them: of commands without what the path says, and of answers."""

from typing import Any

import msgspec
from pydantic.json_schema import models_json_schema

from contracts import notifications, templates, webhooks
from contracts.appointment import Appointment
from contracts.commands import COMMANDS
from contracts.errors import STATUS
from contracts.outcomes import Outcome
from contracts.parts import Body
from gateway.api.operators import KeyShown, NewKey
from gateway.api.table import CommandRoute
from kit.problems import SCHEMA as PROBLEM

Schema = dict[str, Any]

IN_COMPONENTS = "#/components/schemas/{model}"
IMPORT: Schema = {
    "type": "boolean",
    "default": False,
    "description": "History: past starts are accepted, nobody is told.",
}

ITEM: Schema = {
    "type": "object",
    "required": ["type"],
    "properties": {
        "id": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "type": {"enum": sorted(COMMANDS)},
        "data": {"type": "object", "description": "The command's members."},
        "import": IMPORT,
        "decide_before": {"type": "string", "format": "date-time"},
    },
    "additionalProperties": False,
}
PENDING: Schema = {
    "type": "object",
    "required": ["command_id", "source", "type", "result"],
    "properties": {
        "command_id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "result": {"const": "pending"},
    },
}
BATCH_OUTCOME: Schema = {
    "type": "object",
    "description": "An outcome; one that was never sent on has only the members that are known.",
    "required": ["command_id", "source", "result"],
    "properties": {
        "command_id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": ["string", "null"]},
        "result": {"enum": ["accepted", "rejected", "pending"]},
    },
}
REDRIVE: Schema = {
    "type": "object",
    "required": ["partition", "offset"],
    "properties": {"partition": {"type": "integer", "minimum": 0}, "offset": {"type": "integer", "minimum": 0}},
    "additionalProperties": False,
}
REBUILD: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"enum": ["availability"]}, "dry_run": {"type": "boolean"}, "back": {"type": "boolean"}},
    "additionalProperties": False,
}
KEYS: Schema = {
    "type": "object",
    "required": ["items"],
    "properties": {"items": {"type": "array", "items": {"$ref": "#/components/schemas/KeyShown"}}},
}


def ref(name: str) -> Schema:
    return {"$ref": IN_COMPONENTS.format(model=name)}


def _page(members: dict[str, Schema], *required: str) -> Schema:
    return {"type": "object", "required": list(required), "properties": members}


def _items(of: str, **more: Schema) -> Schema:
    return _page({"items": {"type": "array", "items": ref(of)}, **more}, "items", *more)


_TEXT: Schema = {"type": "string"}
_ANY_LIST: Schema = {"type": "array", "items": {"type": "object"}}
ANSWERS: dict[str, Schema] = {
    "Slots": _page({"position": {"type": "string"}, "now": {"type": "string"}, "slots": _ANY_LIST}, "slots"),
    "Explanation": _page({"offered": {"type": "boolean"}, "blockers": _ANY_LIST}, "offered", "blockers"),
    "List": _page({"items": {"type": "array", "items": ref("Appointment")}, "position": {"type": "string"}}, "items"),
    "Busy": _page({"items": _ANY_LIST}, "items"),
    "Feed": _page({"items": _ANY_LIST, "next": _TEXT, "more": {"type": "boolean"}}, "items", "next", "more"),
    "Endpoints": _items("Endpoint"),
    "Attempts": _items("Attempt", next={"type": ["string", "null"]}),
    "Notices": _items("Notice", next={"type": ["string", "null"]}),
    "PublicTypes": _items("PublicType"),
    "Replays": _items("Replay"),
    "Rotated": _page({"secret": _TEXT, "public_key": {"type": ["string", "null"]}}, "secret"),
    "Sending": _page({"endpoint_id": _TEXT, "webhook_id": _TEXT}, "endpoint_id", "webhook_id"),
    "Notifications": _items("Notification", position=_TEXT),
    "NotificationAttempts": _items("NotificationAttempt", next={"type": ["string", "null"]}),
    "Suppressions": _items("Suppression", next={"type": ["string", "null"]}),
    "Templates": _items("TemplateName"),
    "SentAgain": _page({"notification_id": _TEXT}, "notification_id"),
    "Replanned": _page({"planned": {"type": "integer"}}, "planned"),
    "Pending": PENDING,
    "BatchItem": ITEM,
    "BatchOutcome": BATCH_OUTCOME,
    "Keys": KEYS,
    "Redrive": REDRIVE,
    "Rebuild": REBUILD,
    "object": {"type": "object"},
}


def schemas() -> dict[str, Schema]:
    """Every shape by its name."""
    models: list[type[Body]] = [*COMMANDS.values(), *webhooks.ASKED, *notifications.ASKED, *templates.ASKED, NewKey]
    _, made = models_json_schema([(kind, "validation") for kind in models], ref_template=IN_COMPONENTS)
    _, structs = msgspec.json.schema_components(
        [Outcome, Appointment, KeyShown, *webhooks.SHOWN, *notifications.SHOWN, *templates.SHOWN],
        ref_template="#/components/schemas/{name}",
    )
    shapes = {**made["$defs"], **structs, **ANSWERS, "Problem": problem()}
    shapes["EndpointChange"] = _without_defaults(shapes["EndpointChange"])
    return dict(sorted(shapes.items()))


def _without_defaults(schema: Schema) -> Schema:
    """Of a change what is absent stays as it is."""
    members = {name: {key: value for key, value in each.items() if key != "default"}
               for name, each in schema["properties"].items()}  # fmt: skip
    return schema | {"properties": members}


def problem() -> Schema:
    members = PROBLEM["properties"] | {
        "code": {"enum": sorted(STATUS)},
        "command_id": {"type": "string"},
        "position": {"type": "string"},
        "blockers": _ANY_LIST,
        "alternatives": {"type": "array", "items": {"type": "string"}},
    }
    return {**PROBLEM, "properties": members}


def body_of(route: CommandRoute) -> Schema:
    """The command's schema without the members that the path says."""
    schema = route.command.model_json_schema(ref_template=IN_COMPONENTS)
    schema.pop("$defs", None)
    kept = {name: value for name, value in schema["properties"].items() if name not in route.from_path}
    required = [name for name in schema.get("required", ()) if name not in route.from_path]
    title = f"{route.command.__name__}Body"
    return schema | {"title": title, "properties": kept | {"import": IMPORT}, "required": required}
