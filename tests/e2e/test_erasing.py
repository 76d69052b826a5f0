"""A person comes in by every door, is told by mail and webhook, and is erased: then nothing anywhere says who it was.

Everything personal that is said of this person holds one word or one number, so a search for both finds whatever stays.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
from aiokafka import AIOKafkaProducer

from eventlog.restore import Erasure
from local.stack import Stack
from receivers import OK, Receiver, answering, receiving
from searching import places
from shop import DAY, Shop, open_shop
from stack_clinic import until
from streams.erasures import erasures
from streams.topics import make_topic
from terminal import Terminal

pytestmark = pytest.mark.timeout(300)

WORD, NUMBER = "Zebulon", "5550199877"
EMAIL = f"{WORD}@example.com"
WORDS = (WORD, NUMBER)
WHO = {"name": f"{WORD} Quux", "email": EMAIL, "phone": f"+1{NUMBER}"}
SAID = {"notes": f"{WORD} limps", "internal_notes": f"mind {WORD}", "custom_fields": {"pet": f"{WORD}'s dog"}}
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Desk:
    """The shop over HTTP, and whoever listens to it."""

    shop: Shop
    http: httpx.AsyncClient
    receiver: Receiver

    @property
    def stack(self) -> Stack:
        return self.shop.slotkeeper.stack

    async def post(self, path: str, body: Any = None, status: int | None = None) -> Any:
        answer = await self.http.post(path, json=body or {})
        assert answer.status_code == status if status else answer.is_success, answer.text
        return answer.json()

    async def read(self, path: str, after: str) -> Any:
        answer = await self.http.get(path, headers={"Slotkeeper-After": after})
        assert answer.is_success, answer.text
        return answer.json()

    async def erased(self) -> Any:
        """Whoever is erased through this desk; the outcome."""
        return await self.post(f"/v1/customers/{self.person}/erase", status=200)

    @property
    def person(self) -> str:
        return "person-1"


@pytest.fixture(scope="module")
async def desk(slotkeeper: Terminal, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    shop = await asyncio.to_thread(open_shop, slotkeeper, tmp_path_factory.mktemp("shop"))
    bearer = {"Authorization": f"Bearer {shop.key}"}
    url = slotkeeper.stack.url("gateway")
    async with (
        receiving(answering(OK)) as receiver,
        httpx.AsyncClient(base_url=url, headers=bearer, timeout=SECONDS) as client,
    ):
        desk = Desk(shop, client, receiver)
        await desk.post("/v1/webhooks/endpoints", {"url": receiver.url(), "types": ["*"]}, 201)
        yield desk


def at(time: str, **more: Any) -> dict[str, Any]:
    return {"service_id": "cut", "start": f"{DAY}T{time}:00Z", "resources": ["ann"]} | more


async def through_every_door(desk: Desk) -> list[str]:
    """The ids of the person's appointments."""
    known = {"id": desk.person}
    await desk.post("/v1/customers", known | WHO, 201)
    booked = await desk.post("/v1/appointments", at("09:00", customer=known, **SAID), 201)
    moving = f"/v1/appointments/{booked['appointment']['id']}"
    await desk.post(f"{moving}/reschedule", {"start": f"{DAY}T09:30:00Z", "reason": f"{WORD} overslept"})
    held = await desk.post("/v1/holds", at("10:00", customer=WHO), 201)
    hold = held["appointment"]["id"]
    await desk.post(f"/v1/holds/{hold}/confirm", {"customer": WHO, **SAID})
    await desk.post(f"/v1/appointments/{hold}/cancel", {"reason": f"{WORD} is ill"})
    overriding = at("09:30", customer=known, override=True, reason=f"{WORD} insists")
    over = await desk.post("/v1/appointments", overriding, 201)
    await desk.post(f"/v1/customers/{desk.person}/block", {"reason": f"{WORD} shouts"})
    await desk.post(f"/v1/customers/{desk.person}/unblock")
    await desk.post("/v1/appointments", at("09:30", customer=WHO, **SAID), 409)
    await desk.post("/v1/appointments?dry_run=true", at("11:00", customer=WHO, **SAID))
    wrong = at("11:30", customer={"email": f"{WORD} at home"})
    sent = await asyncio.to_thread(
        desk.shop.send,
        [("door", "BookAppointment", at("11:00", customer=WHO, **SAID)), ("wrong", "BookAppointment", wrong)],
    )
    assert sent["results"] == {"accepted": 1, "invalid_command": 1}
    return [booked["appointment"]["id"], hold, over["appointment"]["id"]]


async def mails(desk: Desk, address: str) -> list[Any]:
    told = await asyncio.to_thread(desk.shop.slotkeeper, "mail", "--to", address, "--json")
    found: list[Any] = orjson.loads(told.out)
    return found


def heard(desk: Desk) -> dict[str, list[Any]]:
    """What the receiver was told, by id."""
    told: dict[str, list[Any]] = {}
    for request in desk.receiver.requests:
        told.setdefault(request.header("webhook-id") or "", []).append(orjson.loads(request.body))
    return told


# --- the tests, in this order -----------------------------------------------------------------------------------------


async def test_the_search_finds_what_is_planted_in_a_table_a_topic_and_a_log(desk: Desk) -> None:
    stack, planted = desk.stack, "Ozymandias"
    connection = await asyncpg.connect(stack.site.database)
    await connection.execute("create table public.leak as select convert_to($1, 'utf8') as said", planted.upper())
    await make_topic(stack.kafka, f"{stack.topic_prefix}.leak", 1)
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka)
    await producer.start()
    await producer.send_and_wait(f"{stack.topic_prefix}.leak", b"", headers=[("x", planted.encode())])
    await producer.stop()
    log = stack.home.log("leak")
    log.write_text(f"said {planted}")
    try:
        found = await places(stack, planted)
        assert found == {"table public.leak", f"topic {stack.topic_prefix}.leak", "log leak.log"}
    finally:
        log.unlink()
        await connection.execute("drop table public.leak")
        await connection.close()


async def test_after_an_erasure_nothing_anywhere_names_the_person(desk: Desk) -> None:
    ids = await through_every_door(desk)

    async def told() -> bool:
        return len(heard(desk)) >= 8 and bool(await mails(desk, EMAIL))

    await until(told)
    assert {place.split()[0] for place in await places(desk.stack, *WORDS)} == {"mail"}, "sealed from the beginning"
    before = heard(desk)
    assert any(WORD in str(body) for [body] in before.values())

    outcome = await desk.erased()
    after = outcome["position"]
    await nothing_is_read(desk, ids, after)
    await the_same_ids_are_replayed_without_the_person(desk, before)

    async def thrown_away() -> bool:
        return not await mails(desk, EMAIL)

    await until(thrown_away)
    assert await places(desk.stack, *WORDS) == set()
    listed = await erasures(desk.stack.kafka, f"{desk.stack.topic_prefix}.erasures", range(desk.stack.partitions))
    assert Erasure(desk.shop.tenant, f"customer/{desk.person}") in listed


async def nothing_is_read(desk: Desk, ids: list[str], after: str) -> None:
    """Of any answer, of now or of then."""
    paths = [f"/v1/customers/{desk.person}", f"/v1/appointments?customer_id={desk.person}", "/v1/appointments"]
    paths += [f"/v1/appointments/{one}{more}" for one in ids for more in ("", "/history")]
    for path in [*paths, "/v1/events?limit=1000"]:
        answer = await desk.read(path, after)
        assert WORD not in str(answer), path
        assert NUMBER not in str(answer), path
    listed = await desk.read(f"/v1/appointments?customer_id={desk.person}", after)
    assert {one["customer"]["id"] for one in listed["items"]} == {desk.person}, "what is booked stays"
    then = await desk.http.get(f"/v1/appointments/{ids[0]}", params={"as_of": listed["items"][0]["position"]})
    assert then.is_success
    assert WORD not in then.text


async def the_same_ids_are_replayed_without_the_person(desk: Desk, before: dict[str, list[Any]]) -> None:
    endpoint = (await desk.http.get("/v1/webhooks/endpoints")).json()["items"][0]["id"]
    wish = {"endpoint_id": endpoint, "from": "beginning", "to": "now"}
    await desk.post("/v1/webhooks/replays", wish)

    async def again() -> bool:
        return all(len(bodies) > 1 for id, bodies in heard(desk).items() if id in before)

    await until(again)
    for bodies in heard(desk).values():
        assert WORD not in str(bodies[1:])


async def test_the_erased_id_is_nobodys_and_the_address_may_be_somebody_elses(desk: Desk) -> None:
    refused = await desk.post("/v1/appointments", at("14:00", customer={"id": desk.person}), 422)
    assert (refused["code"], refused["field"]) == ("customer_not_found", "customer.id")
    refused = await desk.post(f"/v1/customers/{desk.person}/erase", status=404)
    assert refused["code"] == "customer_not_found"
    anew = await desk.post("/v1/customers", {"email": EMAIL}, 201)
    assert anew["subject"]["id"] != desk.person
    tenant = ["--tenant", desk.shop.tenant]
    said = await asyncio.to_thread(desk.shop.slotkeeper, "erase", anew["subject"]["id"], *tenant)
    assert "is erased as of" in said.out
    await asyncio.to_thread(desk.shop.slotkeeper, "erase", anew["subject"]["id"], *tenant, code=2)


async def test_the_log_still_verifies_and_the_read_model_is_remade_the_same(desk: Desk) -> None:
    assert (await asyncio.to_thread(desk.shop.slotkeeper, "verify", "--json")).json["violation"] is None
    said = (await asyncio.to_thread(desk.shop.slotkeeper, "rebuild", "availability", "--dry-run")).out
    assert "the same as the live one" in said
