"""What a command needs loaded: its streams and e-mail look-ups at once, then the resource-days it decides on."""

from typing import NamedTuple

from booking import moves, revisions
from booking.change import appointment_stream, customer_stream
from booking.slot import Request, again, planned_for, wanted
from booking.view import View
from contracts import commands as c
from contracts.errors import Rejection
from contracts.money import appointment_of
from contracts.parts import CustomerBody
from scheduling.slots import days_needed


class Needs(NamedTuple):
    """`emails` are addresses as given; the look-up takes their keys. `opens` is the stream that the command opens
    under an id of the caller's: presumed not to be there."""

    streams: set[str]
    emails: set[str]
    opens: str | None = None

    @property
    def named(self) -> set[str]:
        """The streams that the command is about, or may turn out to be about."""
        return self.streams | {self.opens} if self.opens else self.streams


def needs(command: c.Command) -> Needs:
    """What is needed before anything is known."""
    streams, emails = set[str](), set[str]()
    if member := _NAMING.get(type(command)):
        streams.add(appointment_stream(getattr(command, member)))
    if type(command) in _ABOUT_SOMEBODY:
        streams.add(customer_stream(getattr(command, "customer_id")))  # noqa: B009
    if type(command) is c.SettleRefund:
        streams.add(appointment_stream(appointment_of(command.refund_id)))
    if customer := _customer(command):
        if customer.id:
            streams.add(customer_stream(customer.id))
        if customer.email:
            emails.add(customer.email)
    opens = appointment_stream(command.id) if type(command) is c.BookAppointment and command.id else None
    return Needs(streams, emails, opens)


def _customer(command: c.Command) -> CustomerBody | None:
    if type(command) is c.RegisterCustomer:
        return command
    found: CustomerBody | None = getattr(command, "customer") if type(command) in _FOR_SOMEBODY else None  # noqa: B009
    return found


# By type, once: asking a command whether it is one of several kinds is slow, and every command is asked.
_NAMING: dict[type[c.Command], str] = {
    **{kind: "appointment_id" for kind in c.COMMANDS.values() if issubclass(kind, c.OnAppointment)},
    **dict.fromkeys((c.ExtendHold, c.ReleaseHold, c.ConfirmHold), "hold_id"),
}
_ABOUT_SOMEBODY = frozenset({c.EraseCustomer, c.BlockCustomer, c.UnblockCustomer})
_FOR_SOMEBODY = frozenset({c.HoldSlot, c.ConfirmHold, c.BookAppointment})


def customers(command: c.Command, view: View) -> set[str]:
    """Streams of customers to whom an e-mail look-up led and who are not here yet."""
    named = _customer(command)
    if named is None or named.email is None:
        return set()
    email_key = view.email_key(named.email)
    if view.state.free(email_key):
        return set()
    found = view.state.by_email[email_key]
    return {customer_stream(found)} if view.customer(found) is None else set()


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
    if isinstance(command, c.ReviseAppointment):
        command = revisions.move_of(command, kept) or revisions.step_of(command, kept) or command
    if isinstance(command, c.RescheduleAppointment):
        return moves.rescheduled(command, kept, view)
    if isinstance(command, c.ReassignAppointment):
        return moves.reassigned(command, kept, view)
    if isinstance(command, c.AcceptRequest | c.ConfirmAppointment) and not kept.blocks:
        return again(kept, view)
    return None
