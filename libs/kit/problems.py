"""Problems: every refusal over HTTP is an `application/problem+json` body (RFC 9457) with our code (contract 1.17).

Routes raise `Problem`; whatever the framework itself refuses (unknown route, bad parameter, bad body) becomes one too,
and so does a bug, which tells nothing but that it happened.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from contracts.errors import STATUS, Rejection
from kit.logging import log

MEDIA_TYPE = "application/problem+json"

_CODES = {401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
"""What the framework refuses, by its status."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
    },
}
"""The shape of every problem body, for OpenAPI pages."""


class Problem(Exception):
    """A refusal on its way out. `members` stand at the top level of the body, beside the standard ones."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        field: str | None = None,
        status: int | None = None,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.field = code, detail, field
        self.status = status if status is not None else STATUS[code]
        self.members = dict(members or {})
        self.headers = dict(headers or {})

    @classmethod
    def of(cls, rejection: Rejection, *, status: int | None = None) -> "Problem":
        """The problem that a refused decision or question is over HTTP."""
        error = rejection.to_error()
        code, detail, field = error.pop("code"), error.pop("detail"), error.pop("field", None)
        return cls(code, detail, field=field, status=status, members=error)

    def body(self, instance: str) -> dict[str, Any]:
        body = {
            "type": f"urn:slotkeeper:problem:{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
        }
        return self.members | body | ({"field": self.field} if self.field is not None else {})


def problem_response(request: Request, problem: Problem) -> Response:
    """The answer that a problem is."""
    body = msgspec.json.encode(problem.body(request.url.path))
    return Response(body, problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes every refusal of the app a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _bug)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Names the first thing that is wrong: in the query or path, or in the body."""
    assert isinstance(error, RequestValidationError)
    return problem_response(request, invalid(error.errors()))


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem of what FastAPI found invalid."""
    first = errors[0]
    place, *path = first["loc"]
    field = ".".join(str(step) for step in path) or None
    if place == "body":
        code = "unknown_field" if first["type"] == "extra_forbidden" else "invalid_command"
    else:
        code = "invalid_query"
    said = "This parameter is not known." if first["type"] == "extra_forbidden" else f"{first['msg']}."
    return Problem(code, said, field=field)


async def _refused(request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself, and HTTPExceptions of libraries."""
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "invalid_query" if error.status_code < 500 else "internal_error")
    return problem_response(request, Problem(code, str(error.detail), status=error.status_code, headers=error.headers))


async def _bug(request: Request, error: Exception) -> Response:
    log.error("request failed", path=request.url.path, exc_info=error)
    return problem_response(request, Problem("internal_error", "Something went wrong here; it has been noted."))
