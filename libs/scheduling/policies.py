"""Policies: the rules that hold for an appointment, found in the scopes that it belongs to.

Tenant, location, service, resource: the narrowest scope that sets a member says what it is, member by member. A null
there switches the rule off, whatever wider scopes say.
"""

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec
from msgspec import UnsetType

from contracts.events import Policies, QuietHours, Reminder
from contracts.sub_statuses import SubStatus
from contracts.values import Notify
from scheduling.book import TENANT, Book

Member = TypeVar("Member")


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What holds. None is no rule: cancelled until the end, refunded however late, woken at any hour."""

    cancel_until_minutes: int | None
    refund_percent: int
    refund_until_minutes: int | None
    reminders: list[Reminder]
    quiet_hours: QuietHours | None
    notify: Notify
    cancel_by: list[str] | None = None
    reschedule_until_minutes: int | None = None
    reschedule_by: list[str] | None = None
    sub_statuses: list[SubStatus] = []


def rules(
    book: Book, *, location_id: str | None = None, service_id: str | None = None, resource_ids: Iterable[str] = ()
) -> Rules:
    """The rules for an appointment there, for that service; of its resources the first that has its own counts."""
    found = list(_narrowest_first(book, location_id, service_id, resource_ids))
    percent = _said(one.refund_percent for one in found)
    return Rules(
        cancel_until_minutes=_said(one.cancel_until_minutes for one in found),
        refund_percent=100 if percent is None else percent,
        refund_until_minutes=_said(one.refund_until_minutes for one in found),
        reminders=_said(one.reminders for one in found) or [],
        quiet_hours=_said(one.quiet_hours for one in found),
        notify=_said(one.notify for one in found) or Notify(),
        cancel_by=_said(one.cancel_by for one in found),
        reschedule_until_minutes=_said(one.reschedule_until_minutes for one in found),
        reschedule_by=_said(one.reschedule_by for one in found),
        sub_statuses=_said(one.sub_statuses for one in found) or [],
    )


def _narrowest_first(
    book: Book, location_id: str | None, service_id: str | None, resource_ids: Iterable[str]
) -> Iterator[Policies]:
    named = [("resource", resource_id) for resource_id in resource_ids]
    named += [(kind, id) for kind, id in (("service", service_id), ("location", location_id)) if id is not None]
    for key in (*(f"{kind}/{id}" for kind, id in named), TENANT):
        if found := book.policies.get(key):
            yield found


def _said(members: Iterable[Member | UnsetType | None]) -> Member | None:
    """What the first scope that sets it at all says."""
    return next((one for one in members if not isinstance(one, UnsetType)), None)
