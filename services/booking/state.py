"""What the desk knows of one tenant: a fold of its records, as far as they were loaded.

A decision is tried: `with state.trial() as trial` undoes everything that was folded inside unless `trial.keep()`
was called, so a bug in a decision leaves no trace.
"""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from booking.change import customer_stream
from contracts.appointment import Kept, fold
from contracts.events import CustomerBlocked, CustomerErased, CustomerRegistered, CustomerUnblocked
from contracts.personal import Personal
from contracts.record import Record
from scheduling import book as books
from scheduling.book import SUPPLY, Book
from scheduling.diary import Busy, Diary, Trial
from scheduling.occupancy import busy_intervals

FOLDS: dict[str, Callable[[Any, Record], Any]] = {}
"""By kind of stream: the pure fold of one, for what is neither supply nor an appointment nor a customer."""


class CustomerNotLoaded(LookupError):
    """An e-mail address led to a customer whose stream is not here: load `stream` and decide again."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(customer_id)
        self.stream = customer_stream(customer_id)


class StreamNotLoaded(LookupError):
    """One stream led to another, which is not here: load `stream` and decide again."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as registered; personal members as they stand in the log. Who is `erased` is nobody any more."""

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None
    email_key: str | None = None
    blocked: bool = False
    erased: bool = False


class TenantState:
    """`kept` by stream, `customers` by id, `by_email` from e-mail key to customer id. Absent means: does not exist."""

    __slots__ = ("book", "by_email", "customers", "diary", "entries", "kept", "taken", "tenant")

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.book = Book.empty(tenant)
        self.diary = Diary()
        self.kept: dict[str, Kept] = {}
        self.taken: dict[str, list[Busy]] = {}
        """By stream: the intervals that it has in the diary."""
        self.customers: dict[str, Customer] = {}
        self.by_email: dict[str, str] = {}
        self.entries: dict[str, Any] = {}
        """By stream: what else there is, as its kind's fold in `FOLDS` has it."""

    def evolve(self, record: Record) -> None:
        """Folds any record of the tenant into all that it touches."""
        if record.type in SUPPLY:
            self.book = books.evolve(self.book, record)
        elif record.stream.startswith("appointment/"):
            self._evolve_appointment(record)
        elif isinstance(record.event, CustomerRegistered):
            self._evolve_customer(record.event)
        elif isinstance(record.event, CustomerErased):
            self._evolve_erased(record.event.id)
        elif isinstance(record.event, CustomerBlocked | CustomerUnblocked):
            self._evolve_blocked(record.event)
        elif fold_entry := FOLDS.get(record.stream.partition("/")[0]):
            self._put(self.entries, record.stream, fold_entry(self.entries.get(record.stream), record))

    def _evolve_appointment(self, record: Record) -> None:
        stream = record.stream
        after = fold(self.kept.get(stream), record)
        if after is None:
            return
        self._put(self.kept, stream, after)
        before, taken = self.taken.get(stream), busy_intervals(after, stream)
        if taken != before:
            self._put(self.taken, stream, taken)
            self.diary.write(stream, taken)

    def _evolve_customer(self, event: CustomerRegistered) -> None:
        customer = Customer(
            id=event.id, name=event.name, email=event.email, phone=event.phone, email_key=event.email_key
        )
        self._put(self.customers, event.id, customer)
        if event.email_key and self.free(event.email_key):
            self._put(self.by_email, event.email_key, event.id)

    def _evolve_erased(self, customer_id: str) -> None:
        email_key = self.customers[customer_id].email_key
        self._put(self.customers, customer_id, Customer(id=customer_id, email_key=email_key, erased=True))

    def _evolve_blocked(self, event: CustomerBlocked | CustomerUnblocked) -> None:
        customer = replace(self.customers[event.id], blocked=isinstance(event, CustomerBlocked))
        self._put(self.customers, event.id, customer)

    def free(self, email_key: str) -> bool:
        """Whether the address leads to nobody: not looked up, or to somebody who was erased."""
        holder = self.by_email.get(email_key)
        return holder is None or (holder in self.customers and self.customers[holder].erased)

    def _put(self, mapping: dict[str, Any], key: str, value: Any) -> None:
        if self.diary.trial:
            self.diary.trial.put(mapping, key, value)
        else:
            mapping[key] = value

    def trial(self) -> "Tried":
        """Everything folded inside is undone at the end, unless the trial was kept."""
        return Tried(self)


class Tried(Trial):
    """A trial of all that is known of a tenant."""

    __slots__ = ("_book", "_state")

    def __init__(self, state: TenantState) -> None:
        super().__init__(state.diary)
        self._state, self._book = state, state.book

    def _undo(self) -> None:
        super()._undo()
        self._state.book = self._book
