"""Commands about the waitlist: who waits, what is offered to whom, and what comes of it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from contracts.command import Command
from contracts.fields import Id, Ids, LongText, Resources, Start, Text
from contracts.parts import Body, CustomerBody, broken

MOST_ASKED = 50
"""Entries that one slot is offered to."""

WaitlistIds = Annotated[Ids, Field(min_length=1, max_length=MOST_ASKED)]


class WantsBody(Body):
    """Any start in `[from, to)`, with one of the resources; what is left out does not matter."""

    from_: Annotated[Start | None, Field(alias="from")] = None
    to: Start | None = None
    resources: Resources = []

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.from_ is None or self.to is None:
            return self
        if (self.from_.tzinfo is None) != (self.to.tzinfo is None):
            raise broken("to", "from and to are both instants with offset, or both local times")
        if self.to <= self.from_:
            raise broken("to", "it lies after from")
        return self


class JoinWaitlist(Command):
    """`earlier_than` is an appointment of theirs: whatever starts before it would do."""

    id: Id | None = None
    service_id: Id
    location_id: Id | None = None
    customer: CustomerBody
    wants: WantsBody = WantsBody()
    tz: Text | None = None
    earlier_than: Id | None = None


class OfferSlot(Command):
    """Keeps a slot for those who wait for it: the first to claim it gets it, or each has it alone for a while."""

    service_id: Id
    start: Start
    tz: Text | None = None
    location_id: Id | None = None
    resources: Resources | None = None
    waitlist_ids: WaitlistIds
    hold_seconds: Annotated[int, Field(ge=1, le=604_800)] | None = None
    mode: Literal["all", "one_by_one"] = "all"


class WithdrawOffer(Command):
    """From one entry, or from all of them; with the last the slot is free again."""

    hold_id: Id
    waitlist_id: Id | None = None
    reason: LongText | None = None


class LeaveWaitlist(Command):
    waitlist_id: Id
    reason: LongText | None = None
