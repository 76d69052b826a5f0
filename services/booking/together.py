"""Together: several slots of one decision, each decided on a diary that has those before it.

One host is kept: where the resources are not named, those chosen are the same every time, if anybody can be had every
time. Where that may fail, the host of the occurrence before is kept as long as possible.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from msgspec.json import encode
from msgspec.structs import replace

from booking.change import Change
from booking.pencil import named, pencil, told
from booking.slot import Request, Slot, planned_for, take
from booking.view import View
from contracts.commands import BODY_LIMIT, DetailsBody
from contracts.errors import Blocker, Rejection
from contracts.values import Chosen
from scheduling.diary import DayNotLoaded
from scheduling.hosts import absent, hosts
from scheduling.sessions import marked, seated_only, starting
from scheduling.slots import Plan

Opening = Callable[[int, Slot], list[Change]]
"""What is written of a slot, by its number among the requests."""


KEPT = Chosen(strategy="series")
"""Whoever is kept was not chosen anew."""


class Taken(NamedTuple):
    """What became of one request, and what is to be written of it."""

    request: Request
    slot: Slot | Rejection
    changes: list[Change]


def all_of(requests: Sequence[Request], opening: Opening, view: View) -> list[Taken]:
    """All with one host; where that cannot be, why each of those that stand against it cannot be had."""
    planned = planned_for(requests[0], view)
    if isinstance(planned, Rejection):
        return [Taken(requests[0], planned, [])]
    if not planned.needs or _in_sessions(requests, planned, view):
        return in_turn(requests, opening, view)
    hosted = _by_one_host(requests, planned, opening, view)
    if not refusals(hosted):
        return hosted
    against = _against(requests, planned, opening, view)
    return against if refusals(against) else hosted


def as_many_as_possible(requests: Sequence[Request], opening: Opening, view: View) -> list[Taken]:
    """All with one host if anybody can be had every time; else each that can be had, with the last host if possible."""
    planned = planned_for(requests[0], view)
    if isinstance(planned, Rejection) or not planned.needs or _in_sessions(requests, planned, view):
        return in_turn(requests, opening, view)
    hosted = _by_one_host(requests, planned, opening, view)
    return _by_several(requests, opening, view) if refusals(hosted) else hosted


def _in_sessions(requests: Sequence[Request], planned: Plan, view: View) -> bool:
    """Whether any of them means seats: who gives a class is the session's to say."""
    return seated_only(planned) or any(
        any(starting(view.diary, planned, request.start, request.start + 1, view.state.entries.get))
        for request in requests
    )


def sessions_meant(requests: Iterable[Request | Rejection], view: View) -> list[str]:
    """The streams of the sessions that start where something is asked for, as far as the days there are at hand."""
    return [stream for request in requests if isinstance(request, Request) for stream in _sessions_at(request, view)]


def _sessions_at(request: Request, view: View) -> list[str]:
    planned = planned_for(request, view)
    try:
        return [] if isinstance(planned, Rejection) else marked(view.diary, planned, request.start, request.start + 1)
    except DayNotLoaded:
        return []


def _by_one_host(requests: Sequence[Request], planned: Plan, opening: Opening, view: View) -> list[Taken]:
    """Whoever stands in the way of any is not the host. Up to the first refusal, where nobody is left."""
    everybody = frozenset(one for need in planned.needs for one in need.pool)
    starts = [request.start for request in requests]
    pool = everybody if planned.ask.override else hosts(view.book, view.diary, planned, starts, view.now)
    while True:
        hosted = _hosted(requests, everybody - pool, opening, view)
        lacking = refusals(hosted)
        gone = pool & {blocker.resource_id for one in lacking for blocker in one.blockers}
        if not gone:
            return hosted
        pool -= gone


def refusals(taken: Sequence[Taken]) -> list[Rejection]:
    return [one.slot for one in taken if isinstance(one.slot, Rejection)]


def _hosted(requests: Sequence[Request], excluded: frozenset[str], opening: Opening, view: View) -> list[Taken]:
    """The first chooses, and the others are to have the same."""
    with view.state.trial():
        first = _take(0, replace(requests[0], excluded=excluded), opening, view)
        if isinstance(first.slot, Rejection):
            return [first]
        return [first, *_follow(requests, first.slot, opening, view)]


def _follow(requests: Sequence[Request], host: Slot, opening: Opening, view: View) -> list[Taken]:
    """Up to the first that cannot be had."""
    found = []
    for number, request in enumerate(requests[1:], 1):
        found.append(_take(number, with_host(request, host), opening, view, KEPT))
        if isinstance(found[-1].slot, Rejection):
            break
    return found


def in_turn(requests: Sequence[Request], opening: Opening, view: View) -> list[Taken]:
    """Each for itself, after those before it."""
    with view.state.trial():
        return [_take(number, request, opening, view) for number, request in enumerate(requests)]


def _against(requests: Sequence[Request], planned: Plan, opening: Opening, view: View) -> list[Taken]:
    """Why nobody can be had every time: what cannot be had at all, and else who is not there."""
    found = []
    with view.state.trial():
        for number, request in enumerate(requests):
            slot = take(request, view)
            some = isinstance(slot, Slot)
            away = absent(view.book, view.diary, planned, request.start, view.now) if some else []
            one = _pencilled(number, request, slot, opening, view)
            found.append(one._replace(slot=_nobody_every_time(planned, named(away))) if away else one)
    return found


def _nobody_every_time(planned: Plan, away: list[Blocker]) -> Rejection:
    kind, detail = planned.needs[0].kind, "The same cannot be had every time."
    if kind == "staff":
        return Rejection(code="slot_unavailable", detail=detail, blockers=away)
    return Rejection(code="resource_unavailable", detail=detail, blockers=away, members={"kind": kind})


def _by_several(requests: Sequence[Request], opening: Opening, view: View) -> list[Taken]:
    """Each with the host of the one before it, if that can be."""
    found, host = list[Taken](), None
    with view.state.trial():
        for number, request in enumerate(requests):
            one = _kept_or_changed(number, request, host, opening, view)
            host = one.slot if isinstance(one.slot, Slot) else host
            found.append(one)
    return found


def _kept_or_changed(number: int, request: Request, host: Slot | None, opening: Opening, view: View) -> Taken:
    if host is not None:
        same = _take(number, with_host(request, host), opening, view, KEPT)
        if isinstance(same.slot, Slot):
            return same
    return _take(number, request, opening, view)


def with_host(request: Request, host: Slot) -> Request:
    """The same start with the resources that another slot has."""
    resources = tuple(resource.id for resource in host.facts.resources)
    return replace(request, ask=request.ask._replace(resources=resources))


def _take(number: int, request: Request, opening: Opening, view: View, chosen: Chosen | None = None) -> Taken:
    """Takes a slot, as chosen for itself or for another before it, and pencils it in."""
    slot = take(request, view)
    if chosen is not None and isinstance(slot, Slot):
        slot = replace(slot, chosen=chosen)
    return _pencilled(number, request, slot, opening, view)


def _pencilled(number: int, request: Request, slot: Slot | Rejection, opening: Opening, view: View) -> Taken:
    if isinstance(slot, Rejection):
        return Taken(request, told(slot), [])
    changes = opening(number, slot)
    pencil(changes, view)
    return Taken(request, slot, changes)


def too_bulky(command: DetailsBody, count: int) -> Rejection | None:
    """Each of so many repeats what the command says beside its slot; together they are an answer of some size."""
    said = len(encode((command.notes, command.internal_notes, command.custom_fields, command.external_ids)))
    if said * count <= BODY_LIMIT:
        return None
    detail = f"The {count} together are larger than {BODY_LIMIT} bytes: say less of each, or book fewer."
    return Rejection(code="too_large", detail=detail)
