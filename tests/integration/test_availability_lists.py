"""Lists, single things and events over HTTP: filters, cursors over a stable snapshot, tokens, refusals by field."""

import random
from typing import Any

import pytest
from msgspec.structs import replace

import samples
from asking import Asking, Office, asking
from contracts import commands as c
from eventlog.log import KeyRow
from eventlog.vault import Vault, seal_event
from read_model import MASTER_KEY, open_clinic, random_history, random_step, reading, write

AVAILABILITY = {"service_id": "cut", "from_": "2026-03-02", "to": "2026-03-04"}


async def pages(asker: Asking, path: str, **params: Any) -> list[dict[str, Any]]:
    """All items of all pages."""
    items, following = [], None
    while True:
        body = await asker.answer(path, **params, cursor=following)
        items += body["items"]
        if (following := body["next"]) is None:
            return items


# --- lists --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sort", ["start", "-start", "created_at", "-created_at"])
async def test_pages_together_are_the_list_in_order(postgres: Any, sort: str) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 150)).publish()
        whole = await asker.answer("/v1/appointments", sort=sort, limit=500, total=True)
        paged = await pages(asker, "/v1/appointments", sort=sort, limit=4)
        assert paged == whole["items"]
        assert whole["total"] == len(paged) == len({one["id"] for one in paged}) > 20
        keys = [(one[sort.strip("-")], one["id"]) for one in paged]
        assert keys == sorted(keys, reverse=sort.startswith("-"))


async def test_a_cursor_goes_on_over_the_same_snapshot_while_writes_go_on(postgres: Any) -> None:
    chance, clinic = random.Random(3), random_history(1, 100)
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, clinic)
        await office.publish()
        whole = (await asker.answer("/v1/appointments", limit=500))["items"]
        body = await asker.answer("/v1/appointments", limit=5)
        items, position = body["items"], body["position"]
        while body["next"]:
            for _ in range(10):
                random_step(chance, clinic)
            await office.publish()
            body = await asker.answer("/v1/appointments", limit=5, cursor=body["next"])
            assert body["position"] == position
            items += body["items"]
        assert items == whole
        assert (await asker.answer("/v1/appointments", limit=500))["items"] != whole


async def test_pages_of_starts_together_are_all_starts(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(1, 60)).publish()
        whole = (await asker.answer("/v1/availability", **AVAILABILITY))["slots"]
        slots, following = [], None
        while True:
            body = await asker.answer("/v1/availability", **AVAILABILITY, limit=5, cursor=following)
            slots += body["slots"]
            if (following := body["next"]) is None:
                break
        assert slots == whole
        assert len(whole) > 10


async def test_filters_leave_just_what_matches(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, random_history(7, 200)).publish()
        every = await pages(asker, "/v1/appointments")
        customer = next(one["customer"]["id"] for one in every if one["customer"])
        expected = {
            ("resource_id", "ann"): [one for one in every if "ann" in [who["id"] for who in one["resources"]]],
            ("customer_id", customer): [one for one in every if (one["customer"] or {}).get("id") == customer],
            ("status", "cancelled"): [one for one in every if one["status"] == "cancelled"],
            ("location_id", "elsewhere"): [],
            ("service_id", "cut"): every,
            ("from_", "2026-03-03"): [one for one in every if one["start"] >= "2026-03-03"],
            ("to", "2026-03-03T12:00:00Z"): [one for one in every if one["start"] < "2026-03-03T12:00:00Z"],
        }
        for (name, value), wanted in expected.items():
            assert await pages(asker, "/v1/appointments", **{name: value}) == wanted, name
            assert (await asker.answer("/v1/appointments", **{name: value}, total=True, limit=1))["total"] == len(
                wanted
            )
        both = await pages(asker, "/v1/appointments", status=["cancelled", "expired"])
        assert both == [one for one in every if one["status"] in ("cancelled", "expired")] != []


async def test_local_dates_are_those_of_the_location(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic()
        clinic.accept(samples.location(tz="America/New_York"))
        clinic.accept(samples.book("tue 14:00"))
        await Office(here, clinic).publish()
        assert len(await pages(asker, "/v1/appointments", from_="2026-03-03T09:00", to="2026-03-03T09:01")) == 1
        assert len(await pages(asker, "/v1/appointments", from_="2026-03-03", to="2026-03-04")) == 1
        late = {"from_": "2026-03-03T09:00", "to": "2026-03-03T09:01", "tz": "Europe/Berlin"}
        assert await pages(asker, "/v1/appointments", **late) == []


# --- single things ------------------------------------------------------------------------------------------------


async def test_an_appointment_and_its_history(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic(samples.TENANT, "ann")
        stream = clinic.accept(samples.book("tue 10:00"))[-1].stream
        appointment_id = stream.removeprefix("appointment/")
        move = {"appointment_id": appointment_id, "start": samples.iso("wed 11:00"), "reason": "ill"}
        clinic.accept(samples.command(c.RescheduleAppointment, **move))
        await Office(here, clinic).publish()
        response = await asker.ask(f"/v1/appointments/{appointment_id}")
        body = response.json()
        assert response.headers["ETag"] == '"2"'
        assert (body["version"], body["start"]) == (2, "2026-03-04T11:00:00Z")
        assert body["position"] == response.headers["Slotkeeper-Position"]
        versions = (await asker.answer(f"/v1/appointments/{appointment_id}/history"))["versions"]
        assert [(one["version"], one["type"], one["reason"]) for one in versions] == [
            (1, "AppointmentBooked", None),
            (2, "AppointmentRescheduled", "ill"),
        ]
        assert versions[1]["appointment"] == body


async def test_a_customer_and_supply_by_id(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic()
        clinic.accept(samples.register(id="joe", name="Joe Doe", email="joe@example.com"))
        await Office(here, clinic).publish()
        customer = await asker.answer("/v1/customers/joe")
        assert (customer["name"], customer["email"]) == ("Joe Doe", "joe@example.com")
        assert (await asker.answer("/v1/locations/main"))["tz"] == "UTC"
        assert (await asker.answer("/v1/services/cut"))["duration_minutes"] == 30
        assert (await asker.answer("/v1/resources/bob"))["schedules"][0]["weekly"][0]["start"] == "09:00"
        assert [one["id"] for one in (await asker.answer("/v1/resources"))["items"]] == ["ann", "bob"]


async def test_what_was_booked_under_a_merged_id_is_listed_under_every_id_of_the_person(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic()
        office = Office(here, clinic)
        for id in ("joe", "sue", "pat"):
            clinic.accept(samples.register(id=id, name=id.title()))
        for start, id in (("10:00", "joe"), ("11:00", "sue"), ("12:00", "pat")):
            clinic.accept(samples.book(start, customer={"id": id}))
        await office.publish()
        before = (await asker.answer("/v1/appointments", customer_id="sue"))["position"]
        clinic.accept(samples.command(c.MergeCustomers, customer_id="joe", into="sue"))
        await office.publish()

        async def whose(customer_id: str, **more: Any) -> list[str]:
            items = (await asker.answer("/v1/appointments", customer_id=customer_id, **more))["items"]
            return [one["customer"]["id"] for one in items]

        assert await whose("sue") == await whose("joe") == ["joe", "sue"]
        assert await whose("pat") == ["pat"]
        assert await whose("none") == []
        assert await whose("sue", as_of=before) == ["sue"]
        joe = await asker.answer("/v1/customers/joe")
        assert (joe["id"], joe["name"], joe["merged_ids"]) == ("sue", "Sue", ["joe"])
        assert (await asker.answer("/v1/customers/joe", as_of=before))["id"] == "joe"


async def test_a_hold_is_shown_to_its_owner(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic()
        hold_id = clinic.accept(samples.hold_slot("tue 10:00", by="A"))[0].stream.removeprefix("appointment/")
        await Office(here, clinic).publish()
        assert (await asker.answer(f"/v1/holds/{hold_id}", owner="A"))["hold"]["extensions_left"] == 1
        assert await asker.refusal(f"/v1/holds/{hold_id}", owner="B") == (403, "hold_not_owner", None)


async def test_busy_time_is_cut_to_the_range_and_holds_are_tentative(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        clinic = open_clinic(samples.TENANT, "bob")
        clinic.accept(samples.book("tue 10:00"))
        clinic.accept(samples.hold_slot("tue 11:00"))
        away = {"start": samples.iso("tue 12:00"), "end": samples.iso("tue 13:00")}
        clinic.accept(samples.command(c.AddTimeOff, resource_id="bob", **away))
        await Office(here, clinic).publish()
        items = await asker.answer(
            "/v1/resources/bob/busy", from_=samples.iso("tue 10:10"), to=samples.iso("tue 12:30")
        )
        assert [(one["start"][11:16], one["end"][11:16], one["type"]) for one in items["items"]] == [
            ("10:10", "10:30", "busy"),
            ("11:00", "11:30", "tentative"),
            ("12:00", "12:30", "unavailable"),
        ]


# --- tenants and people -------------------------------------------------------------------------------------------


async def test_a_tenant_sees_only_its_own(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        for tenant in (samples.TENANT, "bravo"):
            await Office(here, random_history(1, 40, tenant)).publish()
        ours = await pages(asker, "/v1/appointments")
        assert await pages(asker, "/v1/appointments", tenant="bravo") != []
        await Office(here, open_clinic("delta")).publish()
        assert await pages(asker, "/v1/appointments", tenant="delta") == []
        path = f"/v1/appointments/{ours[0]['id']}"
        assert await asker.refusal(path, tenant="delta") == (404, "not_found", None)
        assert await asker.refusal(path + "/history", tenant="delta") == (404, "not_found", None)
        assert await asker.refusal("/v1/customers/x", tenant="delta") == (404, "customer_not_found", None)
        assert (await asker.answer("/v1/events", tenant="delta"))["items"] == []


class WithKeys:
    """A log whose vault has these key rows."""

    def __init__(self, log: Any, rows: list[KeyRow]) -> None:
        self._log, self.rows = log, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def keys(self, part: int, wanted: Any) -> list[KeyRow]:
        named = set(wanted)
        return [row for row in self.rows if (row.tenant, row.subject) in named]


async def test_personal_members_are_clear_over_http_and_null_once_their_key_is_gone(postgres: Any) -> None:
    async with reading(postgres) as here:
        clinic = open_clinic()
        clinic.accept(samples.register(id="joe", name="Joe Doe", email="joe@example.com"))
        vault = Vault(MASTER_KEY)
        rows = [vault.new_tenant_key(samples.TENANT)]
        rows.append(vault.ensure_subject(samples.TENANT, "joe") or rows[0])
        sealed = replace(clinic.records[-1], event=seal_event(vault, samples.TENANT, "joe", clinic.records[-1].event))
        await here.project(await write(here.log, [*clinic.records[:-1], sealed]))
        for keys, name in ((rows, "Joe Doe"), (rows[:1], None)):
            log: Any = WithKeys(here.log, keys)
            here.sources = type(here.sources)(
                here.pool, log, Vault(MASTER_KEY), here.freshness, here.clock, here.sources.partitions
            )
            async with asking(here) as asker:
                assert (await asker.answer("/v1/customers/joe"))["name"] == name
