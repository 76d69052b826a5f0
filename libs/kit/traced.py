"""A span around each request of an application, in the caller's trace if it names one; only where spans are wanted.

Named by the route's pattern, never by the path: paths and queries hold ids, and at times what a person is called.
"""

from fastapi import FastAPI
from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kit import tracing


def install(app: FastAPI) -> None:
    """Outside of all that the application has around its routes so far."""
    if tracing.on():
        app.add_middleware(Traced)


class Traced:
    """The middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = Headers(scope=scope).get(tracing.HEADER)
        with tracing.span(scope["method"], SpanKind.SERVER, {"http.request.method": scope["method"]}, parent) as made:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answered(made, scope, message["status"])
                await send(message)

            await self._app(scope, receive, answer)


def _answered(made: Span, scope: Scope, status: int) -> None:
    made.set_attribute("http.response.status_code", status)
    if status >= 500:
        made.set_status(StatusCode.ERROR)
    if route := _route(scope):
        made.set_attribute("http.route", route)
        made.update_name(f"{scope['method']} {route}")


def _route(scope: Scope) -> str | None:
    """As the gateway keeps it, or as FastAPI does."""
    kept: str | None = scope.get("state", {}).get("route") or getattr(scope.get("route"), "path", None)
    return kept
