"""P1, P2 and P3 through the whole of booking: from commands on Kafka to the log and to what is published."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from contracts.routing import part_of
from eventlog.proof import Proof
from stack import Postgres
from stack_clinic import Clinic, book, open_clinic


@pytest.fixture(scope="module")
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres) as opened, opened.booking():
        yield opened


@pytest.fixture
async def tenant(clinic: Clinic) -> str:
    """A tenant of this test's own, with Ann and Bob."""
    name = f"clinic-{secrets.token_hex(4)}"
    await clinic.set_up(name)
    return name


async def test_a_hundred_clients_at_once_never_get_overlapping_slots(clinic: Clinic, tenant: str) -> None:
    random = Random(3)
    starts = [
        f"2031-03-03T{random.randrange(9, 13):02}:{random.choice((0, 15, 30, 45)):02}:00-05:00" for _ in range(100)
    ]
    wishes = [book(start, customer=f"c{n}@example.com", duration_minutes=45) for n, start in enumerate(starts)]
    outcomes = await asyncio.gather(
        *(clinic.ask("BookAppointment", wish, tenant=tenant, source=f"client-{n}") for n, wish in enumerate(wishes))
    )
    counts = Counter(outcome.get("error", {}).get("code", "booked") for outcome in outcomes)
    assert counts.keys() == {"booked", "slot_unavailable"}
    assert 3 <= counts["booked"] <= 6
    spans = sorted((o["appointment"]["start"], o["appointment"]["end"]) for o in outcomes if "appointment" in o)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    await assert_proved(clinic)


async def test_one_command_sent_a_hundred_times_is_decided_once(clinic: Clinic, tenant: str) -> None:
    wish = book("10:00")
    await asyncio.gather(
        *(clinic.send("BookAppointment", wish, id="again", tenant=tenant, source="s1") for _ in range(100))
    )
    outcome = await clinic.outcome("again", "s1", copies=100)
    assert outcome["result"] == "accepted"
    booked = [record for record in await clinic.records(tenant) if record.type == "AppointmentBooked"]
    assert [record.event_id for record in booked] == [outcome["events"][-1]["id"]]


async def test_a_refusal_is_repeated_even_when_the_slot_is_free_by_then(clinic: Clinic, tenant: str) -> None:
    first = await clinic.ask("BookAppointment", book("10:00"), tenant=tenant)
    refused = await clinic.ask("BookAppointment", book("10:15"), id="late", tenant=tenant, source="s2")
    cancel = {"appointment_id": first["appointment"]["id"]}
    assert (await clinic.ask("CancelAppointment", cancel, tenant=tenant))["result"] == "accepted"
    await clinic.send("BookAppointment", book("10:15"), id="late", tenant=tenant, source="s2")
    assert await clinic.outcome("late", "s2", copies=2) == refused


async def test_the_same_id_with_another_body_is_refused_and_the_first_answer_stays(clinic: Clinic, tenant: str) -> None:
    first = await clinic.ask("BookAppointment", book("10:00"), id="one", tenant=tenant, source="s3")
    await clinic.send("BookAppointment", book("11:00"), id="one", tenant=tenant, source="s3")
    await clinic.send("BookAppointment", book("10:00"), id="one", tenant=tenant, source="s3")
    bodies = [record.value for record in await clinic.outcomes("one", "s3", copies=3)]
    assert b"idempotency_key_reused" in bodies[1]
    assert bodies[2] == bodies[0]
    assert first["result"] == "accepted"


async def test_the_same_id_with_another_body_in_one_poll_is_refused(clinic: Clinic, tenant: str) -> None:
    ids = [clinic.send("BookAppointment", book(f"1{n}:00"), id="both", tenant=tenant, source="s4") for n in range(2)]
    await asyncio.gather(*ids)
    bodies = [record.value for record in await clinic.outcomes("both", "s4", copies=2)]
    assert [b"idempotency_key_reused" in body for body in bodies].count(True) == 1


async def test_a_request_hash_decides_what_the_same_request_is(clinic: Clinic, tenant: str) -> None:
    for start in ("10:00", "11:00"):
        await clinic.send("BookAppointment", book(start), id="h", tenant=tenant, source="s5", request_hash="same")
    await clinic.outcome("h", "s5", copies=2)


async def test_two_sources_may_use_one_id(clinic: Clinic, tenant: str) -> None:
    one = await clinic.ask("BookAppointment", book("10:00"), id="x", tenant=tenant, source="left")
    two = await clinic.ask("BookAppointment", book("11:00"), id="x", tenant=tenant, source="right")
    assert one["appointment"]["id"] != two["appointment"]["id"]


async def test_two_tenants_may_use_one_id_and_see_nothing_of_each_other(clinic: Clinic, tenant: str) -> None:
    other = f"other-{secrets.token_hex(4)}"
    await clinic.set_up(other)
    mine = await clinic.ask("BookAppointment", book("10:00"), id="x1", tenant=tenant, source="s6")
    theirs = await clinic.ask(
        "CancelAppointment", {"appointment_id": mine["appointment"]["id"]}, tenant=other, source="s7"
    )
    assert theirs["error"]["code"] == "not_found"


async def test_a_dry_run_decides_and_leaves_nothing(clinic: Clinic, tenant: str) -> None:
    before = await clinic.records(tenant)
    tried = await clinic.ask("BookAppointment", book("10:00"), id="dry", tenant=tenant, source="s8", dry_run=True)
    assert (tried["result"], tried["dry_run"], tried["events"]) == ("accepted", True, [])
    assert await clinic.records(tenant) == before
    await clinic.send("BookAppointment", book("10:00"), id="dry", tenant=tenant, source="s8")
    meant = (await clinic.outcomes("dry", "s8", copies=2))[1]
    assert b'"dry_run"' not in meant.value
    assert len(await clinic.records(tenant)) > len(before)


async def test_a_command_that_waited_too_long_is_too_late(clinic: Clinic, tenant: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    outcome = await clinic.ask("BookAppointment", book("10:00"), tenant=tenant, decide_before=past)
    assert outcome["error"]["code"] == "too_late"
    assert not [r for r in await clinic.records(tenant) if r.type == "AppointmentBooked"]


async def test_customers_found_by_address_are_one_person(clinic: Clinic, tenant: str) -> None:
    wishes = [("BookAppointment", book(f"1{n}:00", customer=" Joe@Example.com ")) for n in range(3)]
    ids = {outcome["appointment"]["customer"]["id"] for outcome in await clinic.ask_all(wishes, tenant=tenant)}
    assert len(ids) == 1


async def assert_proved(clinic: Clinic) -> None:
    """P1 and P3 over the whole log, by the proof that shares nothing with the desk."""
    proof = Proof()
    for record in await clinic.records(None):
        proof.feed(record)
    assert proof.violation is None
    assert proof.counts.records > 0


async def test_no_personal_value_is_in_the_clear_in_log_topics_or_inbox(clinic: Clinic, tenant: str) -> None:
    secret = "Wilhelmina"
    wish = book("10:00", customer="wilhelmina@example.com") | {"notes": f"{secret} is afraid of dogs"}
    wish["customer"] = {"name": secret, "email": "wilhelmina@example.com", "phone": "555-wilhelmina"}
    outcome = await clinic.ask("BookAppointment", wish, tenant=tenant, id="sealed", source="s9")
    assert outcome["appointment"]["notes"]["sealed"]
    await clinic.until_published()
    topics = clinic.settings.topics
    values = [r.value for name in (topics.events, topics.outcomes) for r in await clinic.topic(name)]
    pages = await clinic.log.read(part_of(tenant, clinic.settings.partitions), 0, limit=100_000)
    for value in [*values, *(page.state for page in pages)]:
        assert b"ilhelmina" not in value


async def test_the_topic_of_events_is_the_log(clinic: Clinic) -> None:
    await clinic.until_published()
    assert await clinic.published(None) == await clinic.records(None)
