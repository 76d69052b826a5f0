"""Through the front door: a booking over HTTP is mailed, shown and sent again, and addresses are let off reminders."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local import mail
from local.secret import secrets_of
from local.stack import Stack

SECONDS = 30
START = (datetime.now(UTC) + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)
TENANT = {"Slotkeeper-Tenant": "acme"}
SUPPLY = (
    ("/v1/locations/main", {"name": "Main Street", "tz": "UTC", "primary": True}),
    ("/v1/services/cut", {"name": "Haircut", "duration_minutes": 30}),
    ("/v1/resources/ann", {"kind": "staff", "name": "Ann Lee", "email": "ann@example.com"}),
    ("/v1/resources/ann/schedule", {"weekly": [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                                                "start": "00:00", "end": "24:00"}]}),
    ("/v1/policies", {"reminders": [{"audience": "customer", "channel": "email", "offset_minutes": 60}]}),
)  # fmt: skip


@pytest.fixture
async def client(site: Stack) -> AsyncIterator[httpx.AsyncClient]:
    await asyncio.to_thread(mail.start, site.home, {})
    await asyncio.gather(*(asyncio.to_thread(site.start_service, name) for name in
                           ("booking", "availability", "notification", "gateway")))  # fmt: skip
    key = secrets_of(site.home)["operator_key"]
    headers = {"Authorization": f"Bearer {key}", **TENANT}
    async with httpx.AsyncClient(base_url=site.url("gateway"), headers=headers, timeout=20) as made:
        await _done(made, "POST", "/v1/commands", {"type": "DefineTenant", "data": {"id": "acme", "name": "Acme"}})
        for path, body in SUPPLY:
            await _done(made, "PUT", path, body)
        yield made


async def _done(client: httpx.AsyncClient, method: str, path: str, body: Any = None) -> Any:
    answer = await client.request(method, path, json=body)
    assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


async def _caught(site: Stack, count: int) -> list[mail.Caught]:
    async with asyncio.timeout(SECONDS):
        while len(found := mail.caught(mail.folder(site.home))) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


async def test_a_booking_is_mailed_shown_and_sent_again(client: httpx.AsyncClient, site: Stack) -> None:
    joe = {"name": "Joe Doe", "email": "joe@example.com"}
    wanted = {"service_id": "cut", "start": START.isoformat(), "customer": joe}
    booked = await _done(client, "POST", "/v1/appointments", wanted)
    caught = await _caught(site, 2)
    assert {one.to[0] for one in caught} == {"ann@example.com", "joe@example.com"}
    path = f"/v1/appointments/{booked['appointment']['id']}/notifications?after={booked['position']}"
    items = (await _done(client, "GET", path))["items"]
    assert [(one["kind"], one["audience"], one["channel"]) for one in items if one["kind"] == "reminder"] == [
        ("reminder", "customer", "email")
    ]
    await _send_again(client, site, booked["appointment"]["id"], items)
    await _suppress(client)


async def _send_again(client: httpx.AsyncClient, site: Stack, id: str, items: list[dict[str, Any]]) -> None:
    [row] = [one for one in items if (one["kind"], one["audience"]) == ("booked", "customer")]
    async with asyncio.timeout(SECONDS):
        again = {"notification_id": row["id"]}
        while (await client.post("/v1/notifications/attempts/resend", json=again)).status_code == 409:
            """Its mail is in, and that is not written down yet."""
    await _caught(site, 3)
    attempts = await _done(client, "GET", f"/v1/notifications/attempts?appointment_id={id}&limit=1")
    assert len(attempts["items"]) == 1
    assert attempts["next"] is not None


async def _suppress(client: httpx.AsyncClient) -> None:
    entry = await _done(client, "POST", "/v1/notifications/suppressions", {"address": "joe@example.com"})
    again = await client.post("/v1/notifications/suppressions", json={"address": "JOE@example.com"})
    assert (again.status_code, again.json()["id"]) == (200, entry["id"])
    listed = (await _done(client, "GET", "/v1/notifications/suppressions"))["items"]
    assert [one["id"] for one in listed] == [entry["id"]]
    await _done(client, "DELETE", f"/v1/notifications/suppressions/{entry['id']}")
    assert (await _done(client, "GET", "/v1/notifications/suppressions"))["items"] == []
