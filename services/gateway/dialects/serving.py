"""Serving a dialect: every path below its base, also those that it does not know, answers in its own envelope.

Around each operation stands the same: key, scopes, quota, body and query read by their models, the position in a
header of every answer, and every refusal (a bug's too) told by the dialect.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from contracts.commands import BODY_LIMIT
from contracts.refusals import rejection
from gateway.answers import JSON, POSITION
from gateway.api.pages import CONTENT_POLICY
from gateway.dialects.base import Dialect, Operation
from gateway.dialects.describing import description
from gateway.dialects.visit import Visit
from gateway.edge import edge_of
from gateway.reading import body_of, check_query, object_of
from gateway.refusals import not_found
from kit.logging import log
from kit.problems import Problem

Read = TypeVar("Read", bound=BaseModel)


def routes(dialect: Dialect) -> list[BaseRoute]:
    """The dialect's own paths, its pages, and a place for all other paths below its base."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in dialect.operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    places = [Route(dialect.base + path, Place(dialect, path, known)) for path, known in by_path.items()]
    nowhere = Place(dialect, "/{rest}", {})
    return [*_pages(dialect), *places, Route(dialect.base, nowhere), Route(f"{dialect.base}/{{rest:path}}", nowhere)]


def _pages(dialect: Dialect) -> list[BaseRoute]:
    async def described(request: Request) -> Response:
        return JSONResponse(description(dialect))

    async def page(request: Request) -> Response:
        text = (files("gateway.api") / "docs.html").read_text(encoding="utf-8")
        return HTMLResponse(text, headers={"Content-Security-Policy": CONTENT_POLICY})

    return [Route(f"{dialect.base}/openapi.json", described), Route(f"{dialect.base}/docs", page)]


class Place:
    """One path, whatever the method."""

    def __init__(self, dialect: Dialect, path: str, operations: Mapping[str, Operation]) -> None:
        self._dialect, self._path, self._operations = dialect, dialect.base + path, operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        request.state.route = self._path
        response = await self._answer(request)
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        operation = self._operations.get("GET" if request.method == "HEAD" else request.method)
        try:
            if operation is None:
                raise self._refused_method()
            return await _performed(operation, request)
        except Problem as problem:
            return self._refusal(request, _in_words(problem, operation.words if operation else {}))
        except Exception as bug:
            log.error("request failed", path=request.url.path, exc_info=bug)
            return self._refusal(request, Problem("internal_error", "Something went wrong here; it has been noted."))

    def _refused_method(self) -> Problem:
        if not self._operations:
            return not_found("path")
        allowed = {*self._operations, *({"HEAD"} if "GET" in self._operations else ())}
        return Problem(
            "method_not_allowed", "This path has other methods.", headers={"Allow": ", ".join(sorted(allowed))}
        )

    def _refusal(self, request: Request, problem: Problem) -> Response:
        status, body = self._dialect.refusal(problem)
        return _said(status, body, problem.headers | _at(request, problem.headers.get(POSITION)))


async def _performed(operation: Operation, request: Request) -> Response:
    edge = edge_of(request)
    caller = await edge.admit(request, *operation.scopes)
    caller.acts_for()
    check_query(request, request.query_params)
    query = _read(operation.query, dict(request.query_params), "invalid_query", strict=False)
    sent = object_of(await body_of(request, BODY_LIMIT)) if operation.body else {}
    body = _read(operation.body, sent) if operation.body else None
    visit = Visit(request, edge, caller, query, body, sent)
    try:
        status, answer = await operation.handler(visit)
    except Problem as problem:
        if visit.position:
            problem.headers.setdefault(POSITION, visit.position)
        raise
    return _said(status, answer, _at(request, visit.position))


def _read(kind: type[Read], members: dict[str, Any], code: str | None = None, *, strict: bool | None = None) -> Read:
    """What was sent as its model; the first fault is told by its field."""
    try:
        return kind.model_validate(members, strict=strict)
    except ValidationError as invalid:
        problem = Problem.of(rejection(invalid, members))
        raise Problem(code, problem.detail, field=problem.field) if code else problem from None


def _in_words(problem: Problem, words: Mapping[str, str]) -> Problem:
    """The problem with its field as the dialect calls it. An item of a list is blamed as the list."""
    native = problem.field or ""
    own = words.get(native) or words.get(native.removesuffix(".0"))
    if own is None:
        return problem
    detail = problem.detail.removeprefix(f"{native}: ")
    detail = detail if detail == problem.detail else f"{own}: {detail}"
    return Problem(
        problem.code, detail, field=own, status=problem.status, members=problem.members, headers=problem.headers
    )


def _at(request: Request, position: str | None) -> dict[str, str]:
    """The header that every answer has whose tenant is known."""
    tenant = getattr(request.state, "tenant", None)
    at = position or (edge_of(request).bus.position(tenant) if tenant else None)
    return {POSITION: at} if at else {}


def _said(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    return Response(orjson.dumps(body), status, headers, JSON)
