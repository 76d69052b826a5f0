"""Commands that record money facts. Somebody else charges and pays out; the desk is told, and says what goes back."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.command import Command, OnAppointment
from contracts.fields import RULES, Id, LongText
from contracts.parts import Body, MoneyBody, broken

REFUND_ID = r"^[A-Za-z0-9_.\-]{1,80}$"
RULES[REFUND_ID] = "a refund's id is the one that its appointment shows"
RefundId = Annotated[str, StringConstraints(pattern=REFUND_ID)]


def refund_id(number: int, appointment_id: str) -> str:
    """A refund is found by its id alone, so the id says whose it is."""
    return f"ref_{number}.{appointment_id}"


def appointment_of(refund_id: str) -> str:
    return refund_id.partition(".")[2]


class CreditsBody(Body):
    amount: Annotated[int, Field(ge=1, le=10**6)]
    pass_id: Id | None = None


IN_MONEY = frozenset({"card", "cash"})


class RecordPayment(OnAppointment):
    """Money by card or cash, credits of a pass, either of a package. The same `id` again is news of one payment."""

    id: Id | None = None
    method: Literal["card", "pass", "package", "cash"]
    amount: MoneyBody | None = None
    credits: CreditsBody | None = None
    status: Literal["pending", "authorized", "paid", "failed"] = "paid"

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if (self.amount is None) == (self.credits is None):
            raise broken("amount", "either amount or credits is given")
        if self.amount is None and self.method in IN_MONEY:
            raise broken("credits", "card and cash are paid in money")
        if self.credits is None and self.method == "pass":
            raise broken("amount", "a pass is paid in credits")
        return self


class RequestRefund(OnAppointment):
    """So much is to go back; without an amount, all that is left."""

    amount: MoneyBody | None = None
    reason: LongText | None = None


class SettleRefund(Command):
    """What became of a refund."""

    refund_id: RefundId
    status: Literal["refunded", "failed"] = "refunded"


class ApplyCoupon(OnAppointment):
    """So much less is to be paid, as far as there is something to pay. A coupon counts once."""

    coupon_id: Id
    discount: MoneyBody


class UseCredits(OnAppointment):
    """Paid with units of a pass. The same `id` again is the same payment."""

    id: Id | None = None
    pass_id: Id
    amount: Annotated[int, Field(ge=1, le=10**6)]
