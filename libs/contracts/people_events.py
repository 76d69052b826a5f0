"""Events about people: who somebody is and may do, other contact details, and two who turn out to be one person."""

from typing import Literal

from msgspec import UNSET

from contracts.event import Event
from contracts.personal import Personal, PersonalMap, PersonalMapIfSaid


class CustomerRegistered(Event, frozen=True, kw_only=True):
    """A new customer. `email_key` is the tenant-keyed HMAC of the folded address, for the look-up."""

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None
    email_key: str | None = None
    external_ids: PersonalMapIfSaid = UNSET


class CustomerLinked(Event, frozen=True, kw_only=True):
    """A command named somebody already known: `by` tells whether the id or the e-mail matched.

    A booking that names them by id says it itself.
    """

    id: str
    by: Literal["id", "email"]


class CustomerBlocked(Event, frozen=True, kw_only=True):
    """May not hold or book any more; what is booked stays."""

    id: str
    reason: Personal = None


class CustomerUnblocked(Event, frozen=True, kw_only=True):
    id: str


class CustomerErased(Event, frozen=True, kw_only=True):
    """Whatever was sealed for the person cannot be read any more; the id is nobody's from now on (P8)."""

    id: str


class CustomerChanged(Event, frozen=True, kw_only=True):
    """All that is known of the person, as it is now.

    Where the address is another one, `email_key` leads to them from now on, and `left_email_key` does no more.
    """

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None
    external_ids: PersonalMap = {}
    email_key: str | None = None
    left_email_key: str | None = None


class CustomersMerged(Event, frozen=True, kw_only=True):
    """Two were one person, and that is `id` from now on.

    It stands on the stream of every id that it is about: `merged_ids` are those that lead to `id` by it, first the one
    who was merged and then whoever had been merged into them before. `email_keys` are the addresses that came along.
    """

    id: str
    merged_ids: list[str]
    email_keys: list[str] = []
