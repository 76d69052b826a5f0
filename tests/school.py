"""A school to test with: a clinic that gives classes too, and histories of sessions, seats and of people who wait."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

import samples
from contracts import commands as c
from contracts.session import Session
from given import Clinic
from read_model import open_clinic

SESSIONS = [f"ses-{number}" for number in range(8)]
WAITING = [f"wait-{number}" for number in range(4)]
SERVICES = ("yoga", "cut")
"""A class, and what has sessions now and then but is mostly given to one alone."""


def open_school(tenant: str = samples.TENANT) -> Clinic:
    clinic = open_clinic(tenant)
    clinic.accept(samples.service("yoga", duration_minutes=60, capacity=3))
    for name in ("ann", "bob"):
        clinic.accept(samples.resource(name, service_ids=list(SERVICES)))
    for id, start, who in (("ses-0", "tue 10:00", "ann"), ("ses-1", "tue 10:00", "bob"), ("ses-2", "tue 11:30", "ann")):
        clinic.accept(samples.schedule_session(start, id=id, resources=[who]))
    return clinic


def random_lessons(seed: int, steps: int, tenant: str = samples.TENANT) -> Clinic:
    """A school after so many random commands, some of which were refused; time goes on meanwhile."""
    chance, clinic = random.Random(seed), open_school(tenant)
    for _ in range(steps):
        lesson_step(chance, clinic)
    return clinic


def lesson_step(chance: random.Random, clinic: Clinic) -> None:
    """A little later, one more command: deadlines pass."""
    clinic.now += timedelta(seconds=chance.choice((0, 0, 1, 20, 300)))
    clinic.send(chance.choice(_STEPS)(chance, clinic))


def stamp(instant: datetime) -> str:
    """As answers write it."""
    return str(msgspec.to_builtins(instant))


def sessions_of(clinic: Clinic, service_id: str) -> list[Session]:
    """Of one service, each as it is now."""
    ids = [stream.removeprefix("session/") for stream in clinic.state.entries if stream.startswith("session/")]
    return [one for one in map(clinic.session, ids) if one.service.id == service_id]


def _start(chance: random.Random) -> str:
    return samples.iso(f"tue {chance.randrange(10, 16)}:{chance.choice(('00', '30'))}")


def _any(chance: random.Random, clinic: Clinic) -> str:
    known = [stream.removeprefix("appointment/") for stream in clinic.state.kept]
    return chance.choice(known) if known else "apt_none"


def _where(chance: random.Random, clinic: Clinic) -> dict[str, str | int]:
    """Seats of a session that is there, or whatever a start means."""
    known = [stream.removeprefix("session/") for stream in clinic.state.entries if stream.startswith("session/")]
    if known and chance.random() < 0.7:
        seen = clinic.session(chance.choice(known))
        return {"service_id": seen.service.id, "start": seen.start.isoformat(), "session_id": seen.id}
    return {"service_id": chance.choice(SERVICES), "start": _start(chance)}


def _schedule(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.schedule_session(
        "10:00", id=chance.choice(SESSIONS), service_id=chance.choice(("yoga", "yoga", "cut")), start=_start(chance),
        capacity=chance.randrange(1, 4), resources=[chance.choice(("ann", "bob"))],
    )  # fmt: skip


def _book(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.book("10:00", **{"seats": chance.choice((1, 2))} | _where(chance, clinic))


def _hold(chance: random.Random, clinic: Clinic) -> c.Command:
    where = {"seats": chance.choice((1, 2))} | _where(chance, clinic)
    return samples.hold_slot("10:00", by=chance.choice("AB"), **where)


def _confirm(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(
        c.ConfirmHold, hold_id=_any(chance, clinic), owner=chance.choice("AB"), customer={"email": "a@example.com"}
    )


def _release(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.ReleaseHold, hold_id=_any(chance, clinic), owner=chance.choice("AB"))


def _move(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.RescheduleAppointment, appointment_id=_any(chance, clinic), start=_start(chance))


def _cancel(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.CancelAppointment, appointment_id=_any(chance, clinic))


def _call_off(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.CancelSession, session_id=chance.choice(SESSIONS))


def _resize(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.ChangeCapacity, session_id=chance.choice(SESSIONS), capacity=chance.randrange(1, 4))


def _join(chance: random.Random, clinic: Clinic) -> c.Command:
    customer = {"id": f"cus_{chance.choice('abc')}", "name": "Joe Doe"}
    return samples.command(c.JoinWaitlist, id=chance.choice(WAITING), service_id="cut", customer=customer)


def _offer(chance: random.Random, clinic: Clinic) -> c.Command:
    ids = chance.sample(WAITING, 2)
    return samples.command(c.OfferSlot, service_id="cut", start=_start(chance), waitlist_ids=ids, hold_seconds=120)


def _claim(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.ClaimOffer, hold_id=_any(chance, clinic), waitlist_id=chance.choice(WAITING))


def _leave(chance: random.Random, clinic: Clinic) -> c.Command:
    return samples.command(c.LeaveWaitlist, waitlist_id=chance.choice(WAITING))


_STEPS: tuple[Callable[[random.Random, Clinic], c.Command], ...] = (
    _schedule, _schedule, _book, _book, _book, _book, _hold, _hold, _hold, _confirm, _release, _move, _cancel,
    _call_off, _resize, _join, _join, _offer, _offer, _claim, _claim, _leave,
)  # fmt: skip
