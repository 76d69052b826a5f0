"""Which policy holds: the narrowest scope that says anything, member by member."""

from typing import Any

import pytest

import shelves
from contracts import events as e
from contracts.values import Notify
from scheduling.book import decode, encode, scope_key
from scheduling.policies import rules


def told(scope: e.Scope, **members: Any) -> e.PoliciesSet:
    return e.PoliciesSet(scope=scope, policies=e.Policies(**members))


TENANT, PLACE = e.Scope(), e.Scope(location_id="main")
SERVICE, ANN, BOB = e.Scope(service_id="cut"), e.Scope(resource_id="ann"), e.Scope(resource_id="bob")
THERE = {"location_id": "main", "service_id": "cut"}


def test_without_policies_nothing_is_limited_all_goes_back_and_everybody_is_told() -> None:
    found = rules(shelves.book_of([]), **THERE)
    assert (found.cancel_until_minutes, found.refund_percent, found.refund_until_minutes) == (None, 100, None)
    assert (found.reminders, found.quiet_hours, found.notify) == ([], None, Notify())


@pytest.mark.parametrize("count", range(1, 5))
def test_the_narrowest_scope_that_says_anything_counts(count: int) -> None:
    scopes = [TENANT, PLACE, SERVICE, ANN][:count]
    book = shelves.book_of([told(scope, cancel_until_minutes=number) for number, scope in enumerate(scopes)])
    found = rules(book, location_id="main", service_id="cut", resource_ids=["ann"])
    assert found.cancel_until_minutes == count - 1


def test_member_by_member_and_null_switches_off() -> None:
    wide = told(TENANT, cancel_until_minutes=60, refund_percent=50, reminders=[e.Reminder(audience="customer")])
    book = shelves.book_of([wide, told(SERVICE, cancel_until_minutes=None, reminders=None)])
    found = rules(book, **THERE)
    assert (found.cancel_until_minutes, found.refund_percent, found.reminders) == (None, 50, [])
    assert rules(book, location_id="main", service_id="colour").cancel_until_minutes == 60


def test_of_several_resources_the_first_with_a_policy_of_its_own_counts() -> None:
    book = shelves.book_of([told(BOB, refund_percent=10), told(ANN, refund_percent=20)])
    assert rules(book, resource_ids=["cho", "bob", "ann"]).refund_percent == 10
    assert rules(book, resource_ids=["ann", "bob"]).refund_percent == 20


def test_a_scope_is_written_as_what_it_is_about() -> None:
    assert [scope_key(scope) for scope in (TENANT, PLACE, SERVICE, ANN)] == [
        "tenant", "location/main", "service/cut", "resource/ann"
    ]  # fmt: skip


def test_a_snapshot_keeps_what_is_said_apart_from_what_is_not() -> None:
    book = shelves.book_of([told(TENANT, cancel_until_minutes=None), told(SERVICE, refund_percent=0)])
    assert decode(encode(book)).policies == book.policies
    assert decode(encode(book)).policies["tenant"] != e.Policies()


def test_a_snapshot_keeps_limits_and_the_events_that_set_policies() -> None:
    weekly = e.Limit(of="resource", per="week", minutes=600)
    book = shelves.book_of([told(TENANT, limits=[weekly], treat_2359_as_2400=True), told(ANN, limits=None)])
    again = decode(encode(book))
    assert again.policies == book.policies
    assert again.policy_events == {"tenant": "evt_1.7.1", "resource/ann": "evt_1.7.2"}


def test_a_snapshot_from_before_there_were_such_rules_has_none() -> None:
    book = shelves.book_of([told(TENANT, refund_percent=50)])
    before = encode(book).replace(b',"policy_events":{"tenant":"evt_1.7.1"}', b"")
    assert before != encode(book)
    assert decode(before).policies == book.policies
    assert not decode(before).rules_starts
