"""Merges: two were one person. The other's id and addresses lead to the one who stays, for good."""

from typing import Any

import pytest

from booking.merges import MOST
from booking.state import CustomerNotLoaded
from contracts import commands as c
from contracts import events as e
from contracts.values import CustomerRef
from given import Scene, ann_works, booked, confirm_it, email_key, given, held, sent
from samples import block, book, command, hold_slot, register, unblock

PEOPLE = {name: {"id": name, "name": name.title(), "email": f"{name}@example.com"} for name in ("ann", "joe", "sue")}
OPEN = ann_works("09:00-17:00"), sent(*(register(**one) for one in PEOPLE.values()))


def merge(gone: str, into: str) -> c.MergeCustomers:
    return command(c.MergeCustomers, customer_id=gone, into=into)


def erase(customer_id: str) -> c.EraseCustomer:
    return command(c.EraseCustomer, customer_id=customer_id)


def streams(scene: Scene) -> list[str]:
    return [record.stream for record in scene.written]


def booked_for(scene: Scene, **named: str) -> str:
    scene.when(book("16:00", customer=named))
    assert scene.clinic.refusal is None, scene.clinic.refusal
    customer = scene.clinic.appointment().customer
    assert customer is not None
    return customer.id


def test_a_merge_is_told_on_the_streams_of_both() -> None:
    scene = given(*OPEN).when(merge("joe", "sue"))
    scene.then(
        e.CustomersMerged, e.CustomersMerged,
        id="sue", merged_ids=["joe"], email_keys=[email_key("joe@example.com")],
    )  # fmt: skip
    assert streams(scene) == ["customer/sue", "customer/joe"]


@pytest.mark.parametrize("named", [{"id": "joe"}, {"email": "JOE@example.com"}, {"email": "sue@example.com"}])
def test_id_and_addresses_lead_to_the_one_who_stays(named: dict[str, str]) -> None:
    scene = given(*OPEN, sent(merge("joe", "sue")))
    assert booked_for(scene, **named) == "sue"
    assert scene.clinic.appointment().customer == CustomerRef(id="sue", name="Sue", email="sue@example.com")


def test_registering_the_id_again_finds_the_one_who_stays() -> None:
    scene = given(*OPEN, sent(merge("joe", "sue")))
    scene.when(register(id="joe", name="Joe")).then(e.CustomerLinked, id="sue", by="id")
    scene.when(register(email="joe@example.com")).then(e.CustomerLinked, id="sue", by="email")


def test_a_chain_of_merges_is_one_step_long() -> None:
    scene = given(*OPEN, sent(merge("joe", "sue"))).when(merge("sue", "ann"))
    assert streams(scene) == ["customer/ann", "customer/sue", "customer/joe"]
    assert scene.clinic.state.customers["joe"].merged_into == "ann"
    for named in ({"id": "joe"}, {"id": "sue"}, {"email": "joe@example.com"}, {"email": "sue@example.com"}):
        assert booked_for(given(*OPEN, sent(merge("joe", "sue"), merge("sue", "ann"))), **named) == "ann"


def test_a_merged_id_stands_for_the_person_in_every_command() -> None:
    scene = given(*OPEN, sent(merge("joe", "sue")))
    scene.when(command(c.ChangeCustomer, customer_id="joe", name="Susan")).then(
        e.CustomerChanged, id="sue", name="Susan"
    )
    scene.when(block("joe")).then(e.CustomerBlocked, id="sue").when(unblock("joe")).then(e.CustomerUnblocked, id="sue")
    scene.when(merge("joe", "ann")).then(e.CustomersMerged, e.CustomersMerged, e.CustomersMerged, id="ann")


def test_who_is_one_person_already_stays_so() -> None:
    scene = given(*OPEN, sent(merge("joe", "sue")))
    scene.when(merge("joe", "sue")).then_nothing().when(merge("sue", "joe")).then_nothing()


def test_nobody_is_merged_into_themselves_nor_with_somebody_unknown_or_erased() -> None:
    scene = given(*OPEN, sent(erase("ann")))
    scene.when(merge("joe", "joe")).then_refused("invalid_command", "into")
    for nobody in ("ann", "who"):
        scene.when(merge(nobody, "joe")).then_refused("customer_not_found", "customer_id")
        scene.when(merge("joe", nobody)).then_refused("customer_not_found", "into")


@pytest.mark.parametrize("blocked", ["joe", "sue"])
def test_whoever_of_them_was_blocked_the_person_is(blocked: str) -> None:
    scene = given(*OPEN, sent(block(blocked, reason="never came"), merge("joe", "sue")))
    assert scene.clinic.state.customers["sue"].blocked_reason == "never came"
    for named in ({"id": "joe"}, {"id": "sue"}, {"email": "joe@example.com"}):
        scene.when(book("10:00", customer=named)).then_refused("customer_blocked", "customer")
    scene.when(unblock("joe")).when(book("10:00", customer={"id": "sue"})).then_it(status="scheduled")


def test_what_the_one_who_stays_lacks_is_taken_over_and_nothing_else() -> None:
    joe = {"id": "joe2", "name": "Joe", "phone": "555", "language": "de", "email": "j@example.com",
           "external_ids": {"shop": "7", "crm": "9"}}  # fmt: skip
    scene = given(sent(register(id="sue2", name="Sue", external_ids={"crm": "1"}), register(**joe)))
    scene.when(merge("joe2", "sue2")).then(
        e.CustomersMerged, e.CustomersMerged, e.CustomerChanged,
        id="sue2", name="Sue", phone="555", language="de", email="j@example.com", email_key=email_key("j@example.com"),
        external_ids={"shop": "7", "crm": "1"}, left_email_key=None,
    )  # fmt: skip


def test_an_address_taken_over_and_then_left_leads_to_nobody() -> None:
    scene = given(ann_works("09:00-17:00"), sent(register(id="sue2", name="Sue"), register(**PEOPLE["joe"])))
    scene.when(merge("joe", "sue2"))
    scene.when(command(c.ChangeCustomer, customer_id="sue2", email="new@example.com")).then(e.CustomerChanged)
    assert booked_for(scene, email="joe@example.com") not in ("joe", "sue2")


def test_ones_other_address_may_become_the_first_one() -> None:
    scene = given(*OPEN, sent(merge("joe", "sue")))
    scene.when(command(c.ChangeCustomer, customer_id="sue", email="joe@example.com")).then(
        e.CustomerChanged, left_email_key=email_key("sue@example.com")
    )
    assert booked_for(scene, email="joe@example.com") == "sue"


def test_what_was_booked_stays_under_the_id_it_was_booked_with() -> None:
    scene = given(*OPEN, booked("10:00", customer={"id": "joe"}), sent(merge("joe", "sue")))
    assert scene.clinic.appointment().customer == CustomerRef(id="joe", name="Joe", email="joe@example.com")
    scene.when(c.CancelAppointment(appointment_id=scene.clinic.it)).then(e.AppointmentCancelled)


def test_what_was_held_for_somebody_merged_into_somebody_blocked_is_not_booked() -> None:
    scene = given(*OPEN, held("10:00", customer={"id": "joe"}), sent(merge("joe", "sue"), block("sue")))
    scene.when(confirm_it(owner="A", customer=None)).then_refused("customer_blocked", "customer")


# --- erasing ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["joe", "sue", "ann"])
def test_erasing_any_of_them_erases_all(named: str) -> None:
    scene = given(*OPEN, sent(merge("joe", "sue"), merge("sue", "ann"))).when(erase(named))
    scene.then(e.CustomerErased, e.CustomerErased, e.CustomerErased)
    assert streams(scene) == ["customer/ann", "customer/sue", "customer/joe"]
    assert [change.subject for change in scene.clinic.changes] == streams(scene)
    for id in PEOPLE:
        scene.when(erase(id)).then_refused("customer_not_found", "customer_id")
        scene.when(book("10:00", customer={"id": id})).then_refused("customer_not_found", "customer.id")
        scene.when(register(id=id, name="x")).then_refused("customer_not_found", "id")
    for one in PEOPLE.values():
        scene.when(hold_slot("10:00", customer={"email": one["email"]})).then(e.CustomerRegistered, e.AppointmentHeld)
        scene.clinic.now = scene.clinic.now.replace(hour=scene.clinic.now.hour + 1)


def test_somebody_merged_and_not_here_is_asked_for_not_guessed() -> None:
    everybody = sent(merge("joe", "sue"), merge("sue", "ann"))
    for asked, missing in ((erase("ann"), {"customer/joe", "customer/sue"}), (merge("ann", "pat"), {"customer/joe"})):
        scene = given(*OPEN, everybody, sent(register(id="pat", name="Pat")))
        for stream in missing:
            del scene.clinic.state.customers[stream.removeprefix("customer/")]
        with pytest.raises(CustomerNotLoaded) as error:
            scene.when(asked)
        assert error.value.streams == missing


def test_one_person_has_a_bounded_number_of_ids() -> None:
    many = [register(id=f"c{n}", name="x") for n in range(MOST)]
    scene = given(sent(*many, register(id="last", name="x"), *(merge(f"c{n}", "c0") for n in range(1, MOST))))
    scene.when(merge("last", "c0")).then_refused("too_large")
    scene.when(merge("c0", "last")).then_refused("too_large")


def test_a_merge_that_is_undone_in_memory_leaves_no_trace() -> None:
    clinic = given(*OPEN).clinic
    before: Any = dict(clinic.state.customers), dict(clinic.state.by_email)
    with clinic.state.trial():
        clinic.accept(merge("joe", "sue"))
    assert (dict(clinic.state.customers), dict(clinic.state.by_email)) == before
