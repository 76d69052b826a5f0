"""What a decision answers: the changes to write, in order, or the rejection that says why there are none."""

from datetime import datetime

import msgspec

from contracts.errors import Rejection
from contracts.events import Event
from contracts.values import CustomerRef


class Change(msgspec.Struct, frozen=True):
    """An event for the end of `stream`. `subject` names whose data key seals its personal members.

    `occurred_at` is set where it became true before it was decided (an expiry).
    """

    stream: str
    event: Event
    subject: str
    occurred_at: datetime | None = None


Decision = list[Change] | Rejection


def appointment_stream(appointment_id: str) -> str:
    return f"appointment/{appointment_id}"


def customer_stream(customer_id: str) -> str:
    return f"customer/{customer_id}"


def resource_stream(resource_id: str) -> str:
    return f"resource/{resource_id}"


def subject_of(stream: str, customer: CustomerRef | None) -> str:
    """Whose data key seals an event of `stream`: the customer's where there is one, else the stream's own."""
    return customer_stream(customer.id) if customer else stream
