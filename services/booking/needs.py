"""What a command needs loaded: its streams and e-mail look-ups at once, then the resource-days it decides on."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from booking import moves
from booking.change import appointment_stream, customer_stream
from booking.slot import Request, again, planned_for, wanted
from booking.view import View
from contracts import commands as c
from contracts.errors import Rejection
from contracts.parts import CustomerBody
from scheduling.slots import days_needed


class Needs(NamedTuple):
    """`emails` are addresses as given; the look-up takes their keys."""

    streams: set[str]
    emails: set[str]


def needs(command: c.Command) -> Needs:
    """What is needed before anything is known."""
    streams, emails = set[str](), set[str]()
    if stream := _appointment(command):
        streams.add(stream)
    if customer := _customer(command):
        if customer.id:
            streams.add(customer_stream(customer.id))
        if customer.email:
            emails.add(customer.email)
    return Needs(streams, emails)


# By type, and not by isinstance: a model's class is asked through its metaclass, at the price of all the rest here.
_NAMES_ITS_APPOINTMENT: dict[type[c.Command], Callable[[Any], str | None]] = {
    **{kind: attrgetter("appointment_id") for kind in c.COMMANDS.values() if issubclass(kind, c.Transition)},
    **dict.fromkeys((c.ExtendHold, c.ReleaseHold, c.ConfirmHold), attrgetter("hold_id")),
    c.BookAppointment: attrgetter("id"),
}
_NAMES_ITS_CUSTOMER: dict[type[c.Command], Callable[[Any], CustomerBody | None]] = {
    c.RegisterCustomer: lambda command: command,
    **dict.fromkeys((c.HoldSlot, c.ConfirmHold, c.BookAppointment), attrgetter("customer")),
}


def _appointment(command: c.Command) -> str | None:
    """The stream of the appointment or hold that a command is about, existing or to be."""
    member = _NAMING.get(type(command))
    named: str | None = getattr(command, member) if member else None
    return appointment_stream(named) if named else None


def _customer(command: c.Command) -> CustomerBody | None:
    if type(command) is c.RegisterCustomer:
        return command
    found: CustomerBody | None = getattr(command, "customer") if type(command) in _FOR_SOMEBODY else None  # noqa: B009
    return found


# By type, once: asking a command whether it is one of several kinds is slow, and every command is asked.
_NAMING: dict[type[c.Command], str] = {
    **{kind: "appointment_id" for kind in c.COMMANDS.values() if issubclass(kind, c.Transition)},
    **dict.fromkeys((c.ExtendHold, c.ReleaseHold, c.ConfirmHold), "hold_id"),
    c.BookAppointment: "id",
}
_FOR_SOMEBODY = frozenset({c.HoldSlot, c.ConfirmHold, c.BookAppointment})


def customers(command: c.Command, view: View) -> set[str]:
    """Streams of customers to whom an e-mail look-up led and who are not here yet."""
    named = _customer(command)
    if named is None or named.email is None:
        return set()
    found = view.state.by_email.get(view.email_key(named.email))
    return {customer_stream(found)} if found and view.customer(found) is None else set()


def days(command: c.Command, view: View) -> set[tuple[str, int]]:
    """The resource-days that the decision reads, once book and streams are here; none when it will be refused."""
    request = _request(command, view)
    if request is None or isinstance(request, Rejection):
        return set()
    planned = planned_for(request, view)
    if isinstance(planned, Rejection):
        return set()
    return days_needed(planned, request.start, request.start + 1)


def _request(command: c.Command, view: View) -> Request | Rejection | None:
    if isinstance(command, c.Wanted):
        return wanted(command, view)
    if not isinstance(command, c.Transition) or (kept := view.kept(command.appointment_id)) is None:
        return None
    if isinstance(command, c.RescheduleAppointment):
        return moves.rescheduled(command, kept, view)
    if isinstance(command, c.ReassignAppointment):
        return moves.reassigned(command, kept, view)
    if isinstance(command, c.AcceptRequest | c.ConfirmAppointment) and not kept.blocks:
        return again(kept, view)
    return None
