"""Money facts: what was paid, what is to go back, what became of it. Nobody is charged here.

A refund is never more than what was paid and is still there. What a cancelled booking's policy gives back is decided
with the cancellation.
"""

from datetime import timedelta
from typing import Literal

from msgspec.structs import replace

from booking.change import Change, Decision, appointment_stream, subject_of
from booking.policies import rules_of
from booking.refusals import already_settled, invalid, not_found, nothing_to_refund
from booking.rule import Rule, on_appointment
from booking.transitions import illegal, located
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import RecordPayment, RequestRefund, SettleRefund
from contracts.errors import Rejection
from contracts.events import Event, PaymentRecorded, RefundRequested, RefundSettled, RefundTerms
from contracts.money import appointment_of, refund_id
from contracts.payment import Refundable, refundable
from contracts.values import Credits, Money

Asked = Literal["policy"] | bool


def record(command: RecordPayment, view: View) -> Decision:
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    amount = Money(**command.amount.model_dump()) if command.amount else None
    if amount and (other := _currency(kept)) and other != amount.currency:
        return invalid("amount.currency", f"what was paid for this before is {other}")
    event = PaymentRecorded(
        payment_id=command.id or view.new_id("pay_"),
        method=command.method,
        amount=amount,
        credits=Credits(**command.credits.model_dump()) if command.credits else None,
        status=command.status,
    )
    return [] if _is_known(event, kept) else [of_money(kept, event)]


def _currency(kept: Kept) -> str | None:
    return next((one.amount.currency for one in kept.appointment.payment.payments if one.amount), None)


def _is_known(event: PaymentRecorded, kept: Kept) -> bool:
    known = next((one for one in kept.appointment.payment.payments if one.id == event.payment_id), None)
    news = event.method, event.amount, event.credits, event.status
    return known is not None and news == (known.method, known.amount, known.credits, known.status)


def request_refund(command: RequestRefund, view: View) -> Decision:
    kept = located(command, view)
    if isinstance(kept, Rejection):
        return kept
    left = refundable(kept.appointment.payment)
    if command.amount is not None:
        wanted = Money(**command.amount.model_dump())
        if refused := _too_much(wanted, left):
            return refused
        left = Refundable(wanted)
    if left.nothing:
        return nothing_to_refund()
    return _refunds(kept, left, RefundTerms(), reason=command.reason)


def _too_much(wanted: Money, left: Refundable) -> Rejection | None:
    if wanted.amount_minor == 0:
        return invalid("amount.amount_minor", "more than nothing")
    if left.amount is None:
        return nothing_to_refund()
    if wanted.currency != left.amount.currency:
        return invalid("amount.currency", f"what was paid is {left.amount.currency}")
    return nothing_to_refund(left.amount) if wanted.amount_minor > left.amount.amount_minor else None


def settle(command: SettleRefund, view: View) -> Decision:
    kept = view.kept(appointment_of(command.refund_id))
    refunds = kept.appointment.payment.refunds if kept else []
    refund = next((one for one in refunds if one.id == command.refund_id), None)
    if kept is None or refund is None:
        return not_found("refund_id", "refund")
    if kept.appointment.tombstoned:
        return illegal(kept.appointment.status, kept.appointment.status, kept, view)
    if refund.status == command.status:
        return []
    if refund.status != "processing":
        return already_settled(refund.status, command.status)
    return [of_money(kept, RefundSettled(refund_id=refund.id, status=command.status))]


def of_cancellation(kept: Kept, asked: Asked, view: View) -> list[Change]:
    """What goes back of a booking that is cancelled now: all of it, nothing, or what the policy says.

    Policies are for what happens now: of history only what it says itself.
    """
    left, terms = refundable(kept.appointment.payment), RefundTerms()
    if asked is False or (asked == "policy" and view.imported):
        return []
    if asked == "policy":
        terms = _terms(kept, view)
        left = _share(left, terms.percent or 0)
    return _refunds(kept, left, terms)


def _terms(kept: Kept, view: View) -> RefundTerms:
    """What the policies say now: nothing is given back any more where it is too late."""
    rules = rules_of(kept.appointment, view)
    until = rules.refund_until_minutes
    late = until is not None and kept.appointment.start - view.now < timedelta(minutes=until)
    return RefundTerms(by="policy", percent=0 if late else rules.refund_percent, until_minutes=until)


def _share(left: Refundable, percent: int) -> Refundable:
    """In whole units, rounded down."""
    minor = left.amount.amount_minor * percent // 100 if left.amount else 0
    units = [replace(one, amount=one.amount * percent // 100) for one in left.credits]
    amount = replace(left.amount, amount_minor=minor) if left.amount and minor else None
    return Refundable(amount, tuple(one for one in units if one.amount))


def _refunds(kept: Kept, what: Refundable, terms: RefundTerms, reason: str | None = None) -> list[Change]:
    """One for each pass; the last one gives the money back too."""
    if what.nothing:
        return []
    first, *others = what.credits or (None,)
    shares = [*(Refundable(None, (one,)) for one in others), Refundable(what.amount, (first,) if first else ())]
    begun = len(kept.appointment.payment.refunds)
    return [_refund(kept, begun + number, share, terms, reason) for number, share in enumerate(shares, 1)]


def _refund(kept: Kept, number: int, share: Refundable, terms: RefundTerms, reason: str | None) -> Change:
    id, credits = refund_id(number, kept.appointment.id), share.credits[0] if share.credits else None
    return of_money(
        kept, RefundRequested(refund_id=id, amount=share.amount, credits=credits, terms=terms, reason=reason)
    )


def of_money(kept: Kept, event: Event) -> Change:
    """A fact about the appointment's money, on its own stream."""
    stream = appointment_stream(kept.appointment.id)
    return Change(stream, event, subject_of(stream, kept.appointment.customer))


RULES = (
    Rule(RecordPayment, record, names=on_appointment),
    Rule(RequestRefund, request_refund, names=on_appointment),
    Rule(SettleRefund, settle, names=lambda command: [appointment_stream(appointment_of(command.refund_id))]),
)
