"""The money facts of an appointment: what was paid for it and what goes back, as one pure fold of its money events.

The platform charges nobody. Amounts are those that the facts name; `refundable` is what is left of them to give back.
"""

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
    id: str
    amount: Money | None = None
    credits: Credits | None = None
    by: Literal["policy", "request"] = "request"
    status: Literal["processing", "refunded", "failed"] = "processing"


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it. `paid` and `refunded` are sums of money; what is not there is left out."""

    status: PaymentStatus
    paid: Money | None = None
    refunded: Money | None = None
    payments: list[PaymentFact] = []
    refunds: list[Refund] = []


UNPAID = Payment(status="none")


class Refundable(NamedTuple):
    """What was paid and neither given back nor on its way back."""

    amount: Money | None
    credits: Credits | None


def recorded(before: Payment, event: e.PaymentRecorded) -> Payment:
    """News of a payment takes the place of what was known of it."""
    fact = PaymentFact(
        id=event.payment_id, method=event.method, amount=event.amount, credits=event.credits, status=event.status
    )
    known = {one.id: one for one in before.payments} | {fact.id: fact}
    return _summed(replace(before, payments=list(known.values())))


def requested(before: Payment, event: e.RefundRequested) -> Payment:
    refund = Refund(id=event.refund_id, amount=event.amount, credits=event.credits, by=event.by)
    return _summed(replace(before, refunds=[*before.refunds, refund]))


def settled(before: Payment, event: e.RefundSettled) -> Payment:
    refunds = [replace(one, status=event.status) if one.id == event.refund_id else one for one in before.refunds]
    return _summed(replace(before, refunds=refunds))


def refundable(payment: Payment) -> Refundable:
    paid = [one for one in payment.payments if one.status == "paid"]
    gone = [one for one in payment.refunds if one.status != "failed"]
    money = _minor(paid) - _minor(gone)
    units = _units(paid) - _units(gone)
    currency = next((one.amount.currency for one in paid if one.amount), "")
    pass_id = next((one.credits.pass_id for one in paid if one.credits), None)
    return Refundable(
        Money(amount_minor=money, currency=currency) if money > 0 else None,
        Credits(amount=units, pass_id=pass_id) if units > 0 else None,
    )


def _summed(payment: Payment) -> Payment:
    paid = [one for one in payment.payments if one.status == "paid"]
    refunded = [one for one in payment.refunds if one.status == "refunded"]
    return replace(payment, status=_status(payment), paid=_sum(paid), refunded=_sum(refunded))


def _status(payment: Payment) -> PaymentStatus:
    """What goes back says more than what came in; of payments, one that was made says more than one that was tried."""
    back = {one.status for one in payment.refunds}
    if "processing" in back:
        return "refund_processing"
    if "refunded" in back:
        return "refunded" if refundable(payment) == (None, None) else "partially_refunded"
    if any(one.status == "paid" for one in payment.payments):
        return "paid"
    return payment.payments[-1].status if payment.payments else "none"


def _sum(facts: list[PaymentFact] | list[Refund]) -> Money | None:
    """In the currency of the first: payments of one appointment have one."""
    first = next((one.amount for one in facts if one.amount), None)
    return replace(first, amount_minor=_minor(facts)) if first else None


def _minor(facts: list[PaymentFact] | list[Refund]) -> int:
    return sum(one.amount.amount_minor for one in facts if one.amount)


def _units(facts: list[PaymentFact] | list[Refund]) -> int:
    return sum(one.credits.amount for one in facts if one.credits)
