"""What the commands about a series say beside what they say about an appointment."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from contracts.command import Command
from contracts.fields import CLEAN, Id, LongText, Resources, Start, StartOrDate, Text
from contracts.parts import NotifyBody, broken

RecurrenceRule = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=CLEAN)]
"""The value of an RFC 5545 RRULE, such as `FREQ=WEEKLY;COUNT=6`."""

ExceptionDates = Annotated[list[StartOrDate], Field(max_length=200)]
"""Occurrences that are left out: by instant, by wall time, or all of a local date."""

OnConflict = Literal["all_or_nothing", "skip"]


class OnSeries(Command):
    """About what is still to come of a series: one occurrence, it and those after it, or all."""

    series_id: Id
    scope: Literal["this", "this_and_following", "all"]
    appointment_id: Id | None = None
    notify: NotifyBody = NotifyBody()

    @model_validator(mode="after")
    def _names_an_occurrence(self) -> Self:
        if self.scope != "all" and self.appointment_id is None:
            raise broken("appointment_id", "this scope needs the occurrence that it is about")
        return self


class CancelSeries(OnSeries):
    reason: LongText | None = None
    refund: Literal["policy"] | bool = "policy"


class RescheduleSeries(OnSeries):
    """`start` is the new start of the occurrence named, without one of the next; the others go with it.

    They move by as much wall time, so that each keeps its new time of day whatever the clocks do.
    """

    start: Start
    tz: Text | None = None
    resources: Resources | None = None
    reason: LongText | None = None
