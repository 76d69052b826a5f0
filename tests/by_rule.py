"""Series in tests: the one made last, its occurrences, and commands about it. A week is so many after that Monday."""

from datetime import datetime, timedelta
from typing import Any

from contracts import commands as c
from contracts.appointment import Appointment
from eventlog.proof import Proof
from given import Clinic, Fact, Scene, What, ann_works, given, sent
from samples import book_series, command, instant

WEEKS = "FREQ=WEEKLY;COUNT=3"


def series_of(clinic: Clinic) -> str:
    """The id of the series made last."""
    return next(one for one in reversed(clinic.state.entries) if one.startswith("series/")).removeprefix("series/")


def occurrences(clinic: Clinic) -> list[Appointment]:
    """Its appointments, in the order of the rule."""
    series = clinic.state.entries[f"series/{series_of(clinic)}"]
    return [clinic.appointment(id) for id in series.appointment_ids]


def starts(clinic: Clinic) -> list[datetime]:
    return [one.start for one in occurrences(clinic)]


def hosts(clinic: Clinic) -> list[list[str]]:
    return [[resource.id for resource in one.resources] for one in occurrences(clinic)]


def week(number: int, at: str = "10:00") -> datetime:
    return instant(at) + timedelta(weeks=number)


def booking(number: int, at: str = "10:00", **members: Any) -> c.BookAppointment:
    """Somebody else's appointment, so many weeks on."""
    whole = {"service_id": "cut", "start": week(number, at).isoformat(), "customer": {"name": "Jill"}}
    return command(c.BookAppointment, **whole | members)


def taken(number: int, at: str = "10:00", **members: Any) -> Fact:
    return sent(booking(number, at, **members))


def on_series(kind: type[c.Command], occurrence: int | None = None, **members: Any) -> What:
    """A command about the series made last, and perhaps one of its occurrences."""

    def made(clinic: Clinic) -> c.Command:
        named = {} if occurrence is None else {"appointment_id": occurrences(clinic)[occurrence].id}
        return command(kind, series_id=series_of(clinic), **named | members)

    return made


def cancel(scope: str, occurrence: int | None = None, **members: Any) -> What:
    return on_series(c.CancelSeries, occurrence, scope=scope, **members)


def statuses(clinic: Clinic) -> list[str]:
    return [one.status for one in occurrences(clinic)]


def proof_of(clinic: Clinic) -> Proof:
    """What `verify` says of all that was written: nobody is booked twice at any position."""
    proof = Proof()
    for record in clinic.records:
        proof.feed(record)
    return proof


def a_series(rule: str = "FREQ=WEEKLY;COUNT=4", **members: Any) -> Scene:
    return given(ann_works("09:00-17:00"), sent(book_series("10:00", rule, **members)))
