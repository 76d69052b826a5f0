"""What the desk knows of one tenant: a fold of its records, as far as they were loaded.

A decision is tried: `with state.trial() as trial` undoes everything that was folded inside unless `trial.keep()`
was called, so a bug in a decision leaves no trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from booking.change import customer_stream
from contracts.appointment import Kept, fold
from contracts.events import CustomerRegistered
from contracts.personal import Personal
from contracts.record import Record
from scheduling import book as books
from scheduling.book import SUPPLY, Book
from scheduling.diary import Diary
from scheduling.occupancy import busy_intervals


class CustomerNotLoaded(LookupError):
    """An e-mail address led to a customer whose stream is not here: load `stream` and decide again."""

    def __init__(self, customer_id: str) -> None:
        super().__init__(customer_id)
        self.stream = customer_stream(customer_id)


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer as registered; personal members as they stand in the log, sealed or erased."""

    id: str
    name: Personal = None
    email: Personal = None
    phone: Personal = None


class Trial:
    """One decision being tried."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        self.kept = False

    def keep(self) -> None:
        self.kept = True


_MISSING = object()


class TenantState:
    """`kept` by stream, `customers` by id, `by_email` from e-mail key to customer id. Absent means: does not exist."""

    __slots__ = ("_undo", "book", "by_email", "customers", "diary", "kept", "tenant")

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.book = Book.empty(tenant)
        self.diary = Diary()
        self.kept: dict[str, Kept] = {}
        self.customers: dict[str, Customer] = {}
        self.by_email: dict[str, str] = {}
        self._undo: list[tuple[dict[str, Any], str, Any]] | None = None

    def evolve(self, record: Record) -> None:
        """Folds any record of the tenant into all that it touches."""
        if record.type in SUPPLY:
            self.book = books.evolve(self.book, record)
        elif record.stream.startswith("appointment/"):
            self._evolve_appointment(record)
        elif isinstance(record.event, CustomerRegistered):
            self._evolve_customer(record.event)

    def _evolve_appointment(self, record: Record) -> None:
        stream = record.stream
        before = self.kept.get(stream)
        after = fold(before, record)
        if after is None:
            return
        self._put(self.kept, stream, after)
        intervals = busy_intervals(after, stream)
        if before is None or intervals != busy_intervals(before, stream):
            self.diary.write(stream, intervals)

    def _evolve_customer(self, event: CustomerRegistered) -> None:
        customer = Customer(id=event.id, name=event.name, email=event.email, phone=event.phone)
        self._put(self.customers, event.id, customer)
        if event.email_key and event.email_key not in self.by_email:
            self._put(self.by_email, event.email_key, event.id)

    def _put(self, mapping: dict[str, Any], key: str, value: Any) -> None:
        if self._undo is not None:
            self._undo.append((mapping, key, mapping.get(key, _MISSING)))
        mapping[key] = value

    @contextmanager
    def trial(self) -> Iterator[Trial]:
        """Everything folded inside is undone at the end, unless the trial was kept."""
        trial, book, self._undo = Trial(), self.book, []
        with self.diary.trial() as diary:
            try:
                yield trial
            finally:
                if trial.kept:
                    diary.keep()
                else:
                    self._restore(book)
                self._undo = None

    def _restore(self, book: Book) -> None:
        self.book = book
        for mapping, key, value in reversed(self._undo or []):
            if value is _MISSING:
                del mapping[key]
            else:
                mapping[key] = value
