"""Events about money beside payments: coupons, credits, and why a refund is what it is."""

from typing import Literal

from contracts.event import Event
from contracts.values import Money, Value


class RefundTerms(Value, frozen=True, kw_only=True):
    """Why so much goes back: because somebody says so, or because of policies as they were then.

    By policy it is `percent` of what was left; `until_minutes` before the start all claim to it ended. Null where there
    was no such rule, or where nobody wrote down which.
    """

    by: Literal["policy", "request"] = "request"
    percent: int | None = None
    until_minutes: int | None = None


class CouponApplied(Event, frozen=True, kw_only=True):
    """So much less is to be paid: what the coupon really took off, which may be less than it is worth."""

    coupon_id: str
    discount: Money


class CreditsUsed(Event, frozen=True, kw_only=True):
    """Paid with units of a pass."""

    payment_id: str
    pass_id: str
    amount: int
