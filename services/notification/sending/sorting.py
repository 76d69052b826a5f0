"""Sorting: a wave of due rows, locked, is parted into what is kept back, what waits, and what goes out now."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from contracts.appointment import Appointment
from notification.planning import NO_ADDRESS
from notification.rows import PLANNED, SUPPRESSED, WEBHOOK, Row
from notification.sending.at_hand import AtHand
from notification.sending.judging import Keep, Send, Wait, judge
from notification.sending.office import Office
from notification.sending.recipients import Person, Recipient, customer_stream, leads_to, person_of, recipient_of
from projections.model import Connection

ADDRESS_SUPPRESSED = "address_suppressed"


class Kept(NamedTuple):
    """A row that does not go out: settled, or due again."""

    row: Row
    status: str
    reason: str | None
    due_at: datetime | None = None


class Going(NamedTuple):
    """A row that goes out now. Webhooks have no recipient."""

    row: Row
    about: Send
    recipient: Recipient | None


class Sorted(NamedTuple):
    kept: list[Kept]
    going: list[Going]
    at_hand: AtHand


async def sort(office: Office, connection: Connection, rows: Sequence[Row], suppressed_sql: str) -> Sorted:
    """Reads the log as it is now; what it says of an appointment is the last word."""
    at_hand, now = office.at_hand(), office.clock()
    await at_hand.read(connection, rows)
    kept, going = [], []
    for row in rows:
        records = at_hand.stream(row.tenant, f"appointment/{row.appointment_id}")
        match judge(row, records, at_hand.book(row.tenant), now):
            case Keep(status, reason):
                kept.append(Kept(row, status, reason))
            case Wait(until):
                kept.append(Kept(row, PLANNED, None, until))
            case Send() as about:
                going.append(Going(row, about, None))
    going = await _addressed(office, at_hand, going, kept)
    return Sorted(kept, await _welcome(office, connection, going, kept, suppressed_sql), at_hand)


async def _addressed(office: Office, at_hand: AtHand, going: list[Going], kept: list[Kept]) -> list[Going]:
    """With whom each goes to; who cannot be reached any more is kept back."""
    written = [one for one in going if one.row.channel != WEBHOOK]
    await _read_customers(at_hand, written)
    people = {one.row.id: _person(at_hand, one) for one in written}
    await _read_keys(at_hand, written, people)
    addressed = []
    for one in going:
        if one.row.channel == WEBHOOK:
            addressed.append(one)
        elif recipient := recipient_of(one.row, people[one.row.id], office.vault):
            addressed.append(one._replace(recipient=recipient))
        else:
            kept.append(Kept(one.row, SUPPRESSED, NO_ADDRESS))
    return addressed


async def _read_customers(at_hand: AtHand, going: Sequence[Going]) -> None:
    """Also those whom others were merged into."""
    wanted = [(one.row, stream) for one in going if (stream := customer_stream(one.about.head.seen))]
    await at_hand.read_streams((row.part, (row.tenant, stream)) for row, stream in wanted)
    await at_hand.read_streams((row.part, (row.tenant, _leads_to(at_hand, row.tenant, one))) for row, one in wanted)


def _leads_to(at_hand: AtHand, tenant: str, stream: str) -> str:
    return leads_to(stream, at_hand.stream(tenant, stream))


def _person(at_hand: AtHand, one: Going) -> Person:
    seen = one.about.then.seen
    stream = customer_stream(seen)
    records = at_hand.stream(one.row.tenant, _leads_to(at_hand, one.row.tenant, stream)) if stream else ()
    return person_of(one.row, seen, records, at_hand.book(one.row.tenant))


async def _read_keys(at_hand: AtHand, going: Sequence[Going], people: dict[str, Person]) -> None:
    """One question a tenant."""
    by_tenant: dict[tuple[int, str], list[Going]] = {}
    for one in going:
        by_tenant.setdefault((one.row.part, one.row.tenant), []).append(one)
    for (part, tenant), some in by_tenant.items():
        values = [value for one in some for value in (*_told(one.about), *people[one.row.id])]
        await at_hand.read_keys(part, tenant, values)


def _told(about: Send) -> tuple[Appointment, ...]:
    """The appointment as a message may tell it: then, and now if that is another version."""
    then, now = about.then.seen, about.head.seen
    return (then,) if then.version == now.version else (then, now)


async def _welcome(
    office: Office, connection: Connection, going: list[Going], kept: list[Kept], suppressed_sql: str
) -> list[Going]:
    """Reminders do not go to addresses that take none."""
    keys = {one.row.id: _key(office, one) for one in going if one.row.kind == "reminder" and one.recipient}
    if not keys:
        return going
    asked = list(keys.values())
    rows = await connection.fetch(suppressed_sql, [tenant for tenant, _ in asked], [key for _, key in asked])
    refusing = {(row["tenant"], row["address_key"]) for row in rows}
    kept += [Kept(one.row, SUPPRESSED, ADDRESS_SUPPRESSED) for one in going if keys.get(one.row.id) in refusing]
    return [one for one in going if keys.get(one.row.id) not in refusing]


def _key(office: Office, one: Going) -> tuple[str, str]:
    assert one.recipient is not None
    return one.row.tenant, office.vault.email_key(one.row.tenant, one.recipient.address)
