"""Operators make, list and revoke keys; a key never gets more than its tenant's."""

import pytest

from edges import OPERATOR_KEY, accepting, deciding_nothing, gateway
from gateway.keys import TENANT_SCOPES


async def test_a_key_is_shown_once_works_and_ends_when_it_is_revoked() -> None:
    async with gateway(accepting()) as edge, edge.client(OPERATOR_KEY) as operator:
        made = (await operator.post("/ops/keys", json={"tenant": "acme", "name": "web"})).json()
        async with edge.client(made["key"]) as client:
            assert (await client.post("/v1/customers", json={"name": "Joe"})).status_code == 200
            listed = (await operator.get("/ops/keys?tenant=acme")).json()["items"]
            revoked = await operator.delete(f"/ops/keys/{made['id']}")
            after = await client.post("/v1/customers", json={"name": "Joe"})
    assert made["scopes"] == sorted(TENANT_SCOPES)
    assert [{**one, "key": made["key"]} for one in listed] == [made]
    assert revoked.json()["revoked_at"]
    assert after.status_code == 401


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"tenant": "acme", "scopes": ["ops"]}, 400, "scopes"),
        ({"tenant": "acme", "scopes": ["dance"]}, 400, "scopes"),
        ({"scopes": ["appointments:read"]}, 400, "scopes"),
        ({"tenant": "no tenant"}, 400, "tenant"),
        ({"tenant": "acme", "colour": "red"}, 400, "colour"),
        ({"name": "second operator"}, 201, None),
    ],
)
async def test_a_key_has_scopes_of_its_kind(body: dict[str, object], status: int, field: str | None) -> None:
    async with gateway(deciding_nothing) as edge, edge.client(OPERATOR_KEY) as client:
        answer = await client.post("/ops/keys", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


async def test_a_tenants_key_is_no_operators() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answers = [
            await client.post("/ops/keys", json={"tenant": "acme"}),
            await client.get("/ops/keys"),
            await client.delete("/ops/keys/x"),
            await client.get("/ops/tenants"),
            await client.post("/ops/tenants", json={"id": "x", "name": "X"}),
        ]
    assert [answer.status_code for answer in answers] == [403] * 5


async def test_operators_list_tenants_and_are_told_of_keys_that_are_not_there() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(OPERATOR_KEY) as client:
        tenants = await client.get("/ops/tenants")
        missing = await client.delete("/ops/keys/nothing")
    assert tenants.json()["items"] == [{"id": "acme", "name": "Acme Clinics"}]
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_what_cannot_be_an_id_is_refused_before_any_table_is_asked() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(OPERATOR_KEY) as client:
        listed = await client.get("/ops/keys?tenant=%00")
        ended = await client.delete("/ops/keys/%00")
    assert (listed.status_code, listed.json()["code"], listed.json()["field"]) == (400, "invalid_query", "tenant")
    assert (ended.status_code, ended.json()["code"]) == (404, "not_found")


async def test_answers_are_counted_by_route_and_status_never_by_path() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        await client.get("/v1/appointments/apt_not_in_metrics")
        await client.get("/v1/nothing/not_in_metrics")
        counted = (await client.get("/metrics")).text
    assert '{method="GET",route="/v1/appointments/{appointment_id}",status="404"}' in counted
    assert "not_in_metrics" not in counted
