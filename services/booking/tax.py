"""Tax: how much of a price is tax, in whole minor units, rounded half up for each service that is given."""

from collections.abc import Iterator
from typing import NamedTuple

from contracts.events import ServiceDefined
from contracts.values import Money, Tax
from scheduling.plans import Plan

WHOLE = 10_000
"""A price before tax, in hundredths of a percent."""


class Line(NamedTuple):
    """One service's tax in minor units."""

    currency: str
    minor: int
    added: bool


def tax_of(planned: Plan) -> Tax | None:
    """Of the service or its option, and of all that is given with it; a plan has but one currency."""
    lines = list(_lines(planned))
    if not lines:
        return None
    added = sum(line.minor for line in lines if line.added)
    return Tax(amount_minor=sum(line.minor for line in lines), currency=lines[0].currency, added_minor=added)


def _lines(planned: Plan) -> Iterator[Line]:
    service, option = planned.service.defined, planned.option
    yield from _line(service, option.price if option and option.price else service.price)
    for addon in planned.addons:
        yield from _line(addon.defined, addon.defined.price)


def _line(service: ServiceDefined, price: Money | None) -> Iterator[Line]:
    if price is None or not service.tax:
        return
    included = bool(service.price_includes_tax)
    base = WHOLE + service.tax if included else WHOLE
    yield Line(price.currency, _half_up(price.amount_minor * service.tax, base), added=not included)


def _half_up(part: int, whole: int) -> int:
    return (2 * part + whole) // (2 * whole)
