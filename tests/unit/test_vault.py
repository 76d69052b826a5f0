"""The vault: what is sealed opens for its tenant while its key lives, and otherwise reads as None (D10)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from contracts.events import AppointmentBooked, AppointmentConfirmed, CustomerRegistered, Details, TimeOffAdded
from contracts.personal import Sealed
from contracts.values import Chosen, CustomerRef, ServiceRef, SlotFacts, Span
from eventlog.log import KeyRow
from eventlog.memory import MemoryLog
from eventlog.vault import (
    TENANT,
    ErasedSubject,
    Value,
    Vault,
    open_all,
    seal_event,
    sealed_subjects,
    unseal_json,
)
from logs import change, now, take

MASTER = bytes(32)
JOE = "cus_1"

values = some.one_of(
    some.text(), some.booleans(), some.integers(-(2**63), 2**63), some.floats(allow_nan=False, allow_infinity=False)
)
subjects = some.text(min_size=1).filter(lambda text: text.isprintable())


def vault_with(*tenants_subjects: tuple[str, str], capacity: int = 100_000) -> Vault:
    vault = Vault(MASTER, capacity=capacity)
    for tenant, subject in tenants_subjects:
        if not vault.knows(tenant, TENANT):
            vault.new_tenant_key(tenant)
        vault.ensure_subject(tenant, subject)
    return vault


@pytest.fixture
def vault() -> Vault:
    return vault_with(("acme", JOE))


# --- values -----------------------------------------------------------------------------------------------------------


@given(subjects, values)
def test_what_was_sealed_opens(subject: str, value: Value) -> None:
    vault = vault_with(("acme", subject))
    opened = vault.open("acme", vault.seal("acme", subject, value))
    assert opened == value
    assert type(opened) is type(value)


@given(some.text(), some.data())
def test_what_was_tampered_with_reads_as_none(value: str, data: some.DataObject) -> None:
    vault = vault_with(("acme", JOE))
    text = vault.seal("acme", JOE, value).sealed
    at = data.draw(some.integers(0, len(text) - 1))
    other = data.draw(some.characters().filter(lambda character: character != text[at]))
    assert vault.open("acme", Sealed(text[:at] + other + text[at + 1 :])) is None


@given(some.text())
def test_any_text_at_all_reads_as_none(text: str) -> None:
    assert vault_with(("acme", JOE)).open("acme", Sealed(text)) is None
    assert vault_with(("acme", JOE)).open("acme", Sealed(f"{JOE}.1.{text}")) is None


@pytest.mark.parametrize("stray", ["!", "\n", "==="])
def test_a_sealed_text_is_written_in_one_way_only(vault: Vault, stray: str) -> None:
    """The usual decoder passes over what is not base64."""
    text = vault.seal("acme", JOE, "Joe").sealed
    assert vault.open("acme", Sealed(text[:-4] + stray + text[-4:])) is None
    assert vault.open("acme", Sealed(text + stray)) is None


@given(values)
def test_another_tenant_reads_none_even_under_the_same_subject(value: Value) -> None:
    vault = vault_with(("acme", JOE), ("other", JOE))
    assert vault.open("other", vault.seal("acme", JOE, value)) is None


def test_a_value_moved_to_another_subject_reads_as_none() -> None:
    """Even with the other's key in its place: the subject is bound into what is sealed."""
    vault = vault_with(("acme", JOE))
    sealed = vault.seal("acme", JOE, "Joe")
    vault._subjects["acme", "cus_2"] = vault._subjects["acme", JOE]
    moved = Sealed(sealed.sealed.replace(JOE, "cus_2"))
    assert vault.open("acme", sealed) == "Joe"
    assert vault.open("acme", moved) is None


def test_two_seals_of_one_value_tell_nobody_that_it_is_one(vault: Vault) -> None:
    assert vault.seal("acme", JOE, "Joe") != vault.seal("acme", JOE, "Joe")


def test_a_sealed_text_names_its_subject_and_key_number(vault: Vault) -> None:
    subject, number, _ = vault.seal("acme", JOE, "Joe").sealed.split(".")
    assert (subject, number) == (JOE, "1")


# --- keys -------------------------------------------------------------------------------------------------------------


def key_rows(vault: Vault) -> list[KeyRow]:
    """Rows for tenant and subject, as booking would append them; the subject's stands first."""
    rows = [vault.new_tenant_key("acme"), vault.ensure_subject("acme", JOE)]
    return [row for row in reversed(rows) if row]


def test_another_vault_that_learned_the_rows_opens_and_seals() -> None:
    one, two = Vault(MASTER), Vault(MASTER)
    two.learn(3, key_rows(one))
    assert two.open("acme", one.seal("acme", JOE, "Joe")) == "Joe"
    assert one.open("acme", two.seal("acme", JOE, "Joe")) == "Joe"


def test_under_another_master_key_the_rows_are_worth_nothing() -> None:
    one, two = Vault(MASTER), Vault(bytes([1] * 32))
    two.learn(3, key_rows(one))
    assert not two.knows("acme", TENANT)
    assert two.open("acme", one.seal("acme", JOE, "Joe")) is None


def test_a_row_holds_no_key_in_the_clear() -> None:
    keys = iter([bytes([7] * 32), bytes(12), bytes([8] * 32), bytes(12)])
    vault = Vault(MASTER, entropy=lambda _: next(keys))
    assert all(bytes([7] * 32) not in row.wrapped and bytes([8] * 32) not in row.wrapped for row in key_rows(vault))


def test_a_subject_gets_one_key(vault: Vault) -> None:
    assert vault.ensure_subject("acme", JOE) is None
    row = vault.ensure_subject("acme", "cus_2")
    assert row is not None
    assert (row.tenant, row.subject, row.number) == ("acme", "cus_2", 1)


def test_a_forgotten_subject_is_unreadable_and_nobody_else_is() -> None:
    vault = vault_with(("acme", JOE), ("acme", "cus_2"))
    joe, ann = vault.seal("acme", JOE, "Joe"), vault.seal("acme", "cus_2", "Ann")
    vault.forget("acme", JOE)
    vault.forget("acme", "never known")
    assert not vault.knows("acme", JOE)
    assert (vault.open("acme", joe), vault.open("acme", ann)) == (None, "Ann")


def test_a_new_key_after_forgetting_opens_nothing_old(vault: Vault) -> None:
    sealed = vault.seal("acme", JOE, "Joe")
    vault.forget("acme", JOE)
    vault.ensure_subject("acme", JOE)
    assert vault.open("acme", sealed) is None


def test_dropping_a_partition_drops_its_tenants_and_those_nobody_stored() -> None:
    vault, source = Vault(MASTER), Vault(MASTER)
    vault.learn(3, key_rows(source))
    vault.learn(4, [source.new_tenant_key("other")])
    vault.new_tenant_key("new")
    vault.drop(3)
    assert [vault.knows(tenant, TENANT) for tenant in ("acme", "other", "new")] == [False, True, False]
    assert not vault.knows("acme", JOE)


def test_so_many_subjects_are_kept_and_the_oldest_goes_first() -> None:
    vault = vault_with(*(("acme", f"cus_{n}") for n in range(5)), capacity=3)
    assert [vault.knows("acme", f"cus_{n}") for n in range(5)] == [False, False, True, True, True]


def test_an_erased_subject_opens_no_more_and_learns_no_key_that_was_read_before() -> None:
    source, vault = Vault(MASTER), Vault(MASTER)
    rows = key_rows(source)
    sealed = source.seal("acme", JOE, "Joe")
    vault.learn(3, rows)
    assert vault.open("acme", sealed) == "Joe"
    vault.erase("acme", JOE)
    vault.learn(3, rows)
    assert vault.open("acme", sealed) is None
    assert vault.knows("acme", JOE)
    assert vault.ensure_subject("acme", JOE) is None, "an erased subject never gets another key"


def test_an_empty_key_row_says_that_its_subject_was_erased(vault: Vault) -> None:
    sealed = vault.seal("acme", JOE, "Joe")
    vault.learn(3, [KeyRow("acme", JOE, 1, b"")])
    assert vault.open("acme", sealed) is None
    with pytest.raises(ErasedSubject):
        vault.seal("acme", JOE, "Joe")


def test_dropping_every_key_keeps_in_mind_who_was_erased(vault: Vault) -> None:
    vault.ensure_subject("acme", "cus_2")
    vault.erase("acme", JOE)
    vault.drop_subjects()
    assert [vault.knows("acme", subject) for subject in (TENANT, JOE, "cus_2")] == [True, True, False]


def test_sealing_for_a_subject_without_key_is_a_bug(vault: Vault) -> None:
    with pytest.raises(KeyError):
        vault.seal("acme", "cus_2", "Ann")


@given(some.text(), some.text())
def test_addresses_are_looked_up_whatever_their_case_and_surrounding_space(left: str, right: str) -> None:
    vault = vault_with(("acme", JOE), ("other", JOE))
    same = left.strip().casefold() == right.strip().casefold()
    assert (vault.email_key("acme", left) == vault.email_key("acme", right)) == same
    assert vault.email_key("acme", f" {left}\n") == vault.email_key("acme", left)
    assert vault.email_key("acme", left) != vault.email_key("other", left)


def test_a_body_hash_tells_bodies_tenants_and_uses_apart() -> None:
    vault = vault_with(("acme", JOE), ("other", JOE))
    assert vault.body_hash("acme", b"a") == vault.body_hash("acme", b"a")
    assert vault.body_hash("acme", b"a") != vault.body_hash("acme", b"b")
    assert vault.body_hash("acme", b"a") != vault.body_hash("other", b"a")
    assert vault.body_hash("acme", b"a").hex() != vault.email_key("acme", "a")


# --- events -----------------------------------------------------------------------------------------------------------


def booked(customer: CustomerRef | None, details: Details) -> AppointmentBooked:
    at = now()
    slot = SlotFacts(
        service=ServiceRef(id="cut", name="Haircut"),
        location_id="main",
        resources=[],
        start=at,
        end=at,
        busy=Span(start=at, end=at),
        tz="UTC",
        local_start="",
    )
    return AppointmentBooked(slot=slot, customer=customer, details=details, chosen=Chosen(strategy="none"))


def test_every_plain_personal_member_is_sealed_at_any_depth(vault: Vault) -> None:
    details = Details(notes="knee", custom_fields={"pet": "Rex", "age": 4, "vip": True, "none": None})
    sealed = seal_event(vault, "acme", JOE, booked(CustomerRef(id=JOE, name="Joe", email="joe@example.com"), details))
    assert sealed.customer is not None
    personal: list[Any] = [sealed.customer.name, sealed.customer.email, sealed.details.notes]
    assert [vault.open("acme", one) for one in personal] == ["Joe", "joe@example.com", "knee"]
    fields: dict[str, Any] = sealed.details.custom_fields
    assert {name: one and vault.open("acme", one) for name, one in fields.items()} == details.custom_fields
    assert sealed.customer.phone is None
    assert (sealed.customer.id, sealed.slot.service.name) == (JOE, "Haircut")


def test_of_an_erased_person_a_later_event_stores_null(vault: Vault) -> None:
    vault.erase("acme", JOE)
    before = booked(CustomerRef(id=JOE, name="Joe"), Details(notes="knee", custom_fields={"pet": "Rex"}))
    after = seal_event(vault, "acme", JOE, before)
    assert after.customer == CustomerRef(id=JOE)
    assert after.details == Details(custom_fields={"pet": None})


def test_what_is_sealed_already_is_left_as_it_is(vault: Vault) -> None:
    name = vault.seal("acme", JOE, "Joe")
    event = booked(CustomerRef(id=JOE, name=name), Details())
    assert seal_event(vault, "acme", "cus_without_key", event) is event


def test_a_reason_that_an_event_was_given_later_is_sealed_where_there_is_one(vault: Vault) -> None:
    sealed = seal_event(vault, "acme", JOE, AppointmentConfirmed(reason="rang from hospital", sub_status="sure"))
    assert vault.open("acme", sealed.reason) == "rang from hospital"  # type: ignore[arg-type]
    assert sealed.sub_status == "sure"


@pytest.mark.parametrize("event", [AppointmentConfirmed(), TimeOffAdded(resource_id="ann", time_off_id="1")])
def test_an_event_with_nothing_to_seal_is_the_same_event(vault: Vault, event: Any) -> None:
    assert seal_event(vault, "acme", JOE, event) is event


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_builtins_are_unsealed_wherever_a_sealed_value_stands(vault: Vault) -> None:
    sealed = {"sealed": vault.seal("acme", JOE, "Joe").sealed}
    lost = {"sealed": "cus_2.1.AAAA"}
    obj = {"id": JOE, "name": sealed, "list": [sealed, 1, None], "lost": lost, "not": {"sealed": 5}}
    expected = {"id": JOE, "name": "Joe", "list": ["Joe", 1, None], "lost": None, "not": {"sealed": 5}}
    assert unseal_json(vault, "acme", obj) == expected
    assert sealed_subjects(obj) == {JOE, "cus_2"}


def test_a_subject_with_dots_is_found(vault: Vault) -> None:
    vault.ensure_subject("acme", "joe.doe.1")
    assert sealed_subjects({"sealed": vault.seal("acme", "joe.doe.1", "x").sealed}) == {"joe.doe.1"}


async def test_a_reader_loads_the_keys_it_lacks_and_reads_the_rest_as_none() -> None:
    writer, reader, log = Vault(MASTER), Vault(MASTER), MemoryLog()
    head = (await take(log, 3))[3]
    await log.append([change(head, keys=key_rows(writer))], now())
    sealed = {"sealed": writer.seal("acme", JOE, "Joe").sealed}
    writer.ensure_subject("acme", "cus_2")
    never_stored = {"sealed": writer.seal("acme", "cus_2", "Ann").sealed}
    assert await open_all(log, reader, 3, "acme", [sealed, never_stored, {"a": 1}]) == ["Joe", None, {"a": 1}]


async def test_a_reader_that_lets_go_of_its_keys_while_others_are_loaded_reads_all_the_same() -> None:
    """As when the list of erasures is followed for the first time, beside the first requests."""
    writer, reader, log = Vault(MASTER), Vault(MASTER), MemoryLog()
    head = (await take(log, 3))[3]
    rows = [row for row in (*key_rows(writer), writer.ensure_subject("acme", "cus_2")) if row]
    await log.append([change(head, keys=rows)], now())
    names = [{"sealed": writer.seal("acme", subject, subject).sealed} for subject in (JOE, "cus_2")]
    reader.learn(3, rows[:2])

    class Dropping(MemoryLog):
        async def keys(self, part: int, wanted: Any) -> Any:
            if reader.knows("acme", JOE) and not reader.knows("acme", "cus_2"):
                reader.drop_subjects()
            return await log.keys(part, wanted)

    assert await open_all(Dropping(), reader, 3, "acme", names) == [JOE, "cus_2"]


async def test_two_events_of_one_person_share_a_key(vault: Vault) -> None:
    event = CustomerRegistered(id=JOE, name="Joe")
    one, two = seal_event(vault, "acme", JOE, event), seal_event(vault, "acme", JOE, event)
    assert isinstance(one.name, Sealed)
    assert isinstance(two.name, Sealed)
    assert vault.open("acme", one.name) == vault.open("acme", two.name) == "Joe"
