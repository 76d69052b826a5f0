"""Events that change who somebody is: other contact details, or two who turn out to be one person."""

from contracts.event import Event
from contracts.personal import Personal, PersonalMap


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
