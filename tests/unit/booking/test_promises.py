"""The promises over whatever a desk may do: random commands on a small clinic, checked by independent, naive means."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

import given
import samples
from booking.decide import decide
from booking.needs import days
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.record import Record
from contracts.series import OnSeries
from contracts.values import SlotFacts
from scheduling.slots import Ask, Offer, Plan, days_needed, offers, plan
from scheduling.zones import to_datetime, to_minute

ENDS = e.HoldReleased | e.HoldExpired | e.AppointmentDeclined | e.AppointmentCancelled


@dataclass
class Taken:
    """What one appointment occupies, as its events state it."""

    slot: SlotFacts | None = None
    blocks: bool = False
    until: datetime | None = None
    override: bool = False

    def minutes(self, now: datetime) -> set[tuple[str, datetime]]:
        """Every (resource, minute) it has at `now`."""
        if self.slot is None or not self.blocks or (self.until is not None and self.until <= now):
            return set()
        length = int((self.slot.busy.end - self.slot.busy.start).total_seconds() // 60)
        return {
            (resource.id, self.slot.busy.start + timedelta(minutes=minute))
            for resource in self.slot.resources
            for minute in range(length)
        }


@dataclass
class Checker:
    """Reads records as they come; knows no diary, only who has which minute."""

    taken: dict[str, Taken] = field(default_factory=dict)

    def read(self, record: Record) -> None:
        event = record.event
        mine = self.taken.setdefault(record.stream, Taken())
        if isinstance(event, ENDS):
            mine.slot = None
        if isinstance(event, e.HoldExtended):
            mine.until = event.expires_at
        if slot := getattr(event, "slot", None):
            mine.slot, mine.blocks, mine.until = slot, slot.blocks, deadline(event)
            mine.override = getattr(event, "override", False)
        if isinstance(event, e.RequestAccepted):
            mine.blocks, mine.until = True, None

    def check(self, now: datetime) -> None:
        """No minute of a resource belongs to two, overrides apart."""
        owners: dict[tuple[str, datetime], str] = {}
        for stream, taken in self.taken.items():
            for minute in taken.minutes(now) if not taken.override else ():
                assert minute not in owners, (stream, owners[minute], minute)
                owners[minute] = stream


def deadline(event: e.Event) -> datetime | None:
    if isinstance(event, e.AppointmentHeld):
        return event.expires_at
    return event.accept_until if isinstance(event, e.AppointmentRequested) else None


starts = st.integers(0, 24).map(lambda step: (samples.MONDAY + timedelta(hours=11, minutes=5 * step)).isoformat())
"""Two crowded hours around lunch."""

services = st.sampled_from(["cut", "colour", "ask", "late"])
hands = st.one_of(st.none(), st.lists(st.sampled_from(["ann", "bob", "room1"]), min_size=1, max_size=2, unique=True))
owners = st.sampled_from(["A", "B"])
which = st.integers(0, 15)
"""Which appointment: one of those made so far."""


def of_it(kind: type[c.Command], **members: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(kind), which, st.fixed_dictionaries(members))


slots: dict[str, st.SearchStrategy[Any]] = {"service_id": services, "start": starts, "resources": hands}
joe = {"customer": st.just({"email": "joe@example.com"})}
extras = st.sampled_from([[], [], ["late"]])
"""Now and then something is given with it."""
statuses = st.sampled_from([None, "scheduled", "confirmed", "in_progress", "completed", "cancelled"])
bookings = st.tuples(st.just(c.BookAppointment), st.none(), st.fixed_dictionaries(slots | joe | {"addons": extras}))
part = st.fixed_dictionaries({"service_id": services, "resources": hands})
visits: dict[str, st.SearchStrategy[Any]] = {"start": starts, "segments": st.lists(part, min_size=1, max_size=3)}
rules = st.sampled_from(["FREQ=DAILY;COUNT=2", "FREQ=DAILY;BYHOUR=11,12,13;COUNT=3", "FREQ=WEEKLY;COUNT=2"])
conflicts = st.sampled_from(["all_or_nothing", "skip"])
by_rule = slots | joe | {"rrule": rules, "on_conflict": conflicts}
series = st.tuples(st.just(c.BookSeries), st.none(), st.fixed_dictionaries(by_rule))
scopes = st.sampled_from(["this", "this_and_following", "all"])
moves = of_it(c.RescheduleAppointment, start=starts)
steps = st.one_of(
    bookings, bookings, bookings, moves, moves,
    st.tuples(st.just(c.HoldSlot), st.none(), st.fixed_dictionaries(slots | {"owner": owners})),
    of_it(c.ConfirmHold, owner=owners, customer=st.just({"name": "Joe"})),
    of_it(c.ExtendHold, owner=owners),
    of_it(c.ReleaseHold, owner=owners),
    of_it(c.RescheduleAppointment, start=starts, resources=hands),
    of_it(c.ReassignAppointment, resources=hands),
    of_it(c.ReviseAppointment, start=st.one_of(st.none(), starts), resources=hands, status=statuses),
    of_it(c.ChangeDetails, notes=st.just("firm")),
    of_it(c.RecordPayment, method=st.just("cash"), amount=st.just({"amount_minor": 5, "currency": "USD"})),
    series, series,
    st.tuples(st.just(c.BookAppointment), st.none(), st.fixed_dictionaries(visits | joe)),
    of_it(c.CancelSeries, scope=scopes),
    of_it(c.RescheduleSeries, scope=scopes, start=starts, resources=st.one_of(st.none(), hands)),
    of_it(c.AcceptRequest),
    of_it(c.AcceptRequest),
    of_it(c.DeclineRequest),
    of_it(c.ConfirmAppointment),
    of_it(c.CheckIn),
    of_it(c.CancelAppointment),
    st.tuples(st.just(timedelta), st.integers(1, 400), st.just({})),
)  # fmt: skip
"""A command with its members, or so many seconds that pass."""


def small_clinic() -> given.Clinic:
    """Two people and a room; services with buffers, with a room, by request, and by request without blocking."""
    room = [{"kind": "staff"}, {"kind": "room"}]
    names = ["cut", "colour", "ask", "late"]
    asked: dict[str, Any] = {"slot_step_minutes": 5, "acceptance": "manual"}
    return given.given(
        given.sent(
            samples.location(profile="lenient"),
            samples.service("cut", duration_minutes=30, slot_step_minutes=5, buffer_after_minutes=15),
            samples.service("colour", duration_minutes=45, slot_step_minutes=5, requires=room, buffer_before_minutes=5),
            samples.service("ask", duration_minutes=30, accept_within_minutes=5, **asked),
            samples.service("late", duration_minutes=20, pending_blocks=False, **asked),
        ),
        given.works("ann", "08:00-18:00", service_ids=names),
        given.works("bob", "09:00-12:00", "13:00-18:00", service_ids=names),
        given.works("room1", "00:00-24:00", kind="room", service_ids=names),
    ).clinic


def play(clinic: given.Clinic, step: tuple[Any, ...]) -> None:
    kind, which, members = step
    if kind is timedelta:
        clinic.now += timedelta(seconds=which)
        return
    if which is not None:
        if not clinic.state.kept:
            return
        ids = [stream.removeprefix("appointment/") for stream in clinic.state.kept]
        name = "hold_id" if issubclass(kind, c.ConfirmHold | c.ExtendHold | c.ReleaseHold) else "appointment_id"
        members = members | {name: ids[which % len(ids)]}
        if issubclass(kind, OnSeries):
            members = members | {"series_id": clinic.appointment(ids[which % len(ids)]).series_id or "none"}
    clinic.send(samples.command(kind, **members), source="A")


@settings(max_examples=150, deadline=None)
@over(st.lists(steps, min_size=10, max_size=40))
def test_no_resource_is_ever_double_booked(played: list[tuple[Any, ...]]) -> None:
    clinic, checker, read = small_clinic(), Checker(), 0
    for step in played:
        play(clinic, step)
        for record in clinic.records[read:]:
            checker.read(record)
            checker.check(clinic.now)
        read = len(clinic.records)


@settings(max_examples=60, deadline=None)
@over(st.lists(steps, max_size=25), services, extras)
def test_a_start_is_offered_exactly_if_booking_it_there_succeeds(
    played: list[tuple[Any, ...]], name: str, addons: list[str]
) -> None:
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    offered = offered_at(clinic, name, *addons)
    for minute in range(to_minute(samples.instant("07:00")), to_minute(samples.instant("19:00")), 5):
        start = to_datetime(minute).isoformat()
        wanted = samples.book("10:00", service_id=name, start=start, addons=addons)
        view = clinic.view()
        clinic.load(days(wanted, view))
        assert (minute in offered) == (not isinstance(decide(wanted, view), Rejection)), to_datetime(minute)


@settings(max_examples=40, deadline=None)
@over(st.lists(steps, max_size=25), services)
def test_whoever_is_offered_can_be_booked_by_name(played: list[tuple[Any, ...]], name: str) -> None:
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    for minute, offer in offered_at(clinic, name).items():
        for candidate in offer.candidates:
            start = to_datetime(minute).isoformat()
            wanted = samples.book("10:00", service_id=name, start=start, resources=candidate)
            assert not isinstance(decide(wanted, clinic.view()), Rejection), (start, candidate)


def offered_at(clinic: given.Clinic, service_id: str, *addons: str) -> dict[int, Offer]:
    first, last = to_minute(samples.instant("00:00")), to_minute(samples.instant("tue 00:00"))
    planned = plan(clinic.state.book, Ask(service_id=service_id, addons=addons))
    assert isinstance(planned, Plan)
    clinic.load(days_needed(planned, first, last))
    found = offers(clinic.state.book, clinic.state.diary, planned, first, last, clinic.now, 1000)
    return {offer.start: offer for offer in found}
