"""The OpenAPI description, made from the same tables that the routes are made from."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

from gateway.api import parameters as p
from gateway.api.examples import APPOINTMENT, BODIES, OUTCOME, PASSED_BODIES, PROBLEM_EXAMPLE
from gateway.api.notifications import NOTIFICATIONS
from gateway.api.reads import PASSED, Passed
from gateway.api.shapes import body_of, ref, schemas
from gateway.api.table import ROUTES, CommandRoute
from gateway.api.templates import LINK
from gateway.api.webhooks import WEBHOOKS
from gateway.services import AVAILABILITY

Schema = dict[str, Any]

SAYS = """Slots, holds and appointments that are never double-booked.

Every change is a command with one outcome: the answer is the outcome, and sending the same `Idempotency-Key` again
gives the same answer. `Slotkeeper-Position` says where in the log an answer is true; give it as `after` to a read
that must see it. Errors are `application/problem+json` with a `code`."""

BODIES_PASSED = {"/ops/dead/redrive": "Redrive", "/ops/rebuild": "Rebuild"}

OPTIONAL = frozenset({"Rotation"})
"""Bodies in which nothing is needed."""

SAID_OF = {
    "400": "Malformed, or an unknown member",
    "401": "No valid API key",
    "403": "The key's scopes do not allow it",
    "404": "There is no such thing here",
    "409": "Refused by the diary's state, or by what is under way",
    "413": "The body is too large",
    "422": "Refused by a rule, or by the body's meaning",
    "429": "The key asks too often",
    "500": "A bug here",
    "503": "A part that is needed does not answer",
}
REFUSALS = ("400", "401", "403", "404", "429", "500", "503")
COMMAND_REFUSALS = (*REFUSALS, "409", "413", "422")


@cache
def openapi() -> Schema:
    """The whole description."""
    paths: dict[str, Schema] = {}
    for path, method, operation in _operations():
        paths.setdefault(path, {})[method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Slotkeeper", "version": version("slotkeeper"), "description": SAYS},
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}, {"header": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": schemas(),
            "responses": _responses(),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "`sk_<id>_<secret>`"},
                "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
            },
        },
    }


def _operations() -> Iterable[tuple[str, str, Schema]]:
    for route in ROUTES:
        yield route.path, route.method, _command(route)
    for passed in (*PASSED, *WEBHOOKS, *NOTIFICATIONS):
        yield passed.path, passed.method, _passed(passed)
    yield from _own()


def _command(route: CommandRoute) -> Schema:
    headers = [p.IDEMPOTENCY_KEY, p.PREFER, p.DECIDE_BEFORE, p.TENANT]
    if route.takes_version:
        headers.append(p.IF_MATCH)
    queries = [p.query(name) for name in ("dry_run", *route.from_query)]
    operation = _operation(route.says, route.tag, route.scope, [*map(p.in_path, route.from_path), *queries, *headers])
    operation["operationId"] = route.command.__name__
    if route.method != "DELETE":
        example = BODIES.get(route.command.__name__)
        operation["requestBody"] = {
            "required": bool(body_of(route)["required"]),
            "content": _content(body_of(route), example),
        }
    operation["responses"] = {
        "200": _response("Done"),
        "201": _response("Created"),
        "202": _response("Pending"),
        **_problems(COMMAND_REFUSALS),
    }
    return operation


def _passed(route: Passed) -> Schema:
    in_path = [p.in_path(part[1:-1]) for part in route.path.split("/") if part.startswith("{")]
    queries = [p.query(name, path=route.path) for name in route.query]
    headers = _headers(route)
    operation = _operation(route.says, route.tag, " or ".join(route.scopes), [*in_path, *queries, *headers])
    taken = route.takes or BODIES_PASSED.get(route.path if route.method == "POST" else "")
    if taken:
        content = _content(ref(taken), PASSED_BODIES.get(taken))
        operation["requestBody"] = {"required": taken not in OPTIONAL, "content": content}
    example = APPOINTMENT if route.answer == "Appointment" else None
    done = _answer("The answer", ref(route.answer), example) if route.answer else {"description": "Done"}
    accepted = {"202": _answer("Begun", ref("object"))} if route.path in BODIES_PASSED else {}
    operation["responses"] = {route.done: done} | accepted | _problems((*REFUSALS, "409", "413", "422"))
    return operation


def _headers(route: Passed) -> list[Schema]:
    if route.tag == "operators":
        return []
    if route.service == AVAILABILITY:
        return [p.AFTER, p.TENANT]
    return [p.IDEMPOTENCY_KEY, p.TENANT] if route.method == "POST" else [p.TENANT]


def _own() -> Iterable[tuple[str, str, Schema]]:
    """What the gateway answers itself."""
    many = {"oneOf": [ref("BatchItem"), {"type": "array", "items": ref("BatchItem")}]}
    post = _operation("Any command, or many of them", "commands", "that of each command",
                      [p.query("dry_run"), p.IDEMPOTENCY_KEY, p.PREFER, p.TENANT])  # fmt: skip
    lines = {"application/x-ndjson": {"schema": {"type": "string"}}}
    post["requestBody"] = {"required": True, "content": _content(many) | lines}
    each = _answer("The outcome, or that of each", {"oneOf": [ref("Outcome"), _list(ref("BatchOutcome"))]})
    each["content"] |= lines
    post["responses"] = {
        "200": each,
        "201": _response("Created"),
        "202": _response("Pending"),
        **_problems(COMMAND_REFUSALS),
    }
    yield "/v1/commands", "post", post
    get = _operation("The outcome of a command", "commands", "any key for its own; else appointments:read",
                     [p.in_path("command_id"), p.query("source"), p.TENANT])  # fmt: skip
    get["responses"] = {"200": _response("Done"), **_problems(REFUSALS)}
    yield "/v1/commands/{command_id}", "get", get
    yield from _leaving()
    yield from _keys()


def _leaving() -> Iterable[tuple[str, str, Schema]]:
    """The link in a reminder: whoever has it needs no key."""
    says = {"get": "Ask whether there shall be no more reminders", "post": "No more reminders (RFC 8058)"}
    for method, summary in says.items():
        operation = _operation(summary, "notifications", "none: the link is signed", [p.in_path("token")])
        page = {"description": "A page for people", "content": {"text/html": {"schema": {"type": "string"}}}}
        operation["responses"] = {"200": page, **_problems(("404", "413", "500", "503"))}
        yield LINK, method, operation | {"security": []}


def _keys() -> Iterable[tuple[str, str, Schema]]:
    make = _operation("Make an API key; its text is shown once", "operators", "ops", [])
    make["requestBody"] = {"content": _content(ref("NewKey"))}
    make["responses"] = {"201": _answer("The key", ref("KeyShown")), **_problems(COMMAND_REFUSALS)}
    yield "/ops/keys", "post", make
    keys = _operation("List API keys", "operators", "ops", [p.query("tenant")])
    keys["responses"] = {"200": _answer("The keys", ref("Keys")), **_problems(REFUSALS)}
    yield "/ops/keys", "get", keys
    end = _operation("Revoke an API key", "operators", "ops", [p.in_path("key_id")])
    end["responses"] = {"200": _answer("The key", ref("KeyShown")), **_problems(REFUSALS)}
    yield "/ops/keys/{key_id}", "delete", end
    tenants = _operation("List tenants", "operators", "ops", [])
    tenants["responses"] = {"200": _answer("The tenants", ref("object")), **_problems(REFUSALS)}
    yield "/ops/tenants", "get", tenants


def _operation(says: str, tag: str, scope: str, given: list[Schema]) -> Schema:
    return {"summary": says, "tags": [tag], "description": f"Scope: {scope}.", "parameters": given}


def _list(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def _content(schema: Schema, example: Any = None) -> Schema:
    return {"application/json": {"schema": schema} | ({"example": example} if example is not None else {})}


def _answer(says: str, schema: Schema, example: Any = None) -> Schema:
    return {"description": says, "content": _content(schema, example)}


def _responses() -> dict[str, Schema]:
    """Answers that many operations share, each said once."""
    problem = {"application/problem+json": {"schema": ref("Problem"), "example": PROBLEM_EXAMPLE}}
    refused = {f"Refused{status}": {"description": says, "content": problem} for status, says in SAID_OF.items()}
    return refused | {
        "Done": _answer("Done: the outcome", ref("Outcome"), OUTCOME),
        "Created": _answer("Created: the outcome", ref("Outcome"), OUTCOME),
        "Pending": _answer("Not decided yet; ask at `Location`", ref("Pending")),
    }


def _response(name: str) -> Schema:
    return {"$ref": f"#/components/responses/{name}"}


def _problems(statuses: Iterable[str]) -> Schema:
    return {status: _response(f"Refused{status}") for status in sorted(statuses)}
