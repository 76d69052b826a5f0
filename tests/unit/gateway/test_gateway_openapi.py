"""The description: valid, complete, true to the routes, with examples that work; and a page that loads nothing."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from starlette.routing import Route

from contracts import webhooks
from contracts.commands import COMMANDS
from contracts.errors import Rejection
from contracts.parts import Body
from edges import deciding_nothing, gateway
from gateway.api.examples import BODIES, OUTCOME, PASSED_BODIES
from gateway.api.shapes import body_of
from gateway.api.table import ROUTES
from gateway.app import OWN, openapi, routes

PAGES = {"/openapi.json", "/docs", "/console", "/console/{file}"}
NO_BODY = {"AcceptRequest", "ClearScheduleException", "RemoveTimeOff", "ReleaseHold"}


def test_it_is_valid_openapi() -> None:
    validate(openapi())


def test_it_describes_every_route_and_nothing_else() -> None:
    served = {
        (route.path.replace(":path", ""), method.lower())
        for route in routes()
        if isinstance(route, Route) and not route.path.endswith(tuple(PAGES))
        for method in route.methods or ()
    } - {(route.path.replace(":path", ""), "head") for route in routes() if isinstance(route, Route)}
    described = {(path, method) for path, methods in openapi()["paths"].items() for method in methods}
    assert described == served
    assert {path for _, path, _ in OWN} >= PAGES


@pytest.mark.parametrize("name", sorted(BODIES))
def test_its_examples_are_accepted(name: str) -> None:
    route = next(route for route in ROUTES if route.command.__name__ == name)
    in_path: dict[str, Any] = {member: "2026-12-24" if member == "date" else "an_id" for member in route.from_path}
    from contracts.commands import validate as check

    assert not isinstance(check(COMMANDS[name], BODIES[name] | in_path), Rejection)
    schemas = {"components": {"schemas": openapi()["components"]["schemas"]}}
    Draft202012Validator(body_of(route) | schemas).validate(BODIES[name])


@pytest.mark.parametrize("name", sorted(PASSED_BODIES))
def test_examples_of_what_is_passed_on_are_accepted(name: str) -> None:
    kind = next(kind for kind in webhooks.ASKED if kind.__name__ == name)
    kind.model_validate(PASSED_BODIES[name], by_alias=True, by_name=False)
    schemas = {"components": {"schemas": openapi()["components"]["schemas"]}}
    Draft202012Validator({"$ref": f"#/components/schemas/{name}"} | schemas).validate(PASSED_BODIES[name])


def test_the_example_of_an_outcome_has_its_shape() -> None:
    schemas = openapi()["components"]["schemas"]
    Draft202012Validator({"$ref": "#/components/schemas/Outcome", "components": {"schemas": schemas}}).validate(OUTCOME)


def test_bodies_leave_out_what_the_path_says() -> None:
    extend = openapi()["paths"]["/v1/holds/{hold_id}/extend"]["post"]["requestBody"]["content"]["application/json"]
    assert "hold_id" not in extend["schema"]["properties"]
    assert {"owner", "seconds", "import"} <= set(extend["schema"]["properties"])
    assert issubclass(COMMANDS["ExtendHold"], Body)


async def test_the_page_loads_nothing_from_elsewhere() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(None) as client:
        page, description = await client.get("/docs"), await client.get("/openapi.json")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert re.findall(r"(?:https?:)?//[a-z]", page.text) == []
    assert description.json() == openapi()
