"""Coupons and credits: a coupon counts once and never makes a price less than nothing; credits pay."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.payment import Coupon
from contracts.values import Credits, Money
from given import What, after, ann_works, booked, given, on_it, sent
from samples import command, service


def usd(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "USD"}


def dollars(minor: int) -> Money:
    return Money(amount_minor=minor, currency="USD")


def coupon(id: str = "SPRING", minor: int = 1000, **members: Any) -> What:
    return on_it(c.ApplyCoupon, **{"coupon_id": id, "discount": usd(minor)} | members)


def use(pass_id: str = "ten", amount: int = 1, **members: Any) -> What:
    return on_it(c.UseCredits, pass_id=pass_id, amount=amount, **members)


VISIT = sent(service(price=usd(6500))), ann_works("09:00-17:00"), booked("10:00")


def payment(scene: Any) -> Any:
    return scene.clinic.appointment().payment


def test_a_coupon_takes_off_what_it_is_worth_and_leaves_the_price() -> None:
    scene = given(*VISIT).when(coupon()).then(e.CouponApplied, coupon_id="SPRING", discount=dollars(1000))
    scene.then_it(price=dollars(6500), version=2)
    assert (payment(scene).discount, payment(scene).status) == (dollars(1000), "none")
    assert payment(scene).coupons == [Coupon(id="SPRING", discount=dollars(1000))]


def test_the_same_coupon_again_is_no_news() -> None:
    scene = given(*VISIT, after(coupon()))
    scene.when(coupon()).then_nothing().when(coupon(minor=2000)).then_nothing()
    assert payment(scene).discount == dollars(1000)


@pytest.mark.parametrize(("minor", "off"), [(6499, 6499), (6500, 6500), (6501, 6500), (10**9, 6500)])
def test_a_coupon_takes_off_no_more_than_there_is_to_pay(minor: int, off: int) -> None:
    given(*VISIT).when(coupon(minor=minor)).then(e.CouponApplied, discount=dollars(off))


def test_coupons_add_up_until_nothing_is_left_to_take_off() -> None:
    scene = given(*VISIT, after(coupon("A", 6000)))
    scene.when(coupon("B", 6000)).then(e.CouponApplied, discount=dollars(500))
    assert payment(scene).discount == dollars(6500)
    scene.when(coupon("C", 1)).then_refused("limit_reached", "discount", scope="coupon")


def test_tax_on_top_of_the_price_is_to_be_paid_too() -> None:
    taxed = sent(service(price=usd(6500), tax=1000)), ann_works("09:00-17:00"), booked("10:00")
    given(*taxed).when(coupon(minor=9999)).then(e.CouponApplied, discount=dollars(7150))


def test_what_has_no_price_takes_no_coupon() -> None:
    given(ann_works("09:00-17:00"), booked("10:00")).when(coupon()).then_refused(
        "limit_reached", "discount", scope="coupon"
    )


@pytest.mark.parametrize(
    ("discount", "field"),
    [(usd(0), "discount.amount_minor"), ({"amount_minor": 5, "currency": "EUR"}, "discount.currency")],
)
def test_a_discount_is_more_than_nothing_and_in_the_currency_of_the_price(discount: dict[str, Any], field: str) -> None:
    given(*VISIT).when(coupon(discount=discount)).then_refused("invalid_command", field)


def test_a_coupon_stays_when_it_is_moved() -> None:
    scene = given(*VISIT, after(coupon(), on_it(c.RescheduleAppointment, start="2026-03-02T11:00:00Z")))
    assert payment(scene).discount == dollars(1000)


def test_credits_pay() -> None:
    scene = given(*VISIT).when(use(amount=2)).then(e.CreditsUsed, pass_id="ten", amount=2)
    assert payment(scene).status == "paid"
    assert [one.credits for one in payment(scene).payments] == [Credits(amount=2, pass_id="ten")]


def test_credits_used_twice_are_two_payments_unless_it_is_the_same_one() -> None:
    scene = given(*VISIT, after(use(), use(), use(id="mine")))
    assert len(payment(scene).payments) == 3
    scene.when(use(id="mine")).then_nothing()
    scene.when(use(id="mine", amount=2)).then_refused("invalid_command", "id")


def test_credits_used_go_back_to_their_pass() -> None:
    scene = given(*VISIT, after(use("ten", 2))).when(on_it(c.CancelAppointment))
    scene.then(e.AppointmentCancelled, e.RefundRequested, credits=Credits(amount=2, pass_id="ten"))


@pytest.mark.parametrize("what", [coupon, use])
def test_money_facts_are_of_an_appointment_that_there_is_at_the_version_expected(what: Any) -> None:
    members = {"coupon_id": "A", "discount": usd(1)} if what is coupon else {"pass_id": "ten", "amount": 1}
    kind: Any = c.ApplyCoupon if what is coupon else c.UseCredits
    given().when(command(kind, appointment_id="none", **members)).then_refused("not_found", "appointment_id")
    given(*VISIT).when(what(expected_version=2)).then_refused("version_conflict", None, version=1)
