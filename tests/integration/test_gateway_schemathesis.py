"""Whatever its own description allows or forbids, the HTTP edge answers as described and never with a bug.

Requests are generated from the OpenAPI descriptions, its own and its dialects', from a fixed seed, and go to the whole
of it on real parts.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.app import openapi
from gateway.dialects.describing import description
from gateway.dialects.every import every
from served_gateway import OPERATOR_KEY, Served
from stack import Postgres
from whole import clinic, whole

EXAMPLES = 6
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
STARTS_A_PROCESS = {("POST", "/ops/rebuild")}
WAITED_FOR = ("after", "as_of")
"""Positions: those that nobody has reached are rightly waited for, and then refused with 503."""
SENT = ("Idempotency-Key", "Prefer", "Slotkeeper-Decide-Before", "If-Match", "Content-Type")
"""Other headers may break HTTP itself, and then no route is asked."""

DOCUMENTS = [("", openapi()), *((dialect.base, description(dialect)) for dialect in every())]
FOUND: list[tuple[str, Any]] = [
    (base, found)
    for base, document in DOCUMENTS
    for found in schemathesis.openapi.from_dict(document).get_all_operations()
]
OPERATIONS = [(base, found.ok()) for base, found in FOUND]
OPERATIONS = [(base, one) for base, one in OPERATIONS if (one.method.upper(), one.path) not in STARTS_A_PROCESS]
NAMES = [f"{one.method.upper()} {base}{one.path}" for base, one in OPERATIONS]


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres, quota_per_second=1e6, quota_burst=10**6) as running, clinic(running):
        yield running


@pytest.fixture(scope="module")
async def tenant_key(edge: Served) -> str:
    text: str = (await edge.new_key("acme"))["key"]
    return text


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("base", "operation"), OPERATIONS, ids=NAMES)
async def test_every_answer_is_as_described(
    base: str, operation: Any, mode: GenerationMode, edge: Served, tenant_key: str
) -> None:
    if mode is GenerationMode.NEGATIVE and not _has_input(base, operation):
        mode = GenerationMode.POSITIVE
    key = OPERATOR_KEY if operation.path.startswith("/ops/") else tenant_key

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        case.query = {name: value for name, value in case.query.items() if name not in WAITED_FOR}
        case.headers = {name: value for name, value in case.headers.items() if name in SENT}
        headers = {"Authorization": f"Bearer {key}"}
        case.call_and_validate(base_url=edge.url + base, headers=headers, checks=CHECKS, timeout=20)

    await asyncio.to_thread(asked)


def _has_input(base: str, operation: Any) -> bool:
    described = dict(DOCUMENTS)[base]["paths"][operation.path][operation.method.lower()]
    return bool(described.get("parameters") or described.get("requestBody"))
