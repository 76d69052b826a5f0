"""Terms: what the policies of a tenant say about the starts of one resource: notice, horizon, limits and the grid.

Resource, service, location, tenant: the narrowest scope that sets a member says what it is, and its event is what a
refused start names. A tenant without such policies has no terms, and nothing is asked of any.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import UNSET

from contracts.events import Limit, Policies
from scheduling.book import TENANT, Book, Service

Scopes = list[tuple[str, Policies]]
"""By key, the narrowest first."""


class Said(NamedTuple):
    """What a scope says, the event that says it, and whose scope it is if that is a resource's."""

    value: Any
    event_id: str | None
    resource_id: str | None


class Notice(NamedTuple):
    """How near and how far a start may lie; None is no rule."""

    minutes: Said | None
    days: Said | None
    horizon: Said | None
    business: bool


class Counted(NamedTuple):
    """A limit, and the resources between whom it is counted."""

    limit: Limit
    whose: tuple[str, ...]


class Terms(NamedTuple):
    """Of one resource. Limits are counted by the clocks of `tz`, its own at home, also while it travels.

    Starts lie every step of `steps`: from where its hours begin, or if `aligned` from the local hour; `gridded_by`
    is the policy that says so, if one does.
    """

    tz: str
    notice: Notice | None
    limits: tuple[Counted, ...]
    limited_by: Said | None
    steps: tuple[int, ...]
    aligned: bool
    gridded_by: Said | None


def terms_of(
    book: Book, resource_ids: Iterable[str], service: Service, location_id: str, steps: tuple[int, ...]
) -> dict[str, Terms]:
    """The terms of each resource for that service there; `steps` are the default, and whatever else was asked for."""
    wider = _scopes(book, f"service/{service.defined.id}", f"location/{location_id}", TENANT)
    return {one: _terms(book, one, wider, service, steps) for one in resource_ids}


def _scopes(book: Book, *keys: str) -> Scopes:
    return [(key, book.policies[key]) for key in keys if key in book.policies]


def _terms(book: Book, resource_id: str, wider: Scopes, service: Service, steps: tuple[int, ...]) -> Terms:
    scopes = [*_scopes(book, f"resource/{resource_id}"), *wider]
    limited = _said(book, scopes, "limits")
    align = _said(book, scopes, "align_minutes")
    grid = align or _step(book, scopes, service)
    return Terms(
        tz=book.zone_of(resource_id),
        notice=_notice(book, scopes),
        limits=tuple(_counted(limited.value, resource_id)) if limited else (),
        limited_by=limited,
        steps=(grid.value, *steps[1:]) if grid else steps,
        aligned=align is not None,
        gridded_by=grid,
    )


def _counted(limits: Iterable[Limit], resource_id: str) -> Iterator[Counted]:
    for limit in limits:
        for whose in between(limit, resource_id):
            yield Counted(limit, whose)


def between(limit: Limit, resource_id: str) -> list[tuple[str, ...]]:
    """The companies between whom a limit counts what concerns a resource: of a resource, that one alone."""
    return [(resource_id,)] if limit.of == "resource" else []


def _notice(book: Book, scopes: Scopes) -> Notice | None:
    minutes, days = (_said(book, scopes, member) for member in ("min_notice_minutes", "min_notice_days"))
    horizon, kind = (_said(book, scopes, member) for member in ("horizon_days", "horizon"))
    if not (minutes or days or horizon):
        return None
    return Notice(minutes, days, horizon, business=kind is not None and kind.value == "business")


def _step(book: Book, scopes: Scopes, service: Service) -> Said | None:
    """What a service's definition says of its step, it says as narrowly as a policy of that service."""
    if service.defined.slot_step_minutes is not None:
        scopes = [(key, one) for key, one in scopes if key.startswith(("resource/", "service/"))]
    return _said(book, scopes, "slot_step_minutes")


def _said(book: Book, scopes: Scopes, member: str) -> Said | None:
    """What the narrowest scope that sets the member says; None if that is null, or none does."""
    for key, policies in scopes:
        value = getattr(policies, member)
        if value is not UNSET:
            kind, _, id = key.partition("/")
            own = id if kind == "resource" else None
            return None if value is None else Said(value, book.policy_events.get(key), own)
    return None
