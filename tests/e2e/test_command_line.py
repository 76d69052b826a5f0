"""Every command of `slotkeeper` against a running stack: what it does, what it prints, and how it ends."""

import signal
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from contracts.envelope import command_headers
from shop import DAY, Shop, booking, open_shop
from stack_clinic import until
from terminal import Terminal


@pytest.fixture(scope="module")
def shop(slotkeeper: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(slotkeeper, tmp_path_factory.mktemp("shop"))


def door(shop: Shop, key: str | None = None) -> httpx.Client:
    """HTTP as one who has that key."""
    bearer = {"Authorization": f"Bearer {key or shop.key}"}
    return httpx.Client(base_url=shop.slotkeeper.stack.url("gateway"), headers=bearer, timeout=30)


# --- the stack ----------------------------------------------------------------------------------------------------


def test_status_names_every_part_and_up_leaves_them_alone(slotkeeper: Terminal) -> None:
    before = slotkeeper("status", "--json").json
    services = {"booking", "availability", "webhook", "notification", "gateway"}
    assert {part["name"] for part in before} == {"postgres", "kafka", "mail"} | services
    assert all(part["ready"] for part in before)
    slotkeeper("up")
    assert slotkeeper("status", "--json").json == before


def test_status_ends_with_3_while_a_part_is_away(slotkeeper: Terminal) -> None:
    slotkeeper.stack.stop_service("availability", signal.SIGKILL)
    away = slotkeeper("status", "--json", code=3)
    assert [part["name"] for part in away.json if not part["ready"]] == ["availability"]
    slotkeeper("up", "--only", "availability")
    slotkeeper("status")


def test_doctor_finds_what_the_running_stack_needs(slotkeeper: Terminal) -> None:
    assert all(finding["met"] for finding in slotkeeper("doctor", "--json").json)


def test_wrong_words_end_with_2_and_a_stack_that_is_away_with_3(slotkeeper: Terminal) -> None:
    slotkeeper("rebuild", code=2)
    slotkeeper("tail", "--types", "NoSuchEvent", code=2)
    slotkeeper("explain", "noon", "--tenant", "nobody", "--service", "cut", code=2)
    slotkeeper.with_settings(GATEWAY_URL="http://127.0.0.1:1")("keys", "list", code=3)
    slotkeeper.with_settings(KAFKA="127.0.0.1:1")("tail", code=3)


# --- tenants and keys ---------------------------------------------------------------------------------------------


def test_a_tenant_is_made_and_listed_and_its_key_opens_the_door(shop: Shop) -> None:
    assert shop.tenant in {one["id"] for one in shop.slotkeeper("tenants", "list", "--json").json}
    with door(shop) as client:
        assert client.get("/v1/locations/main").json()["name"] == "Main Street"


def test_a_key_does_what_it_may_until_it_is_revoked(shop: Shop) -> None:
    slotkeeper = shop.slotkeeper
    words = ["--tenant", shop.tenant, "--name", "kiosk", "--scopes", "appointments:read", "--json"]
    made = slotkeeper("keys", "create", *words).json
    assert [one["name"] for one in slotkeeper("keys", "list", "--tenant", shop.tenant, "--json").json].count(
        "kiosk"
    ) == 1
    with door(shop, made["key"]) as client:
        assert client.get("/v1/appointments").status_code == 200
        assert client.post("/v1/appointments", json=booking("08:00")).status_code == 403
        slotkeeper("keys", "revoke", made["id"])
        assert client.get("/v1/appointments").status_code == 401
    slotkeeper("keys", "revoke", "nosuchkey", code=2)
    slotkeeper("keys", "create", "--tenant", shop.tenant, "--scopes", "everything", code=2)


# --- send and tail ------------------------------------------------------------------------------------------------


def test_a_file_of_commands_is_sent_and_what_was_refused_stands_beside_it(shop: Shop) -> None:
    file = shop.folder / "morning.ndjson"
    commands = [("m-1", "BookAppointment", booking("09:00")), ("m-2", "BookAppointment", booking("09:00"))]
    first = shop.slotkeeper.send(file, shop.tenant, [*commands, ("m-3", "BookAppointment", {})])
    assert first["results"] == {"accepted": 1, "slot_unavailable": 1, "invalid_command": 1}
    rejects = [orjson.loads(line) for line in Path(first["rejects"]).read_bytes().splitlines()]
    assert [(one["line"], one["id_was"], one["error"]["code"]) for one in rejects] == [
        (2, "m-2", "slot_unavailable"), (3, "m-3", "invalid_command"),
    ]  # fmt: skip
    before = shop.events()
    again = shop.slotkeeper("send", str(file), "--tenant", shop.tenant, "--json").json
    assert again == first, "sent again it is answered as before"
    assert shop.events() == before, "and nothing is done twice"


def test_a_table_of_commands_is_sent_too(shop: Shop) -> None:
    file = shop.folder / "people.csv"
    file.write_text("type,name,email\nRegisterCustomer,Ada Adams,ada@example.com\nRegisterCustomer,Bo,not an address\n")
    sent = shop.slotkeeper("send", str(file), "--tenant", shop.tenant, "--json").json
    assert sent["results"] == {"accepted": 1, "invalid_command": 1}
    assert shop.slotkeeper("send", str(file), "--tenant", shop.tenant, "--json").json == sent


def test_a_file_that_is_not_there_is_wrong_use(shop: Shop) -> None:
    shop.slotkeeper("send", str(shop.folder / "none.ndjson"), "--tenant", shop.tenant, code=2)


def test_tail_tells_events_as_they_come(shop: Shop) -> None:
    tail = shop.slotkeeper.begun("tail", "--tenant", shop.tenant, "--types", "AppointmentBooked", "--from", "beginning")
    try:
        assert tail.stdout
        shop.book("10:00")
        [*_, booked] = shop.events("AppointmentBooked")
        for line in tail.stdout:
            if f"{booked['part']}.{booked['pos']} " in line:
                break
        assert shop.tenant in line
        assert booked["stream"] in line
    finally:
        tail.kill()
        tail.communicate(timeout=10)


def test_tail_from_a_position_tells_what_came_after_it(shop: Shop) -> None:
    everything = shop.events()
    middle = everything[len(everything) // 2]
    words = ["--from", f"{middle['part']}.{middle['pos']}", "--tenant", shop.tenant]
    after = shop.slotkeeper("tail", "--no-follow", "--json", *words)
    assert [orjson.loads(line)["pos"] for line in after.lines] == [
        one["pos"] for one in everything if one["pos"] > middle["pos"]
    ]


# --- questions ----------------------------------------------------------------------------------------------------


def test_explain_names_the_event_that_stands_against_a_start(shop: Shop) -> None:
    shop.book("11:00")
    [*_, booked] = shop.events("AppointmentBooked")
    words = ["--tenant", shop.tenant, "--service", "cut", "--json"]
    taken = shop.slotkeeper("explain", f"{DAY}T11:00:00+00:00", *words, code=1)
    assert [blocker["event_id"] for blocker in taken.json["blockers"]] == [booked["event_id"]]
    assert shop.slotkeeper("explain", f"{DAY}T12:00:00+00:00", *words).json["offered"]


def test_what_was_answered_once_is_answered_again_after_further_writes(shop: Shop) -> None:
    query = {"service_id": "cut", "from": DAY, "to": "2031-03-04"}
    with door(shop) as client:
        given = client.get("/v1/availability", params=query)
        then = f"{given.json()['position']}@{given.json()['now']}"
        shop.book("13:00", "13:30", "14:00")
        assert len(client.get("/v1/availability", params=query).json()["slots"]) == len(given.json()["slots"]) - 3
        assert client.get("/v1/availability", params=query | {"as_of": then}).content == given.content
    words = ["--tenant", shop.tenant, "--service", "cut", "--day", DAY, "--json"]
    assert shop.slotkeeper("as-of", then, *words).json == given.json()
    shop.slotkeeper("as-of", "2099-01-01T00:00:00Z", *words, code=2)


# --- dead letters -------------------------------------------------------------------------------------------------


async def test_a_dead_letter_is_listed_and_sent_again_under_a_new_id(shop: Shop) -> None:
    assert letters(shop) == []
    await put(shop, "odd", b"not JSON at all")
    dead = await until_dead(shop, 1)
    assert (dead[0]["id"], dead[0]["code"]) == ("odd", "invalid_command")
    place = f"{dead[0]['partition']}:{dead[0]['offset']}"
    assert "odd~1" in shop.slotkeeper("dead", "redrive", place).out
    again = await until_dead(shop, 2)
    assert {one["id"] for one in again} == {"odd", "odd~1"}, "it is still not JSON"
    shop.slotkeeper("dead", "redrive", "here", code=2)
    shop.slotkeeper("dead", "redrive", f"{shop.part}:999999", code=2)


def letters(shop: Shop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.slotkeeper("dead", "list", "--tenant", shop.tenant, "--json").json
    return found


async def until_dead(shop: Shop, count: int) -> list[dict[str, Any]]:
    async def there() -> bool:
        return len(letters(shop)) >= count

    await until(there)
    return letters(shop)


async def put(shop: Shop, id: str, body: bytes) -> None:
    """A record on the topic of commands, whatever is in it."""
    producer = AIOKafkaProducer(bootstrap_servers=shop.slotkeeper.stack.kafka)
    await producer.start()
    try:
        headers = command_headers(id=id, source="web", type="BookAppointment")
        topic = f"{shop.slotkeeper.stack.topic_prefix}.commands"
        await producer.send_and_wait(topic, body, key=shop.tenant.encode(), partition=shop.part, headers=headers)
    finally:
        await producer.stop()
