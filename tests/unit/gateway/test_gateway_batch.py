"""Many commands in one request: each its own outcome, in order, and nothing sent of a request that was cut off."""

from typing import Any

import orjson
import pytest

from contracts.commands import BODY_LIMIT
from edges import accepting, deciding_nothing, gateway, outcome, rejected
from gateway.api.batch import WINDOW, Reader, many
from gateway.api.examples import BODIES
from gateway.callers import Caller
from gateway.order import Order
from gateway.quotas import Quotas

NDJSON = {"Content-Type": "application/x-ndjson"}
NO_WAIT = {"Prefer": "wait=0"}


def booking(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"b-{number}", "type": "BookAppointment", "data": BODIES["BookAppointment"]} | more


def lines(*items: Any) -> bytes:
    return b"\n".join(item if isinstance(item, bytes) else orjson.dumps(item) for item in items) + b"\n"


def of(answer: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in answer.content.splitlines()]


async def test_one_command_is_answered_as_on_its_own_route() -> None:
    decide = accepting(appointment={"id": "apt_1", "version": 1})
    async with gateway(decide) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/commands", json=booking(1))
        refused = await client.post("/v1/commands", json=booking(2, data={}))
    assert (answer.status_code, answer.headers["Idempotency-Key"], answer.headers["ETag"]) == (200, "b-1", '"1"')
    assert (refused.status_code, refused.headers["Idempotency-Key"]) == (400, "b-2")


async def test_an_array_is_answered_item_by_item_with_refusals_in_their_places() -> None:
    items = [booking(1), booking(2, data={"colour": "red"}), {"type": "Dance"}, "text", booking(3)]
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/commands", json=items, headers={"Idempotency-Key": "all"})
    said = answer.json()
    assert [one["result"] for one in said] == ["accepted", "rejected", "rejected", "rejected", "accepted"]
    assert [one["command_id"] for one in said] == ["b-1", "b-2", "all.3", "all.4", "b-3"]
    assert [one.get("error", {}).get("code") for one in said][1:4] == ["unknown_field"] + ["invalid_command"] * 2
    assert [order.id for order in edge.bus.orders] == ["b-1", "b-3"]


async def test_lines_keep_their_order_however_many_they_are() -> None:
    count = 3 * WINDOW + 7
    items = [b"{not json" if number % 100 == 5 else booking(number) for number in range(count)]
    async with gateway(accepting(), quotas=Quotas(1e6, 10**6)) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/commands", content=lines(*items), headers=NDJSON | {"Idempotency-Key": "all"})
    said = of(answer)
    expected = [f"all.{number + 1}" if number % 100 == 5 else f"b-{number}" for number in range(count)]
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    assert [one["command_id"] for one in said] == expected
    assert [one["result"] for one in said].count("rejected") == len(range(5, count, 100))
    assert [order.id for order in edge.bus.orders] == [f"b-{n}" for n in range(count) if n % 100 != 5]


async def test_a_refusal_of_the_diary_stands_as_an_outcome_in_its_place() -> None:
    def second_is_busy(order: Order) -> bytes:
        return orjson.dumps(rejected(order, "slot_unavailable") if order.id == "b-2" else outcome(order))

    async with gateway(second_is_busy) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/commands", content=lines(*map(booking, (1, 2, 3))), headers=NDJSON)
    assert answer.status_code == 200
    assert [one.get("error", {}).get("code") for one in of(answer)] == [None, "slot_unavailable", None]


async def test_what_is_not_decided_in_time_is_pending_and_is_not_waited_for_twice() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        answer = await client.post(
            "/v1/commands", content=lines(*map(booking, range(20))), headers=NDJSON | {"Prefer": "wait=1"}
        )
    assert [one["result"] for one in of(answer)] == ["pending"] * 20
    assert len(edge.bus.waiting) == 0


async def test_each_line_needs_the_scope_of_its_own_command() -> None:
    items = [booking(1), {"id": "l-1", "type": "DefineLocation", "data": {"id": "main", **BODIES["DefineLocation"]}}]
    async with gateway(accepting()) as edge, edge.client(await edge.key("appointments:write")) as client:
        answer = await client.post("/v1/commands", json=items)
    assert [one.get("error", {}).get("code") for one in answer.json()] == [None, "forbidden"]


async def test_history_may_be_said_of_a_command_or_in_its_data() -> None:
    inside = booking(2, data=BODIES["BookAppointment"] | {"import": True})
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/commands", json=[booking(1, **{"import": True}), inside, booking(3)])
    assert [order.imported for order in edge.bus.orders] == [True, True, False]
    assert all("import" not in order.data for order in edge.bus.orders)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"data": {}}, "type"),
        ({"type": 7}, "type"),
        ({"type": "BookAppointment", "data": []}, "data"),
        ({"type": "BookAppointment", "id": 7}, "id"),
        ({"type": "BookAppointment", "id": "\u00e9"}, "Idempotency-Key"),
        ({"type": "BookAppointment", "colour": 1}, "colour"),
        ({"type": "BookAppointment", "decide_before": "soon"}, "decide_before"),
    ],
)
async def test_an_item_of_the_wrong_shape_is_refused_and_named(item: Any, field: str) -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        answer = await client.post("/v1/commands", json=item)
    assert (answer.status_code, answer.json()["field"]) == (400, field)


async def test_limits_of_one_command_and_of_all_of_them() -> None:
    large = booking(1, data={"service_id": "x" * BODY_LIMIT})
    padded = b" " * 1000 + b"\n"
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        one = await client.post("/v1/commands", json=large)
        line = await client.post("/v1/commands", content=lines(large, booking(2)), headers=NDJSON)
        all_of_them = await client.post("/v1/commands", content=padded * 11_000, headers=NDJSON)
    assert (one.status_code, one.json()["code"]) == (413, "too_large")
    assert [each.get("error", {}).get("code") for each in of(line)] == ["too_large", None]
    assert (all_of_them.status_code, all_of_them.json()["code"]) == (413, "too_large")
    assert [order.id for order in edge.bus.orders] == ["b-2"]


async def test_the_same_command_has_the_same_hash_alone_and_among_others() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/commands", json=booking(1))
        await client.post("/v1/commands", content=lines(booking(0), booking(1)), headers=NDJSON)
        await client.post("/v1/commands", json=booking(1, data=BODIES["BookAppointment"] | {"seats": 2}))
    first, _, again, other = edge.bus.orders
    assert first.request_hash == again.request_hash != other.request_hash


async def test_never_more_than_the_window_is_under_way() -> None:
    most = 0

    def watch(order: Order) -> bytes:
        nonlocal most
        most = max(most, len(edge.bus.waiting))
        return orjson.dumps(outcome(order))

    async with gateway(watch, quotas=Quotas(1e6, 10**6)) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/commands", content=lines(*map(booking, range(2 * WINDOW))), headers=NDJSON)
    assert most == WINDOW


async def test_of_a_caller_who_went_away_in_the_middle_nobody_waits_for_the_rest() -> None:
    async with gateway(lambda order: orjson.dumps(outcome(order)) if order.id == "b-0" else None) as edge:
        caller = Caller("k", "acme", frozenset({"appointments:write"}))
        items = [booking(number) for number in range(WINDOW + 10)]
        told = many(edge.app.state.edge, Reader(caller, "all", False, None), items, 5.0)
        assert (await anext(told))["command_id"] == "b-0"
        assert len(edge.bus.waiting) == WINDOW - 1
        await told.aclose()
        assert len(edge.bus.waiting) == 0
