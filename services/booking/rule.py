"""A rule: how the commands of one type are decided, and what has to be at hand before they are.

Every module of rules ends with its `RULES`; rulebook.py has them all, and nothing else knows any by name.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from booking.change import Decision, appointment_stream
from booking.slot import Request
from booking.view import View
from contracts.command import Command, OnAppointment
from contracts.errors import Rejection
from contracts.parts import CustomerBody


def _none(command: Any) -> None:
    return None


def _no_streams(command: Any) -> Iterable[str]:
    return ()


def _none_later(command: Any, view: View) -> Iterable[str]:
    return ()


def _no_days(command: Any) -> Iterable[tuple[str, int]]:
    return ()


def _no_stream(command: Any, tenant: str) -> None:
    return None


def _no_slots(command: Any, view: View) -> Iterable[Request | Rejection]:
    return ()


class Rule(NamedTuple):
    """What the rule does not foresee is found missing by the decision, and costs it one more round trip."""

    command: type[Command]
    decide: Callable[[Any, View], Decision]
    names: Callable[[Any], Iterable[str]] = _no_streams
    """The streams that the command names."""
    customer: Callable[[Any], CustomerBody | None] = _none
    """For whom it says that it is."""
    opens: Callable[[Any], str | None] = _none
    """The stream that it opens under an id of the caller's."""
    writes: Callable[[Any, str], str | None] = _no_stream
    """The stream about supply or people that it writes to, by command and tenant, be there one yet or not."""
    days: Callable[[Any], Iterable[tuple[str, int]]] = _no_days
    """The resource-days that the command names itself; a decision may need more."""
    slots: Callable[[Any, View], Iterable[Request | Rejection]] = _no_slots
    """The slots that are asked for, once its streams are here."""
    later: Callable[[Any, View], Iterable[str]] = _none_later
    """The streams that those named lead to, once they are here: time is told of them too, in their order."""


def on_appointment(command: OnAppointment) -> list[str]:
    return [appointment_stream(command.appointment_id)]


def customer_of(command: Any) -> CustomerBody | None:
    """Of a command with a member for it."""
    found: CustomerBody | None = command.customer
    return found
