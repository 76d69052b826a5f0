"""What the gateway passes on is what the services serve: the same routes, the same parameters, the same needed ones."""

import re
from typing import Any

from availability.app import create_app
from gateway.api.reads import PASSED, Passed
from gateway.app import openapi
from gateway.services import AVAILABILITY
from kit.settings import Settings

Operation = dict[str, Any]
UNNAMED = re.compile(r"{\w+}")


def operations(document: Operation) -> dict[tuple[str, str], Operation]:
    """By method and path, whatever the path's parameters are called."""
    return {
        (method.upper(), UNNAMED.sub("{}", path)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def query_of(operation: Operation) -> dict[str, bool]:
    given = operation.get("parameters", [])
    return {one["name"]: one.get("required", False) for one in given if one["in"] == "query"}


def to_availability() -> list[Passed]:
    return [route for route in PASSED if route.service == AVAILABILITY]


def test_everything_that_availability_serves_is_passed_on_and_nothing_else() -> None:
    own = {"/healthz", "/readyz", "/metrics"}
    served = {key for key in operations(create_app(Settings()).openapi()) if key[1] not in own}
    assert {(route.method, UNNAMED.sub("{}", route.path)) for route in to_availability()} == served


def test_parameters_are_described_as_they_are_taken() -> None:
    served, described = operations(create_app(Settings()).openapi()), operations(openapi())
    for route in to_availability():
        key = (route.method, UNNAMED.sub("{}", route.path))
        assert query_of(described[key]) == query_of(served[key]), key
