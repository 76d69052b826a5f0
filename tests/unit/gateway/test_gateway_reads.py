"""Reads: passed on as they are to the service that owns them, on behalf of a signed caller, and back as they come."""

import orjson
import pytest

from edges import OPERATOR_KEY, MemoryServices, deciding_nothing, gateway
from gateway.api.reads import PASSED, Passed
from gateway.services import Reply, segment
from kit.identity import HEADER

OK = Reply(200, {"Content-Type": "application/json", "ETag": '"4"', "Slotkeeper-Position": "7.1", "Server": "x"}, b"{}")


def path_of(route: Passed) -> str:
    return route.path.replace("{", "the_").replace("}", "")


@pytest.mark.parametrize("route", PASSED, ids=lambda route: f"{route.method} {route.path}")
async def test_each_read_goes_to_its_owner_with_query_and_headers(route: Passed) -> None:
    services = MemoryServices(lambda service, target: OK)
    async with gateway(deciding_nothing, services=services) as edge:
        key = OPERATOR_KEY if route.tag == "operators" else await edge.key()
        async with edge.client(key, **{"Slotkeeper-After": "7.1", HEADER: "forged"}) as client:
            answer = await client.request(route.method, f"{path_of(route)}?from=2026-03-02T10:00:00%2B01:00&x=1&x=2")
    ((service, method, target, caller, headers),) = services.asked
    assert (service, method) == (route.service, route.method)
    assert target == f"{path_of(route)}?from=2026-03-02T10:00:00%2B01:00&x=1&x=2"
    assert headers["Slotkeeper-After"] == "7.1"
    assert HEADER not in headers
    assert caller.tenant == (None if route.tag == "operators" else "acme")
    assert (answer.headers["ETag"], answer.headers["Slotkeeper-Position"]) == ('"4"', "7.1")
    assert "Server" not in answer.headers


@pytest.mark.parametrize("route", PASSED, ids=lambda route: f"{route.method} {route.path}")
async def test_a_key_without_the_scope_is_refused_and_nobody_is_asked(route: Passed) -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key("import")) as client:
        answer = await client.request(route.method, path_of(route))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert edge.services.asked == []


async def test_a_problem_of_the_owner_is_the_answer() -> None:
    problem = orjson.dumps({"code": "not_caught_up", "status": 503})
    reply = Reply(503, {"Content-Type": "application/problem+json", "Retry-After": "1"}, problem)
    services = MemoryServices(lambda service, target: reply)
    async with gateway(deciding_nothing, services=services) as edge, edge.client(await edge.key()) as client:
        answer = await client.get("/v1/availability?after=7.9")
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (503, "not_caught_up", "1")


@pytest.mark.parametrize("id", ["..", ".", "a/b", "%2e%2e", "a?b", "a#b", "é"])
async def test_an_id_stays_one_segment_of_the_path(id: str) -> None:
    assert "/" not in segment(id)
    assert "?" not in segment(id)
    assert segment(id).strip(".") != ""


async def test_a_key_reads_its_own_outcomes_and_needs_a_scope_for_others() -> None:
    body = orjson.dumps({"command_id": "c/1", "result": "rejected", "position": "7.2", "error": {"code": "in_past"}})
    services = MemoryServices(lambda service, target: Reply(200, {}, body))
    async with gateway(deciding_nothing, services=services) as edge:
        async with edge.client(await edge.key("supply:write")) as client:
            own = await client.get("/v1/commands/c%2F1")
            others = await client.get("/v1/commands/c%2F1?source=front-desk")
        async with edge.client(await edge.key("appointments:read")) as client:
            allowed = await client.get("/v1/commands/c%2F1?source=front-desk")
    assert (own.status_code, own.json()["result"], own.headers["Slotkeeper-Position"]) == (200, "rejected", "7.2")
    assert (others.status_code, allowed.status_code) == (403, 200)
    targets = [target for _, _, target, _, _ in services.asked]
    assert targets[0].startswith("/commands/c%2F1?source=key%3A")
    assert targets[1] == "/commands/c%2F1?source=front-desk&tenant=acme"


async def test_an_undecided_command_is_not_found() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answer = await client.get("/v1/commands/c1")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
