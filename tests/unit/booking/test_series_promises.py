"""Series over random diaries: had exactly where each occurrence is offered, and always with one host."""

from datetime import timedelta
from typing import Any

from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

import given
import samples
from booking.decide import decide
from booking.needs import days
from by_rule import occurrences, proof_of
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from scheduling.slots import Ask, Plan, days_needed, offers, plan
from scheduling.zones import to_minute

DAYS = 3
STEP = 15

starts = st.integers(0, 16).map(lambda step: samples.instant("10:00") + timedelta(minutes=STEP * step))
spots = st.tuples(st.integers(0, DAYS - 1), st.integers(0, 20), st.sampled_from(["ann", "bob", "cid"]))
"""Day, quarter of an hour from nine on, and who is busy then."""


def a_diary(busy: list[tuple[int, int, str]]) -> given.Clinic:
    """Three people, and whatever of these appointments can be had."""
    clinic = given.given(
        given.sent(samples.service(slot_step_minutes=STEP, buffer_after_minutes=5)),
        *(given.works(name, "09:00-18:00") for name in ("ann", "bob", "cid")),
    ).clinic
    for day, quarter, who in busy:
        at = samples.instant("09:00") + timedelta(days=day, minutes=STEP * quarter)
        clinic.send(samples.book("10:00", start=at.isoformat(), resources=[who]))
    return clinic


def offered(clinic: given.Clinic) -> dict[int, set[str]]:
    """Who is offered at which start, by what availability answers with."""
    first = to_minute(samples.instant("00:00"))
    last = first + DAYS * 1440
    planned = plan(clinic.state.book, Ask(service_id="cut"))
    assert isinstance(planned, Plan)
    clinic.load(days_needed(planned, first, last))
    found = offers(clinic.state.book, clinic.state.diary, planned, first, last, clinic.now, 1000)
    return {offer.start: {candidate[0] for candidate in offer.candidates} for offer in found}


def decided(clinic: given.Clinic, **members: Any) -> Any:
    wanted, view = samples.command(c.BookSeries, **members), clinic.view()
    clinic.load(days(wanted, view))
    return decide(wanted, view)


def daily(start: Any, **members: Any) -> dict[str, Any]:
    whole = {"service_id": "cut", "start": start.isoformat(), "customer": {"name": "Joe"}}
    return whole | {"rrule": f"FREQ=DAILY;COUNT={DAYS}"} | members


@settings(max_examples=60, deadline=None)
@over(st.lists(spots, max_size=40), starts)
def test_a_series_is_had_exactly_if_somebody_is_offered_every_time(busy: list[Any], start: Any) -> None:
    clinic = a_diary(busy)
    there = offered(clinic)
    minutes = [to_minute(start) + 1440 * day for day in range(DAYS)]
    every_time = set.intersection(*(there.get(minute, set()) for minute in minutes))
    decision = decided(clinic, **daily(start))
    assert isinstance(decision, Rejection) == (not every_time)
    for who in ("ann", "bob", "cid"):
        named = decided(clinic, **daily(start, resources=[who]))
        assert isinstance(named, Rejection) == (who not in every_time)


@settings(max_examples=60, deadline=None)
@over(st.lists(spots, max_size=40), starts)
def test_one_host_is_kept_or_every_conflict_is_named(busy: list[Any], start: Any) -> None:
    clinic = a_diary(busy)
    there = offered(clinic)
    decision = decided(clinic, **daily(start))
    if isinstance(decision, Rejection):
        named = {(to_minute(one.start) // 1440, one.resource_id) for one in decision.blockers if one.start}
        for day in range(DAYS):
            minute = to_minute(start) + 1440 * day
            assert {who for at, who in named if at == minute // 1440} == {"ann", "bob", "cid"} - there.get(
                minute, set()
            )
        assert all(one.event_id for one in decision.blockers)
    else:
        booked = [change.event for change in decision if isinstance(change.event, e.AppointmentBooked)]
        assert len(booked) == DAYS
        assert len({one.slot.resources[0].id for one in booked}) == 1


@settings(max_examples=60, deadline=None)
@over(st.lists(spots, max_size=40), starts)
def test_under_skip_just_what_nobody_can_give_is_skipped(busy: list[Any], start: Any) -> None:
    clinic = a_diary(busy)
    there = offered(clinic)
    minutes = [to_minute(start) + 1440 * day for day in range(DAYS)]
    decision = decided(clinic, **daily(start, on_conflict="skip"))
    if isinstance(decision, Rejection):
        assert not any(minute in there for minute in minutes)
        return
    skipped = [change.event for change in decision if isinstance(change.event, e.SeriesOccurrenceSkipped)]
    assert [to_minute(one.start) for one in skipped] == [minute for minute in minutes if minute not in there]


@settings(max_examples=60, deadline=None)
@over(st.lists(spots, max_size=12), starts, starts, st.integers(0, DAYS - 1))
def test_a_series_moves_exactly_if_each_could_have_been_booked_there_without_it(
    busy: list[Any], start: Any, to: Any, days_on: int
) -> None:
    """Moved is as good as cancelled and booked anew by the same person, with nobody in between."""
    clinic = a_diary(busy)
    clinic.send(samples.command(c.BookSeries, **daily(start, id="s")))
    if clinic.refusal is not None:
        return
    before = occurrences(clinic)
    target = to + timedelta(days=days_on)
    move = samples.command(c.RescheduleSeries, series_id="s", scope="all", start=target.isoformat())
    clinic.send(move)
    moved = clinic.refusal is None
    other = a_diary(busy)
    host = before[0].resources[0].id
    anew = decided(other, **daily(target, resources=[host]))
    assert moved == (not isinstance(anew, Rejection))
    assert proof_of(clinic).violation is None
