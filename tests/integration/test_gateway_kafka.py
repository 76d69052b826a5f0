"""The gateway on real Kafka and PostgreSQL: ids, order, waiting, keys, with somebody scripted who decides."""

import asyncio
from typing import Any

import asyncpg
import httpx
import orjson
from aiokafka import AIOKafkaProducer

from gateway.api.examples import BODIES
from gateway.app import application
from gateway.opening import AWAITED, opened
from kit.health import Health
from served_gateway import (
    OPERATOR_KEY,
    SECONDS,
    Served,
    gateway_settings,
    publish_outcome,
    scripted_booking,
    served,
    until,
)
from stack import Postgres

BOOKING = BODIES["BookAppointment"]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NDJSON = {"Content-Type": "application/x-ndjson"}


def accept(command: dict[str, Any]) -> dict[str, Any]:
    return {}


def ignore(command: dict[str, Any]) -> None:
    return None


async def book(edge: Served, key: str, **headers: str) -> httpx.Response:
    async with edge.client(key) as client:
        return await client.post("/v1/appointments", json=BOOKING, headers=headers)


async def test_a_command_goes_to_its_tenants_partition_and_its_outcome_comes_back(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as edge, scripted_booking(settings, accept) as booking:
        key = await edge.new_key("acme")
        answer = await book(
            edge,
            key["key"],
            **{"Idempotency-Key": "b-1", "traceparent": TRACE},
        )
    assert answer.status_code == 200
    assert answer.json()["command_id"] == answer.headers["Idempotency-Key"] == "b-1"
    (command,) = booking.seen
    assert (command["id"], command["source"], command["tenant"]) == ("b-1", f"key:{key['id']}", "acme")
    assert command["data"] == BOOKING
    assert command["headers"]["ce_actor"] == f"api_key:{key['id']}".encode()
    assert command["headers"]["traceparent"] == TRACE.encode()


async def test_outcomes_of_the_first_moment_after_readyz_are_not_missed(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    """Whoever reads outcomes without first knowing every partition's end misses these (D14)."""
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with scripted_booking(settings, accept):
        for _ in range(3):
            async with served(settings) as edge, edge.client(OPERATOR_KEY) as client:
                assert (await client.get("/readyz")).status_code == 200
                tenants = [f"tenant{number}" for number in range(9)]
                answers = await asyncio.gather(
                    *(
                        client.post("/v1/customers", json={"name": "Joe"}, headers={"Slotkeeper-Tenant": tenant})
                        for tenant in tenants
                    )
                )
                assert [answer.status_code for answer in answers] == [200] * 9


async def test_two_gateways_each_get_the_outcomes_of_their_own_callers(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as one, served(settings) as two, scripted_booking(settings, accept):
        key = (await one.new_key("acme"))["key"]
        answers = await asyncio.gather(*(book(edge, key) for edge in (one, two) * 20))
    assert [answer.status_code for answer in answers] == [200] * 40
    assert len({answer.json()["command_id"] for answer in answers}) == 40


async def test_one_id_for_two_requests_at_two_gateways_at_once_and_each_hears_its_own_answer(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    first_body: list[dict[str, Any]] = []

    def first_wins(command: dict[str, Any]) -> dict[str, Any]:
        if not first_body:
            first_body.append(command["data"])
        if command["data"] == first_body[0]:
            return {}
        return {"result": "rejected", "error": {"code": "idempotency_key_reused", "detail": "No."}}

    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as one, served(settings) as two, scripted_booking(settings, first_wins) as booking:
        key = (await one.new_key("acme"))["key"]

        async def ask(edge: Served, seats: int) -> int:
            async with edge.client(key) as client:
                named = {"Idempotency-Key": f"same-{len(booking.seen) // 2}"}
                answer = await client.post("/v1/appointments", json=BOOKING | {"seats": seats}, headers=named)
                return answer.status_code

        for _ in range(20):
            statuses = await asyncio.gather(ask(one, 1), ask(two, 2))
            assert sorted(statuses) == [200, 422]
            first_body.clear()


async def test_lines_are_published_in_their_order_and_answered_in_it(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    items = [{"id": f"c{number}", "type": "RegisterCustomer", "data": {"name": f"N{number}"}} for number in range(600)]
    content = b"\n".join(map(orjson.dumps, items))
    async with (
        served(settings) as edge,
        scripted_booking(settings, accept) as booking,
        edge.client(OPERATOR_KEY) as client,
    ):
        answer = await client.post("/v1/commands", content=content, headers=NDJSON | {"Slotkeeper-Tenant": "acme"})
    assert [orjson.loads(line)["command_id"] for line in answer.text.splitlines()] == [item["id"] for item in items]
    assert [command["id"] for command in booking.seen] == [item["id"] for item in items]


async def test_without_an_outcome_it_is_202_and_the_command_waits_for_its_decision(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as edge:
        key = (await edge.new_key("acme"))["key"]
        answer = await book(edge, key, Prefer="wait=0", **{"Idempotency-Key": "later"})
        assert (answer.status_code, answer.headers["Location"]) == (202, "/v1/commands/later")
        async with scripted_booking(settings, accept) as booking:
            again = await book(edge, key, **{"Idempotency-Key": "later"})
    assert again.status_code == 200
    assert [command["id"] for command in booking.seen] == ["later", "later"]
    assert len({command["headers"]["ce_requesthash"] for command in booking.seen}) == 1


async def test_a_caller_who_goes_away_leaves_nothing_half_done(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as edge, scripted_booking(settings, ignore) as booking:
        key = (await edge.new_key("acme"))["key"]
        gone = asyncio.create_task(book(edge, key))
        await until(lambda: bool(booking.seen))
        gone.cancel()
        _reader, writer = await asyncio.open_connection("127.0.0.1", int(edge.url.rpartition(":")[2]))
        head = f"POST /v1/commands HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        half = orjson.dumps({"id": "half", "type": "RegisterCustomer", "data": {"name": "Joe"}}) + b"\n"
        writer.write(f"{head}Content-Type: application/x-ndjson\r\nContent-Length: 9999\r\n\r\n".encode() + half)
        await writer.drain()
        writer.close()
        booking.decide = accept
        assert (await book(edge, key)).status_code == 200
    assert [command["type"] for command in booking.seen] == ["BookAppointment", "BookAppointment"]


async def test_a_revoked_key_is_refused_by_another_gateway_within_seconds(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as one, served(settings) as two, scripted_booking(settings, accept):
        key = await one.new_key("acme")
        assert (await book(two, key["key"])).status_code == 200
        async with one.client(OPERATOR_KEY) as operator:
            await operator.delete(f"/ops/keys/{key['id']}")
        assert (await book(one, key["key"])).status_code == 401
        async with asyncio.timeout(SECONDS):
            while (await book(two, key["key"])).status_code == 200:
                pass
        assert (await book(two, key["key"])).status_code == 401


async def test_keys_are_kept_in_postgres_without_their_text(kafka: str, postgres: Postgres, topic_prefix: str) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    async with served(settings) as edge:
        key = await edge.new_key("acme", "appointments:read")
    connection = await asyncpg.connect(settings.database)
    (row,) = await connection.fetch("select * from gateway.api_keys")
    await connection.close()
    assert (row["id"], row["tenant"], row["scopes"]) == (key["id"], "acme", ["appointments:read"])
    assert key["key"].rpartition("_")[2] not in str(dict(row))


async def test_while_kafka_is_away_commands_are_refused_at_once_and_readyz_says_why(
    postgres: Postgres, kafka: str, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    away = settings.model_copy(update={"kafka": "127.0.0.1:1"})
    health = Health(*AWAITED)
    app = application(opened(away, health), health)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            ready = await client.get("/readyz")
            assert ready.status_code == 503
            assert {"commands", "outcomes"} <= set(ready.json()["hindrances"])
            refused = await client.post(
                "/ops/tenants",
                json={"id": "acme", "name": "Acme"},
                headers={"Authorization": f"Bearer {OPERATOR_KEY}", "Idempotency-Key": "t-1"},
            )
    assert refused.headers["Idempotency-Key"] == "t-1"
    assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (503, "unavailable", "1")


async def test_an_outcome_that_repeats_or_belongs_to_nobody_disturbs_nothing(
    kafka: str, postgres: Postgres, topic_prefix: str
) -> None:
    settings = await gateway_settings(kafka, postgres, topic_prefix)
    stranger = {"id": "x", "source": "front-desk", "type": "CheckIn", "tenant": "acme", "headers": {}}
    async with served(settings) as edge, scripted_booking(settings, accept):
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as writer:
            for _ in range(3):
                await publish_outcome(settings, writer, stranger, {}, 1)
                await writer.send_and_wait(settings.topics.outcomes, b"not json", partition=0)
        key = (await edge.new_key("acme"))["key"]
        assert [(await book(edge, key)).status_code for _ in range(3)] == [200] * 3
