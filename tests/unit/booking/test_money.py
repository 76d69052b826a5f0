"""Money facts: what was paid, what goes back and what became of it, never more than there was."""

from typing import Any

import pytest

from booking.change import Change
from contracts import commands as c
from contracts import events as e
from contracts.payment import Refund
from contracts.values import Credits, Money
from given import Fact, What, after, ann_works, booked, given, held, on_it, sent
from samples import command, policies


def usd(minor: int) -> dict[str, Any]:
    return {"amount_minor": minor, "currency": "USD"}


def pay(minor: int = 9500, **members: Any) -> What:
    return on_it(c.RecordPayment, **{"method": "card", "amount": usd(minor)} | members)


def refund(minor: int | None = None, **members: Any) -> What:
    return on_it(c.RequestRefund, **({} if minor is None else {"amount": usd(minor)}) | members)


def cancel(**members: Any) -> What:
    return on_it(c.CancelAppointment, **members)


def settle(number: int = 1, status: str = "refunded") -> What:
    return lambda clinic: command(c.SettleRefund, refund_id=f"ref_{number}.{clinic.it}", status=status)


VISIT = ann_works("09:00-17:00"), booked("10:00")
PAID = *VISIT, after(pay())
DOLLARS = Money(amount_minor=9500, currency="USD")


def payment(scene) -> Any:  # type: ignore[no-untyped-def]
    return scene.clinic.appointment().payment


# --- payments -----------------------------------------------------------------------------------------------------


def test_nothing_is_paid_until_somebody_says_so() -> None:
    assert payment(given(*VISIT)).status == "none"


@pytest.mark.parametrize("status", ["pending", "authorized", "paid", "failed"])
def test_a_payment_is_published_as_it_stands(status: str) -> None:
    scene = given(*VISIT).when(pay(status=status)).then(e.PaymentRecorded, amount=DOLLARS, status=status)
    assert payment(scene).status == status
    assert payment(scene).paid == (DOLLARS if status == "paid" else None)
    assert payment(scene).payments[0].method == "card"


def test_the_same_payment_again_is_news_of_it_and_not_another() -> None:
    scene = given(*VISIT, after(pay(id="pay_1", status="authorized")))
    scene.when(pay(id="pay_1")).then(e.PaymentRecorded, payment_id="pay_1")
    assert (payment(scene).status, payment(scene).paid, len(payment(scene).payments)) == ("paid", DOLLARS, 1)
    scene.when(pay(id="pay_1")).then_nothing()


def test_payments_add_up_and_a_failed_one_counts_for_nothing() -> None:
    scene = given(*VISIT, after(pay(4000), pay(5500), pay(100, status="failed")))
    assert (payment(scene).status, payment(scene).paid) == ("paid", DOLLARS)


def test_credits_of_a_pass_are_a_payment_without_money() -> None:
    scene = given(*VISIT).when(pay(amount=None, method="pass", credits={"amount": 3, "pass_id": "ten"}))
    scene.then(e.PaymentRecorded, credits=Credits(amount=3, pass_id="ten"), amount=None)
    assert (payment(scene).status, payment(scene).paid) == ("paid", None)


def test_one_appointment_is_paid_in_one_currency() -> None:
    euro = {"amount_minor": 1, "currency": "EUR"}
    given(*PAID).when(pay(amount=euro)).then_refused("invalid_command", "amount.currency")


def test_a_hold_can_be_paid_for_and_keeps_its_payment_when_it_is_booked() -> None:
    scene = given(ann_works("09:00-17:00"), held("10:00", by="desk"), after(pay()))
    scene.when(lambda clinic: command(c.ConfirmHold, hold_id=clinic.it, owner="desk", customer={"name": "Joe"}))
    scene.then_it(status="scheduled")
    assert payment(scene).status == "paid"


def test_a_payment_moves_nothing() -> None:
    scene = given(*VISIT)
    before = scene.clinic.appointment()
    after_it = scene.when(pay()).clinic.appointment()
    assert (after_it.status, after_it.start, after_it.version) == (before.status, before.start, 2)


def test_payments_are_of_an_appointment_that_there_is() -> None:
    given().when(command(c.RecordPayment, appointment_id="none", method="cash", amount=usd(1))).then_refused(
        "not_found", "appointment_id"
    )


# --- refunds ------------------------------------------------------------------------------------------------------


def test_a_refund_is_asked_for_and_settled() -> None:
    scene = (
        given(*PAID)
        .when(refund(1500, reason="late"))
        .then(e.RefundRequested, amount=Money(amount_minor=1500, currency="USD"), terms=e.RefundTerms(), reason="late")
    )
    assert payment(scene).status == "refund_processing"
    assert scene.clinic.appointment().reasons == {"refund": "late"}
    scene.when(settle()).then(e.RefundSettled, status="refunded")
    assert (payment(scene).status, payment(scene).refunded) == (
        "partially_refunded", Money(amount_minor=1500, currency="USD")
    )  # fmt: skip


def test_without_an_amount_all_that_is_left_goes_back() -> None:
    scene = given(*PAID, after(refund(1500), settle())).when(refund())
    scene.then(e.RefundRequested, amount=Money(amount_minor=8000, currency="USD"))
    scene.when(settle(2))
    assert (payment(scene).status, payment(scene).refunded) == ("refunded", DOLLARS)


def test_more_than_is_left_never_goes_back_not_even_while_the_first_refund_is_under_way() -> None:
    given(*PAID).when(refund(9501)).then_refused("limit_reached", "amount", scope="refund")
    scene = given(*PAID, after(refund(9000)))
    scene.when(refund(501)).then_refused("limit_reached", "amount", scope="refund")
    scene.when(refund(500)).then(e.RefundRequested)
    scene.when(refund()).then_refused("limit_reached", "amount", scope="refund")


def test_what_failed_to_go_back_is_left_again() -> None:
    scene = given(*PAID, after(refund(), settle(status="failed")))
    assert payment(scene).status == "paid"
    scene.when(refund()).then(e.RefundRequested, amount=DOLLARS)


def test_where_nothing_was_paid_nothing_goes_back() -> None:
    given(*VISIT).when(refund()).then_refused("limit_reached", "amount", scope="refund")
    given(*VISIT, after(pay(status="authorized"))).when(refund(1)).then_refused(
        "limit_reached", "amount", scope="refund"
    )


def test_credits_go_back_as_credits() -> None:
    scene = given(*VISIT, after(pay(amount=None, method="pass", credits={"amount": 3, "pass_id": "ten"})))
    scene.when(refund()).then(e.RefundRequested, amount=None, credits=Credits(amount=3, pass_id="ten"))
    scene.when(settle())
    assert payment(scene).status == "refunded"


@pytest.mark.parametrize(
    ("amount", "field"), [(usd(0), "amount.amount_minor"), ({"amount_minor": 5, "currency": "EUR"}, "amount.currency")]
)
def test_a_refund_is_more_than_nothing_and_in_the_currency_paid(amount: dict[str, Any], field: str) -> None:
    given(*PAID).when(on_it(c.RequestRefund, amount=amount)).then_refused("invalid_command", field)


def test_a_refund_is_settled_once() -> None:
    scene = given(*PAID, after(refund(), settle()))
    scene.when(settle()).then_nothing()
    scene.when(settle(status="failed")).then_refused(
        "invalid_transition", None, **{"from": "refunded", "to": "failed", "allowed": []}
    )


@pytest.mark.parametrize("refund_id", ["ref_2.{it}", "ref_1.nobody", "ref_1", "{it}"])
def test_a_refund_that_there_is_not_cannot_be_settled(refund_id: str) -> None:
    scene = given(*PAID, after(refund()))
    scene.when(lambda clinic: command(c.SettleRefund, refund_id=refund_id.format(it=clinic.it)))
    scene.then_refused("not_found", "refund_id")


# --- what a cancellation gives back -------------------------------------------------------------------------------


def rules(**members: Any) -> Fact:
    return sent(policies(service_id="cut", **members))


def refunds(scene) -> list[Refund]:  # type: ignore[no-untyped-def]
    found: list[Refund] = payment(scene).refunds
    return found


@pytest.mark.parametrize("asked", ["policy", True])
def test_a_cancellation_gives_back_what_was_paid(asked: object) -> None:
    scene = given(*PAID).when(cancel(refund=asked)).then(e.AppointmentCancelled, e.RefundRequested, amount=DOLLARS)
    assert (payment(scene).status, refunds(scene)[0].status) == ("refund_processing", "processing")
    assert refunds(scene)[0].by == ("policy" if asked == "policy" else "request")


def test_nothing_goes_back_where_nothing_was_paid_or_it_is_said_so() -> None:
    given(*VISIT).when(cancel()).then(e.AppointmentCancelled)
    given(*PAID).when(cancel(refund=False)).then(e.AppointmentCancelled)


@pytest.mark.parametrize(
    ("set_to", "minor"),
    [
        ({"refund_percent": 50}, 4750), ({"refund_percent": 33}, 3135), ({"refund_percent": 0}, None),
        ({"refund_percent": None}, 9500), ({"refund_until_minutes": 120}, 9500), ({"refund_until_minutes": 121}, None),
        ({"refund_percent": 50, "refund_until_minutes": None}, 4750),
    ],
)  # fmt: skip
def test_the_policy_says_how_much_goes_back_and_until_when(set_to: dict[str, Any], minor: int | None) -> None:
    """At 08:00 the visit of 10:00 is two hours away."""
    scene = given(rules(**set_to), *PAID).at("08:00").when(cancel())
    assert [one.amount for one in refunds(scene)] == (
        [] if minor is None else [Money(amount_minor=minor, currency="USD")]
    )


@pytest.mark.parametrize(
    ("set_to", "terms"),
    [
        ({}, {"percent": 100}), ({"refund_percent": 50}, {"percent": 50}),
        ({"refund_percent": 50, "refund_until_minutes": 120}, {"percent": 50, "until_minutes": 120}),
    ],
)  # fmt: skip
def test_a_refund_says_by_which_policy_it_is_so_much(set_to: dict[str, Any], terms: dict[str, int]) -> None:
    """Kept with the refund: what the policy says tomorrow changes nothing."""
    scene = given(rules(**set_to), *PAID).at("08:00").when(cancel())
    scene.then(e.AppointmentCancelled, e.RefundRequested, terms=e.RefundTerms(by="policy", **terms))
    scene.when(policies(service_id="cut", refund_percent=10))
    assert (refunds(scene)[0].by, refunds(scene)[0].percent) == ("policy", terms["percent"])


def test_whoever_cancels_may_give_back_all_of_it_whatever_the_policy_says() -> None:
    scene = given(rules(refund_percent=0), *PAID).when(cancel(refund=True))
    assert refunds(scene)[0].amount == DOLLARS


def test_only_what_is_still_there_goes_back() -> None:
    scene = given(*PAID, after(refund(9000))).when(cancel())
    assert [one.amount.amount_minor for one in refunds(scene) if one.amount] == [9000, 500]


def test_a_percentage_of_credits_is_whole_credits() -> None:
    three = pay(amount=None, method="pass", credits={"amount": 3})
    scene = given(rules(refund_percent=50), *VISIT, after(three)).when(cancel())
    assert refunds(scene)[0].credits == Credits(amount=1)


def credits(amount: int, pass_id: str) -> What:
    return pay(amount=None, method="pass", credits={"amount": amount, "pass_id": pass_id})


def test_credits_go_back_to_the_pass_they_came_from() -> None:
    scene = given(*PAID, after(credits(3, "ten"), credits(2, "five"), credits(1, "ten"))).when(cancel())
    scene.then(e.AppointmentCancelled, e.RefundRequested, e.RefundRequested)
    five, ten = Credits(amount=2, pass_id="five"), Credits(amount=4, pass_id="ten")
    assert [(one.id[:5], one.amount, one.credits) for one in refunds(scene)] == [
        ("ref_1", None, five), ("ref_2", DOLLARS, ten)
    ]  # fmt: skip
    scene.when(settle(1)).when(settle(2))
    assert payment(scene).status == "refunded"


def test_what_went_back_to_a_pass_does_not_go_back_again() -> None:
    """Before credits were told apart by pass, all of them went back to the first one."""
    scene = given(*VISIT, after(credits(1, "ten"), credits(2, "five"), refund()))
    scene.when(refund()).then_refused("limit_reached", "amount", scope="refund")
    lumped = given(*VISIT, after(credits(1, "ten"), credits(2, "five")))
    whole = e.RefundRequested(refund_id=f"ref_1.{lumped.clinic.it}", credits=Credits(amount=3, pass_id="ten"))
    stream = f"appointment/{lumped.clinic.it}"
    lumped.clinic.write([Change(stream, whole, stream)])
    lumped.when(refund()).then_refused("limit_reached", "amount", scope="refund")


def test_history_gives_back_only_what_it_says_itself() -> None:
    scene = given(*PAID)
    scene.when(cancel(), imported=True).then(e.AppointmentCancelled)
    assert refunds(scene) == []
