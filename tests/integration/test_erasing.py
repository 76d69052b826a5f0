"""An erased person is unreadable in every process at once: also in those that had the key in memory."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from contracts.routing import part_of
from eventlog.restore import Erasure
from hearing import until
from served_gateway import Served, served
from stack import Postgres
from streams.erasures import erasures
from whole import clinic, haircut, whole

JOE = {"id": "joe", "name": "Joe Doe", "email": "joe@example.com", "phone": "+15550100"}


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running:
        yield running


@pytest.fixture(scope="module")
async def acme(edge: Served) -> AsyncIterator[httpx.AsyncClient]:
    async with clinic(edge) as client:
        yield client


async def booked(client: httpx.AsyncClient, customer: str, time: str) -> httpx.Response:
    wish = haircut(time, customer=JOE | {"id": customer, "email": f"{customer}@example.com"}, notes="Joe limps")
    answer = await client.post("/v1/appointments", json=wish)
    assert answer.status_code == 201, answer.text
    return answer


async def erase(client: httpx.AsyncClient, customer: str) -> str:
    """As of where."""
    answer = await client.post(f"/v1/customers/{customer}/erase")
    assert answer.status_code == 200, answer.text
    position: str = answer.json()["position"]
    return position


async def test_what_was_read_a_moment_ago_is_read_no_more(acme: httpx.AsyncClient) -> None:
    answer = await booked(acme, "joe", "09:00")
    about, command = answer.json()["appointment"]["id"], answer.json()["command_id"]
    asked = {"after": answer.json()["position"]}
    paths = ["/v1/customers/joe", f"/v1/appointments/{about}", f"/v1/appointments/{about}/history",
             "/v1/appointments?customer_id=joe", "/v1/events"]  # fmt: skip
    for path in paths:
        assert "Joe" in (await acme.get(path, params=asked)).text, path
    asked = {"after": await erase(acme, "joe")}
    for path in paths:
        found = await acme.get(path, params=asked)
        assert found.status_code == 200, found.text
        assert "Joe" not in found.text, path
        assert "joe@example" not in found.text, path
    assert (await acme.get("/v1/customers/joe", params=asked)).json()["erased"] is True
    then = await acme.get(f"/v1/appointments/{about}", params={"as_of": answer.json()["position"]})
    assert then.json()["customer"] == {"id": "joe", "name": None, "email": None, "phone": None}

    async def told_without_the_person() -> bool:
        return "Joe" not in (await acme.get(f"/v1/commands/{command}")).text

    await until(told_without_the_person)


async def test_a_gateway_that_had_the_key_in_memory_drops_it_too(edge: Served, acme: httpx.AsyncClient) -> None:
    answer = await booked(acme, "sue", "10:00")
    path = f"/v1/commands/{answer.json()['command_id']}"
    async with served(edge.settings) as second:
        headers = {"Authorization": acme.headers["Authorization"]}
        async with httpx.AsyncClient(base_url=second.url, headers=headers) as other:
            assert "Joe limps" in (await other.get(path)).text
            await erase(acme, "sue")

            async def dropped() -> bool:
                return "Joe limps" not in (await other.get(path)).text

            await until(dropped)


async def test_the_log_keeps_neither_key_nor_look_up(edge: Served, acme: httpx.AsyncClient) -> None:
    path = f"/v1/commands/{(await booked(acme, 'kim', '14:00')).json()['command_id']}"
    connection = await asyncpg.connect(edge.settings.databases["main"])
    try:
        assert await kept(connection, "kim") == (True, True)
        await erase(acme, "kim")
        assert await kept(connection, "kim") == (False, False)
    finally:
        await connection.close()
    async with served(edge.settings) as started_later:
        headers = {"Authorization": acme.headers["Authorization"]}
        async with httpx.AsyncClient(base_url=started_later.url, headers=headers) as other:
            assert "Joe limps" not in (await other.get(path)).text


async def kept(connection: asyncpg.Connection, customer: str) -> tuple[bool, bool]:
    """Whether there is a key, and a look-up."""
    key = await connection.fetchval("select wrapped from booking.keys where subject = $1", f"customer/{customer}")
    look_up = await connection.fetchval("select customer_id from booking.look_ups where customer_id = $1", customer)
    return bool(key), bool(look_up)


async def test_what_is_said_later_of_the_erased_is_not_kept(acme: httpx.AsyncClient) -> None:
    about = (await booked(acme, "ann", "11:00")).json()["appointment"]["id"]
    await erase(acme, "ann")
    cancelled = await acme.post(f"/v1/appointments/{about}/cancel", json={"reason": "Joe is ill"})
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["appointment"]["reasons"] == {}


async def test_a_dry_run_erases_nobody(acme: httpx.AsyncClient) -> None:
    answer = await booked(acme, "bob", "12:00")
    tried = await acme.post("/v1/customers/bob/erase?dry_run=true")
    assert tried.status_code == 200, tried.text
    assert (await acme.get("/v1/customers/bob", params={"after": answer.json()["position"]})).json()[
        "name"
    ] == "Joe Doe"
    await booked(acme, "bob", "12:30")


async def test_whoever_is_erased_is_on_the_list_that_a_restore_reads(edge: Served, acme: httpx.AsyncClient) -> None:
    await booked(acme, "tim", "13:00")
    await erase(acme, "tim")
    own = edge.settings
    listed = await erasures(own.kafka, own.topics.erasures, [part_of("acme", own.partitions)])
    assert Erasure("acme", "customer/tim") in listed
