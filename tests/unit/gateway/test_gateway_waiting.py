"""Whose outcome is whose: by source and id, by the request where two share an id, never a dry run's for a real one."""

import asyncio
from typing import Any

import orjson
import pytest

from contracts.envelope import outcome_headers
from edges import MemoryServices, accepting, deciding_nothing, gateway, outcome
from gateway.api.examples import BODIES
from gateway.bus import Posted, Waiting
from gateway.callers import Caller
from gateway.order import Order
from gateway.services import Reply

BOOKING = BODIES["BookAppointment"]


def order(id: str = "c1", *, key: str = "k", request_hash: str = "h1", dry_run: bool = False) -> Order:
    caller = Caller(key, "acme", frozenset())
    return Order(
        caller=caller, tenant="acme", id=id, type="CheckIn", data={}, request_hash=request_hash, dry_run=dry_run
    )


def posted(one: Order) -> Posted:
    loop = asyncio.get_running_loop()
    return Posted(one, loop.create_future(), loop.create_future())


def arrive(waiting: Waiting, one: Order, *, request_hash: str | None = None, dry_run: bool = False) -> None:
    headers = outcome_headers(
        command_id=one.id, source=one.source, type=one.type, pos=1, era=1,
        request_hash=request_hash.encode() if request_hash else None,
    )  # fmt: skip
    waiting.arrived(headers, orjson.dumps(outcome(one) | ({"dry_run": True} if dry_run else {})))


@pytest.fixture
def waiting() -> Waiting:
    return Waiting()


async def test_an_outcome_reaches_all_who_wait_for_it_and_nobody_else(waiting: Waiting) -> None:
    mine, twice, other_key, other_id = map(posted, (order(), order(), order(key="x"), order("c2")))
    for one in (mine, twice, other_key, other_id):
        waiting.add(one)
    arrive(waiting, order())
    assert [one.outcome.done() for one in (mine, twice, other_key, other_id)] == [True, True, False, False]


async def test_of_two_requests_with_one_id_each_gets_its_own_answer(waiting: Waiting) -> None:
    first, second = posted(order(request_hash="h1")), posted(order(request_hash="h2"))
    waiting.add(first)
    waiting.add(second)
    arrive(waiting, order(), request_hash="h2")
    assert (first.outcome.done(), second.outcome.done()) == (False, True)


async def test_a_dry_runs_outcome_is_no_answer_to_the_real_command(waiting: Waiting) -> None:
    real, dry = posted(order()), posted(order(dry_run=True))
    waiting.add(real)
    waiting.add(dry)
    arrive(waiting, order(), dry_run=True)
    assert (real.outcome.done(), dry.outcome.done()) == (False, True)


async def test_a_repeated_outcome_changes_nothing(waiting: Waiting) -> None:
    mine = posted(order())
    waiting.add(mine)
    arrive(waiting, order())
    arrive(waiting, order())
    waiting.discard(mine)
    waiting.discard(mine)
    assert len(waiting) == 0


async def test_what_is_no_outcome_is_passed_over(waiting: Waiting) -> None:
    mine = posted(order())
    waiting.add(mine)
    named = [("ce_commandsource", b"key:k"), ("ce_commandid", b"c1")]
    for headers in ([], named[1:], named, [("ce_commandsource", b"\xff"), ("ce_commandid", b"\xff")]):
        waiting.arrived(headers, b"not json" if headers is named else b"{}")
    assert not mine.outcome.done()


async def test_before_saying_not_yet_the_inbox_is_asked_once() -> None:
    def answer(service: str, target: str) -> Reply:
        assert (service, target.partition("?")[0]) == ("booking", "/commands/b-1")
        body: dict[str, Any] = {"command_id": "b-1", "result": "accepted", "position": "0.9", "type": "BookAppointment"}
        return Reply(200, {}, orjson.dumps(body))

    services = MemoryServices(answer)
    async with gateway(deciding_nothing, services=services) as edge, edge.client(await edge.key()) as client:
        answered = await client.post(
            "/v1/appointments", json=BOOKING, headers={"Prefer": "wait=0", "Idempotency-Key": "b-1"}
        )
    assert (answered.status_code, answered.headers["Slotkeeper-Position"]) == (200, "0.9")
    assert len(services.asked) == 1


async def test_an_outcome_that_comes_while_the_caller_waits_is_the_answer() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(await edge.key()) as client:
        asked = asyncio.create_task(client.post("/v1/appointments", json=BOOKING))
        async with asyncio.timeout(5):
            while not edge.bus.orders:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        (late,) = edge.bus.orders
        edge.bus.publish(late, orjson.dumps(outcome(late)))
        assert (await asked).status_code == 200


async def test_every_answer_says_where_the_tenant_is_also_a_refusal() -> None:
    async with gateway(accepting()) as edge, edge.client(await edge.key()) as client:
        await client.post("/v1/appointments", json=BOOKING)
        refused = await client.post("/v1/appointments", json={})
    assert (refused.status_code, refused.headers["Slotkeeper-Position"]) == (400, "0.1")
