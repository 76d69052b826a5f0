"""Buffers are facts of an appointment: what its service is later said to need moves nothing that is booked."""

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.values import Span
from given import Fact, ann_works, booked, given, held, on_it, sent
from samples import book, instant, iso, location, service

POLICIES = ["sum", "max", "existing_only"]
"""Under `query_after` what is booked has no buffer of its own."""


def padded(minutes: int) -> c.DefineService:
    return service(slot_step_minutes=5, buffer_before_minutes=minutes, buffer_after_minutes=minutes)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("fact", [booked("10:00"), held("10:00")], ids=["booking", "hold"])
def test_a_buffer_stays_though_its_service_needs_none_any_more(policy: str, fact: Fact) -> None:
    scene = given(sent(location(buffer_policy=policy), padded(20)), ann_works("00:00-24:00"), fact, sent(padded(0)))
    scene.at("08:01").then_it(busy=Span(start=instant("09:40"), end=instant("10:50")))
    for start in ("10:45", "09:15"):
        scene.when(book(start)).then_refused("slot_unavailable")
    for start in ("10:50", "09:10"):
        assert scene.when(book(start)).clinic.refusal is None


@pytest.mark.parametrize("policy", ["existing_only", "max"])
def test_what_was_booked_without_a_buffer_gets_none_when_its_service_does(policy: str) -> None:
    scene = given(sent(location(buffer_policy=policy), padded(0)), ann_works("00:00-24:00"), booked("10:00"))
    scene.when(padded(20)).then_it(busy=Span(start=instant("10:00"), end=instant("10:30")))
    gap = {"existing_only": "10:30", "max": "10:50"}[policy]
    early = {"existing_only": "10:25", "max": "10:45"}[policy]
    scene.when(book(early)).then_refused("slot_unavailable")
    scene.when(book(gap)).then(e.AppointmentBooked)


def test_under_query_after_only_what_is_asked_for_counts_and_only_after_what_is_booked() -> None:
    scene = given(sent(location(buffer_policy="query_after"), padded(20)), ann_works("00:00-24:00"), booked("10:00"))
    scene.when(book("10:45")).then_refused("slot_unavailable")
    scene.when(padded(5)).when(book("10:30")).then_refused("slot_unavailable")
    scene.when(book("10:35")).then(e.AppointmentBooked).when(book("09:30")).then(e.AppointmentBooked)


def test_a_move_takes_the_buffers_that_the_service_needs_by_then() -> None:
    scene = given(sent(padded(20)), ann_works("00:00-24:00"), booked("10:00"), sent(padded(5)))
    scene.when(on_it(c.RescheduleAppointment, start=iso("12:00"))).then(e.AppointmentRescheduled)
    scene.then_it(busy=Span(start=instant("11:55"), end=instant("12:35")))


def test_a_change_of_what_the_place_allows_moves_nothing_either() -> None:
    scene = given(sent(padded(20)), ann_works("10:00-17:00"), booked("10:00"))
    scene.when(location(buffers_outside_hours="deny")).then_it(busy=Span(start=instant("09:40"), end=instant("10:50")))
    scene.when(book("16:30")).then_refused("outside_hours")
    scene.when(book("16:10")).then(e.AppointmentBooked)
