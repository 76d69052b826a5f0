"""The OpenAPI description of a dialect, made from what its routes are made from, with the document's own samples."""

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.api.openapi import COMMAND_REFUSALS, REFUSALS, SAID_OF
from gateway.dialects.base import Dialect, Operation, Schema
from gateway.dialects.every import every
from gateway.dialects.samples import sample

IN_COMPONENTS = "#/components/schemas/{model}"


@cache
def descriptions() -> dict[str, Schema]:
    """Every dialect's description by its name."""
    return {dialect.name: description(dialect) for dialect in every()}


def description(dialect: Dialect) -> Schema:
    """One dialect's."""
    paths: dict[str, Schema] = {}
    for operation in dialect.operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(dialect, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": dialect.title, "version": version("slotkeeper"), "description": dialect.says},
        "servers": [{"url": dialect.base}],
        "security": [{"bearer": []}],
        "paths": paths,
        "webhooks": dict(_webhooks(dialect)),
        "components": {
            "schemas": _schemas(dialect),
            "responses": {f"Refused{status}": _response(says, _ref("Error")) for status, says in SAID_OF.items()},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "description": "The API key"}},
        },
    }


def _operation(dialect: Dialect, operation: Operation) -> Schema:
    shown = sample(dialect.name, operation.name)
    described: Schema = {
        "operationId": operation.name,
        "summary": operation.says,
        "tags": [dialect.name],
        "description": f"Scope: {' or '.join(operation.scopes)}.",
        "parameters": [*_in_path(operation), *_in_query(operation.query)],
    }
    if operation.body:
        content = _content(_ref(operation.body.__name__), shown["request"]["body"])
        described["requestBody"] = {"required": bool(_required(operation.body)), "content": content}
    refusals = REFUSALS if operation.method == "GET" else COMMAND_REFUSALS
    done = _response("The answer", operation.answer, shown["response"]["body"])
    described["responses"] = {str(operation.status): done} | {
        status: {"$ref": f"#/components/responses/Refused{status}"} for status in sorted(refusals)
    }
    return described


def _in_path(operation: Operation) -> Iterator[Schema]:
    for part in operation.path.split("/"):
        if part.startswith("{"):
            yield {"name": part[1:-1], "in": "path", "required": True, "schema": {"type": "string"}}


def _in_query(query: type[BaseModel]) -> Iterator[Schema]:
    for name, schema in query.model_json_schema().get("properties", {}).items():
        says = schema.pop("description", "")
        needed = name in _required(query)
        yield {"name": name, "in": "query", "required": needed, "description": says, "schema": _sent(schema)}


def _sent(schema: Schema) -> Schema:
    """Without the null that stands for a parameter which is not there."""
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    kept = {name: value for name, value in schema.items() if name != "title" and value is not None}
    return kinds[0] | kept if len(kinds) == 1 else kept


def _required(kind: type[BaseModel]) -> Iterable[str]:
    required: list[str] = kind.model_json_schema().get("required", [])
    return required


def _webhooks(dialect: Dialect) -> Iterator[tuple[str, Schema]]:
    for name, says in dialect.webhooks.items():
        content = _content({"type": "object", "required": ["type"], "properties": {"type": {"const": name}}})
        done = {"200": {"description": "Any 2xx: received"}}
        yield name, {"post": {"summary": says, "requestBody": {"content": content}, "responses": done}}


def _schemas(dialect: Dialect) -> dict[str, Schema]:
    bodies = [operation.body for operation in dialect.operations if operation.body]
    _, made = models_json_schema([(body, "validation") for body in bodies], ref_template=IN_COMPONENTS)
    return dict(sorted({**made.get("$defs", {}), **dialect.shapes, "Error": dialect.error}.items()))


def _ref(name: str) -> Schema:
    return {"$ref": IN_COMPONENTS.format(model=name)}


def _content(schema: Schema, example: Any = None) -> Schema:
    return {"application/json": {"schema": schema} | ({} if example is None else {"example": example})}


def _response(says: str, schema: Schema, example: Any = None) -> Schema:
    return {"description": says, "content": _content(schema, example)}
