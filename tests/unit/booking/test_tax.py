"""Tax: in whole minor units, rounded half up for each service, in the price or on top of it."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.values import Money, Tax
from given import after, ann_works, booked, confirm_it, given, held, on_it, sent
from samples import book, iso, service


def eur(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "EUR"}


def tax(minor: int, added: int) -> Tax:
    return Tax(amount_minor=minor, currency="EUR", added_minor=added)


def visit(price: int = 6500, **members: Any) -> Any:
    return sent(service(price=eur(price), **members)), ann_works("09:00-17:00"), booked("10:00")


@pytest.mark.parametrize(
    ("price", "rate", "included", "minor"),
    [
        (10000, 1900, False, 1900), (11900, 1900, True, 1900), (10000, 10_000, True, 5000),
        (50, 100, False, 1), (49, 100, False, 0),  # half a cent, and just less
        (101, 5000, False, 51), (3, 5000, True, 1), (1, 10_000, True, 1), (0, 1900, False, 0),
    ],
)  # fmt: skip
def test_the_tax_of_a_price(price: int, rate: int, included: bool, minor: int) -> None:
    scene = given(*visit(price, tax=rate, price_includes_tax=included))
    scene.then_it(price=Money(amount_minor=price, currency="EUR"), tax=tax(minor, 0 if included else minor))


def test_without_a_tax_or_a_price_there_is_none() -> None:
    given(*visit()).then_it(tax=None)
    given(sent(service(tax=1900)), ann_works("09:00-17:00"), booked("10:00")).then_it(tax=None)


def test_the_tax_of_an_option_is_of_its_own_price() -> None:
    long = [{"id": "long", "name": "Long hair", "price": eur(10000)}]
    scene = given(sent(service(price=eur(6500), tax=1900, options=long)), ann_works("09:00-17:00"))
    scene.when(book("10:00", option_id="long")).then_it(tax=tax(1900, 1900))


def test_each_thing_given_with_it_has_its_own_tax() -> None:
    dye = service("dye", price=eur(1190), tax=1900, price_includes_tax=True, duration_minutes=10)
    free = service("tea", price=eur(100), duration_minutes=5)
    scene = given(sent(service(price=eur(1000), tax=700), dye, free), ann_works("09:00-17:00"))
    scene.when(book("10:00", addons=["dye", "tea"])).then_it(
        price=Money(amount_minor=2290, currency="EUR"), tax=tax(70 + 190, 70)
    )


def test_the_tax_was_agreed_on_with_the_price() -> None:
    """A later rate is of later bookings."""
    dearer = sent(service(price=eur(9900), tax=2500))
    move = on_it(c.RescheduleAppointment, start=iso("11:00"))
    given(*visit(10000, tax=1900), dearer, after(move)).then_it(tax=tax(1900, 1900))
    hold = sent(service(price=eur(10000), tax=1900)), ann_works("09:00-17:00"), held("10:00", by="A")
    given(*hold, dearer).when(confirm_it(owner="A")).then_it(tax=tax(1900, 1900), status="scheduled")


def test_a_service_defined_as_before_there_was_tax_is_the_same_service() -> None:
    same = service(price=eur(6500))
    scene = given(sent(same)).when(same).then_nothing()
    defined = scene.clinic.state.book.services["cut"].defined
    assert defined == e.ServiceDefined(
        id="cut", name="Haircut", duration_minutes=30, price=Money(amount_minor=6500, currency="EUR")
    )
    scene.when(service(price=eur(6500), tax=1900)).then(e.ServiceDefined, tax=1900)
    scene.when(service(price=eur(6500))).then(e.ServiceDefined)
