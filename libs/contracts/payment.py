"""The money facts of an appointment: what was paid for it and what goes back, as one pure fold of its money events.

The platform charges nobody. Amounts are those that the facts name; `refundable` is what is left of them to give back.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from contracts import events as e
from contracts.values import Credits, Money

PaymentStatus = Literal[
    "none", "pending", "authorized", "paid", "partially_refunded", "refunded", "refund_processing", "failed"
]


class PaymentFact(msgspec.Struct, frozen=True, kw_only=True):
    """One payment, as it was last heard of."""

    id: str
    method: str
    amount: Money | None = None
    credits: Credits | None = None
    status: Literal["pending", "authorized", "paid", "failed"]


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """`percent` of what was left then, if a policy said so."""

    id: str
    amount: Money | None = None
    credits: Credits | None = None
    by: Literal["policy", "request"] = "request"
    status: Literal["processing", "refunded", "failed"] = "processing"
    percent: int | None = None


class Coupon(msgspec.Struct, frozen=True, kw_only=True):
    """`discount` is what it took off."""

    id: str
    discount: Money


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it. `paid`, `refunded` and `discount` are sums of money; what is not there is left out."""

    status: PaymentStatus
    paid: Money | None = None
    refunded: Money | None = None
    payments: list[PaymentFact] = []
    refunds: list[Refund] = []
    discount: Money | None = None
    coupons: list[Coupon] = []


UNPAID = Payment(status="none")

FURTHEST: tuple[Literal["paid", "authorized", "pending", "failed"], ...] = ("paid", "authorized", "pending", "failed")
"""Where payments stand, the one that got furthest first."""


class Refundable(NamedTuple):
    """What was paid and neither given back nor on its way back: money, and credits of each pass."""

    amount: Money | None = None
    credits: tuple[Credits, ...] = ()

    @property
    def nothing(self) -> bool:
        return self.amount is None and not self.credits


def recorded(before: Payment, event: e.PaymentRecorded) -> Payment:
    """News of a payment takes the place of what was known of it."""
    fact = PaymentFact(
        id=event.payment_id, method=event.method, amount=event.amount, credits=event.credits, status=event.status
    )
    return _paid(before, fact)


def used(before: Payment, event: e.CreditsUsed) -> Payment:
    credits = Credits(amount=event.amount, pass_id=event.pass_id)
    return _paid(before, PaymentFact(id=event.payment_id, method="pass", credits=credits, status="paid"))


def _paid(before: Payment, fact: PaymentFact) -> Payment:
    known = {one.id: one for one in before.payments} | {fact.id: fact}
    return _summed(replace(before, payments=list(known.values())))


def discounted(before: Payment, event: e.CouponApplied) -> Payment:
    coupons = [*before.coupons, Coupon(id=event.coupon_id, discount=event.discount)]
    minor = sum(one.discount.amount_minor for one in coupons)
    return replace(before, coupons=coupons, discount=replace(event.discount, amount_minor=minor))


def requested(before: Payment, event: e.RefundRequested) -> Payment:
    refund = Refund(
        id=event.refund_id,
        amount=event.amount,
        credits=event.credits,
        by=event.terms.by,
        percent=event.terms.percent,
    )
    return _summed(replace(before, refunds=[*before.refunds, refund]))


def settled(before: Payment, event: e.RefundSettled) -> Payment:
    refunds = [replace(one, status=event.status) if one.id == event.refund_id else one for one in before.refunds]
    return _summed(replace(before, refunds=refunds))


def refundable(payment: Payment) -> Refundable:
    paid = [one for one in payment.payments if one.status == "paid"]
    gone = [one for one in payment.refunds if one.status != "failed"]
    money = _minor(paid) - _minor(gone)
    currency = next((one.amount.currency for one in paid if one.amount), "")
    return Refundable(
        Money(amount_minor=money, currency=currency) if money > 0 else None,
        tuple(_credits(paid, gone)),
    )


def _credits(paid: list[PaymentFact], gone: list[Refund]) -> Iterator[Credits]:
    """What is left of each pass; in all not more than was paid and is not gone."""
    left = _units(paid) - _units(gone)
    for pass_id in dict.fromkeys(one.credits.pass_id for one in paid if one.credits):
        units = min(left, _units(paid, pass_id) - _units(gone, pass_id))
        if units > 0:
            left -= units
            yield Credits(amount=units, pass_id=pass_id)


def _summed(payment: Payment) -> Payment:
    paid = [one for one in payment.payments if one.status == "paid"]
    refunded = [one for one in payment.refunds if one.status == "refunded"]
    return replace(payment, status=_status(payment), paid=_sum(paid), refunded=_sum(refunded))


def _status(payment: Payment) -> PaymentStatus:
    """What goes back says more than what came in; of payments, the one that got furthest says most."""
    back = {one.status for one in payment.refunds}
    if "processing" in back:
        return "refund_processing"
    if "refunded" in back:
        return "refunded" if refundable(payment).nothing else "partially_refunded"
    came = {one.status for one in payment.payments}
    return next((status for status in FURTHEST if status in came), "none")


def _sum(facts: list[PaymentFact] | list[Refund]) -> Money | None:
    """In the currency of the first: payments of one appointment have one."""
    first = next((one.amount for one in facts if one.amount), None)
    return replace(first, amount_minor=_minor(facts)) if first else None


def _minor(facts: list[PaymentFact] | list[Refund]) -> int:
    return sum(one.amount.amount_minor for one in facts if one.amount)


def _units(facts: list[PaymentFact] | list[Refund], *of_pass: str | None) -> int:
    """Of all passes, or of this one."""
    return sum(one.credits.amount for one in facts if one.credits and (not of_pass or one.credits.pass_id in of_pass))
