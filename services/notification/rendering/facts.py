"""Facts: what a message is made from, and the tags that templates know them by.

A caller hands in the published appointment in clear and a few facts around it; every published field becomes a tag, so
a field added to the appointment is one too. Only staff see what is theirs. A tag that has no value shows nothing.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any, TypedDict

import msgspec

from notification.rendering.moments import moment, money, zone_of
from notification.rendering.sandbox import Later, Open
from notification.rendering.words import Audience, Mailbox


class Place(TypedDict):
    """A location as it is defined."""

    id: str
    name: str
    tz: str


class Before(TypedDict, total=False):
    """What a change changed."""

    start: datetime | str | None
    end: datetime | str | None
    resources: list[Mapping[str, Any]]


class Facts(TypedDict, total=False):
    """Beside `appointment` everything may be left out."""

    appointment: Any
    """The published appointment (contracts.appointment) with personal members in clear: the struct, or its JSON."""
    tenant: Mapping[str, Any]
    """`id` and `name`."""
    location: Place
    recipient: Mailbox
    zone: str
    """The recipient's IANA zone; else the appointment's."""
    previous: Before | None
    """The slot before a move."""
    reason: str | None
    """Why, as this message's command said."""
    expires_at: datetime | str | None
    """When an offer or a hold ends, where that is not the appointment's own hold."""
    organizer: Mailbox
    """The From mailbox; without it there is no invitation."""
    sequence: int
    """How many material changes there were (start, end, place, cancel)."""
    invited: bool
    """False: no invitation goes with it (a request that is withdrawn was never on a calendar)."""
    links: Mapping[str, str]
    """`manage`, `unsubscribe`, `claim`: whatever the installation offers."""


Moment = Callable[[Any], Later | None]
"""An instant, however it is written, as a moment."""

STAFF_ONLY = ("internal_notes",)
WHOLE = "appointment"
"""The tag that holds all members."""
MONEY, SEALED = {"amount_minor", "currency"}, {"sealed"}
TEXT_LIMIT, ENTRY_LIMIT, ENTRIES = 4_000, 500, 40
"""What of a person's texts, and of the members of lists and mappings, a message shows: it always fits."""
LONG = ("reasons",)
"""Members whose own members are texts as long as notes are."""
OPEN = ("custom_fields", "external_ids", "reasons")
"""Members whose own members the tenant names."""


def tags(
    facts: Facts, kind: str, audience: Audience, language: str, wanted: Collection[str] | None = None
) -> dict[str, Any]:
    """Every tag of a message; or, of the appointment's members, those alone that are wanted."""
    plain = _plain(facts["appointment"])
    zone = zone_of(facts.get("zone") or plain["tz"])

    def at(value: datetime | str | None) -> Later | None:
        return Later(lambda: moment(instant(value), zone, language)) if value else None

    chosen = plain if wanted is None or WHOLE in wanted else wanted
    hidden = STAFF_ONLY if audience != "staff" else ()
    names = [name for name in plain if name in chosen and name not in hidden]
    shown = {name: _shown(name, _member(name, plain[name]), at, language) for name in names}
    return {**shown, WHOLE: shown, **_around(facts, plain, at), "kind": kind, "language": language,
            "audience": audience, "zone_id": zone.key}  # fmt: skip


def _around(facts: Facts, plain: Mapping[str, Any], at: Moment) -> dict[str, Any]:
    """The tags that are not members of the appointment."""
    before, tenant = facts.get("previous") or {}, facts.get("tenant") or {}
    place, recipient = facts.get("location"), facts.get("recipient") or Mailbox("")
    customer, reasons = (_member(name, plain.get(name)) or {} for name in ("customer", "reasons"))
    hold = plain.get("hold") or {}
    return {
        "business": {"id": tenant.get("id"), "name": tenant.get("name") or tenant.get("id")},
        "location": {
            "id": _clear(plain["location_id"]),
            "name": place["name"] if place else _clear(plain["location_id"]),
            "tz": plain["tz"],
        },
        "recipient": {"name": _clear(recipient.name or None), "address": recipient.address},
        "customer": dict.fromkeys(("id", "name", "email", "phone")) | customer,
        "staff": _staff(plain["resources"]),
        "previous": {
            "start": at(before.get("start")),
            "end": at(before.get("end")),
            "staff": _staff(before.get("resources") or []),
        },
        "reason": _clear(facts.get("reason")),
        "completion_note": reasons.get("completed"),
        "expires": at(facts.get("expires_at") or hold.get("expires_at")),
        "links": Open(facts.get("links") or {}),
    }


def _staff(resources: Any) -> list[Any]:
    """Their names."""
    return [one["name"] for one in _clear(_plain(resources)) if one["kind"] == "staff"]


def published(appointment: Any) -> dict[str, Any]:
    """As plain mappings and lists. What is still sealed belongs to somebody erased, and reads as nothing."""
    return {name: _member(name, one) for name, one in _plain(appointment).items()}


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, builtin_types=(datetime,))


def _member(name: str, value: Any) -> Any:
    """A published member in clear, and no longer than a message shows it."""
    return _clear(value, inner=TEXT_LIMIT if name in LONG else ENTRY_LIMIT)


def _clear(value: Any, limit: int = TEXT_LIMIT, inner: int = ENTRY_LIMIT) -> Any:
    if isinstance(value, str):
        return _cut(value, limit)
    if isinstance(value, dict):
        if value.keys() == SEALED:
            return None
        return {_cut(name, ENTRY_LIMIT): _clear(one, inner) for name, one in islice(value.items(), ENTRIES)}
    return [_clear(one, inner) for one in value[:ENTRIES]] if isinstance(value, list | tuple) else value


def _cut(text: str, limit: int) -> str:
    """Halves of characters cannot be sent."""
    text = text if text.isascii() else text.encode("utf-8", "replace").decode()
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _shown(name: str, value: Any, at: Moment, language: str) -> Any:
    """A member as templates read it: instants as moments and money with its text, wherever they stand."""
    if name in OPEN:
        return Open(value or {})
    if is_instant(name, value):
        return at(value)
    if isinstance(value, dict) and value.keys() >= MONEY:
        return Later(lambda: money(value, language))
    if isinstance(value, dict):
        return {inner: _shown(inner, one, at, language) for inner, one in value.items()}
    return [_shown("", one, at, language) for one in value] if isinstance(value, list) else value


def is_instant(name: str, value: Any) -> bool:
    """Whether a published member is an instant, or would be."""
    return isinstance(value, datetime) or name in ("start", "end", "original_start") or name.endswith(("_at", "_until"))


def instant(value: datetime | str) -> datetime:
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)
