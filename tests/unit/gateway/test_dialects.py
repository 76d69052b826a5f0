"""What all dialects share: each answers everything below its base in its own envelope, and describes just that."""

import re
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from contracts.commands import BODY_LIMIT
from edges import Gateway, MemoryServices, accepting, deciding_nothing, gateway
from gateway.app import routes
from gateway.dialects.base import Dialect, Operation, Schema
from gateway.dialects.describing import description, descriptions
from gateway.dialects.every import every
from gateway.dialects.samples import samples
from gateway.services import Reply
from kit.problems import Problem

ALL = every()
OPERATIONS = [(dialect, operation) for dialect in ALL for operation in dialect.operations]
NAMES = [f"{dialect.name} {operation.name}" for dialect, operation in OPERATIONS]
WRITES = [(dialect, one) for dialect, one in OPERATIONS if one.body]


def url(dialect: Dialect, operation: Operation) -> str:
    return dialect.base + operation.path.replace("{", "the_").replace("}", "")


def error_of(dialect: Dialect, answer: Any) -> Any:
    """The body of a refusal, which has the dialect's own shape."""
    assert answer.headers["Content-Type"] == "application/json"
    Draft202012Validator(dialect.error).validate(answer.json())
    return answer.json()


def told(dialect: Dialect, code: str, detail: str = "", **members: Any) -> Any:
    """How the dialect tells a problem."""
    return dialect.refusal(Problem(code, detail, **members))[1]


def test_the_next_reference_api_is_found_by_being_there() -> None:
    assert [dialect.name for dialect in ALL] == sorted(dialect.name for dialect in ALL)
    assert "bookwell" in {dialect.name for dialect in ALL}
    assert len({dialect.base for dialect in ALL}) == len(ALL)
    served = {getattr(route, "path", "") for route in routes()}
    assert {dialect.base + operation.path for dialect, operation in OPERATIONS} <= served


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS, ids=NAMES)
async def test_without_a_key_or_its_scope_it_is_refused_and_nothing_is_asked(
    dialect: Dialect, operation: Operation
) -> None:
    async with gateway(accepting()) as edge:
        async with edge.client(None) as client:
            nobody = await client.request(operation.method, url(dialect, operation))
        async with edge.client(await edge.key("import")) as client:
            other = await client.request(operation.method, url(dialect, operation))
    assert [answer.status_code for answer in (nobody, other)] == [401, 403]
    assert error_of(dialect, nobody) != error_of(dialect, other)
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
    assert (edge.bus.orders, edge.services.asked) == ([], [])


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"])
async def test_a_path_that_it_does_not_know_is_told_in_its_envelope(dialect: Dialect, method: str) -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        for path in ("", "/", "/nothing", "/v1/nothing/at/all"):
            answer = await client.request(method, dialect.base + path)
            assert answer.status_code == 404
            assert error_of(dialect, answer) == told(dialect, "not_found", "There is no such path.")


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS, ids=NAMES)
async def test_another_method_is_told_in_its_envelope_with_those_that_are_allowed(
    dialect: Dialect, operation: Operation
) -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answer = await client.request("TRACE", url(dialect, operation))
    assert answer.status_code == 405
    assert operation.method in answer.headers["Allow"].split(", ")
    error_of(dialect, answer)


@pytest.mark.parametrize(("dialect", "operation"), WRITES, ids=lambda one: getattr(one, "name", ""))
@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 400), (b"[]", 400), (b"\xff", 400), (b'{"colour": "red"}', 400), (b" " * (BODY_LIMIT + 1), 413)],
)
async def test_a_bad_body_is_told_in_its_envelope(
    dialect: Dialect, operation: Operation, content: bytes, status: int
) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.request(operation.method, url(dialect, operation), content=content)
    assert answer.status_code == status
    error_of(dialect, answer)
    assert edge.bus.orders == []


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS, ids=NAMES)
async def test_a_query_that_it_does_not_know_is_told_in_its_envelope(dialect: Dialect, operation: Operation) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.request(operation.method, f"{url(dialect, operation)}?colour=red")
    assert answer.status_code == 400
    assert "colour" in str(error_of(dialect, answer))


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
async def test_a_bug_is_told_in_its_envelope_and_tells_nothing(dialect: Dialect) -> None:
    def bug(service: str, target: str) -> Reply:
        raise RuntimeError("secret detail")

    read = next(one for one in dialect.operations if one.method == "GET" and "{" in one.path)
    async with gateway(services=MemoryServices(bug)) as edge, edge.client(await edge.key()) as client:
        answer = await client.get(url(dialect, read))
    assert answer.status_code == 500
    assert "secret" not in str(error_of(dialect, answer))


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
async def test_a_service_that_is_behind_or_away_is_told_in_its_envelope(dialect: Dialect) -> None:
    late = orjson.dumps({"code": "not_caught_up", "detail": "Not yet.", "status": 503})
    replies = [Reply(503, {"Retry-After": "1", "Slotkeeper-Position": "0.4"}, late), Reply(502, {}, b"<html>")]
    read = next(one for one in dialect.operations if one.method == "GET" and "{" in one.path)
    for reply in replies:
        services = MemoryServices(lambda service, target, said=reply: said)  # type: ignore[misc]
        async with gateway(services=services) as edge, edge.client(await edge.key()) as client:
            answer = await client.get(url(dialect, read))
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        error_of(dialect, answer)


# --- pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
async def test_its_pages_describe_it_and_load_nothing_from_elsewhere(dialect: Dialect) -> None:
    async with gateway(deciding_nothing) as edge, edge.client(None) as client:
        page, described = await client.get(f"{dialect.base}/docs"), await client.get(f"{dialect.base}/openapi.json")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert re.findall(r"(?:https?:)?//[a-z]", page.text) == []
    assert 'fetch("openapi.json")' in page.text
    assert described.json() == description(dialect) == descriptions()[dialect.name]


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_its_description_is_valid_and_complete(dialect: Dialect) -> None:
    made = description(dialect)
    validate(made)
    described = {(path, method) for path, methods in made["paths"].items() for method in methods}
    assert described == {(one.path, one.method.lower()) for one in dialect.operations}
    assert set(made["webhooks"]) == set(dialect.webhooks)


@pytest.mark.parametrize("dialect", ALL, ids=lambda dialect: dialect.name)
def test_the_documents_samples_have_the_shapes_that_are_described(dialect: Dialect) -> None:
    made, operations = description(dialect), {one.name: one for one in dialect.operations}
    assert {one["operation"] for one in samples(dialect.name)} == set(operations)
    for one in samples(dialect.name):
        operation = operations[one["operation"]]
        assert one["request"]["method"] == operation.method
        assert one["response"]["status"] == operation.status
        _closed(operation.answer, made).validate(one["response"]["body"])
        if operation.body:
            operation.body.model_validate(one["request"]["body"])


def _closed(schema: Schema, document: Schema) -> Draft202012Validator:
    """A validator that refuses members which are not described."""
    parts = orjson.loads(orjson.dumps({"components": document["components"], "shape": schema}))
    for part in _objects(parts):
        part["additionalProperties"] = False
    return Draft202012Validator({"components": parts["components"], **parts["shape"]})


def _objects(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, dict):
        own = [part] if part.get("type") == "object" and "properties" in part else []
        return own + [found for value in part.values() for found in _objects(value)]
    return [found for value in part for found in _objects(value)] if isinstance(part, list) else []


# --- what a key has written ---------------------------------------------------------------------------------------


async def reads_after(edge: Gateway, key: str, path: str) -> str | None:
    """The position that a read of this key waits for."""
    async with edge.client(key) as client:
        await client.get(path)
    return edge.services.asked[-1][4].get("Slotkeeper-After")


async def test_a_read_waits_for_the_keys_own_writes_and_for_nobody_elses() -> None:
    path = url(*next(one for one in OPERATIONS if one[1].method == "GET" and "{" in one[1].path))
    async with gateway(accepting()) as edge:
        writer, reader = await edge.key(), await edge.key()
        assert await reads_after(edge, writer, path) is None
        async with edge.client(writer) as client:
            await client.post("/v1/customers", json={"name": "Joe"})
        assert await reads_after(edge, writer, path) == "0.1"
        assert await reads_after(edge, reader, path) is None
