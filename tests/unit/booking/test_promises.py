"""The promises over whatever a desk may do: random commands on a small clinic, checked by independent, naive means."""

from datetime import timedelta
from typing import Any

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

import given
import samples
from booking.decide import decide
from booking.needs import days
from contracts import commands as c
from contracts.appointment import Appointment
from contracts.errors import Rejection
from contracts.series import OnSeries
from eventlog.proof import Proof
from naive import Checker
from scheduling.slots import Ask, Offer, days_needed, offers, plan
from scheduling.zones import to_datetime, to_minute

starts = st.integers(0, 24).map(lambda step: (samples.MONDAY + timedelta(hours=11, minutes=5 * step)).isoformat())
"""Two crowded hours around lunch."""

services = st.sampled_from(["cut", "colour", "ask", "late", "yoga"])
sessions = st.sampled_from(["ses-1", "ses-2", "ses-3", "ses-4"])
hands = st.one_of(st.none(), st.lists(st.sampled_from(["ann", "bob", "room1"]), min_size=1, max_size=2, unique=True))
owners = st.sampled_from(["A", "B"])
which = st.integers(0, 15)
"""Which appointment: one of those made so far."""


def of_it(kind: type[c.Command], **members: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(kind), which, st.fixed_dictionaries(members))


slots: dict[str, st.SearchStrategy[Any]] = {"service_id": services, "start": starts, "resources": hands}
joe = {"customer": st.just({"email": "joe@example.com"})}
classes = {"service_id": st.sampled_from(["yoga", "ask"]), "start": st.sampled_from(
    [(samples.MONDAY + timedelta(hours=11, minutes=minutes)).isoformat() for minutes in (0, 30, 60)]
)}  # fmt: skip
"""Few starts, so that sessions coincide and are booked."""
capacities = st.integers(1, 3)
seats: dict[str, st.SearchStrategy[Any]] = {"seats": st.integers(1, 2)}
scheduled: dict[str, st.SearchStrategy[Any]] = classes | {
    "id": sessions, "resources": st.sampled_from([["ann"], ["bob"], None]), "capacity": capacities
}  # fmt: skip
extras = st.sampled_from([[], [], ["late"]])
"""Now and then something is given with it."""
NAMES = ["cut", "colour", "ask", "late", "yoga"]
BACK: dict[str, dict[str, Any]] = {
    who: {"id": who, "kind": kind, "name": who, "location_ids": ["main"], "service_ids": NAMES}
    for who, kind in (("ann", "staff"), ("bob", "staff"), ("room1", "room"))
}
PARIS = [{"tz": "Europe/Paris", "from": "2026-03-02", "until": "2026-03-03"}]
who = st.sampled_from(["ann", "bob", "room1"])
off = {"start": starts, "end": st.just("2026-03-02T13:30:00+00:00"), "rrule": st.sampled_from(["FREQ=DAILY", None])}


def ics(start: str) -> str:
    begins = start[:19].replace("-", "").replace(":", "")
    lines = ("BEGIN:VCALENDAR", "BEGIN:VEVENT", f"DTSTART:{begins}Z", "DURATION:PT20M", "END:VEVENT", "END:VCALENDAR")
    return "\n".join(lines)


def told(kind: type[c.Command], **members: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(st.just(kind), st.none(), st.fixed_dictionaries(members))


closed: st.SearchStrategy[list[dict[str, Any]]] = st.one_of(
    st.just([]), st.just([{"date": "2026-03-02"}]),
    st.just([{"date": "2026-03-02", "windows": [{"start": "11:00", "end": "12:10"}]}]),
)  # fmt: skip
supply = st.one_of(
    told(c.RetireResource, id=who),
    told(c.RetireService, id=services),
    st.tuples(st.just(c.DefineResource), st.none(), who.map(lambda id: BACK[id])),
    st.tuples(st.just(c.DefineResource), st.none(), who.map(lambda id: BACK[id] | {"travel": PARIS})),
    told(c.SetEligibility, resource_id=who, services=st.sampled_from([None, [], [{"service_id": "cut"}]])),
    told(c.ImportExternalBusy, resource_id=who, source=owners, ics=starts.map(ics)),
    told(c.AddTimeOff, resource_id=who, **off),
    told(c.SetPolicies, holidays=closed),
)
"""Now and then somebody is not there as usual, or not at all."""

statuses = st.sampled_from([None, "scheduled", "confirmed", "in_progress", "completed", "cancelled"])
most = st.fixed_dictionaries({"count": st.sampled_from([1, 1, 2, 3])}, optional={"minutes": st.sampled_from([60, 90])})
limits = most.map(lambda most: [{"of": "resource", "per": "day", **most}])
scopes = st.sampled_from([{}, {}, {"location_id": "main"}, {"service_id": "colour"}, {"resource_id": "ann"}])
policies = st.fixed_dictionaries(
    {"scope": scopes},
    optional={
        "limits": st.one_of(st.none(), limits),
        "min_notice_minutes": st.sampled_from([None, 190, 200]),
        "min_notice_days": st.sampled_from([None, 0, 0, 1]),
        "horizon_days": st.sampled_from([None, 0, 3]),
        "slot_step_minutes": st.sampled_from([None, 10]),
        "align_minutes": st.sampled_from([None, 15]),
    },
)
"""Rules about starts, now and then."""
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
    of_it(c.CancelAppointment),
    of_it(c.ReinstateAppointment),
    of_it(c.ReinstateAppointment),
    of_it(c.UndoConfirmation),
    of_it(c.MarkNoShow),
    of_it(c.CorrectOutcome, outcome=st.just("completed"), reason=st.just("was here")),
    of_it(c.TombstoneAppointment),
    of_it(c.AcceptRequest, override=st.just(True), reason=st.just("both fit")),
    st.tuples(st.just(c.ScheduleSession), st.none(), st.fixed_dictionaries(scheduled)),
    st.tuples(st.just(c.BookAppointment), st.none(), st.fixed_dictionaries(classes | joe | seats)),
    supply,
    st.tuples(st.just(c.SetPolicies), st.none(), policies),
    st.tuples(st.just(timedelta), st.integers(1, 400), st.just({})),
)  # fmt: skip
"""A command with its members, or so many seconds that pass."""

attended = st.fixed_dictionaries(classes | joe | seats | {"session_id": st.one_of(st.none(), sessions)})
class_steps = st.one_of(
    st.tuples(st.just(c.ScheduleSession), st.none(), st.fixed_dictionaries(scheduled)),
    st.tuples(st.just(c.BookAppointment), st.none(), attended),
    st.tuples(st.just(c.BookAppointment), st.none(), attended),
    st.tuples(st.just(c.HoldSlot), st.none(), st.fixed_dictionaries(classes | seats | {"owner": owners})),
    of_it(c.ConfirmHold, owner=owners, customer=st.just({"name": "Joe"})),
    of_it(c.ExtendHold, owner=owners),
    of_it(c.ReleaseHold, owner=owners),
    of_it(c.RescheduleAppointment, start=classes["start"], session_id=st.one_of(st.none(), sessions)),
    of_it(c.ReassignAppointment, resources=hands),
    of_it(c.AcceptRequest),
    of_it(c.CancelAppointment),
    st.tuples(st.just(c.ChangeCapacity), st.none(), st.fixed_dictionaries(
        {"session_id": sessions, "capacity": capacities})),
    st.tuples(st.just(c.CancelSession), st.none(), st.fixed_dictionaries({"session_id": sessions})),
    st.tuples(st.just(timedelta), st.sampled_from([1, 150, 300, 300]), st.just({})),
)  # fmt: skip
"""The same where all is about four sessions, three of them scheduled."""
opened: list[tuple[Any, ...]] = [
    (c.ScheduleSession, None, {"service_id": name, "id": id, "start": start, "resources": [who], "capacity": count})
    for name, id, who, start, count in (
        ("yoga", "ses-1", "ann", samples.iso("12:00"), 2),
        ("yoga", "ses-2", "bob", samples.iso("11:30"), 2),
        ("ask", "ses-3", "ann", samples.iso("11:00"), 1),
    )
]
full = {"service_id": "ask", "start": samples.iso("11:00"), "session_id": "ses-3", "customer": {"name": "Sue"}}
opened.append((c.BookAppointment, None, full))
lessons = st.lists(class_steps, min_size=8, max_size=30).map(lambda played: [*opened, *played])
mixed = st.one_of(st.lists(steps, max_size=25), lessons)


def asks_for(name: str, minute: int = 0) -> tuple[Any, ...]:
    """Somebody books ann, or asks for her, soon after eleven."""
    start = (samples.MONDAY + timedelta(hours=11, minutes=minute)).isoformat()
    return c.BookAppointment, None, {"service_id": name, "start": start, "resources": ["ann"]} | JOE


JOE = {"customer": {"email": "joe@example.com"}}
RIVALS = [asks_for("late"), asks_for("late", 10), asks_for("cut"), asks_for("late", 15)]
"""One has ann from eleven on, three would like to."""

turns = st.one_of(
    st.builds(asks_for, st.sampled_from(["late", "cut"]), st.sampled_from([0, 15, 45])),
    of_it(c.CancelAppointment),
    of_it(c.CancelAppointment),
    of_it(c.ReinstateAppointment),
    of_it(c.ReinstateAppointment),
    of_it(c.TombstoneAppointment),
    of_it(c.AcceptRequest),
    of_it(c.AcceptRequest, override=st.just(True), reason=st.just("both fit")),
)
comings_and_goings = st.lists(turns, min_size=15, max_size=30).map(lambda played: RIVALS + played)
"""Few people who come, go and come back: most steps meet somebody."""


def small_clinic() -> given.Clinic:
    """Two people and a room; services with buffers, with a room, by request, by request without blocking, and a class.

    Others than the class may have sessions too.
    """
    room = [{"kind": "staff"}, {"kind": "room"}]
    asked: dict[str, Any] = {"slot_step_minutes": 5, "acceptance": "manual"}
    return given.given(
        given.sent(
            samples.location(profile="lenient"),
            samples.service("cut", duration_minutes=30, slot_step_minutes=5, buffer_after_minutes=15),
            samples.service("colour", duration_minutes=45, slot_step_minutes=5, requires=room, buffer_before_minutes=5),
            samples.service("ask", duration_minutes=30, accept_within_minutes=5, **asked),
            samples.service("late", duration_minutes=20, pending_blocks=False, **asked),
            samples.service("yoga", duration_minutes=30, capacity=2, requires=[{"kind": "staff"}]),
        ),
        given.works("ann", "08:00-18:00", service_ids=NAMES),
        given.works("bob", "09:00-12:00", "13:00-18:00", service_ids=NAMES),
        given.works("room1", "00:00-24:00", kind="room", service_ids=NAMES),
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
@over(st.one_of(st.lists(steps, min_size=10, max_size=40), comings_and_goings))
def test_no_resource_is_ever_double_booked(played: list[tuple[Any, ...]]) -> None:
    keep_promises(played)


@settings(max_examples=200, deadline=None)
@over(lessons)
def test_no_session_gives_more_seats_than_it_has(played: list[tuple[Any, ...]]) -> None:
    keep_promises(played)


def keep_promises(played: list[tuple[Any, ...]]) -> None:
    clinic, checker, proof, read = small_clinic(), Checker(), Proof(), 0
    for step in played:
        play(clinic, step)
        for record in clinic.records[read:]:
            checker.read(record)
            assert proof.feed(record) is None
            checker.check(clinic.now)
        read = len(clinic.records)
        checker.check_seats(clinic)
        if step[0] is not timedelta:
            checker.check_refusal(clinic)


@settings(max_examples=80, deadline=None)
@over(most, st.lists(steps.filter(lambda step: step[0] is not c.SetPolicies), min_size=10, max_size=40))
def test_no_resource_ever_has_more_than_its_limit(most: dict[str, int], played: list[tuple[Any, ...]]) -> None:
    clinic, checker, read = small_clinic(), Checker(), 0
    clinic.accept(samples.policies(limits=[{"of": "resource", "per": "day", **most}]))
    for step in played:
        play(clinic, step)
        for record in clinic.records[read:]:
            checker.read(record)
        read = len(clinic.records)
        for count, minutes in checker.loads(clinic.now):
            assert count <= most["count"]
            assert minutes <= most.get("minutes", minutes)


@settings(max_examples=60, deadline=None)
@over(mixed, services, extras)
def test_a_start_is_offered_exactly_if_booking_it_there_succeeds(
    played: list[tuple[Any, ...]], name: str, addons: list[str]
) -> None:
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    offered = offered_at(clinic, name, *addons)
    for minute in range(to_minute(samples.instant("07:00")), to_minute(samples.instant("19:00")), 5):
        start = to_datetime(minute).isoformat()
        starts = len(sessions_at(clinic, name, start)) if not addons else 0
        assert (minute in offered and starts < 2) == succeeds(clinic, start, name, addons=addons), start


@settings(max_examples=60, deadline=None)
@over(mixed, services, st.integers(1, 3))
def test_a_session_is_offered_exactly_if_booking_it_by_its_name_succeeds(
    played: list[tuple[Any, ...]], name: str, seats: int
) -> None:
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    offered = {one.session_id: one.remaining for at in offered_at(clinic, name, seats=seats).values() for one in at}
    classes = {stream: kept for stream, kept in clinic.state.entries.items() if stream.startswith("session/")}
    for stream, kept in classes.items():
        session_id, start = stream.removeprefix("session/"), kept.session.start.isoformat()
        booked = succeeds(clinic, start, name, session_id=session_id, seats=seats)
        assert (session_id in offered) == booked, session_id
        if booked:
            assert offered[session_id] == clinic.session(session_id).remaining


@settings(max_examples=40, deadline=None)
@over(mixed, services)
def test_whoever_is_offered_can_be_booked_by_name(played: list[tuple[Any, ...]], name: str) -> None:
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    for minute, found in offered_at(clinic, name).items():
        start = to_datetime(minute).isoformat()
        for offer in found:
            for candidate in offer.candidates:
                assert succeeds(clinic, start, name, resources=candidate, session_id=offer.session_id), candidate


@settings(max_examples=60, deadline=None)
@over(st.one_of(st.lists(steps, min_size=8, max_size=30), comings_and_goings))
def test_what_was_cancelled_is_reinstated_exactly_if_its_slot_is_offered(played: list[tuple[Any, ...]]) -> None:
    """To whoever names the same people and the same length."""
    clinic = small_clinic()
    for step in played:
        play(clinic, step)
    for kept in list(clinic.state.kept.values()):
        seen = kept.appointment
        if seen.status != "cancelled" or seen.tombstoned or kept.owner is not None or seen.session_id:
            continue
        wanted = samples.command(c.ReinstateAppointment, appointment_id=seen.id)
        clinic.load(days(wanted, clinic.view()))
        stands_again = not isinstance(decide(wanted, clinic.view()), Rejection)
        assert stands_again == (to_minute(seen.start) in offered_again(clinic, seen)), seen


def offered_again(clinic: given.Clinic, seen: Appointment) -> set[int]:
    """The starts of that day at which the same people have as long for the same service."""
    first, length = to_minute(seen.start) // 1440 * 1440, to_minute(seen.end) - to_minute(seen.start)
    last = first + 1440
    named = tuple(one.id for one in seen.resources)
    planned = plan(clinic.state.book, Ask(seen.service.id, duration_minutes=length, resources=named, agreed=True))
    if isinstance(planned, Rejection):
        return set()
    clinic.load(days_needed(planned, first, last))
    return {one.start for one in offers(clinic.state.book, clinic.state.diary, planned, first, last, clinic.now)}


def succeeds(clinic: given.Clinic, start: str, service_id: str, **members: Any) -> bool:
    wanted = samples.book("10:00", service_id=service_id, start=start, **members)
    view = clinic.view()
    clinic.load(days(wanted, view))
    return not isinstance(decide(wanted, view), Rejection)


def sessions_at(clinic: given.Clinic, service_id: str, start: str) -> list[str]:
    """Those that could be meant, whether they have seats or not."""
    seen = [kept.session for stream, kept in clinic.state.entries.items() if stream.startswith("session/")]
    return [
        one.id for one in seen
        if (one.status, one.service.id, one.start.isoformat()) == ("scheduled", service_id, start)
    ]  # fmt: skip


def offered_at(clinic: given.Clinic, service_id: str, *addons: str, seats: int = 1) -> dict[int, list[Offer]]:
    first, last = to_minute(samples.instant("00:00")), to_minute(samples.instant("tue 00:00"))
    planned = plan(clinic.state.book, Ask(service_id=service_id, addons=addons, seats=seats))
    if isinstance(planned, Rejection):
        return {}
    clinic.load(days_needed(planned, first, last))
    state, found = clinic.state, dict[int, list[Offer]]()
    for offer in offers(state.book, state.diary, planned, first, last, clinic.now, 1000, state.entries.get):
        found.setdefault(offer.start, []).append(offer)
    return found
