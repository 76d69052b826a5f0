"""What the desk knows of one tenant: a fold of its records, as far as they were loaded.

A decision is tried: `with state.trial() as trial` undoes everything that was folded inside unless `trial.keep()`
was called, so a bug in a decision leaves no trace.
"""

from collections.abc import Callable
from typing import Any

from booking import people
from booking.change import customer_stream
from booking.people import Customer
from contracts.appointment import Kept, fold
from contracts.record import Record
from contracts.session import fold as fold_session
from contracts.waitlist import fold as fold_waitlist
from scheduling import book as books
from scheduling.book import SUPPLY, Book
from scheduling.diary import Busy, Diary, Trial
from scheduling.occupancy import busy_intervals

FOLDS: dict[str, Callable[[Any, Record], Any]] = {"session": fold_session, "waitlist": fold_waitlist}
"""By kind of stream: the pure fold of one, for what is neither supply nor an appointment nor a customer."""

OCCUPIES: dict[str, Callable[[Any, str], list[Busy]]] = {"session": busy_intervals}
"""By kind of stream, of those that take time: the intervals that an entry takes."""


def kind_of(stream: str) -> str:
    return stream.partition("/")[0]


class CustomerNotLoaded(LookupError):
    """Customers whom an address, an id or a merge led to are not here: load `streams` and decide again."""

    def __init__(self, *customer_ids: str) -> None:
        super().__init__(*customer_ids)
        self.streams = {customer_stream(customer_id) for customer_id in customer_ids}


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
        self.by_email: dict[str, str | None] = {}
        """Of addresses that were looked up."""
        self.entries: dict[str, Any] = {}
        """By stream: what else there is, as its kind's fold in `FOLDS` has it."""

    def evolve(self, record: Record) -> None:
        """Folds any new record of the tenant into all that it touches."""
        self.recall(record)
        if record.stream.startswith("customer/"):
            self._lead(record)

    def recall(self, record: Record) -> None:
        """Folds a record in, new or long known. Whom an address leads to now is looked up, not recalled."""
        if record.type in SUPPLY:
            self.book = books.evolve(self.book, record)
        elif record.stream.startswith("appointment/"):
            self._evolve_appointment(record)
        elif record.stream.startswith("customer/"):
            customer_id = record.stream.removeprefix("customer/")
            self._put(self.customers, customer_id, people.fold(self.customers.get(customer_id), record))
        elif fold_entry := FOLDS.get(kind_of(record.stream)):
            self._put(self.entries, record.stream, fold_entry(self.entries.get(record.stream), record))
            if occupies := OCCUPIES.get(kind_of(record.stream)):
                self._occupy(record.stream, occupies(self.entries[record.stream], record.stream))

    def entry(self, stream: str) -> Any:
        """What is known of a stream that is told of in time and takes of it: an appointment, or what `FOLDS` has."""
        return self.kept.get(stream) or self.entries.get(stream)

    def _evolve_appointment(self, record: Record) -> None:
        stream = record.stream
        after = fold(self.kept.get(stream), record)
        if after is None:
            return
        self._put(self.kept, stream, after)
        self._occupy(stream, busy_intervals(after, stream))

    def _occupy(self, stream: str, taken: list[Busy]) -> None:
        if taken != self.taken.get(stream):
            self._put(self.taken, stream, taken)
            self.diary.write(stream, taken)

    def _lead(self, record: Record) -> None:
        customer_id = record.stream.removeprefix("customer/")
        for lead in people.leads(record, self.customers[customer_id]):
            if lead.leads and self.holder(lead.email_key) is None:
                self._put(self.by_email, lead.email_key, lead.customer_id)
            elif not lead.leads and self.by_email.get(lead.email_key) == lead.customer_id:
                self._put(self.by_email, lead.email_key, None)

    def holder(self, email_key: str) -> str | None:
        """Whom the address leads to: nobody where it was not looked up, or they were erased."""
        found = self.by_email.get(email_key)
        erased = found in self.customers and self.customers[found].erased
        return None if erased else found

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
