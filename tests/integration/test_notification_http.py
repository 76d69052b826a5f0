"""What is asked of notifications over HTTP: rows with reasons, attempts by pages, refusals, an operator's replay."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from pydantic import SecretStr

import samples
from kit.identity import HEADER, sign
from kit.settings import Settings
from notification import desk
from notification.app import edge
from posting import CANCEL, Posting, posting, remind
from samples import book

KEY = "internal"


@asynccontextmanager
async def asking(here: Posting, tenant: str = samples.TENANT, *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
    app = edge(Settings(internal_key=SecretStr(KEY)))
    app.state.sources = here.sources
    app.state.suppress = lambda *said: desk.suppress_key(here.sources, *said)
    headers = {HEADER: sign(KEY, tenant, scopes, "key")}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://notification", headers=headers
    ) as made:
        yield made


def of(here: Posting) -> str:
    return f"/v1/appointments/{here.clinic.it}/notifications"


async def test_an_appointments_notifications_name_what_became_of_them(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here) as client:
        await here.happens(remind(60), book("15:00"))
        await here.sweeps()
        [*_, last] = await here.happens(CANCEL)
        answer = await client.get(of(here), params={"after": last.position})
        items = answer.json()["items"]
        assert [(one["kind"], one["status"], one["reason"], one["appointment_version"]) for one in items] == [
            ("booked", "sent", None, 1), ("reminder", "superseded", "cancelled", 1), ("cancelled", "planned", None, 2),
        ]  # fmt: skip
        assert [one["offset_minutes"] for one in items] == [None, 60, None]
        assert answer.headers["Slotkeeper-Position"] == last.position


async def test_another_tenants_appointment_is_not_there(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here, "other") as client:
        await here.happens(book("15:00"))
        assert (await client.get(of(here))).status_code == 404


async def test_attempts_come_page_by_page_newest_first(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here) as client:
        for minute, time in enumerate(("10:00", "11:00", "12:00")):
            here.at(f"08:0{minute}")
            await here.happens(book(time))
            await here.sweeps()
        first = (await client.get("/v1/notifications/attempts", params={"limit": 2})).json()
        rest = (await client.get("/v1/notifications/attempts", params={"limit": 2, "cursor": first["next"]})).json()
        found = [*first["items"], *rest["items"]]
        assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)
        assert len({one["notification_id"] for one in found}) == 3
        assert rest["next"] is None
        bad = await client.get("/v1/notifications/attempts", params={"cursor": "???"})
        assert (bad.status_code, bad.json()["field"]) == (400, "cursor")


async def test_sending_again_keeps_the_message_id_and_still_refuses_what_is_stale(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here) as client:
        await here.happens(book("15:00"))
        await here.sweeps()
        [row] = await here.rows(kind="booked")
        asked = {"notification_id": row["id"]}
        assert (await client.post("/v1/notifications/attempts/resend", json=asked)).status_code == 202
        await here.sweeps()
        assert len({mail["Message-ID"] for mail in here.mails()}) == 1
        assert len(here.mails()) == 2
        await here.happens(CANCEL)
        await client.post("/v1/notifications/attempts/resend", json=asked)
        while await here.sweeps():
            pass
        assert await here.status("booked") == [("superseded", "cancelled")]
        gone = await client.post("/v1/notifications/attempts/resend", json={"notification_id": "ntf_none"})
        assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_an_address_on_the_list_gets_no_reminders_until_it_is_taken_off(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here) as client:
        await here.happens(remind(60), book("13:00"), book("15:00"))
        entry = (await client.post("/v1/notifications/suppressions", json={"address": " Joe@Example.com "})).json()
        here.at("12:00")
        await here.sweeps()
        found = await client.get("/v1/notifications/suppressions", params={"address": "joe@example.com"})
        assert [one["id"] for one in found.json()["items"]] == [entry["id"]]
        assert (await client.delete(f"/v1/notifications/suppressions/{entry['id']}")).status_code == 204
        here.at("14:00")
        await here.sweeps()
        assert [row["status"] for row in await here.rows(kind="reminder")] == ["suppressed", "sent"]
        assert (await client.delete(f"/v1/notifications/suppressions/{entry['id']}")).status_code == 404


async def test_an_operator_may_have_people_told_of_what_was_imported_and_nobody_twice(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here, samples.TENANT, "ops") as client:
        here.clinic.accept(book("15:00"), imported=True)
        [*_, last] = await here.happens()
        assert await here.rows() == []
        wish = {"tenant": samples.TENANT, "from": f"{last.part}.0", "to": last.position, "imported": True}
        planned = [(await client.post("/ops/notifications/replay", json=wish)).json()["planned"] for _ in range(2)]
        assert planned == [1, 0]
        await here.sweeps()
        assert len(here.mails()) == 1


async def test_only_operators_may(postgres: Any) -> None:
    async with posting(postgres) as here, asking(here) as client:
        wish = {"tenant": samples.TENANT, "from": "0.0", "to": "0.1"}
        assert (await client.post("/ops/notifications/replay", json=wish)).status_code == 403
