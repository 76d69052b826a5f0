"""What notification serves, the gateway passes on under the same names: routes, parameters, success."""

import re
from typing import Any

from gateway.api.notifications import NOTIFICATIONS
from gateway.api.templates import UNSUBSCRIBE
from gateway.app import openapi
from kit.settings import Settings
from notification.app import edge

UNNAMED = re.compile(r"{\w+}")
OWN = {"/healthz", "/readyz", "/metrics"}


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """By method and path, whatever the path's parameters are called."""
    return {
        (method.upper(), UNNAMED.sub("{}", path)): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path not in OWN
    }


def served() -> dict[tuple[str, str], dict[str, Any]]:
    return operations(edge(Settings()).openapi())


def queries(operation: dict[str, Any]) -> set[str]:
    return {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}


def test_everything_that_is_served_is_passed_on_and_nothing_else() -> None:
    passed = {(route.method, UNNAMED.sub("{}", route.path)) for route in NOTIFICATIONS}
    links = {(method, UNNAMED.sub("{}", path)) for method, path, _ in UNSUBSCRIBE}
    assert passed | links == set(served())


def test_parameters_are_described_as_they_are_taken() -> None:
    described = operations(openapi())
    for route in NOTIFICATIONS:
        key = route.method, UNNAMED.sub("{}", route.path)
        assert queries(described[key]) == queries(served()[key]), key


def test_success_has_the_status_that_is_described() -> None:
    for route in NOTIFICATIONS:
        assert route.done in served()[route.method, UNNAMED.sub("{}", route.path)]["responses"], route.path
