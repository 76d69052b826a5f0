"""Letters: a row that is to be sent, and what is known of its appointment, put into words for its recipient."""

from collections.abc import Mapping
from typing import Any, Protocol, cast

import msgspec

from contracts.appointment import Appointment, Kept
from contracts.events import HoldExpired
from contracts.record import Record, reason_of
from eventlog.vault import Vault, unseal_json
from notification.channels.port import Outgoing
from notification.life import OVER
from notification.planning import zone_of
from notification.rendering.facts import Before, Facts
from notification.rendering.render import render
from notification.rendering.words import Audience, Kind, Mailbox, Template, language_of
from notification.rows import SMS, Row
from notification.sending.judging import Send
from notification.sending.recipients import Recipient
from scheduling.book import Book

NEVER_INVITED = frozenset({"held", "requested"})


class Stationery(Protocol):
    """What an installation adds to every message."""

    def sender(self, business: str) -> Mailbox:
        """The From mailbox."""
        ...

    def links(self, row: Row, recipient: Recipient) -> Mapping[str, str]:
        """`unsubscribe` for reminders, and whatever else there is."""
        ...

    def own(self, tenant: str, kind: Kind, audience: Audience, channel: str, language: str) -> Template | None:
        """The tenant's template."""
        ...


def message_id(row: Row, sender: Mailbox) -> str:
    """The same on every attempt, for it follows from the row."""
    return f"<{row.id}@{sender.address.rpartition('@')[2] or 'localhost'}>"


def letter(
    row: Row, about: Send, record: Record | None, recipient: Recipient, book: Book, vault: Vault, stationery: Stationery
) -> Outgoing:
    """`record` is the event the row was planned by."""
    sender = stationery.sender(book.name or row.tenant)
    links = stationery.links(row, recipient)
    kind, audience = cast(Kind, row.kind), cast(Audience, row.audience)
    facts = _facts(row, about, record, recipient, book, vault) | {"organizer": sender, "links": links}
    own = stationery.own(row.tenant, kind, audience, row.channel, language_of(recipient.language))
    return Outgoing(
        message_id=message_id(row, sender),
        to=recipient.address,
        to_name=recipient.name,
        rendered=render(kind, audience, row.channel, recipient.language, cast(Facts, facts), own=own),
        sender=sender if row.channel != SMS else None,
        list_unsubscribe=links.get("unsubscribe"),
        about=_about(row, about.then.seen),
    )


def _about(row: Row, seen: Appointment) -> str | None:
    """Whose mail it is, whoever gets it."""
    return f"{row.tenant}/customer/{seen.customer.id}" if seen.customer else None


def _facts(
    row: Row, about: Send, record: Record | None, recipient: Recipient, book: Book, vault: Vault
) -> dict[str, Any]:
    seen = about.then.seen
    place = book.location(seen.location_id)
    return {
        "appointment": unseal_json(vault, row.tenant, msgspec.to_builtins(_shown(row, about))),
        "tenant": {"id": row.tenant, "name": book.name},
        "location": {"id": seen.location_id, "name": place.defined.name if place else seen.location_id, "tz": seen.tz},
        "recipient": Mailbox(recipient.address, recipient.name),
        "zone": zone_of(row, seen, book),
        "previous": _previous(about.before.kept if about.before else None),
        "reason": _reason(row, record, vault),
        "sequence": about.then.sequence,
        "invited": _invited(about),
    }


def _shown(row: Row, about: Send) -> Appointment:
    """A reminder tells how things are now, any other message how they were when it happened.

    For whoever is expected no longer it is cancelled, though it takes place.
    """
    if row.kind == "reminder":
        return about.head.seen
    seen = about.then.seen
    return msgspec.structs.replace(seen, status="cancelled") if row.kind == "cancelled" else seen


def _invited(about: Send) -> bool:
    """What was withdrawn before it was anybody's appointment is on no calendar."""
    before = about.before.seen.status if about.before else None
    return not (about.then.seen.status in OVER and before in NEVER_INVITED)


def _previous(before: Kept | None) -> Before | None:
    if before is None:
        return None
    seen = before.appointment
    return {"start": seen.start, "end": seen.end, "resources": msgspec.to_builtins(seen.resources)}


def _reason(row: Row, record: Record | None, vault: Vault) -> str | None:
    if record is None or isinstance(record.event, HoldExpired):
        return None
    reason = unseal_json(vault, row.tenant, msgspec.to_builtins(reason_of(record)))
    return reason if isinstance(reason, str) else None
