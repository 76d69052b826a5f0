"""Tests of decisions as sentences: `given(facts).at(time).when(command).then(event)`.

A `Clinic` stands for the desk: it advances, decides and folds in memory, with the real rules and nothing else. Facts
are functions that make something happen in it; commands about `it` mean the appointment made last.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any, Self

from msgspec import UNSET

import samples
from booking.advance import due
from booking.change import Change, appointment_stream
from booking.decide import decide
from booking.needs import days, led_to, needs
from booking.state import TenantState
from booking.view import Ids, View
from contracts import commands as c
from contracts.appointment import Appointment
from contracts.errors import Rejection
from contracts.events import CustomerLinked, Event
from contracts.record import Record, event_id
from contracts.session import Session, seen_at
from contracts.values import Actor

PART = 7


def email_key(email: str) -> str:
    """As the vault's, without its key: the same for every spelling of one address."""
    return sha256(email.strip().casefold().encode()).hexdigest()


class Clinic:
    """One tenant's desk in memory. `records` is its log; `changes` and `refusal` are the last decision."""

    def __init__(self, tenant: str = samples.TENANT) -> None:
        self.state = TenantState(tenant)
        self.now = samples.instant("08:00")
        self.records: list[Record] = []
        self.changes: list[Change] = []
        self.refusal: Rejection | None = None
        self.actor = Actor(type="staff", id="desk")
        self._versions: dict[str, int] = {}
        self._commands = 0
        self._imported = False

    @property
    def it(self) -> str:
        """The id of the appointment made last."""
        return next(reversed(self.state.kept)).removeprefix("appointment/")

    def appointment(self, appointment_id: str | None = None) -> Appointment:
        return self.state.kept[appointment_stream(appointment_id or self.it)].appointment

    def session(self, session_id: str) -> Session:
        """As it is now."""
        return seen_at(self.state.entries[f"session/{session_id}"], self.now)

    def view(self, source: str = "desk", *, imported: bool = False) -> View:
        self._commands += 1
        ids = Ids(self.state.tenant, source, f"command-{self._commands}")
        return View(
            now=self.now, state=self.state, sender=source, actor=self.actor, new_id=ids, email_key=email_key,
            imported=imported,
        )  # fmt: skip

    def send(self, command: c.Command, *, source: str = "desk", imported: bool = False) -> list[Record]:
        """What the desk does with one command: time first, then the decision, kept whole or not at all."""
        self._imported = imported
        for stream in sorted(needs(command).named):
            self.write(due(self.state, stream, self.now))
        view = self.view(source, imported=imported)
        for stream in list(led_to(command, view)):
            self.write(due(self.state, stream, self.now))
        self.load(days(command, view))
        decision = decide(command, view)
        if isinstance(decision, Rejection):
            self.changes, self.refusal = [], decision
            return []
        self.changes, self.refusal = decision, None
        return self.write(decision)

    def accept(self, command: c.Command, **how: Any) -> list[Record]:
        """As `send`, for what has to succeed."""
        records = self.send(command, **how)
        assert self.refusal is None, self.refusal
        return records

    def load(self, wanted: Iterable[tuple[str, int]]) -> None:
        """Resource-days as the diary rows would give them: from what occupies them."""
        for resource_id, day in wanted:
            if self.state.diary.has_day(resource_id, day):
                continue
            everything = [busy for taken in self.state.taken.values() for busy in taken]
            first, last = day * 1440, (day + 1) * 1440
            self.state.diary.put_day(
                resource_id,
                day,
                [b for b in everything if b.resource_id == resource_id and b.busy_start < last and b.busy_end > first],
            )

    def write(self, changes: list[Change]) -> list[Record]:
        return [self._write(change) for change in changes]

    def _write(self, change: Change) -> Record:
        record = self._record(change)
        self.state.evolve(record)
        self.records.append(record)
        return record

    def _record(self, change: Change) -> Record:
        version = self._versions[change.stream] = self._versions.get(change.stream, 0) + 1
        pos = len(self.records) + 1
        return Record(
            event_id=event_id(1, PART, pos),
            type=type(change.event).__name__,
            schema_version=change.event.VERSION,
            tenant=self.state.tenant,
            stream=change.stream,
            version=version,
            part=PART,
            pos=pos,
            era=1,
            occurred_at=change.occurred_at or self.now,
            decided_at=self.now,
            actor=self.actor,
            source="desk",
            command_id=f"command-{self._commands}",
            causation_id="",
            correlation_id="",
            tzdata_version=None,
            imported=self._imported or UNSET,
            event=change.event,
        )


Fact = Callable[[Clinic], object]
OnIt = Callable[[Clinic], c.Command]
What = c.Command | OnIt


@dataclass(slots=True)
class Scene:
    """What has happened so far, and the questions a test asks about it."""

    clinic: Clinic
    written: list[Record] = field(default_factory=list)

    def at(self, time: str) -> Self:
        self.clinic.now = samples.instant(time)
        return self

    def by(self, type: str, id: str = "somebody") -> Self:
        """Who acts from now on."""
        self.clinic.actor = Actor(type=type, id=id)
        return self

    def when(self, what: What, *, source: str = "desk", imported: bool = False) -> Self:
        command = what if isinstance(what, c.Command) else what(self.clinic)
        self.written = self.clinic.send(command, source=source, imported=imported)
        return self

    def then(self, *kinds: type[Event], **members: Any) -> Self:
        """Accepted with just these events; the last one has these members.

        That somebody known was found by their address goes without saying.
        """
        assert self.clinic.refusal is None, self.clinic.refusal
        unsaid = () if CustomerLinked in kinds else (CustomerLinked,)
        told = [type(record.event) for record in self.written]
        assert [kind for kind in told if kind not in unsaid] == list(kinds)
        last = self.written[-1].event
        assert {name: getattr(last, name) for name in members} == members
        return self

    def then_nothing(self) -> Self:
        """Accepted, and nothing written."""
        assert self.clinic.refusal is None, self.clinic.refusal
        assert self.written == []
        return self

    def then_refused(self, code: str, field: str | None = None, **members: Any) -> Self:
        refusal = self.clinic.refusal
        assert refusal is not None, self.written
        assert (refusal.code, refusal.field) == (code, field), refusal
        assert refusal.members == members, refusal
        return self

    def then_refused_as(self, code: str) -> Self:
        """For this reason, whatever else it says."""
        assert self.clinic.refusal is not None, self.written
        assert self.clinic.refusal.code == code, self.clinic.refusal
        return self

    def then_illegal(self, status: str, to: str, allowed: list[str]) -> Self:
        """No arrow of the state table leads there."""
        return self.then_refused("invalid_transition", None, **{"from": status, "to": to, "allowed": allowed})

    def then_session(self, session_id: str = "yoga-1", **members: Any) -> Self:
        """The session is published with these members."""
        seen = self.clinic.session(session_id)
        assert {name: getattr(seen, name) for name in members} == members
        return self

    def then_it(self, **members: Any) -> Self:
        """The appointment made last is published with these members."""
        seen = self.clinic.appointment()
        assert {name: getattr(seen, name) for name in members} == members
        return self


def given(*facts: Fact) -> Scene:
    """A clinic open for business: a location in UTC and a service `cut` of half an hour, then the facts."""
    clinic = Clinic()
    for command in (samples.tenant(), samples.location(), samples.service()):
        clinic.accept(command)
    for fact in facts:
        fact(clinic)
    return Scene(clinic)


def given_nothing() -> Scene:
    return Scene(Clinic())


def sent(*commands: c.Command, **how: Any) -> Fact:
    """Commands that were accepted."""
    return lambda clinic: [clinic.accept(command, **how) for command in commands]


def works(name: str, /, *windows: str, **members: Any) -> Fact:
    """A resource, and its hours on every day of the week."""
    return sent(samples.resource(name, **members), samples.schedule(name, *windows))


def ann_works(*windows: str, **members: Any) -> Fact:
    return works("ann", *windows, **members)


def held(start: str, *, by: str = "A", until: str = "08:05", **members: Any) -> Fact:
    """A hold of the location's usual length that ends at `until`."""

    def fact(clinic: Clinic) -> None:
        clinic.now = samples.instant(until) - timedelta(seconds=300)
        clinic.accept(samples.hold_slot(start, by=by, **members))

    return fact


def in_session(start: str, /, **members: Any) -> Fact:
    """A session of the class `yoga`, and unless it says otherwise `yoga-1`."""
    return sent(samples.schedule_session(start, **members))


def booked(start: str, **members: Any) -> Fact:
    return sent(samples.book(start, **members))


def after(*whats: What) -> Fact:
    """Commands about `it` that were accepted."""
    return lambda clinic: [clinic.accept(what if isinstance(what, c.Command) else what(clinic)) for what in whats]


def acts(type: str, id: str = "somebody") -> Fact:
    """Who acts from now on."""
    return lambda clinic: setattr(clinic, "actor", Actor(type=type, id=id))


def _on_it(kind: type[c.Command], name: str, /, **members: Any) -> OnIt:
    return lambda clinic: samples.command(kind, **{name: clinic.it} | members)


def on_it(kind: type[c.OnAppointment], /, **members: Any) -> OnIt:
    """A command about the appointment made last."""
    return _on_it(kind, "appointment_id", **members)


def extend_it(**members: Any) -> OnIt:
    return _on_it(c.ExtendHold, "hold_id", **members)


def release_it(**members: Any) -> OnIt:
    return _on_it(c.ReleaseHold, "hold_id", **members)


def confirm_it(**members: Any) -> OnIt:
    """The hold made last becomes a booking."""
    return _on_it(c.ConfirmHold, "hold_id", **{"customer": {"name": "Joe Doe"}} | members)
