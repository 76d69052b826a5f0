"""The baseline `commands_vs_stock`: the stock `eventsourcing` application on PostgreSQL deciding the same bookings.

As its documentation would have it: an aggregate per consistency boundary (a resource's day), one save per command.
No Kafka, no customer, no inbox: it does less than we do.
"""

import time
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event

from bench.work import Booking


class ResourceDay(Aggregate):
    """One resource on one day: its appointments, never two at one time."""

    @event("Opened")
    def __init__(self, resource: str, day: str) -> None:
        self.resource = resource
        self.day = day
        self.taken: list[tuple[datetime, datetime]] = []

    @staticmethod
    def create_id(resource: str, day: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/{resource}/{day}")

    def book(self, appointment: str, start: datetime, end: datetime) -> None:
        if any(start < other_end and other_start < end for other_start, other_end in self.taken):
            raise ValueError("slot_unavailable")
        self._booked(appointment, start, end)

    @event("Booked")
    def _booked(self, appointment: str, start: datetime, end: datetime) -> None:
        self.taken.append((start, end))


class Clinic(Application[UUID]):
    """The stock application: load, decide, save."""

    def book(self, booking: Booking) -> bool:
        resource, day = f"{booking.tenant}/{booking.resource}", booking.start.date().isoformat()
        try:
            diary: ResourceDay = self.repository.get(ResourceDay.create_id(resource, day))
        except AggregateNotFoundError:
            diary = ResourceDay(resource, day)
        try:
            diary.book(booking.id, booking.start, booking.end)
        except ValueError:
            return False
        self.save(diary)
        return True


def environment(dsn: str) -> dict[str, Any]:
    """The library's settings for the database of `dsn`."""
    parts = urlsplit(dsn)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parts.hostname or "127.0.0.1",
        "POSTGRES_PORT": str(parts.port or 5432),
        "POSTGRES_USER": parts.username or "",
        "POSTGRES_PASSWORD": parts.password or "-",
    }


def rate(dsn: str, bookings: list[Booking]) -> float:
    """Commands a second of the stock application over `bookings`."""
    clinic = Clinic(env=environment(dsn))
    started = time.perf_counter()
    for booking in bookings:
        clinic.book(booking)
    seconds = time.perf_counter() - started
    clinic.close()
    return len(bookings) / seconds
