"""booking over HTTP: outcomes from the inbox for whom the gateway names, and what operators see and may do."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from booking.app import Booking
from kit.identity import HEADER, sign
from stack import Postgres
from stack_clinic import TENANT, Clinic, book, open_clinic


@pytest.fixture(scope="module")
async def running(kafka: str, postgres: Postgres) -> AsyncIterator[tuple[Clinic, Booking]]:
    async with open_clinic(kafka, postgres) as opened, opened.booking() as parts:
        await opened.set_up()
        yield opened, parts


@pytest.fixture
async def clinic(running: tuple[Clinic, Booking]) -> Clinic:
    return running[0]


@pytest.fixture
async def http(running: tuple[Clinic, Booking]) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=running[1].app)
    async with httpx.AsyncClient(transport=transport, base_url="http://booking") as client:
        yield client


def as_(tenant: str | None, *scopes: str, key: str = "internal") -> dict[str, str]:
    return {HEADER: sign(key, tenant, scopes, "key-1")}


class Who:
    """A caller, signed for only when it asks: a signature is good for a minute."""

    def __init__(self, tenant: str | None, *scopes: str, key: str = "internal") -> None:
        self.tenant, self.scopes, self.key = tenant, scopes, key


async def test_the_outcome_of_a_command_is_answered_from_the_inbox(clinic: Clinic, http: httpx.AsyncClient) -> None:
    outcome = await clinic.ask("BookAppointment", book("10:00"), id="asked/for?", source="web")
    answer = await http.get("/commands/asked%2Ffor%3F", params={"source": "web", "tenant": TENANT}, headers=as_(TENANT))
    assert (answer.status_code, answer.json()) == (200, outcome)
    assert answer.headers["slotkeeper-position"] == outcome["position"]


@pytest.mark.parametrize(
    ("path", "query", "who", "status"),
    [
        ("/commands/mine", {"source": "web"}, Who(TENANT), 200),
        ("/commands/mine", {"source": "web", "tenant": TENANT}, Who(None, "ops"), 200),
        ("/commands/mine", {"source": "web"}, Who("other"), 404),
        ("/commands/mine", {"source": "web", "tenant": TENANT}, Who("other"), 404),
        ("/commands/mine", {"source": "web", "tenant": TENANT}, Who(None), 404),
        ("/commands/mine", {"source": "elsewhere"}, Who(TENANT), 404),
        ("/commands/nul%00", {"source": "web"}, Who(TENANT), 404),
        ("/commands/mine", {}, Who(TENANT), 400),
        ("/commands/mine", {"source": "web"}, None, 401),
        ("/commands/mine", {"source": "web"}, Who(TENANT, key="forged"), 401),
        ("/ops/partitions", {}, Who(TENANT), 403),
        ("/ops/partitions", {}, Who(None, "ops"), 200),
        ("/ops/dead", {"limit": 0}, Who(None, "ops"), 400),
    ],
)
async def test_only_the_tenant_itself_and_operators_are_answered(
    clinic: Clinic, http: httpx.AsyncClient, path: str, query: dict[str, Any], who: Who | None, status: int
) -> None:
    await clinic.send("BookAppointment", book("12:00"), id="mine")
    await clinic.outcome("mine", copies=1)
    answer = await http.get(path, params=query, headers=as_(who.tenant, *who.scopes, key=who.key) if who else {})
    assert answer.status_code == status, answer.text
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"


async def test_operators_see_every_partition(clinic: Clinic, http: httpx.AsyncClient) -> None:
    await clinic.ask("BookAppointment", book("13:00"))
    items = (await http.get("/ops/partitions", headers=as_(None, "ops"))).json()["items"]
    assert [item["partition"] for item in items] == list(range(clinic.settings.partitions))
    own = items[clinic.part()]
    assert (own["mine"], own["refused"]) == (True, None)
    assert own["owner"].startswith("a#")
    assert own["position"] == len(await clinic.records(None))


async def test_operators_list_dead_letters_and_send_them_again(clinic: Clinic, http: httpx.AsyncClient) -> None:
    await clinic.ask("BookAppointment", b"{", id="broken")
    items = (await http.get("/ops/dead", params={"tenant": TENANT}, headers=as_(None, "ops"))).json()["items"]
    assert (items[0]["id"], items[0]["code"], "value" in items[0]) == ("broken", "invalid_command", False)
    place = {"partition": items[0]["partition"], "offset": items[0]["offset"]}
    answer = await http.post("/ops/dead/redrive", json=place, headers=as_(None, "ops"))
    assert answer.json() == {"command_id": "broken~1"}
    assert (await clinic.outcome("broken~1"))["error"]["code"] == "invalid_command", "still broken, and so answered"
    gone = await http.post("/ops/dead/redrive", json=place | {"offset": 10**6}, headers=as_(None, "ops"))
    assert gone.status_code == 404


async def test_it_is_alive_ready_and_counts(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"ready": True, "hindrances": {}}
    assert "slotkeeper_outcomes_total" in (await http.get("/metrics")).text
