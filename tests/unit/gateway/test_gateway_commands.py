"""From request to command: what goes to the bus, with which id, for whom, and what is refused before."""

from typing import Any

import orjson
import pytest

from contracts.commands import BODY_LIMIT, COMMANDS, validate
from contracts.errors import Rejection
from edges import OPERATOR_KEY, accepting, deciding_nothing, gateway, rejecting
from gateway.api.examples import BODIES
from gateway.api.table import ROUTES, SCOPE_OF, CommandRoute

BOOKING = BODIES["BookAppointment"]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
BOOKED = {"events": [{"id": "evt_1.0.1", "type": "AppointmentBooked", "position": "0.1"}],
          "appointment": {"id": "apt_1", "version": 1}}  # fmt: skip


def path_of(route: CommandRoute) -> str:
    return route.path.replace("{date}", "2026-12-24").replace("{", "the_").replace("}", "")


def test_every_command_has_its_route_and_its_scope() -> None:
    assert set(SCOPE_OF) == set(COMMANDS)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.command.__name__)
async def test_each_route_sends_its_command_with_the_members_of_path_and_body(route: CommandRoute) -> None:
    body = BODIES.get(route.command.__name__, {})
    async with gateway(accepting()) as edge, edge.client(OPERATOR_KEY, **{"Slotkeeper-Tenant": "acme"}) as client:
        answer = await client.request(route.method, path_of(route), json=body)
    assert answer.status_code == 200, answer.text
    (order,) = edge.bus.orders
    assert order.type == route.command.__name__
    from_path = {name: "2026-12-24" if name == "date" else f"the_{name}" for name in route.from_path}
    assert order.data == body | from_path
    assert not isinstance(validate(route.command, order.data), Rejection)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.command.__name__)
async def test_a_key_without_the_scope_is_refused_and_nothing_is_sent(route: CommandRoute) -> None:
    async with gateway(accepting()) as edge:
        async with edge.client(await edge.key("events:read")) as client:
            answer = await client.request(route.method, path_of(route), json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        async with edge.client(await edge.key("events:read")) as client:
            item = {"type": route.command.__name__, "data": {}}
            assert (await client.post("/v1/commands", json=item)).status_code == 403
    assert edge.bus.orders == []


@pytest.mark.parametrize("key", [None, "sk_no_key", "sk_ops_wrong", "nonsense"])
async def test_without_a_valid_key_it_is_401(key: str | None) -> None:
    async with gateway(accepting()) as edge, edge.client(key) as client:
        answer = await client.post("/v1/appointments", json=BOOKING)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_the_outcome_is_the_answer() -> None:
    async with gateway(accepting(**BOOKED)) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/appointments", json=BOOKING, headers={"Idempotency-Key": "b-1"})
    order = edge.bus.orders[0]
    assert answer.status_code == 201
    assert answer.json()["command_id"] == "b-1"
    assert answer.json()["appointment"] == BOOKED["appointment"]
    assert (answer.headers["ETag"], answer.headers["Slotkeeper-Position"]) == ('"1"', "0.1")
    assert (order.tenant, order.source, order.id) == ("acme", f"key:{order.caller.key_id}", "b-1")
    assert order.caller.actor == f"api_key:{order.caller.key_id}"


async def test_a_refusal_is_a_problem_with_its_blockers() -> None:
    blocker = {"event_id": "evt_1.0.1", "reason": "busy", "resource_id": "ann"}
    decide = rejecting("slot_unavailable", blockers=[blocker])
    async with gateway(decide) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/appointments", json=BOOKING, headers={"Idempotency-Key": "b-1"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (409, "application/problem+json")
    said = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= set(said)
    assert (said["code"], said["blockers"], said["command_id"]) == ("slot_unavailable", [blocker], "b-1")


async def test_the_id_is_made_and_echoed_where_none_was_given_also_when_refused() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        accepted = await client.post("/v1/appointments", json=BOOKING)
        refused = await client.post("/v1/appointments", content=b"{", headers={"Idempotency-Key": "mine"})
    assert accepted.headers["Idempotency-Key"] == edge.bus.orders[0].id
    assert refused.headers["Idempotency-Key"] == "mine"


async def test_a_bug_is_a_problem_with_the_command_id_and_tells_nothing() -> None:
    def bug(order: object) -> bytes:
        raise RuntimeError("secret detail")

    async with gateway(bug) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/appointments", json=BOOKING)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["Idempotency-Key"].startswith("cmd_")
    assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("content", "status", "code", "field"),
    [
        (b"{", 400, "invalid_command", None),
        (b"[]", 400, "invalid_command", None),
        (b"\xff", 400, "invalid_command", None),
        (orjson.dumps(BOOKING | {"colour": "red"}), 400, "unknown_field", "colour"),
        (orjson.dumps(BOOKING | {"start": "2026-03-02T10:00:30Z"}), 400, "invalid_command", "start"),
        (orjson.dumps(BOOKING | {"import": "yes"}), 400, "invalid_command", "import"),
        (b"[" * 100_000, 400, "invalid_command", None),
        (b" " * (BODY_LIMIT + 1), 413, "too_large", None),
    ],
)
async def test_a_bad_body_is_refused_and_named(content: bytes, status: int, code: str, field: str | None) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/appointments", content=content)
    assert (answer.status_code, answer.json()["code"], answer.json().get("field")) == (status, code, field)
    assert edge.bus.orders == []


async def test_what_the_path_says_has_no_place_in_the_body() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.put("/v1/locations/main", json=BODIES["DefineLocation"] | {"id": "other"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, "unknown_field", "id")


@pytest.mark.parametrize("query", ["colour=red", "dry_run=maybe", "dry_run=true&dry_run=true"])
async def test_a_bad_query_is_refused_and_named(query: str) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(f"/v1/appointments?{query}", json=BOOKING)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert answer.json()["field"] == query.partition("=")[0]


async def test_the_reason_of_a_delete_comes_in_the_query() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.delete("/v1/holds/apt_1?owner=basket-17")
    assert answer.status_code == 200
    assert edge.bus.orders[0].data == {"hold_id": "apt_1", "owner": "basket-17"}


async def test_if_match_is_the_expected_version() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/appointments/apt_1/cancel", headers={"If-Match": '"3"'})
        await client.post("/v1/appointments/apt_1/cancel")
    with_version, without = edge.bus.orders
    assert with_version.data == {"appointment_id": "apt_1", "expected_version": 3}
    assert without.request_hash != with_version.request_hash


@pytest.mark.parametrize(
    ("path", "body", "version"),
    [
        ("/v1/appointments/apt_1/cancel", {}, "*"),
        ("/v1/appointments/apt_1/cancel", {}, "three"),
        ("/v1/appointments/apt_1/cancel", {"expected_version": 2}, '"3"'),
        ("/v1/appointments", BOOKING, '"3"'),
    ],
)
async def test_an_if_match_that_says_nothing_usable_is_refused(path: str, body: Any, version: str) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(path, json=body, headers={"If-Match": version})
    assert (answer.status_code, answer.json()["field"]) == (400, "If-Match")


async def test_history_and_overrides_need_their_scopes() -> None:
    override = BOOKING | {"override": True, "reason": "a friend"}
    async with gateway(accepting()) as edge:
        async with edge.client(await edge.key("appointments:write")) as client:
            history = await client.post("/v1/appointments", json=BOOKING | {"import": True})
            over = await client.post("/v1/appointments", json=override)
        async with edge.client(await edge.key()) as client:
            await client.post("/v1/appointments", json=BOOKING | {"import": True})
            await client.post("/v1/appointments", json=override)
    assert [(a.status_code, a.json()["field"]) for a in (history, over)] == [(403, "import"), (403, "override")]
    first, second = edge.bus.orders
    assert (first.imported, first.data) == (True, BOOKING)
    assert (second.imported, second.data) == (False, override)


async def test_accepting_over_something_needs_the_scope_of_supply() -> None:
    override = {"override": True, "reason": "both fit"}
    async with gateway(accepting()) as edge:
        async with edge.client(await edge.key("appointments:write")) as client:
            plain = await client.post("/v1/appointments/apt_1/accept", json={"reason": "asked nicely"})
            over = await client.post("/v1/appointments/apt_1/accept", json=override)
            item = {"type": "AcceptRequest", "data": override | {"appointment_id": "apt_1"}}
            named = await client.post("/v1/commands", json=item)
        async with edge.client(await edge.key("appointments:write", "supply:write")) as client:
            may = await client.post("/v1/appointments/apt_1/accept", json=override)
    assert [answer.status_code for answer in (plain, over, named, may)] == [200, 403, 403, 200]
    assert (over.json()["code"], over.json()["field"]) == ("forbidden", "override")
    assert edge.bus.orders[-1].data == override | {"appointment_id": "apt_1"}


async def test_a_version_goes_with_every_second_thought() -> None:
    bodies = {
        "unconfirm": {},
        "reinstate": {},
        "tombstone": {},
        "correct": {"outcome": "no_show", "reason": "mixed up"},
    }
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        for step, body in bodies.items():
            answer = await client.post(f"/v1/appointments/apt_1/{step}", json=body, headers={"If-Match": '"3"'})
            assert answer.status_code == 200, answer.text
    assert [order.data["expected_version"] for order in edge.bus.orders] == [3] * 4


async def test_a_dry_run_and_a_last_instant_go_with_the_command() -> None:
    before = {
        "Slotkeeper-Decide-Before": "2026-03-01T10:00:00+01:00",
        "traceparent": TRACE,
    }
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/appointments?dry_run=true", json=BOOKING, headers=before)
        refused = await client.post(
            "/v1/appointments", json=BOOKING, headers={"Slotkeeper-Decide-Before": "2026-03-01T10:00:00"}
        )
    headers = dict(edge.bus.orders[0].headers(edge.bus.orders[0].decide_before))  # type: ignore[arg-type]
    assert headers["ce_dryrun"] == b"true"
    assert headers["ce_decidebefore"] == b"2026-03-01T10:00:00+01:00"
    assert headers["traceparent"] == TRACE.encode()
    assert refused.status_code == 400


async def test_without_an_outcome_in_time_it_is_202_and_where_to_ask() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(
            "/v1/appointments", json=BOOKING, headers={"Prefer": "wait=0", "Idempotency-Key": "a/b"}
        )
    assert (answer.status_code, answer.headers["Location"]) == (202, "/v1/commands/a%2Fb")
    assert answer.json()["result"] == "pending"
    assert len(edge.bus.waiting) == 0


async def test_an_operator_names_the_tenant() -> None:
    async with gateway(accepting()) as edge, edge.client(OPERATOR_KEY) as client:
        nobody = await client.post("/v1/appointments", json=BOOKING)
        somebody = await client.post("/v1/appointments", json=BOOKING, headers={"Slotkeeper-Tenant": "other"})
        tenant = await client.post("/ops/tenants", json={"id": "fresh", "name": "Fresh"})
    assert (nobody.status_code, nobody.json()["field"]) == (400, "Slotkeeper-Tenant")
    assert (somebody.status_code, tenant.status_code) == (200, 200)
    assert [order.tenant for order in edge.bus.orders] == ["other", "fresh"]


async def test_a_tenants_key_never_acts_for_another() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        own = await client.post("/v1/appointments", json=BOOKING, headers={"Slotkeeper-Tenant": "acme"})
        other = await client.post("/v1/appointments", json=BOOKING, headers={"Slotkeeper-Tenant": "other"})
    assert (own.status_code, other.status_code) == (200, 403)


async def test_over_quota_is_told_when_to_come_again() -> None:
    from gateway.quotas import Quotas

    quotas = Quotas(0.1, 1, clock=lambda: 0.0)
    async with gateway(accepting(), quotas=quotas) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/appointments", json=BOOKING)
        answer = await client.post("/v1/appointments", json=BOOKING)
    assert (answer.status_code, answer.json()["code"], answer.headers["Retry-After"]) == (429, "over_quota", "10")


async def test_unknown_routes_and_methods_are_problems() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        missing = await client.get("/v1/nothing")
        method = await client.patch("/v1/holds/apt_1")
        head = await client.head("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (method.status_code, method.json()["code"]) == (405, "method_not_allowed")
    assert {"GET", "DELETE"} <= set(method.headers["Allow"].split(", "))
    assert head.status_code == 404
