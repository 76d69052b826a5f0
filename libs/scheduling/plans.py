"""Plans: what an ask means against the book, before any diary is looked at.

A plan says how long, with which buffers, on which grid, and which resources: those named, all of which are taken,
and for each kind what the service still lacks, to be chosen from those that are eligible.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

from contracts.errors import Rejection
from contracts.events import Option
from scheduling.book import Book, Location, Service
from scheduling.diary import Busy
from scheduling.hours import Stretch
from scheduling.masks import DAY
from scheduling.roster import serves
from scheduling.terms import Said, Terms, terms_of

DEFAULT_STEP = 15
"""Minutes between starts where the service says nothing and is not shorter itself."""


class Ask(NamedTuple):
    """What somebody wants to know or to book. Nothing named means any. `addons` are services given with it: they
    make it longer by what they take, unless its whole duration is named.

    A hold in `hold_stream` does not block its `owner`; the intervals of `reschedule_of` do not block its own move.
    `imported` allows the past and knows no notice, horizon or limit; with `override` neither these nor hours, grid
    or other appointments refuse. A start that was `agreed` on before needs no notice, one that has `begun` may have
    passed.
    Of a class `session_id` names the session; without one it is looked for `among` the sessions and the diary both, or
    in one of them alone. The session of somebody `excluded` is not meant.
    the part of the same visit before it, or after it, has no buffer there, and begins on no grid of its own: buffers
    lie around a visit, and its start alone is on the grid.
    """

    service_id: str
    option_id: str | None = None
    duration_minutes: int | None = None
    location_id: str | None = None
    resources: tuple[str, ...] | None = None
    seats: int = 1
    addons: tuple[str, ...] = ()
    owner: str | None = None
    hold_stream: str | None = None
    reschedule_of: str | None = None
    step_minutes: int | None = None
    imported: bool = False
    override: bool = False
    agreed: bool = False
    begun: bool = False
    session_id: str | None = None
    among: Literal["any", "sessions", "diary"] = "any"
    excluded: tuple[str, ...] = ()
    joined: tuple[bool, bool] = (False, False)


@dataclass(frozen=True, slots=True)
class Need:
    """`count` more of a kind, to be chosen from `pool`, the eligible ones that are not named, in order."""

    kind: str
    count: int
    pool: tuple[str, ...]


class Gap(NamedTuple):
    """`before` and `after` a slot's core no interval may lie, counted by its `sort`: padded or core."""

    sort: int
    before: int
    after: int


PADDED, CORE = 0, 1


def gaps(policy: str, before: int, after: int) -> tuple[Gap, ...]:
    """What a location's buffer policy asks of the time around a slot (contract 1.7).

    sum: padded intervals do not overlap. max: the gap is at least the larger of the two buffers that meet in it.
    existing_only: what is booked keeps its buffers, the slot asked for brings none. query_after: what is booked is
    followed by the buffer of the service asked for, and its own do not count.
    """
    if policy == "max":
        return Gap(PADDED, 0, 0), Gap(CORE, before, after)
    if policy == "existing_only":
        return (Gap(PADDED, 0, 0),)
    if policy == "query_after":
        return (Gap(CORE, after, 0),)
    return (Gap(PADDED, before, after),)


@dataclass(frozen=True)
class Plan:
    """An ask resolved.

    `gaps` keep it from other intervals, `outside` is how much time around the core must lie inside the hours too.
    One resource of the `primary` kind has to have the start on its grid: `anchors` are those named. `terms` is what
    policies say about the starts of each resource, if they say anything.
    """

    ask: Ask
    service: Service
    location: Location
    option: Option | None
    duration: int
    before: int
    after: int
    gaps: tuple[Gap, ...]
    outside: tuple[int, int]
    steps: tuple[int, ...]
    primary: str
    named: tuple[str, ...]
    anchors: tuple[str, ...]
    needs: tuple[Need, ...]
    addons: tuple[Service, ...] = ()
    terms: dict[str, Terms] | None = None

    @cached_property
    def excepts(self) -> bool:
        """Whether any interval at all may be ignored."""
        return bool(self.ask.hold_stream or self.ask.reschedule_of)

    @cached_property
    def _reach(self) -> int:
        """How far before a start the diary is looked at."""
        return max(self.before, *(gap.before for gap in self.gaps))

    def ignores(self, busy: Busy) -> bool:
        ask = self.ask
        if busy.stream == ask.reschedule_of:
            return True
        return busy.stream == ask.hold_stream and busy.owner == ask.owner

    def resources(self) -> Iterator[str]:
        """All that could be taken, named ones first."""
        yield from self.named
        for need in self.needs:
            yield from need.pool

    def grid(self, resource_id: str) -> tuple[tuple[int, ...], bool, Said | None]:
        """The steps between its starts, whether they begin at the local hour, and the policy that says so."""
        if self.terms is None:
            return self.steps, False, None
        own = self.terms[resource_id]
        return own.steps, own.aligned, own.gridded_by

    def off_the_grid(self) -> "Plan":
        """The same at any minute."""
        terms = {id: own._replace(steps=(1,), aligned=False, gridded_by=None) for id, own in (self.terms or {}).items()}
        return replace(self, steps=(1,), terms=terms or None)

    def stretch(self, first: int, last: int) -> Stretch:
        """The days that decide about the starts in `[first, last)`: with buffers, as far as they reach."""
        first_day = (first - self._reach) // DAY
        last_day = (max(last, first + 1) + self.duration + self.after - 2) // DAY
        return Stretch(first_day, last_day - first_day + 1)


PLANS_KEPT = 10_000


def plan(book: Book, ask: Ask) -> Plan | Rejection:
    """What the ask means; refused when it names what does not exist or does not fit together.

    The start is no part of an ask, so most asks come again and again; those about one appointment do not.
    """
    if ask.reschedule_of or ask.hold_stream:
        return _ruled(book, _mean(book, ask))
    found: Plan | Rejection | None = book.plans.get(ask)
    if found is None:
        if len(book.plans) >= PLANS_KEPT:
            book.plans.clear()
        found = book.plans[ask] = _ruled(book, _mean(book, ask))
    return found


def _ruled(book: Book, made: Plan | Rejection) -> Plan | Rejection:
    """With what the policies say about each resource that could be taken, if they say anything.

    What joins on to something starts where that ends, on no grid.
    """
    if not book.rules_starts or isinstance(made, Rejection):
        return made
    terms = terms_of(book, made.resources(), made.service, made.location.defined.id, made.steps)
    if made.ask.joined[0]:
        terms = {one: said._replace(steps=made.steps, aligned=False, gridded_by=None) for one, said in terms.items()}
    return replace(made, terms=terms)


def _mean(book: Book, ask: Ask) -> Plan | Rejection:
    service = book.services.get(ask.service_id)
    if service is None or (service.retired and not ask.reschedule_of):
        return Rejection(code="service_not_found", field="service_id", detail="There is no such service.")
    option = next((option for option in service.defined.options if option.id == ask.option_id), None)
    if ask.option_id is not None and option is None:
        return _not_found("option_id", "option of this service")
    location = _location(book, ask, service)
    if isinstance(location, Rejection):
        return location
    addons = _addons(book, ask, service, option, location)
    if isinstance(addons, Rejection):
        return addons
    named = tuple(dict.fromkeys(ask.resources or ()))
    refused = _unfit(book, named, service, location)
    return refused or _plan(book, ask, service, location, option, addons, named)


def _addons(
    book: Book, ask: Ask, service: Service, option: Option | None, location: Location
) -> tuple[Service, ...] | Rejection:
    """The services given with it: known, given there, and priced in the same currency."""
    found = []
    for addon_id in ask.addons:
        addon = book.services.get(addon_id)
        if addon is None or addon.retired:
            return Rejection(code="service_not_found", field="addons", detail="There is no such service.")
        if addon.defined.location_ids and location.defined.id not in addon.defined.location_ids:
            detail = "An add-on is not given at this location."
            return Rejection(code="resource_not_eligible", field="addons", detail=detail)
        found.append(addon)
    prices = (option.price if option else None) or service.defined.price, *(addon.defined.price for addon in found)
    if len({price.currency for price in prices if price}) > 1:
        return Rejection(code="invalid_command", field="addons", detail="addons: they are priced in another currency.")
    return tuple(found)


def _plan(
    book: Book,
    ask: Ask,
    service: Service,
    location: Location,
    option: Option | None,
    addons: tuple[Service, ...],
    named: tuple[str, ...],
) -> Plan:
    defined, place = service.defined, location.defined
    before = 0 if ask.joined[0] else defined.buffer_before_minutes
    after = 0 if ask.joined[1] else defined.buffer_after_minutes
    alone = (option and option.duration_minutes) or defined.duration_minutes
    duration = ask.duration_minutes or alone + sum(addon.defined.duration_minutes for addon in addons)
    step = 1 if ask.joined[0] else defined.slot_step_minutes or min(duration, DEFAULT_STEP)
    primary = defined.requires[0].kind
    return Plan(
        ask=ask,
        service=service,
        location=location,
        option=option,
        duration=duration,
        before=before,
        after=after,
        gaps=gaps(place.buffer_policy, before, after),
        outside=(before, after) if place.buffers_outside_hours == "deny" else (0, 0),
        steps=(step, ask.step_minutes) if ask.step_minutes else (step,),
        primary=primary,
        named=named,
        anchors=tuple(one for one in named if book.resources[one].kind == primary),
        needs=tuple(_needs(book, service, location, named)),
        addons=addons,
    )


def _needs(book: Book, service: Service, location: Location, named: tuple[str, ...]) -> Iterator[Need]:
    for required in service.defined.requires:
        count = required.count - sum(book.resources[one].kind == required.kind for one in named)
        if count > 0:
            able = book.eligible(required.kind, service.defined.id, location.defined.id)
            yield Need(required.kind, count, tuple(one for one in able if one not in named) if named else able)


def _location(book: Book, ask: Ask, service: Service) -> Location | Rejection:
    """The place asked for; else the default one, if the service is given there; else the service's first."""
    places = service.defined.location_ids
    found = book.location(ask.location_id)
    if ask.location_id is None and places and (found is None or found.defined.id not in places):
        found = next((place for one in places if (place := book.location(one)) and not place.retired), None)
    if found is None or (found.retired and not ask.reschedule_of):
        return _not_found("location_id", "location")
    if places and found.defined.id not in places:
        detail = "The service is not given at this location."
        return Rejection(code="resource_not_eligible", field="location_id", detail=detail)
    return found


def _unfit(book: Book, named: tuple[str, ...], service: Service, location: Location) -> Rejection | None:
    for resource_id in named:
        resource = book.resources.get(resource_id)
        if resource is None or resource.retired:
            return _not_found("resources", "resource")
        if not serves(resource, service.defined.id, location.defined.id):
            detail = f"The {resource.kind} named does not give this service at this location."
            members = {"kind": resource.kind}
            return Rejection(code="resource_not_eligible", field="resources", detail=detail, members=members)
    return None


def _not_found(field: str, what: str) -> Rejection:
    return Rejection(code="not_found", field=field, detail=f"There is no such {what}.")
