"""Events that take back what an appointment's stream said before; that stays in the log, and so does why."""

from typing import Literal

from contracts.event import Event
from contracts.personal import Personal
from contracts.values import Chosen, Notify, SlotFacts


class ConfirmationUndone(Event, frozen=True, kw_only=True):
    """The customer's yes was taken back."""

    reason: Personal = None
    sub_status: str | None = None


class AppointmentOutcomeCorrected(Event, frozen=True, kw_only=True):
    """It ended otherwise than was noted."""

    outcome: Literal["completed", "no_show"]
    reason: Personal = None
    sub_status: str | None = None


class AppointmentReinstated(Event, frozen=True, kw_only=True):
    """A cancelled one stands again. `slot` is its old slot as taken anew."""

    slot: SlotFacts
    chosen: Chosen
    reason: Personal = None
    sub_status: str | None = None
    notify: Notify = Notify()


class AppointmentTombstoned(Event, frozen=True, kw_only=True):
    """It should never have been: it takes no time, and nothing follows."""

    reason: Personal = None
