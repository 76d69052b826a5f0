"""What a payment's status is, over every way there: one pure fold of money facts, each case a row."""

from typing import get_args

import pytest

from contracts import events as e
from contracts import payment as p
from contracts.values import Credits, Money


def dollars(minor: int) -> Money:
    return Money(amount_minor=minor, currency="USD")


def paid(status: str = "paid", id: str = "a", minor: int = 100) -> e.PaymentRecorded:
    return e.PaymentRecorded(payment_id=id, method="card", amount=dollars(minor), status=status)  # type: ignore[arg-type]


def used(amount: int = 2) -> e.CreditsUsed:
    return e.CreditsUsed(payment_id="c", pass_id="ten", amount=amount)


def refund(minor: int = 100, id: str = "r") -> e.RefundRequested:
    return e.RefundRequested(refund_id=id, amount=dollars(minor))


def credited(amount: int) -> e.RefundRequested:
    return e.RefundRequested(refund_id="r", credits=Credits(amount=amount, pass_id="ten"))


def settled(status: str = "refunded", id: str = "r") -> e.RefundSettled:
    return e.RefundSettled(refund_id=id, status=status)  # type: ignore[arg-type]


def coupon(minor: int = 10) -> e.CouponApplied:
    return e.CouponApplied(coupon_id="SPRING", discount=dollars(minor))


STEPS = {
    e.PaymentRecorded: p.recorded, e.CreditsUsed: p.used, e.RefundRequested: p.requested, e.RefundSettled: p.settled,
    e.CouponApplied: p.discounted,
}  # fmt: skip

TABLE: list[tuple[str, list[e.Event]]] = [
    ("none", []),
    ("none", [coupon()]),
    ("pending", [paid("pending")]),
    ("authorized", [paid("authorized")]),
    ("failed", [paid("failed")]),
    ("paid", [paid()]),
    ("paid", [used()]),
    ("paid", [paid("pending"), paid("authorized"), paid()]),
    ("failed", [paid("pending"), paid("failed")]),
    ("authorized", [paid("failed", "a"), paid("authorized", "b")]),
    ("authorized", [paid("authorized", "a"), paid("failed", "b")]),
    ("pending", [paid("pending", "a"), paid("failed", "b")]),
    ("paid", [paid("paid", "a"), paid("pending", "b")]),
    ("refund_processing", [paid(), refund()]),
    ("refund_processing", [paid(), refund(40)]),
    ("refund_processing", [paid(), refund(40, "r"), settled(), refund(60, "s")]),
    ("refunded", [paid(), refund(), settled()]),
    ("refunded", [paid(), refund(40, "r"), refund(60, "s"), settled(id="r"), settled(id="s")]),
    ("refunded", [used(2), credited(2), settled()]),
    ("partially_refunded", [paid(), refund(40), settled()]),
    ("partially_refunded", [used(2), credited(1), settled()]),
    ("partially_refunded", [paid(), used(), refund(), settled()]),
    ("partially_refunded", [paid(), refund(), settled(), paid("paid", "b")]),
    ("paid", [paid(), refund(), settled("failed")]),
    ("partially_refunded", [paid(), refund(40, "r"), settled(), refund(60, "s"), settled("failed", "s")]),
]


def folded(facts: list[e.Event]) -> p.Payment:
    payment = p.UNPAID
    for fact in facts:
        payment = STEPS[type(fact)](payment, fact)  # type: ignore[operator]
    return payment


@pytest.mark.parametrize(("status", "facts"), TABLE)
def test_the_status_follows_from_the_facts(status: str, facts: list[e.Event]) -> None:
    assert folded(facts).status == status


def test_every_status_is_in_the_table() -> None:
    assert {status for status, _ in TABLE} == set(get_args(p.PaymentStatus))


def test_a_coupon_is_no_payment_and_changes_no_status() -> None:
    for status, facts in TABLE:
        after = folded([*facts, e.CouponApplied(coupon_id="LATE", discount=dollars(5))])
        assert after.status == status
        assert after.discount is not None


def test_credits_used_are_a_payment_by_pass() -> None:
    [fact] = folded([used(2)]).payments
    assert (fact.method, fact.credits, fact.amount) == ("pass", Credits(amount=2, pass_id="ten"), None)
