"""Commands that lead an appointment to another status, and those that take back what was said before.

Each says why (`reason`), and may give the status a label of the tenant's own (`sub_status`, which the policies bind).
"""

from typing import Annotated, Literal

from pydantic import Field

from contracts.command import Transition
from contracts.fields import LongText, Text

Why = Annotated[LongText, Field(min_length=1)]


class Step(Transition):
    """Leads to another status."""

    reason: LongText | None = None
    sub_status: Text | None = None


class UndoConfirmation(Step):
    """The customer's yes is taken back."""


class CorrectOutcome(Step):
    """How it ended was noted wrongly. Who puts that right says why."""

    outcome: Literal["completed", "no_show"]
    reason: Why


class ReinstateAppointment(Step):
    """A cancelled one stands again, decided like a booking of its old slot."""


class TombstoneAppointment(Transition):
    """It should never have been: it takes no time any more, and nothing more can be done with it."""

    reason: LongText | None = None
