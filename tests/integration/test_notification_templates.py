"""Templates over HTTP, kept in PostgreSQL: a tenant's own words, tried before they are kept, and nobody else's."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from eventlog.memory import MemoryLog
from eventlog.vault import Vault
from kit.identity import HEADER, sign
from kit.settings import Settings
from notification import desk
from notification.app import SCHEMA, edge
from notification.rendering import Mailbox, Template
from notification.rendering.shipped import shipped
from notification.rows import Row
from notification.sending.recipients import Recipient
from notification.sources import Sources
from notification.stationery import OurStationery
from notification.templates import Place, Templates
from notification.unsubscribing import PATH, read
from projections.checkpoints import open_pool
from projections.freshness import Freshness
from projections.model import Pool
from stack import Postgres

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
SETTINGS = Settings(internal_key=SecretStr("internal"), public_url="https://book.example.com/")
BOOKED = "/v1/notifications/templates/booked/en"
OWN = {"subject": "See you, {{ recipient.name }}", "text": "{{ start.full }}", "html": "<p>{{ start.full }}</p>"}


@pytest.fixture
async def pool(postgres: Postgres) -> AsyncIterator[Pool]:
    opened = await open_pool(await postgres.with_schemas("eventlog", "notification"), SCHEMA, size=2)
    yield opened
    await opened.close()


@pytest.fixture
async def templates(pool: Pool) -> Templates:
    made = Templates(pool)
    await made.refresh()
    return made


@pytest.fixture
async def client(pool: Pool, templates: Templates) -> AsyncIterator[httpx.AsyncClient]:
    app = edge(SETTINGS)
    log, vault = MemoryLog(), Vault(b"k" * 32)

    async def no_marks() -> dict[int, Any]:
        return {}

    app.state.sources = sources = Sources(pool, log, vault, Freshness(no_marks), lambda: NOW, 12)
    app.state.suppress = lambda tenant, key, why: desk.suppress_key(sources, tenant, key, why)
    app.state.templates = templates
    headers = {HEADER: sign("internal", "acme", ["supply:write"], "key")}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://service", headers=headers
    ) as asking:
        yield asking


async def test_a_template_is_the_shipped_one_until_the_tenant_writes_its_own(client: httpx.AsyncClient) -> None:
    before = (await client.get(BOOKED)).json()
    assert (before["shipped"], before["changed_at"]) == (True, None)
    assert before["text"] == shipped("booked", "customer", "email", "en").text
    put = await client.put(BOOKED, json=OWN)
    assert put.status_code == 200, put.text
    after = (await client.get(BOOKED)).json()
    assert after == put.json()
    assert after == {"kind": "booked", "language": "en", "audience": "customer", "channel": "email", "shipped": False,
                     "changed_at": "2026-03-01T09:00:00Z", **OWN}  # fmt: skip
    assert (await client.delete(BOOKED)).status_code == 204
    assert (await client.get(BOOKED)).json() == before
    assert (await client.delete(BOOKED)).status_code == 404


async def test_each_audience_channel_and_language_has_its_own(client: httpx.AsyncClient, templates: Templates) -> None:
    await client.put(f"{BOOKED}?audience=staff&channel=sms", json={"text": "New: {{ service.name }}"})
    assert templates.own(Place("acme", "booked", "staff", "sms", "en")) == Template(text="New: {{ service.name }}")
    assert templates.own(Place("acme", "booked", "customer", "sms", "en")) is None
    assert templates.own(Place("acme", "booked", "staff", "sms", "de")) is None
    assert templates.own(Place("other", "booked", "staff", "sms", "en")) is None
    listed = (await client.get("/v1/notifications/templates")).json()["items"]
    assert len(listed) == 11 * 2 * 2 * 2
    assert [(one["kind"], one["audience"], one["channel"]) for one in listed if not one["shipped"]] == [
        ("booked", "staff", "sms")
    ]


async def test_every_fault_is_named_with_its_part_and_line_and_nothing_is_kept(client: httpx.AsyncClient) -> None:
    bad = {"subject": "{{ nobody }}", "text": "fine\n\n{{ ''.__class__ }}", "html": "<p>\n{% for a in staff %}"}
    refused = await client.put(BOOKED, json=bad)
    assert refused.status_code == 422
    said = refused.json()
    assert (said["code"], said["field"], said["line"]) == ("invalid_command", "subject", 1)
    assert "nobody" in said["detail"]
    assert [(fault["part"], fault["line"]) for fault in said["faults"]] == [("subject", 1), ("text", 3), ("html", 2)]
    assert (await client.get(BOOKED)).json()["shipped"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/notifications/templates/birthday/en", OWN, "kind"),
        ("/v1/notifications/templates/booked/fr", OWN, "language"),
        (f"{BOOKED}?audience=everybody", OWN, "audience"),
        (f"{BOOKED}?channel=pigeon", OWN, "channel"),
        (BOOKED, OWN | {"colour": "red"}, "colour"),
        (BOOKED, {"subject": "s"}, "text"),
        (BOOKED, {"subject": "s", "text": "x" * 70_000}, "text"),
        (BOOKED, {"subject": "s", "text": 3}, "text"),
    ],
)
async def test_what_cannot_be_a_template_is_refused(
    client: httpx.AsyncClient, path: str, body: dict[str, Any], field: str
) -> None:
    refused = await client.put(path, json=body)
    assert (refused.status_code, refused.json()["field"]) == (400, field)


async def test_a_preview_fills_a_sample_and_keeps_nothing(client: httpx.AsyncClient) -> None:
    seen = (await client.post(f"{BOOKED}/preview", json=OWN)).json()
    assert seen["subject"] == "See you, Joe Doe"
    assert seen["text"] == "Monday, March 2, 2026, 10:00 AM (Eastern Standard Time)\n"
    assert (await client.post(f"{BOOKED}/preview", json=OWN | {"text": "{{ 1 + 1 }}"})).status_code == 422
    assert (await client.get(BOOKED)).json()["shipped"]


async def test_a_caller_whom_the_gateway_has_not_signed_sees_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.get(BOOKED, headers={HEADER: "forged"})).status_code == 401
    assert (await client.put(BOOKED, json=OWN, headers={HEADER: "forged"})).status_code == 401


async def test_another_process_learns_of_every_change(pool: Pool, client: httpx.AsyncClient) -> None:
    other, place = Templates(pool), Place("acme", "booked", "customer", "email", "en")
    await other.refresh()
    for text in ("one", "two"):
        await client.put(BOOKED, json={"subject": "s", "text": text})
        await other.refresh()
        assert other.own(place) == Template(subject="s", text=text)
    await client.delete(BOOKED)
    await other.refresh()
    assert other.own(place) is None


def row(kind: str, channel: str = "email") -> Row:
    members: dict[str, Any] = dict.fromkeys(Row._fields)
    return Row(**members | {"tenant": "acme", "kind": kind, "channel": channel})


async def test_the_stationery_is_the_tenants_own_and_a_reminder_can_be_ended(
    client: httpx.AsyncClient, templates: Templates
) -> None:
    stationery = OurStationery(SETTINGS, templates, lambda tenant, address: f"key of {tenant}")
    await client.put(BOOKED, json=OWN)
    assert stationery.own("acme", "booked", "customer", "email", "en") == Template(**OWN)
    assert stationery.own("acme", "booked", "customer", "sms", "en") is None
    assert stationery.sender("Acme") == Mailbox("no-reply@localhost.localdomain", "Acme")
    joe = Recipient("joe@example.com", "Joe", "de-AT")
    link = stationery.links(row("reminder"), joe)["unsubscribe"]
    assert link.startswith(f"https://book.example.com{PATH}/")
    assert read("internal", link.rpartition("/")[2]) == ("acme", "key of acme", "de")
    assert stationery.links(row("booked"), joe) == {}
    assert stationery.links(row("reminder", "sms"), joe) == {}


async def test_following_a_reminders_link_suppresses_its_address_however_often(
    client: httpx.AsyncClient, templates: Templates
) -> None:
    stationery = OurStationery(SETTINGS, templates, lambda tenant, address: "5f3a")
    link = stationery.links(row("reminder"), Recipient("joe@example.com"))["unsubscribe"]
    path = link.removeprefix("https://book.example.com")
    assert (await client.get("/v1/notifications/suppressions")).json()["items"] == []
    assert (await client.get(path)).status_code == 200
    assert (await client.get("/v1/notifications/suppressions")).json()["items"] == [], "looking is not leaving"
    for _ in range(2):
        answer = await client.post(path, data={"List-Unsubscribe": "One-Click"}, headers={HEADER: ""})
        assert answer.status_code == 200
    [entry] = (await client.get("/v1/notifications/suppressions")).json()["items"]
    assert (entry["id"], entry["address"], entry["reason"]) == ("sup_5f3a", None, "unsubscribed")
