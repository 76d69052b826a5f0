"""Lists of sessions and of who waits, whom they name, the events feed, and the rebuild of it all (P5)."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

import samples
from asking import Office, asking
from availability import store
from availability.store import DiaryModel
from contracts import commands as c
from contracts.public_events import bodies, folded
from contracts.waitlist import seen_at
from eventlog.log import KeyRow
from eventlog.vault import Vault, seal_event
from projections import checkpoints as stored
from projections import loading
from projections.generations import rebuild
from read_model import MASTER_KEY, PART, Reading, reading, write
from school import SERVICES, open_school, random_lessons, sessions_of, stamp

# --- lists --------------------------------------------------------------------------------------------------------


async def test_lists_are_filtered_and_cut_into_pages_in_order(postgres: Any) -> None:
    clinic = random_lessons(3, 200)
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, clinic).publish()

        async def ids(path: str, **params: Any) -> list[str]:
            found, following = [], None
            while True:
                body = await asker.answer(path, **params, limit=2, cursor=following)
                found += [one["id"] for one in body["items"]]
                if (following := body["next"]) is None:
                    return found

        every = [one for name in SERVICES for one in sessions_of(clinic, name)]
        every.sort(key=lambda one: (one.start, one.id))
        assert await ids("/v1/sessions") == [one.id for one in every]
        assert await ids("/v1/sessions", service_id="yoga") == [one.id for one in every if one.service.id == "yoga"]
        assert await ids("/v1/sessions", status="cancelled") == [one.id for one in every if one.status == "cancelled"]
        late = samples.instant("tue 12:00")
        assert await ids("/v1/sessions", from_=stamp(late)) == [one.id for one in every if one.start >= late]
        assert await ids("/v1/sessions", to="2026-03-03T12:00") == [one.id for one in every if one.start < late]

        kept = [one for stream, one in clinic.state.entries.items() if stream.startswith("waitlist/")]
        waiting = sorted((seen_at(one, clinic.now) for one in kept), key=lambda one: (one.created_at, one.id))
        assert await ids("/v1/waitlist") == [one.id for one in waiting]
        for status in ("waiting", "offered", "booked", "left"):
            assert await ids("/v1/waitlist", status=status) == [one.id for one in waiting if one.status == status]
        someone = waiting[0].customer.id
        mine = [one.id for one in waiting if one.customer.id == someone]
        assert await ids("/v1/waitlist", customer_id=someone, service_id="cut") == mine
        assert await ids("/v1/waitlist", service_id="yoga") == []


async def test_an_offer_that_nobody_took_in_time_is_over_by_the_clock_alone(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        office = Office(here, open_school())
        customer = {"id": "joe", "name": "Joe Doe"}
        office.clinic.accept(samples.command(c.JoinWaitlist, id="w", service_id="cut", customer=customer))
        offer = {"service_id": "cut", "start": samples.iso("tue 15:00"), "waitlist_ids": ["w"], "hold_seconds": 600}
        office.clinic.accept(samples.command(c.OfferSlot, **offer))
        await office.publish()
        assert (await asker.answer("/v1/waitlist/w"))["status"] == "offered"
        assert len((await asker.answer("/v1/waitlist", status="offered"))["items"]) == 1
        here.clock.now += timedelta(seconds=600)
        assert (await asker.answer("/v1/waitlist/w"))["hold_id"] is None
        assert (await asker.answer("/v1/waitlist", status="offered"))["items"] == []
        assert [one["status"] for one in (await asker.answer("/v1/waitlist", status="waiting"))["items"]] == ["waiting"]


async def test_what_there_is_not_is_not_found_and_what_cannot_be_asked_is_named(postgres: Any) -> None:
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, open_school()).publish()
        await Office(here, open_school("bravo")).publish()
        assert await asker.refusal("/v1/sessions/none") == (404, "not_found", None)
        assert await asker.refusal("/v1/waitlist/none") == (404, "not_found", None)
        assert await asker.refusal("/v1/waitlist/ses-0", tenant="bravo") == (404, "not_found", None)
        assert await asker.refusal("/v1/sessions", status="held") == (400, "invalid_query", "status.0")
        assert await asker.refusal("/v1/waitlist", cursor="x") == (400, "invalid_query", "cursor")
        late = await asker.ask("/v1/sessions/ses-0")
        assert late.headers["Slotkeeper-Position"]
        assert late.headers["ETag"] == '"1"'


# --- people and events --------------------------------------------------------------------------------------------


class WithKeys:
    """A log whose vault has these key rows."""

    def __init__(self, log: Any, rows: list[KeyRow]) -> None:
        self._log, self.rows = log, rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def keys(self, part: int, wanted: Any) -> list[KeyRow]:
        named = set(wanted)
        return [row for row in self.rows if (row.tenant, row.subject) in named]


async def test_whoever_waits_is_named_until_they_are_erased(postgres: Any) -> None:
    async with reading(postgres) as here:
        clinic = open_school()
        customer = {"id": "joe", "name": "Joe Doe", "email": "joe@example.com"}
        clinic.accept(samples.command(c.JoinWaitlist, id="w", service_id="cut", customer=customer))
        vault = Vault(MASTER_KEY)
        rows = [vault.new_tenant_key(samples.TENANT)]
        rows.append(vault.ensure_subject(samples.TENANT, "joe") or rows[0])
        sealed = [
            msgspec.structs.replace(one, event=seal_event(vault, samples.TENANT, "joe", one.event))
            if one.type in ("CustomerRegistered", "WaitlistJoined") else one
            for one in clinic.records
        ]  # fmt: skip
        written = await write(here.log, sealed)
        assert any(one.type == "WaitlistJoined" and b"Joe Doe" not in msgspec.json.encode(one) for one in written)
        await here.project(written)
        for keys, name in ((rows, "Joe Doe"), (rows[:1], None)):
            log: Any = WithKeys(here.log, keys)
            here.sources = type(here.sources)(
                here.pool, log, Vault(MASTER_KEY), here.freshness, here.clock, here.sources.partitions
            )
            async with asking(here) as asker:
                shown = (await asker.answer("/v1/waitlist/w"))["customer"]
                assert (shown["id"], shown["name"]) == ("joe", name)
                assert (await asker.answer("/v1/waitlist"))["items"][0]["customer"] == shown


async def test_the_feed_tells_of_sessions_seats_and_the_waitlist_with_what_was_before(postgres: Any) -> None:
    clinic = random_lessons(4, 150)
    async with reading(postgres) as here, asking(here) as asker:
        await Office(here, clinic).publish()
        expected: list[tuple[Any, ...]] = []
        states: dict[str, Any] = {}
        for record in clinic.records:
            before = states.get(record.stream)
            states[record.stream] = after = folded(before, record)
            expected += [
                (one.type, one.sequence, one.data.get("status"), sorted(one.previous))
                for one in bodies(record, before, after)
            ]
        items = (await asker.answer("/v1/events", limit=1000))["items"]
        told = [(one["type"], one["sequence"], one["data"].get("status"), sorted(one["previous"])) for one in items]
        assert told == expected
        assert {"session.scheduled", "seat.taken", "waitlist.joined"} <= {one["type"] for one in items}


# --- generations --------------------------------------------------------------------------------------------------


async def made_anew(here: Reading, **how: Any) -> Any:
    return await rebuild(DiaryModel(), here.pool, here.log, lambda progress: None, **how)


async def test_a_rebuilt_read_model_has_the_hash_of_the_one_kept_up(
    postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the load can keep next to nothing in memory."""
    async with reading(postgres) as here:
        records = await write(here.log, random_lessons(8, 250).records)
        for start in range(0, len(records), 11):
            await here.project(records[start : start + 11])
        before = await here.hashes()
        assert {thing.partition("/")[0] for thing in before} >= {"session", "waitlist"}
        assert ((await made_anew(here)).drift, await here.hashes()) == ([], before)
        monkeypatch.setattr(loading, "PAGE", 7)
        monkeypatch.setattr(store, "LOADING", 2)
        assert ((await made_anew(here)).drift, await here.hashes()) == ([], before)


async def test_a_projector_that_knows_nothing_goes_on_from_what_is_stored(postgres: Any) -> None:
    async with reading(postgres) as here, reading(postgres) as there:
        records = random_lessons(8, 150).records
        await here.project(await write(here.log, records))
        written = await write(there.log, records)
        for start in range(0, len(written), 20):
            there.projector = there.another_projector()
            await there.project(written[start : start + 20])
        assert await there.hashes() == await here.hashes()


async def test_what_is_taken_back_and_told_again_leads_to_the_same(postgres: Any) -> None:
    async with reading(postgres) as here, reading(postgres) as there:
        records = await write(here.log, random_lessons(8, 150).records)
        middle = len(records) // 4
        await there.project(records[:middle])
        await here.project(records)
        async with here.pool.acquire() as connection:
            generation = await stored.live(connection, DiaryModel.name)
            assert generation is not None
            await DiaryModel().rewind(connection, generation, PART, records[middle - 1].pos)
        assert await here.hashes() == await there.hashes()


@pytest.mark.parametrize(
    "damage",
    [
        "delete from entries where from_pos = (select max(from_pos) from entries where stream like 'session/%')",
        "update entries set kept = (select kept from entries where stream = 'session/ses-0' order by from_pos limit 1) "
        "where from_pos = (select max(from_pos) from entries where stream = 'session/ses-1')",
        "update entries set status = 'left' "
        "where from_pos = (select max(from_pos) from entries where status = 'waiting')",
    ],
)  # fmt: skip
async def test_what_drifted_is_named_and_mended(postgres: Any, damage: str) -> None:
    async with reading(postgres) as here:
        await here.project(await write(here.log, random_lessons(8, 100).records))
        before = await here.hashes()
        await here.pool.execute(damage)
        drifted = await here.hashes()
        changed = {thing for thing in before if drifted.get(thing) != before[thing]}
        assert set((await made_anew(here)).drift) == changed != set()
        assert await here.hashes() == before
