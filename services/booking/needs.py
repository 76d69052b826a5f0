"""What a command needs loaded: its streams and e-mail look-ups at once, then the resource-days it decides on."""

from collections.abc import Iterable
from typing import NamedTuple

from booking.change import customer_stream
from booking.rulebook import RULES
from booking.slot import planned_for
from booking.view import View
from contracts.commands import Command
from contracts.errors import Rejection
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


def needs(command: Command) -> Needs:
    """What is needed before anything is known."""
    rule = RULES[type(command)]
    streams, emails = set(rule.names(command)), set[str]()
    if customer := rule.customer(command):
        if customer.id:
            streams.add(customer_stream(customer.id))
        if customer.email:
            emails.add(customer.email)
    return Needs(streams, emails, rule.opens(command))


def named_days(command: Command) -> Iterable[tuple[str, int]]:
    """The resource-days that can be told from the command alone."""
    return RULES[type(command)].days(command)


def customers(command: Command, view: View) -> set[str]:
    """Streams of customers to whom an e-mail look-up or a merged id led and who are not here yet."""
    named = RULES[type(command)].customer(command)
    if named is None:
        return set()
    led_to = set[str | None]()
    if named.email:
        led_to.add(view.state.holder(view.email_key(named.email)))
    if named.id and (known := view.customer(named.id)):
        led_to.add(known.merged_into)
    return {customer_stream(found) for found in led_to if found is not None and view.customer(found) is None}


def led_to(command: Command, view: View) -> Iterable[str]:
    """Streams that those named lead to, once these are here, in the order in which time is told of them."""
    return RULES[type(command)].later(command, view)


def days(command: Command, view: View) -> set[tuple[str, int]]:
    """The resource-days that the decision reads, once book and streams are here; none when it will be refused."""
    found = set[tuple[str, int]]()
    for request in RULES[type(command)].slots(command, view):
        if isinstance(request, Rejection):
            continue
        planned = planned_for(request, view)
        if not isinstance(planned, Rejection):
            found |= days_needed(planned, request.start, request.start + 1)
    return found
