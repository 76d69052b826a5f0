"""Coupons and credits: what is taken off the price, and what is paid with a pass. Facts, told from outside.

A coupon counts once and takes off what is left to take off at most, so nothing ever costs less than nothing.
"""

from booking.change import Decision
from booking.money import of_money
from booking.refusals import already_used, invalid
from booking.rule import Rule, on_appointment
from booking.transitions import located
from booking.view import View
from contracts.appointment import Appointment
from contracts.commands import ApplyCoupon, UseCredits
from contracts.errors import Rejection
from contracts.events import CouponApplied, CreditsUsed
from contracts.payment import PaymentFact
from contracts.values import Credits, Money


def apply(command: ApplyCoupon, view: View) -> Decision:
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    if any(one.id == command.coupon_id for one in kept.appointment.payment.coupons):
        return []
    wanted, left = command.discount, still_to_pay(kept.appointment)
    if wanted.amount_minor == 0:
        return invalid("discount.amount_minor", "more than nothing")
    if left is not None and wanted.currency != left.currency:
        return invalid("discount.currency", f"the price is in {left.currency}")
    if left is None or left.amount_minor == 0:
        detail = "There is nothing left to take off."
        return Rejection(code="limit_reached", field="discount", detail=detail, members={"scope": "coupon"})
    minor = min(wanted.amount_minor, left.amount_minor)
    discount = Money(amount_minor=minor, currency=left.currency)
    return [of_money(kept, CouponApplied(coupon_id=command.coupon_id, discount=discount))]


def still_to_pay(seen: Appointment) -> Money | None:
    """The price, with the tax that comes on top of it, less what coupons took off. None where it has no price."""
    if seen.price is None:
        return None
    added = seen.tax.added_minor if seen.tax else 0
    discount = seen.payment.discount.amount_minor if seen.payment.discount else 0
    return Money(amount_minor=max(0, seen.price.amount_minor + added - discount), currency=seen.price.currency)


def use(command: UseCredits, view: View) -> Decision:
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    known = next((one for one in kept.appointment.payment.payments if one.id == command.id), None)
    if known is not None:
        return [] if known == _as_paid(command, known.id) else already_used("id")
    id = command.id or view.new_id("pay_")
    return [of_money(kept, CreditsUsed(payment_id=id, pass_id=command.pass_id, amount=command.amount))]


def _as_paid(command: UseCredits, payment_id: str) -> PaymentFact:
    credits = Credits(amount=command.amount, pass_id=command.pass_id)
    return PaymentFact(id=payment_id, method="pass", credits=credits, status="paid")


RULES = (
    Rule(ApplyCoupon, apply, names=on_appointment),
    Rule(UseCredits, use, names=on_appointment),
)
