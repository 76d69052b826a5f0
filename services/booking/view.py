"""The view of one decision: what the desk knows, the instant, the sender, and the ids and keys it may draw.

Everything here is an input, so the same view and command always give the same decision.
"""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b

import msgspec

from booking.change import appointment_stream
from booking.people import Customer
from booking.state import CustomerNotLoaded, TenantState
from contracts.appointment import Kept
from contracts.values import Actor
from scheduling.advance import lapsed
from scheduling.book import Book
from scheduling.diary import Diary
from scheduling.occupancy import deadline


class Ids:
    """The ids one command makes: `prefix` and a hash of tenant, source, command id and how many came before."""

    __slots__ = ("_count", "_seed")

    def __init__(self, tenant: str, source: str, command_id: str) -> None:
        self._seed = "\0".join((tenant, source, command_id))
        self._count = 0

    def __call__(self, prefix: str) -> str:
        self._count += 1
        return prefix + blake2b(f"{self._seed}\0{self._count}".encode(), digest_size=12).hexdigest()


class View(msgspec.Struct, frozen=True):
    """`sender` is the command's source, and who owns a hold that names no owner."""

    now: datetime
    state: TenantState
    sender: str
    actor: Actor
    new_id: Callable[[str], str]
    email_key: Callable[[str], str]
    imported: bool = False

    @property
    def book(self) -> Book:
        return self.state.book

    @property
    def diary(self) -> Diary:
        return self.state.diary

    def kept(self, appointment_id: str) -> Kept | None:
        return self.state.kept.get(appointment_stream(appointment_id))

    def status(self, kept: Kept) -> str:
        """The status at `now`: time may have ended a hold or a request that nobody has told so yet (P7)."""
        seen = kept.appointment
        return "expired" if lapsed(seen.status, deadline(seen), self.now) else seen.status

    def customer(self, customer_id: str) -> Customer | None:
        return self.state.customers.get(customer_id)

    def known_customer(self, customer_id: str) -> Customer:
        """One whom the log tells of. Raises `CustomerNotLoaded` when they are not here."""
        if (customer := self.customer(customer_id)) is None:
            raise CustomerNotLoaded(customer_id)
        return customer

    def person(self, customer_id: str) -> Customer | None:
        """Whom the id leads to: since it was merged, to somebody else."""
        customer = self.customer(customer_id)
        return self.known_customer(customer.merged_into) if customer and customer.merged_into else customer

    def customer_by_email(self, email: str) -> Customer | None:
        """Raises `CustomerNotLoaded` when the address is known and its customer is not here."""
        holder = self.state.holder(self.email_key(email))
        return None if holder is None else self.known_customer(holder)
