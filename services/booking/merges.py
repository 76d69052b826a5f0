"""Merges: two customers were one person. One stays; the other's id and addresses lead there from then on.

Nothing moves: what was booked under the other id keeps it, and is found under the one who stays. They keep what is
known of them and take over what is not; whoever of the two was blocked, the person is. Every id ever merged is told, so
a chain of merges is one step long, and erasing any of them erases all (D10).
"""

from booking.change import Change, Decision, customer_stream
from booking.contacts import MEMBERS, changed
from booking.customers import at_hand, nobody
from booking.people import Customer
from booking.refusals import invalid
from booking.rule import Rule
from booking.view import View
from contracts.commands import MergeCustomers
from contracts.errors import Rejection
from contracts.events import CustomerBlocked, CustomersMerged

MOST = 100
"""Ids that one person may be known as: a decision about them reads all of their streams."""


def merge(command: MergeCustomers, view: View) -> Decision:
    """Into oneself is refused; what is one person already stays so."""
    if command.customer_id == command.into:
        return invalid("into", "a customer cannot be merged into itself")
    gone, stays = view.person(command.customer_id), view.person(command.into)
    if gone is None or gone.erased:
        return nobody("customer_id")
    if stays is None or stays.erased:
        return nobody("into")
    if gone.id == stays.id:
        return []
    if len(gone.ids) + len(stays.ids) > MOST:
        return Rejection(code="too_large", detail=f"One person is known under at most {MOST} ids.")
    at_hand(gone.ids, view)
    return [*_told(gone, stays), *_taken_over(gone, stays), *_blocked(gone, stays)]


def _told(gone: Customer, stays: Customer) -> list[Change]:
    """First on the stream of the one who stays, then on all that lead there."""
    event = CustomersMerged(id=stays.id, merged_ids=list(gone.ids), email_keys=list(gone.email_keys))
    streams = map(customer_stream, (stays.id, *gone.ids))
    return [Change(stream, event, stream) for stream in streams]


def _taken_over(gone: Customer, stays: Customer) -> list[Change]:
    """What is known of the other alone, sealed as it is."""
    lacking = {name: getattr(gone, name) for name in MEMBERS if getattr(gone, name) and not getattr(stays, name)}
    if stays.external_ids and any(name not in stays.external_ids for name in gone.external_ids):
        lacking["external_ids"] = gone.external_ids | stays.external_ids
    email_key = stays.email_key or (gone.email_key if "email" in lacking else None)
    return [changed(stays, email_key, **lacking)] if lacking else []


def _blocked(gone: Customer, stays: Customer) -> list[Change]:
    stream, event = customer_stream(stays.id), CustomerBlocked(id=stays.id, reason=gone.blocked_reason)
    return [Change(stream, event, stream)] if gone.blocked and not stays.blocked else []


def _named(command: MergeCustomers) -> list[str]:
    return [customer_stream(command.customer_id), customer_stream(command.into)]


def _whose(command: MergeCustomers, tenant: str) -> str:
    return customer_stream(command.into)


RULES = (Rule(MergeCustomers, merge, names=_named, writes=_whose),)
