"""The events of a class: when it is, how many it takes, and who has a seat in it."""

from datetime import datetime
from typing import Literal

from contracts.event import Event
from contracts.personal import Personal
from contracts.values import Chosen, Notify, SlotFacts


class SessionScheduled(Event, frozen=True, kw_only=True):
    """A class has its time, its resources and its seats. `override` is why although something stood against it."""

    slot: SlotFacts
    capacity: int
    chosen: Chosen
    override: bool = False
    override_reason: Personal = None


class SessionCancelled(Event, frozen=True, kw_only=True):
    """It does not take place; its resources are free again. Its appointments are cancelled in the same decision."""

    reason: Personal = None
    notify: Notify = Notify()


class CapacityChanged(Event, frozen=True, kw_only=True):
    """So many seats from now on, be they fewer than are taken."""

    capacity: int
    previous: int


class SeatsTaken(Event, frozen=True, kw_only=True):
    """The seats that an appointment has from now on, instead of those it had: of a hold or request until `expires_at`.

    A hold's do not stand in the way of its `owner`. `override` tells that they were given although too few were left.
    """

    appointment_id: str
    seats: list[str]
    expires_at: datetime | None = None
    owner: str | None = None
    override: bool = False


class SeatsReleased(Event, frozen=True, kw_only=True):
    """An appointment has no seats here any more: it left, or time ended what kept them."""

    appointment_id: str
    seats: list[str]
    why: Literal["left", "lapsed"] = "left"
