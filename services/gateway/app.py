"""The gateway's application: every route, with what is around them all. The edge is opened while it runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api.batch import PATH as COMMANDS_PATH
from gateway.api.batch import post_commands
from gateway.api.commands import endpoint
from gateway.api.notifications import NOTIFICATIONS
from gateway.api.openapi import openapi as openapi
from gateway.api.operators import create_key, list_keys, list_tenants, revoke_key
from gateway.api.pages import docs, openapi_json
from gateway.api.reads import PASSED, get_command, passed
from gateway.api.table import ROUTES
from gateway.api.templates import UNSUBSCRIBE
from gateway.api.webhooks import WEBHOOKS
from gateway.console.pages import console, console_file
from gateway.dialects import serving
from gateway.dialects.every import every
from gateway.edge import Edge
from gateway.middleware import Courtesies
from kit import traced
from kit.health import Health, health_routes
from kit.problems import install

Endpoint = Callable[[Request], Awaitable[Response]]
Running = AbstractAsyncContextManager[Edge]

OWN: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", COMMANDS_PATH, post_commands),
    ("GET", f"{COMMANDS_PATH}/{{command_id:path}}", get_command),
    ("POST", "/ops/keys", create_key),
    ("GET", "/ops/keys", list_keys),
    ("DELETE", "/ops/keys/{key_id}", revoke_key),
    ("GET", "/ops/tenants", list_tenants),
    *UNSUBSCRIBE,
    ("GET", "/openapi.json", openapi_json),
    ("GET", "/docs", docs),
    ("GET", "/console", console),
    ("GET", "/console/{file}", console_file),
)


def application(edge: Running, health: Health) -> FastAPI:
    """The application around the edge that is open while it runs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with edge as app.state.edge:
            yield

    made = FastAPI(title="Slotkeeper", openapi_url=None, redirect_slashes=False, lifespan=lifespan, routes=routes())
    made.include_router(health_routes(health))
    made.add_middleware(Courtesies)
    install(made)
    traced.install(made)
    return made


def routes() -> list[BaseRoute]:
    """One route a path, so that a method it does not know is refused with all that it does; and every dialect's own."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for command in ROUTES:
        by_path.setdefault(command.path, {})[command.method] = endpoint(command)
    for read in (*PASSED, *WEBHOOKS, *NOTIFICATIONS):
        by_path.setdefault(read.path, {})[read.method] = passed(read)
    for method, path, own in OWN:
        by_path.setdefault(path, {})[method] = own
    native = [Route(path, _by_method(path, methods), methods=list(methods)) for path, methods in by_path.items()]
    return [*native, *(route for dialect in every() for route in serving.routes(dialect))]


def _by_method(path: str, methods: dict[str, Endpoint]) -> Endpoint:
    async def answer(request: Request) -> Response:
        request.state.route = path
        method = "GET" if request.method == "HEAD" else request.method
        return await methods[method](request)

    return answer
