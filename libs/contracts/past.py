"""Shapes that events once had, and that the log and the topic still hold: for those who read them by themselves.

Nothing here decodes anything: `record.decode` reads an old shape through its upcasts (upcasts.py). The published
schemas say what it looks like, and the golden file of its version is an example.
"""

from typing import Literal

import msgspec

from contracts.personal import Personal
from contracts.values import Credits, Money


class RefundRequestedV1(msgspec.Struct, frozen=True, kw_only=True):
    """That a policy said so was known, but not which."""

    refund_id: str
    amount: Money | None = None
    credits: Credits | None = None
    by: Literal["policy", "request"] = "request"
    reason: Personal = None


PAST: dict[tuple[str, int], type[msgspec.Struct]] = {("RefundRequested", 1): RefundRequestedV1}
"""Every shape before the present one, by type and version."""
