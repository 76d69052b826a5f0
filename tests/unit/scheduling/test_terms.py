"""Terms: which policy speaks about the starts of a resource, and by which event."""

from typing import Any

import pytest

import shelves
from contracts import events as e
from scheduling.book import Book, evolve
from scheduling.plans import plan
from scheduling.slots import Ask, Plan
from scheduling.terms import Counted, Said, Terms

SCOPES = {
    "tenant": e.Scope(), "location": e.Scope(location_id="main"), "service": e.Scope(service_id="cut"),
    "resource": e.Scope(resource_id="ann"),
}  # fmt: skip
EIGHT = [e.Limit(of="resource", per="day", count=8)]


def book(*said: tuple[str, dict[str, Any]], **service: Any) -> Book:
    """The first policies are the fifth event."""
    whole: dict[str, Any] = {"id": "cut", "name": "Haircut", "duration_minutes": 30}
    supply: list[e.Event] = [
        e.TenantDefined(id="acme", name="Acme"), e.LocationDefined(id="main", name="Main", tz="Europe/London"),
        e.ServiceDefined(**whole | service), e.ResourceDefined(id="ann", kind="staff", name="Ann", tz="Asia/Tokyo"),
    ]  # fmt: skip
    return shelves.book_of(
        supply + [e.PoliciesSet(scope=SCOPES[scope], policies=e.Policies(**members)) for scope, members in said]
    )


def planned(found: Book, **ask: Any) -> Plan:
    made = plan(found, Ask(service_id="cut", **ask))
    assert isinstance(made, Plan)
    return made


def terms(*said: tuple[str, dict[str, Any]], **service: Any) -> Terms:
    made = planned(book(*said, **service)).terms
    assert made is not None
    return made["ann"]


def test_who_sets_no_policy_about_starts_has_no_terms() -> None:
    assert planned(book()).terms is None
    assert planned(book(("tenant", {"refund_percent": 50, "treat_2359_as_2400": True}))).terms is None


@pytest.mark.parametrize("count", range(1, 5))
def test_the_narrowest_scope_says_what_it_is_and_its_event_is_named(count: int) -> None:
    said = [(scope, {"min_notice_minutes": number}) for number, scope in enumerate(list(SCOPES)[:count])]
    notice = terms(*said).notice
    assert notice is not None
    own = "ann" if count == 4 else None
    assert notice.minutes == Said(count - 1, f"evt_1.7.{4 + count}", own)


def test_member_by_member_and_null_switches_off() -> None:
    found = terms(
        ("tenant", {"min_notice_minutes": 60, "horizon_days": 5, "horizon": "business", "limits": EIGHT}),
        ("service", {"min_notice_minutes": None, "min_notice_days": 2, "limits": None}),
    )
    assert found.notice is not None
    assert found.notice.minutes is None
    assert found.notice.days == Said(2, "evt_1.7.6", None)
    assert (found.notice.horizon, found.notice.business) == (Said(5, "evt_1.7.5", None), True)
    assert (found.limits, found.limited_by) == ((), None)


def test_limits_are_one_member_and_counted_by_the_clocks_of_the_resource() -> None:
    weekly = [e.Limit(of="resource", per="week", minutes=90)]
    found = terms(("tenant", {"limits": EIGHT}), ("resource", {"limits": weekly}))
    assert (found.tz, found.limits) == ("Asia/Tokyo", (Counted(weekly[0], ("ann",)),))


STEPS = [
    ([("tenant", 10)], None, 10),
    ([("tenant", 10)], 20, 20),
    ([("location", 10)], 20, 20),
    ([("service", 10)], 20, 10),
    ([("service", 10), ("resource", 5)], 20, 5),
    ([("tenant", 10), ("service", None)], 20, 20),
    ([("tenant", 10), ("service", None)], None, 15),
]


@pytest.mark.parametrize(("said", "own", "step"), STEPS)
def test_the_step_a_service_defines_is_as_narrow_as_a_policy_of_that_service(
    said: list[tuple[str, int | None]], own: int | None, step: int
) -> None:
    found = terms(*((scope, {"slot_step_minutes": value}) for scope, value in said), slot_step_minutes=own)
    assert (found.steps, found.aligned) == ((step,), False)


def test_alignment_takes_the_place_of_the_step_but_not_of_what_was_asked_for() -> None:
    found = book(("tenant", {"align_minutes": 30, "slot_step_minutes": 7}))
    made = planned(found, step_minutes=60).terms
    assert made is not None
    assert (made["ann"].steps, made["ann"].aligned) == ((30, 60), True)


def test_policies_set_again_are_looked_at_again() -> None:
    once = book(("tenant", {"min_notice_minutes": 60}))
    assert planned(once).terms is not None
    again = evolve(once, shelves.record(9, e.PoliciesSet(policies=e.Policies(refund_percent=1))))
    assert planned(again).terms is None
