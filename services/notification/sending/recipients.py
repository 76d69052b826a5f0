"""Recipients: who a row's recipient is now, in clear, for as long as a message is being made. Erased people are nobody.

What may have changed since a booking (a customer's address, language) is read from the customer's own stream; staff
stand in the tenant's book.
"""

from collections.abc import Iterable
from typing import NamedTuple

from contracts import customer as customers
from contracts.appointment import Appointment
from contracts.personal import Sealed
from contracts.record import Record
from eventlog.vault import Vault
from notification.rows import SMS, Row
from scheduling.book import Book

Personal = str | Sealed | None


class Recipient(NamedTuple):
    """`address` is a mail address or a telephone number; `sealed` is the same as the log has it."""

    address: str
    name: str = ""
    language: str | None = None
    sealed: str | None = None


class Person(NamedTuple):
    """As the log has them, sealed."""

    name: Personal = None
    email: Personal = None
    phone: Personal = None
    language: str | None = None


def customer_stream(seen: Appointment) -> str | None:
    return f"customer/{seen.customer.id}" if seen.customer else None


def customer(seen: Appointment, records: Iterable[Record]) -> Person:
    """The customer as they are known now, else as the booking has them."""
    if known := _known(records):
        return Person(known.name, known.email, known.phone, known.language)
    return Person(seen.customer.name, seen.customer.email, seen.customer.phone) if seen.customer else Person()


def leads_to(stream: str, records: Iterable[Record]) -> str:
    """Where a customer is written of: since a merge, on the stream of the one who stayed."""
    known = _known(records)
    return f"customer/{known.merged_into}" if known and known.merged_into else stream


def _known(records: Iterable[Record]) -> customers.Customer | None:
    known = None
    for record in records:
        known = customers.fold(known, record)
    return known


def staff(book: Book, recipient: str) -> Person:
    resource = book.resources.get(recipient.partition("/")[2])
    return Person(resource.defined.name, resource.defined.email) if resource else Person()


def person_of(row: Row, seen: Appointment, records: Iterable[Record], book: Book) -> Person:
    return customer(seen, records) if row.audience == "customer" else staff(book, row.recipient)


def recipient_of(row: Row, person: Person, vault: Vault) -> Recipient | None:
    """None where there is no address, or none that can be read any more."""
    wanted = person.phone if row.channel == SMS else person.email
    address = clear(vault, row.tenant, wanted)
    if not address:
        return None
    sealed = wanted.sealed if isinstance(wanted, Sealed) else None
    return Recipient(address, clear(vault, row.tenant, person.name) or "", person.language, sealed)


def clear(vault: Vault, tenant: str, value: Personal) -> str | None:
    if isinstance(value, Sealed):
        opened = vault.open(tenant, value)
        return str(opened) if opened is not None else None
    return value
