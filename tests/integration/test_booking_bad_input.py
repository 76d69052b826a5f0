"""Whatever is put on the topic of commands gets a clear answer, lies with the dead letters, and hinders nothing."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest

from booking.dead import DeadLetters, NoId, NoSuchLetter
from booking.decide import decide
from booking.letters import part_of_key
from contracts.commands import CancelAppointment, CheckIn, Command
from contracts.envelope import command_headers, header
from contracts.routing import part_of
from stack import Postgres
from stack_clinic import Clinic, book, open_clinic
from streams.outlet import Outlet


@pytest.fixture(scope="module")
async def clinic(kafka: str, postgres: Postgres) -> AsyncIterator[Clinic]:
    async with open_clinic(kafka, postgres) as opened, opened.booking():
        await opened.set_up()
        yield opened


async def dead_letter(clinic: Clinic, value: bytes | None) -> dict[str, bytes]:
    """The headers of the dead letter with that body."""
    found = [record for record in await clinic.topic(clinic.settings.topics.dead) if record.value == value]
    assert found, "there is no such dead letter"
    return dict(found[-1].headers)


NOT_JSON = b'{"service_id": '
SECONDS_IN_IT = "2031-03-03T10:00:30-05:00"


@pytest.mark.parametrize(
    ("type", "body", "envelope", "code", "field"),
    [
        ("BookAppointment", NOT_JSON, {}, "invalid_command", None),
        ("BookAppointment", b"[]", {}, "invalid_command", None),
        ("BookAppointment", b"\xff\xfe", {}, "invalid_command", None),
        ("BookEverything", {}, {}, "invalid_command", "type"),
        ("BookAppointment", book("10:00", colour="red"), {}, "unknown_field", "colour"),
        ("BookAppointment", book(SECONDS_IN_IT), {}, "invalid_command", "start"),
        ("BookAppointment", book("10:00") | {"service_id": None}, {}, "invalid_command", "service_id"),
        ("BookAppointment", b'{"notes": "' + b"x" * 2_000_000 + b'"}', {}, "too_large", None),
    ],
)  # fmt: skip
async def test_what_cannot_be_read_is_refused_by_name_and_buried(
    clinic: Clinic, type: str, body: Any, envelope: dict[str, Any], code: str, field: str | None
) -> None:
    bad = await clinic.send(type, body, **envelope)
    after = await clinic.ask("CheckIn", {"appointment_id": "apt_none"})
    outcome = await clinic.outcome(bad)
    assert (outcome["error"]["code"], outcome["error"].get("field")) == (code, field)
    assert after["error"]["code"] == "not_found", "the next command was decided"
    offset = [r for r in await clinic.topic(clinic.settings.topics.dead) if header(r.headers, "ce_id") == bad.encode()]
    assert dict(offset[-1].headers)["dead_code"] == code.encode()


async def test_an_unknown_version_is_refused(clinic: Clinic) -> None:
    headers = [(n, v) for n, v in command_headers(id="v9", source="web", type="CheckIn")]
    await clinic.put(b"acme", b"{}", [*headers, ("ce_dataversion", b"9")], partition=clinic.part())
    assert (await clinic.outcome("v9"))["error"]["field"] == "ce_dataversion"


async def test_an_unknown_tenant_gets_an_outcome_and_may_be_sent_again_when_there_is_one(clinic: Clinic) -> None:
    tenant = f"new-{secrets.token_hex(4)}"
    refused = await clinic.ask("BookAppointment", book("10:00"), tenant=tenant, id="early")
    assert refused["error"]["code"] == "unknown_tenant"
    await clinic.set_up(tenant)
    await clinic.send("BookAppointment", book("10:00"), tenant=tenant, id="early")
    assert await clinic.outcome("early", copies=2) == refused
    assert (await clinic.ask("BookAppointment", book("10:00"), tenant=tenant, id="later"))["result"] == "accepted"


async def test_a_key_that_no_tenant_can_have_is_an_unknown_tenant(clinic: Clinic) -> None:
    key = "no such\0tenant"
    headers = command_headers(id="odd", source="web", type="CheckIn")
    await clinic.put(key.encode(), b"{}", headers, partition=part_of(key, clinic.settings.partitions))
    assert (await clinic.outcome("odd"))["error"]["code"] == "unknown_tenant"


@pytest.mark.parametrize("key", [None, b"", b"\xff\xff"])
async def test_a_record_without_a_usable_key_is_buried(clinic: Clinic, key: bytes | None) -> None:
    body = secrets.token_hex(4).encode()
    part = part_of_key(key, clinic.settings.partitions) if key else 0
    headers = command_headers(id=f"key-{body.decode()}", source="web", type="CheckIn")
    await clinic.put(key, body, headers, partition=part)
    outcome = await clinic.outcome(f"key-{body.decode()}")
    assert outcome["error"]["field"] == "key"
    assert (await dead_letter(clinic, body))["dead_field"] == b"key"


async def test_a_missing_id_is_buried_and_nobody_is_answered(clinic: Clinic) -> None:
    body = secrets.token_hex(4).encode()
    headers = [pair for pair in command_headers(id="gone", source="web", type="CheckIn") if pair[0] != "ce_id"]
    await clinic.put(b"acme", body, headers, partition=clinic.part())
    await clinic.ask("CheckIn", {"appointment_id": "apt_none"})
    assert (await dead_letter(clinic, body))["dead_field"] == b"ce_id"
    assert not [key for key in clinic.heard if key[1] in ("", "gone")]


@pytest.mark.parametrize("id", ["x" * 300, "nul\0"])
async def test_an_id_that_cannot_be_kept_is_buried(clinic: Clinic, id: str) -> None:
    body = secrets.token_hex(4).encode()
    await clinic.put(b"acme", body, command_headers(id=id, source="web", type="CheckIn"), partition=clinic.part())
    await clinic.ask("CheckIn", {"appointment_id": "apt_none"})
    assert (await dead_letter(clinic, body))["dead_field"] == b"ce_id"


async def test_an_empty_record_is_buried(clinic: Clinic) -> None:
    nothing: list[tuple[str, Any]] = [("ce_id", None), ("empty", b"")]
    await clinic.put(b"acme", None, nothing, partition=clinic.part())
    await clinic.ask("CheckIn", {"appointment_id": "apt_none"})
    assert (await dead_letter(clinic, None))["dead_field"] == b"ce_id"


async def test_an_unknown_zone_is_refused(clinic: Clinic) -> None:
    wish = book("2031-03-03T10:00:00") | {"tz": "Mars/Olympus"}
    assert (await clinic.ask("BookAppointment", wish))["error"]["code"] == "unknown_zone"


async def test_a_bug_in_a_decision_answers_for_itself_and_leaves_no_trace(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(command: Command, view: Any) -> Any:
        """Decides a booking, then falls over: what was folded and sealed by then must be undone."""
        if isinstance(command, CheckIn):
            raise ZeroDivisionError("planted")
        changes = decide(command, view)
        return [*changes, None] if getattr(command, "notes", None) == "fall over" else changes  # type: ignore[misc]

    monkeypatch.setattr("booking.clerk.decide", faulty)
    before = await clinic.records()
    ids = [
        await clinic.send("CheckIn", {"appointment_id": "apt_none"}),
        await clinic.send(
            "BookAppointment", book("15:00", resource="bob", customer="new@example.com", notes="fall over")
        ),
    ]
    after = await clinic.ask("BookAppointment", book("15:00", resource="bob", customer="new@example.com"))
    for id in ids:
        assert (await clinic.outcome(id))["error"]["code"] == "internal_error"
    assert after["result"] == "accepted"
    assert len(await clinic.records()) == len(before) + 2
    codes = [dict(r.headers)["dead_code"] for r in await clinic.topic(clinic.settings.topics.dead)]
    assert codes.count(b"internal_error") == 2


async def test_a_command_in_the_wrong_partition_is_forwarded_as_it_is(clinic: Clinic) -> None:
    wrong = (clinic.part() + 1) % clinic.settings.partitions
    outcome = await clinic.ask("BookAppointment", book("16:00"), partition=wrong, traceparent="00-1-2-03")
    assert outcome["result"] == "accepted"
    assert outcome["position"].startswith(f"{clinic.part()}.")
    moved = [r for r in await clinic.topic(clinic.settings.topics.commands) if r.partition == clinic.part()]
    assert (dict(moved[-1].headers)["traceparent"], moved[-1].key) == (b"00-1-2-03", b"acme")


async def test_a_dead_letter_is_listed_and_sent_again_under_a_new_id(clinic: Clinic) -> None:
    tenant = f"late-{secrets.token_hex(4)}"
    await clinic.ask("BookAppointment", book("10:00"), tenant=tenant, id="first", source="redrive")
    await clinic.set_up(tenant)
    outlet = Outlet(clinic.settings.kafka)
    await outlet.open()
    dead = DeadLetters(clinic.settings.kafka, clinic.settings.topics, outlet, clinic.settings.partitions)
    [letter] = await dead.newest(10, tenant)
    assert (letter.id, letter.code, letter.tenant) == ("first", "unknown_tenant", tenant)
    for _ in range(2):
        assert await dead.redrive(letter.partition, letter.offset) == "first~1"
    outcome = await clinic.outcome("first~1", "redrive", copies=2)
    assert outcome["result"] == "accepted"
    booked = [record for record in await clinic.records(tenant) if record.command_id == "first~1"]
    assert booked[-1].causation_id == "first"
    with pytest.raises(NoSuchLetter):
        await dead.redrive(letter.partition, 10_000)
    await outlet.close()


async def test_a_dead_letter_without_an_id_is_not_sent_again(clinic: Clinic) -> None:
    await clinic.put(b"acme", b"idless", [], partition=clinic.part())
    await clinic.ask("CancelAppointment", {"appointment_id": "apt_none"})
    outlet = Outlet(clinic.settings.kafka)
    dead = DeadLetters(clinic.settings.kafka, clinic.settings.topics, outlet, clinic.settings.partitions)
    letter = next(one for one in await dead.newest(50, "acme") if one.bytes == 6)
    with pytest.raises(NoId):
        await dead.redrive(letter.partition, letter.offset)


async def test_another_tenants_id_is_not_found(clinic: Clinic) -> None:
    other = f"other-{secrets.token_hex(4)}"
    await clinic.set_up(other)
    mine = await clinic.ask("BookAppointment", book("17:00"))
    change = {"appointment_id": mine["appointment"]["id"]}
    assert (await clinic.ask(CancelAppointment.__name__, change, tenant=other))["error"]["code"] == "not_found"
