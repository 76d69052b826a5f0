"""What operators do with a running stack: replay, move partitions, go back to a backup. In this order: the last one
stops the services and takes the database back.
"""

import asyncio
import signal
import time
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from copies import bring_back, databases, dump
from local.prepare import prepare_database, with_database
from local.progress import Quiet
from local.secret import ROLES, secrets_of
from local.services import SERVICES
from local.stack import Stack
from shop import Shop, booking, open_shop, tenant_in
from stack_clinic import until
from terminal import Terminal

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def shop(slotkeeper: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """In the last partition, opened after one in the first: so a replay has a pause to be killed in."""
    folder = tmp_path_factory.mktemp("shop")
    open_shop(slotkeeper, folder, tenant_in(0))
    time.sleep(0.5)
    opened = open_shop(slotkeeper, folder, tenant_in(11))
    assert opened.book("09:00", "10:00", "11:00")["results"] == {"accepted": 3}
    return opened


def everything(slotkeeper: Terminal) -> list[str]:
    return slotkeeper("tail", "--no-follow", "--from", "beginning", "--json").lines


# --- replay -------------------------------------------------------------------------------------------------------


async def test_a_replay_that_was_killed_goes_on_and_writes_nothing_twice(shop: Shop, tmp_path: Path) -> None:
    into = tmp_path / "log.ndjson"
    words = ["replay", "--from", "beginning", "--to", "now", "--into", str(into)]
    slowly = shop.slotkeeper.begun(*words, "--speed", "0.001")

    async def begun() -> bool:
        return into.is_file() and into.stat().st_size > 0

    await until(begun)
    slowly.kill()
    slowly.communicate(timeout=10)
    before = into.read_text().splitlines()
    assert 0 < len(before) < len(everything(shop.slotkeeper))
    shop.slotkeeper(*words)
    assert into.read_text().splitlines() == everything(shop.slotkeeper)


def test_a_replay_goes_from_one_bound_to_another(shop: Shop, tmp_path: Path) -> None:
    booked = shop.events("AppointmentBooked")
    first, last = booked[0], booked[-1]

    def replayed(start: str, end: str, *more: str) -> list[int]:
        into = tmp_path / f"{start[-6:]}.ndjson"
        words = ["--tenant", shop.tenant, "--types", "AppointmentBooked", "--into", str(into)]
        shop.slotkeeper("replay", "--from", start, "--to", end, *words)
        return [orjson.loads(line)["pos"] for line in into.read_text().splitlines()]

    assert replayed(f"{first['part']}.{first['pos']}", f"{last['pos']}") == [one["pos"] for one in booked[1:]]
    assert replayed("beginning", last["decided_at"]) == [one["pos"] for one in booked]
    assert replayed(last["decided_at"], "now") == []


async def test_a_replay_goes_into_a_topic_of_its_own_and_never_into_a_live_one(shop: Shop) -> None:
    words = ["replay", "--from", "beginning", "--tenant", shop.tenant]
    shop.slotkeeper(*words, "--into", "again")
    records = await on_topic(shop.slotkeeper.stack.kafka, "again", shop.part)
    assert [orjson.loads(value) for value in records] == shop.events()
    shop.slotkeeper(*words, "--into", f"{shop.slotkeeper.stack.topic_prefix}.events", code=2)
    shop.slotkeeper("replay", "--from", "noon", "--into", "again", code=2)


async def on_topic(kafka: str, topic: str, part: int) -> list[bytes]:
    place = TopicPartition(topic, part)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([place])
        ends, found = await consumer.end_offsets([place]), []
        async with asyncio.timeout(30):
            while await consumer.position(place) < ends[place]:
                found += [record.value for record in (await consumer.getmany(timeout_ms=300)).get(place, [])]
        return found
    finally:
        await consumer.stop()


# --- partitions ---------------------------------------------------------------------------------------------------


def test_a_partition_moves_to_another_database_and_back_while_commands_go_on(shop: Shop) -> None:
    stack = shop.slotkeeper.stack
    passwords = {role: secrets_of(stack.home)[f"password_{role}"] for role in ROLES}
    prepare_database(stack.admin, "second", passwords, Quiet())
    both = shop.slotkeeper.with_settings(DATABASES=databases(stack, main=stack.database, second="second"))
    restarted(stack, second="second")
    for there, times in (("second", ("12:00", "12:30")), ("main", ("13:00", "13:30"))):
        sending = both.begun("send", str(file_of(shop, *times)), "--tenant", shop.tenant, "--json")
        both("partitions", "place", str(shop.part), there)
        out, err = sending.communicate(timeout=60)
        assert orjson.loads(out)["results"] == {"accepted": 2}, err
        places = {one["partition"]: one["database"] for one in both("partitions", "list", "--json").json}
        assert places == dict.fromkeys(range(12), "main") | {shop.part: there}
        assert both("verify", "--json").json["violation"] is None
    both("partitions", "place", str(shop.part), "third", code=2)
    restarted(stack)


def file_of(shop: Shop, *times: str) -> Path:
    file = shop.folder / f"{times[0].replace(':', '')}.ndjson"
    items = [{"id": f"move-{time}", "type": "BookAppointment", "data": booking(time)} for time in times]
    file.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in items))
    return file


def restarted(stack: Stack, **further: str) -> None:
    """The services again, told of these databases beside the first."""
    for service in reversed(SERVICES):
        stack.stop_service(service)
    for service in SERVICES:
        known: dict[str, str] = orjson.loads(stack.environment(service)["SLOTKEEPER_DATABASES"])
        known |= {name: with_database(known["main"], database) for name, database in further.items()}
        stack.start_service(service, extra={"SLOTKEEPER_DATABASES": orjson.dumps(known).decode()})


# --- restore ------------------------------------------------------------------------------------------------------


async def test_after_an_older_backup_a_new_era_begins_and_no_event_id_is_used_twice(shop: Shop) -> None:
    slotkeeper, stack = shop.slotkeeper, shop.slotkeeper.stack
    dump(stack, shop.folder / "backup.dump")
    known = shop.events()
    joe = shop.events("CustomerRegistered")[0]["data"]["id"]
    assert shop.send([("erase", "EraseCustomer", {"customer_id": joe})])["results"] == {"accepted": 1}
    assert shop.book("15:00", "15:30")["results"] == {"accepted": 2}
    void = shop.events()[len(known) :]
    for service in reversed(SERVICES):
        stack.stop_service(service)
    await bring_back(stack, shop.folder / "backup.dump", stack.database)
    assert await has_key(shop, joe), "the backup is of before"
    await refuses(stack)
    stack.stop_service("booking", signal.SIGTERM)
    said = slotkeeper("restore").out
    assert f"partition {shop.part}: era 2 from position {known[-1]['pos']}" in said
    assert "no new era" in slotkeeper("restore").out
    assert not await has_key(shop, joe), "who was erased since stays so"
    slotkeeper("up")
    assert shop.book("16:00")["results"] == {"accepted": 1}
    now = shop.events()
    assert now[: len(known)] == known
    assert {one["era"] for one in now[len(known) :]} == {2}
    assert not {one["event_id"] for one in void} & {one["event_id"] for one in now}
    assert slotkeeper("verify", "--json").json["violation"] is None
    assert len(taken(shop)) == len([one for one in now if one["type"] == "AppointmentBooked"])


async def has_key(shop: Shop, customer_id: str) -> bool:
    """Whether the log holds what opens the customer's personal members."""
    connection = await asyncpg.connect(shop.slotkeeper.stack.site.database, timeout=10)
    try:
        sql = "select wrapped from booking.keys where tenant = $1 and subject = $2"
        return bool(await connection.fetchval(sql, shop.tenant, f"customer/{customer_id}"))
    finally:
        await connection.close()


async def refuses(stack: Stack) -> None:
    """booking starts, is not ready, and says what to do."""
    where = stack.start_service("booking", wait=False)

    async def says() -> bool:
        async with httpx.AsyncClient() as client:
            try:
                answer = await client.get(f"{where}/readyz")
            except httpx.TransportError:
                return False
        return answer.status_code == 503 and "slotkeeper restore" in answer.text

    await until(says)


def taken(shop: Shop) -> list[dict[str, Any]]:
    bearer = {"Authorization": f"Bearer {shop.key}"}
    answer = httpx.get(f"{shop.slotkeeper.stack.url('gateway')}/v1/appointments", headers=bearer, timeout=30)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
