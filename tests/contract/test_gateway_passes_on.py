"""What the gateway passes on is what the services serve: the same routes, the same parameters, the same needed ones."""

import re
from typing import Any

import pytest

from availability import app as availability
from gateway.api.reads import PASSED, Passed
from gateway.api.webhooks import WEBHOOKS
from gateway.app import openapi
from gateway.services import AVAILABILITY, WEBHOOK
from kit.settings import Settings
from webhook import app as webhook

Operation = dict[str, Any]
UNNAMED = re.compile(r"{\w+}")
SERVED = {AVAILABILITY: availability.create_app, WEBHOOK: webhook.create_app}


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


def served_by(service: str) -> dict[tuple[str, str], Operation]:
    return operations(SERVED[service](Settings()).openapi())


def to(service: str) -> list[Passed]:
    return [route for route in (*PASSED, *WEBHOOKS) if route.service == service]


@pytest.mark.parametrize("service", SERVED)
def test_everything_that_a_service_serves_is_passed_on_and_nothing_else(service: str) -> None:
    own = {"/healthz", "/readyz", "/metrics"}
    served = {key for key in served_by(service) if key[1] not in own}
    assert {(route.method, UNNAMED.sub("{}", route.path)) for route in to(service)} == served


@pytest.mark.parametrize("service", SERVED)
def test_parameters_are_described_as_they_are_taken(service: str) -> None:
    served, described = served_by(service), operations(openapi())
    for route in to(service):
        key = (route.method, UNNAMED.sub("{}", route.path))
        assert query_of(described[key]) == query_of(served[key]), key
