"""People at the desk: what the log is told of addresses, keys and merges, and what a desk that starts anew finds."""

from collections.abc import Mapping, Sequence

import pytest

from desks import NOW, PART, TENANT, Counter, Sent, by_address, change, erase, found, merge, open_counter, register
from eventlog.log import Loaded, LookUp, Wanted


@pytest.fixture
async def counter() -> Counter:
    opened = await open_counter()
    await opened.accept(register("joe"), register("sue"), register("pat"))
    return opened


def renew(counter: Counter, anew: bool) -> None:
    if anew:
        counter.begin_anew()


@pytest.mark.parametrize("anew", [False, True])
async def test_an_address_changed_leads_where_it_should_also_for_a_desk_that_starts_anew(
    counter: Counter, anew: bool
) -> None:
    await counter.accept(change("joe", email="joseph@example.com"))
    renew(counter, anew)
    outcomes = await counter.accept(by_address("joseph@example.com"), by_address("joe@example.com"))
    assert found(outcomes[0]) == "joe"
    assert found(outcomes[1]).startswith("cus_")


async def test_an_address_left_is_known_to_be_free_before_the_log_says_so(counter: Counter) -> None:
    """The next poll is decided while the append of this one is under way."""
    counter.begin_anew()
    await counter.decide(change("joe", phone="555", email=None))
    left = counter.sheet.append(counter.desk.cabinet, epoch=1, offset=0, published=0)
    [outcome] = await counter.decide(by_address("joe@example.com"))
    assert found(outcome).startswith("cus_")
    assert not await counter.log.append([left], NOW)
    await counter.append()


async def test_an_address_left_and_taken_again_within_one_poll_leads_there_again(counter: Counter) -> None:
    await counter.accept(change("joe", email="x@example.com"), change("joe", email="joe@example.com"))
    assert counter.sheet.append(counter.desk.cabinet, epoch=1, offset=0, published=0).look_ups_cleared == [
        LookUp(TENANT, counter.vault.email_key(TENANT, "x@example.com"), "joe")
    ]
    counter.begin_anew()
    outcomes = await counter.accept(by_address("joe@example.com"), by_address("x@example.com"))
    assert found(outcomes[0]) == "joe"
    assert found(outcomes[1]).startswith("cus_")


async def test_an_address_that_went_from_hand_to_hand_leads_to_the_last_whoever_is_read_first(counter: Counter) -> None:
    """Joe's own records say that it is his; that it went with a merge and was left then is said elsewhere."""
    await counter.accept(merge("joe", "sue"), change("sue", email="joe@example.com"), change("sue", email=None))
    await counter.accept(register("kim", email="joe@example.com"))
    counter.begin_anew()
    await counter.accept(("RegisterCustomer", {"id": "sue"}))
    await counter.accept(("RegisterCustomer", {"id": "joe"}))
    [outcome] = await counter.accept(by_address("joe@example.com"))
    assert found(outcome) == "kim"


async def test_an_address_of_somebody_who_is_not_in_memory_is_refused(counter: Counter) -> None:
    counter.begin_anew()
    [outcome] = await counter.poll(change("joe", email="SUE@example.com"))
    assert (outcome["error"]["code"], outcome["error"]["field"]) == ("invalid_command", "email")


async def test_what_is_said_of_somebody_is_sealed(counter: Counter) -> None:
    await counter.accept(change("joe", name="Joseph", external_ids={"shop": "secret-7"}))
    await counter.accept(register("kim", external_ids={"shop": "secret-8"}))
    assert not [page for page in await counter.log.read(PART, 0) if b"secret" in page.state or b"Joseph" in page.state]
    opened = (await counter.records())[-2].event.external_ids["shop"]  # type: ignore[attr-defined]
    assert counter.vault.open(TENANT, opened) == "secret-7"


@pytest.mark.parametrize("anew", [False, True])
async def test_a_chain_of_merges_leads_to_the_last_one(counter: Counter, anew: bool) -> None:
    await counter.accept(merge("joe", "sue"))
    renew(counter, anew)
    await counter.accept(merge("sue", "pat"))
    renew(counter, anew)
    outcomes = await counter.accept(
        ("RegisterCustomer", {"id": "joe"}), ("RegisterCustomer", {"id": "sue"}), by_address("joe@example.com"),
        by_address("sue@example.com"), by_address("pat@example.com"), change("joe", phone="555"),
    )  # fmt: skip
    assert {found(one) for one in outcomes} == {"pat"}


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("named", ["joe", "sue", "pat"])
async def test_erasing_any_of_them_drops_every_key_and_address_and_lists_all(
    counter: Counter, named: str, anew: bool
) -> None:
    await counter.accept(merge("joe", "sue"), merge("sue", "pat"))
    renew(counter, anew)
    await counter.accept(erase(named))
    listed = {event.erases.key for event in counter.sheet.events if event.erases}
    assert listed == {b"acme/customer/joe", b"acme/customer/sue", b"acme/customer/pat"}
    assert await counter.has_key("joe", "sue", "pat") == [False, False, False]
    assert await counter.led_to("joe@example.com", "sue@example.com", "pat@example.com") == []
    renew(counter, anew)
    outcomes = await counter.accept(*(by_address(f"{one}@example.com") for one in ("joe", "sue", "pat")))
    assert all(found(one).startswith("cus_") for one in outcomes)


async def test_merged_and_erased_within_one_poll(counter: Counter) -> None:
    await counter.accept(merge("joe", "sue"), erase("joe"), by_address("joe@example.com"))
    assert await counter.has_key("joe", "sue", "pat") == [False, False, True]
    assert found((await counter.accept(register("pat")))[0]) == "pat"


async def test_what_was_booked_by_the_merged_is_sealed_for_nobody_once_they_are_erased(counter: Counter) -> None:
    await counter.accept(
        ("DefineLocation", {"id": "main", "name": "Main", "tz": "UTC", "primary": True}),
        ("DefineService", {"id": "cut", "name": "Cut", "duration_minutes": 30}),
        ("DefineResource", {"id": "ann", "kind": "staff", "name": "Ann", "service_ids": ["cut"]}),
        ("SetSchedule", {"resource_id": "ann", "weekly": [{"days": ["mon"], "start": "09:00", "end": "17:00"}]}),
    )
    wish = {"service_id": "cut", "start": "2026-03-02T10:00:00Z", "customer": {"id": "joe"}, "notes": "limps"}
    [booked] = await counter.accept(("BookAppointment", wish))
    await counter.accept(merge("joe", "sue"), erase("sue"))
    counter.begin_anew()
    cancel = {"appointment_id": booked["appointment"]["id"], "reason": "Joe is ill"}
    await counter.accept(("CancelAppointment", cancel))
    assert (await counter.records())[-1].event.reason is None  # type: ignore[attr-defined]


# --- how often the log is asked -----------------------------------------------------------------------------------


async def asked(counter: Counter, monkeypatch: pytest.MonkeyPatch, command: Sent) -> int:
    """How often streams or addresses are asked for, by a desk that knows the tenant and nobody of it."""
    counter.begin_anew()
    await counter.accept(by_address("nobody@example.com"))
    asked, load = 0, counter.log.load

    async def counted(wanted: Sequence[Wanted]) -> Mapping[int, Loaded]:
        nonlocal asked
        asked += 1
        return await load(wanted)

    with monkeypatch.context() as patched:
        patched.setattr(counter.log, "load", counted)
        await counter.accept(command)
    return asked


async def test_a_merged_id_or_address_costs_no_more_than_any_address(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await counter.accept(merge("joe", "sue"), merge("sue", "pat"))
    for command in (by_address("pat@example.com"), by_address("joe@example.com"), ("RegisterCustomer", {"id": "joe"})):
        assert await asked(counter, monkeypatch, command) == 2


async def test_however_many_were_merged_they_are_read_at_once(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [f"c{number}" for number in range(40)]
    await counter.accept(*map(register, many))
    await counter.accept(*(merge(one, "joe") for one in many))
    assert await asked(counter, monkeypatch, merge("joe", "sue")) == 2
    assert await asked(counter, monkeypatch, erase("c7")) == 3
    assert await counter.has_key(*many, "joe", "sue") == [False] * 42
