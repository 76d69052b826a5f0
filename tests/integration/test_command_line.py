"""The command line against the whole of it: keys, tenants, files of commands, events; and how each of them ends."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from hooked import receiving, until
from hooks import made
from served_gateway import OPERATOR_KEY, SECONDS, Served
from stack import Postgres
from streams.topics import ensure_topics
from whole import clinic, haircut, whole

SLOTKEEPER = str(Path(sys.executable).with_name("slotkeeper"))


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class CommandLine:
    """Runs `slotkeeper` with the settings of the stack under test."""

    def __init__(self, edge: Served) -> None:
        own = edge.settings
        self.environment = os.environ | {
            "SLOTKEEPER_KAFKA": own.kafka,
            "SLOTKEEPER_TOPIC_PREFIX": own.topic_prefix,
            "SLOTKEEPER_PARTITIONS": str(own.partitions),
            "SLOTKEEPER_DATABASES": json.dumps(own.databases),
            "SLOTKEEPER_DATABASE": own.database,
            "SLOTKEEPER_OPERATOR_KEY": OPERATOR_KEY,
            "SLOTKEEPER_GATEWAY_URL": edge.url,
            "COLUMNS": "200",
        }

    async def start(self, *words: str, **settings: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            SLOTKEEPER, *words, env=self.environment | settings, stdout=pipe, stderr=pipe
        )

    async def __call__(self, *words: str, **settings: str) -> Ended:
        process = await self.start(*words, **settings)
        async with asyncio.timeout(SECONDS):
            out, err = await process.communicate()
        return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture(scope="module")
async def edge(kafka: str, postgres: Postgres) -> AsyncIterator[Served]:
    async with whole(kafka, postgres) as running, clinic(running):
        yield running


@pytest.fixture
def slotkeeper(edge: Served) -> CommandLine:
    return CommandLine(edge)


def written(path: Path, *items: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in items))
    return path


def customer(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "type": "RegisterCustomer", "data": {"email": f"p{number}@example.com"}} | more


async def test_a_tenant_gets_a_key_that_works_until_it_is_revoked(slotkeeper: CommandLine, edge: Served) -> None:
    made = await slotkeeper("tenants", "create", "Fresh Clinic", "--key", "--json")
    assert made.code == 0, made.err
    assert (made.json["id"], made.json["name"]) == ("fresh-clinic", "Fresh Clinic")
    async with edge.client(made.json["key"]) as client:
        assert (await client.post("/v1/customers", json={"name": "Joe"})).status_code == 201
    tenants = await slotkeeper("tenants", "list", "--json")
    assert {"id": "fresh-clinic", "name": "Fresh Clinic"}.items() <= tenants.json[-1].items()
    keys = await slotkeeper("keys", "list", "--tenant", "fresh-clinic", "--json")
    assert [one["id"] for one in keys.json] == [made.json["key_id"]]
    ended = await slotkeeper("keys", "revoke", made.json["key_id"])
    assert (ended.code, "ended" in ended.out) == (0, True)
    async with edge.client(made.json["key"]) as client:
        assert (await client.post("/v1/customers", json={"name": "Joe"})).status_code == 401


async def test_a_key_has_the_scopes_that_were_said(slotkeeper: CommandLine) -> None:
    made = await slotkeeper("keys", "create", "--tenant", "acme", "--scopes", "events:read,import", "--json")
    assert made.json["scopes"] == ["events:read", "import"]
    wrong = await slotkeeper("keys", "create", "--tenant", "acme", "--scopes", "dance")
    assert (wrong.code, "dance" in wrong.err, "next:" in wrong.err) == (2, True, True)


async def test_a_file_is_sent_summed_up_and_its_rejects_written_beside_it(
    slotkeeper: CommandLine, tmp_path: Path
) -> None:
    taken = [{"id": f"b{n}", "type": "BookAppointment", "data": haircut("10:00")} for n in range(2)]
    file = written(tmp_path / "day.ndjson", *map(customer, range(200)), *taken, customer(7, data={"colour": 1}))
    sent = await slotkeeper("send", str(file), "--tenant", "acme", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["results"] == {"accepted": 201, "slot_unavailable": 1, "unknown_field": 1}
    rejects = [orjson.loads(line) for line in (tmp_path / "day.ndjson.rejects.ndjson").read_bytes().splitlines()]
    assert [(one["line"], one["id_was"], one["error"]["code"]) for one in rejects] == [
        (202, "b1", "slot_unavailable"),
        (203, "c7", "unknown_field"),
    ]
    again = await slotkeeper("send", str(file), "--tenant", "acme", "--json")
    assert again.json == sent.json


async def test_sending_again_what_was_cut_off_decides_nothing_twice(slotkeeper: CommandLine, tmp_path: Path) -> None:
    half = written(tmp_path / "half.ndjson", *map(customer, range(1000, 1020)))
    whole_file = written(tmp_path / "whole.ndjson", *map(customer, range(1000, 1040)))
    await slotkeeper("send", str(half), "--tenant", "acme", "--source", "resumed")
    assert (await slotkeeper("send", str(whole_file), "--tenant", "acme", "--source", "resumed")).code == 0
    told = await slotkeeper("tail", "--tenant", "acme", "--from", "beginning", "--no-follow", "--json")
    sent = [json.loads(line) for line in told.out.splitlines()]
    assert len([one for one in sent if one["source"] == "resumed"]) == 40


async def test_a_mended_reject_is_another_command(slotkeeper: CommandLine, tmp_path: Path) -> None:
    start = haircut("11:00")
    items = [{"id": f"m{n}", "type": "BookAppointment", "data": start} for n in range(2)]
    await slotkeeper("send", str(written(tmp_path / "two.ndjson", *items)), "--tenant", "acme")
    rejects = tmp_path / "two.ndjson.rejects.ndjson"
    rejects.write_bytes(rejects.read_bytes().replace(b"T11:00", b"T12:00"))
    mended = await slotkeeper("send", str(rejects), "--tenant", "acme", "--json")
    assert mended.json["results"] == {"accepted": 1}
    assert mended.json["rejects"] is None


async def test_without_a_service_that_is_needed_it_ends_with_3_and_says_what_to_do(
    slotkeeper: CommandLine, tmp_path: Path
) -> None:
    file = written(tmp_path / "one.ndjson", customer(1))
    nowhere = "127.0.0.1:1"
    ended = [
        await slotkeeper("send", str(file), "--tenant", "acme", SLOTKEEPER_KAFKA=nowhere),
        await slotkeeper("tail", SLOTKEEPER_KAFKA=nowhere),
        await slotkeeper("tenants", "list", SLOTKEEPER_GATEWAY_URL=f"http://{nowhere}"),
        await slotkeeper("tail", "--no-follow", SLOTKEEPER_DATABASES='{"main": "postgresql://x@127.0.0.1:1/x"}'),
    ]
    assert [one.code for one in ended] == [3, 3, 3, 3], [one.err[-500:] for one in ended]
    assert all("next:" in one.err for one in ended)


async def test_wrong_words_end_with_2(slotkeeper: CommandLine, tmp_path: Path) -> None:
    ended = [
        await slotkeeper("send", str(tmp_path / "none.ndjson"), "--tenant", "acme"),
        await slotkeeper("tail", "--types", "Danced"),
        await slotkeeper("tail", "--from", "yesterday"),
        await slotkeeper("keys", "list", SLOTKEEPER_OPERATOR_KEY="sk_ops_wrong"),
        await slotkeeper("keys", "revoke", "nothing"),
        await slotkeeper("tenants", "create", "!!!"),
    ]
    assert [one.code for one in ended] == [2] * 6, [one.err[-300:] for one in ended]


async def test_commands_that_nobody_decides_end_with_1(slotkeeper: CommandLine, tmp_path: Path) -> None:
    """On other topics nobody listens."""
    prefix = f"t{os.urandom(6).hex()}"
    await ensure_topics(slotkeeper.environment["SLOTKEEPER_KAFKA"], prefix, 3)
    file = written(tmp_path / "one.ndjson", customer(1))
    ended = await slotkeeper(
        "send", str(file), "--tenant", "acme", "--patience", "1", "--json", SLOTKEEPER_TOPIC_PREFIX=prefix
    )
    assert (ended.code, ended.json["unanswered"]) == (1, 1)


async def test_tail_tells_what_was_and_then_what_comes(slotkeeper: CommandLine, tmp_path: Path) -> None:
    past = await slotkeeper("tail", "--from", "beginning", "--no-follow", "--types", "ServiceDefined")
    assert [line.split()[2:] for line in past.out.splitlines()] == [["acme", "ServiceDefined", "service/cut"]]
    position = past.out.split()[1]
    after = await slotkeeper("tail", "--from", position, "--no-follow", "--json")
    pos = int(position.partition(".")[2])
    assert orjson.loads(after.out.splitlines()[0])["pos"] == pos + 1
    following = await slotkeeper.start("tail", "--tenant", "acme", "--from", position, "--types", "CustomerRegistered")
    assert following.stdout is not None
    for number in range(5000, 5003):
        await slotkeeper("send", str(written(tmp_path / "c.ndjson", customer(number))), "--tenant", "acme")
    told: list[str] = []
    newest = await newest_customer(slotkeeper)
    async with asyncio.timeout(SECONDS):
        while newest not in {line.split()[1] for line in told}:
            told.append((await following.stdout.readline()).decode())
    following.terminate()
    await following.wait()
    positions = [int(line.split()[1].partition(".")[2]) for line in told]
    assert positions == sorted(set(positions))


async def newest_customer(slotkeeper: CommandLine) -> str:
    """The position of the newest registration."""
    words = ("--tenant", "acme", "--from", "beginning", "--no-follow", "--types", "CustomerRegistered")
    return (await slotkeeper("tail", *words)).out.splitlines()[-1].split()[1]


def remembered(folder: Path) -> list[str]:
    """The jobs that a call has begun and not seen the end of."""
    return [path.read_text() for path in folder.rglob("*.job")]


async def test_a_range_is_replayed_into_a_webhook(slotkeeper: CommandLine, edge: Served, tmp_path: Path) -> None:
    async with edge.client((await edge.new_key("acme"))["key"]) as client, receiving() as receiver:
        endpoint = await made(client, receiver.url(), types=["appointment.created"])
        await client.post("/v1/appointments", json=haircut("16:00"))
        await until(lambda: len(receiver.got) == 1)
        words = ["replay", "--from", endpoint["from"], "--tenant", "acme", "--into", f"webhook:{endpoint['id']}"]
        replayed = await slotkeeper(*words, SLOTKEEPER_HOME=str(tmp_path))
        assert (replayed.code, "1 deliveries" in replayed.out) == (0, True), replayed.err
        assert [one.id for one in receiver.got] == [receiver.got[0].id] * 2
        assert remembered(tmp_path) == []


async def test_a_replay_into_a_webhook_that_was_left_is_watched_again(
    slotkeeper: CommandLine, edge: Served, tmp_path: Path
) -> None:
    async with edge.client((await edge.new_key("acme"))["key"]) as client, receiving() as receiver:
        endpoint = await made(client, receiver.url(), types=["appointment.created"], **{"from": "beginning"})
        await client.post(f"/v1/webhooks/endpoints/{endpoint['id']}/pause")
        words = ["replay", "--from", "beginning", "--tenant", "acme", "--into", f"webhook:{endpoint['id']}"]
        left = await slotkeeper.start(*words, SLOTKEEPER_HOME=str(tmp_path))
        await until(lambda: any(remembered(tmp_path)))
        left.kill()
        await left.wait()
        await client.post(f"/v1/webhooks/endpoints/{endpoint['id']}/resume")
        assert (await slotkeeper(*words, SLOTKEEPER_HOME=str(tmp_path))).code == 0
        jobs = (await client.get("/v1/webhooks/replays")).json()["items"]
        assert [one["status"] for one in jobs if one["endpoint_id"] == endpoint["id"]] == ["done"]


async def test_a_replay_into_a_webhook_names_its_tenant_and_an_endpoint_of_it(
    slotkeeper: CommandLine, tmp_path: Path
) -> None:
    words = ["replay", "--from", "beginning", "--into", "webhook:ep_none"]
    ended = [
        await slotkeeper(*words, SLOTKEEPER_HOME=str(tmp_path)),
        await slotkeeper(*words, "--tenant", "acme", SLOTKEEPER_HOME=str(tmp_path)),
        await slotkeeper(*words, "--tenant", "acme", "--speed", "2", SLOTKEEPER_HOME=str(tmp_path)),
    ]
    assert [one.code for one in ended] == [2, 2, 2], [one.err[-300:] for one in ended]
    assert "no such endpoint" in ended[1].err
