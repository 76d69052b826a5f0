"""Offers of a class: the starts of its sessions, each with its seats, and nothing else where one starts (P4)."""

from datetime import datetime
from typing import Any

import pytest

import given
import samples
from contracts import commands as c
from contracts.errors import Rejection
from scheduling.diary import DayNotLoaded, Diary
from scheduling.sessions import StreamsNotLoaded
from scheduling.slots import Ask, Choice, Offer, Plan, blockers, choose, days_needed, offers, plan
from scheduling.zones import to_minute
from studio import seated, studio

FIRST, LAST = samples.instant("09:00"), samples.instant("17:00")


def planned(clinic: given.Clinic, **members: Any) -> Plan:
    found = plan(clinic.state.book, Ask(**{"service_id": "yoga"} | members))
    assert isinstance(found, Plan)
    clinic.load(days_needed(found, to_minute(FIRST), to_minute(LAST)))
    return found


def offered(scene: given.Scene, *, limit: int = 1000, **members: Any) -> list[Offer]:
    clinic, state = scene.clinic, scene.clinic.state
    first, last = to_minute(FIRST), to_minute(LAST)
    return offers(
        state.book, state.diary, planned(clinic, **members), first, last, clinic.now, limit, state.entries.get
    )


def chosen(scene: given.Scene, start: datetime, **members: Any) -> Choice | Rejection:
    clinic, state = scene.clinic, scene.clinic.state
    return choose(state.book, state.diary, planned(clinic, **members), to_minute(start), clinic.now, state.entries.get)


TEN = to_minute(samples.instant("10:00"))


def test_a_class_offers_its_sessions_with_the_seats_that_are_left() -> None:
    scene = studio(given.in_session("10:00"), given.in_session("12:00", id="yoga-2"), seated("10:00", seats=2))
    assert [(one.session_id, one.remaining, one.candidates) for one in offered(scene)] == [
        ("yoga-1", 1, [["ann"]]), ("yoga-2", 3, [["ann"]]),
    ]  # fmt: skip
    assert offered(scene)[0][:2] == (TEN, TEN + 60)


def test_a_session_is_offered_to_as_many_as_fit_in() -> None:
    scene = studio(given.in_session("10:00"), seated(seats=2))
    assert [one.session_id for one in offered(scene, seats=1)] == ["yoga-1"]
    assert offered(scene, seats=2) == []


def test_days_that_were_not_read_yet_are_asked_for_before_a_class_is_refused() -> None:
    """A desk that has just begun has met no session: that does not mean that there is none."""
    scene = studio(given.in_session("10:00"))
    state, found = scene.clinic.state, planned(scene.clinic)
    with pytest.raises(DayNotLoaded):
        choose(state.book, Diary(), found, TEN, scene.clinic.now, state.entries.get)
    with pytest.raises(DayNotLoaded):
        offers(state.book, Diary(), found, TEN, TEN + 1, scene.clinic.now, 1, state.entries.get)


def test_sessions_that_start_together_are_offered_each() -> None:
    scene = studio(given.in_session("10:00"), given.in_session("10:00", id="yoga-2", resources=["bob"]))
    assert [one.session_id for one in offered(scene)] == ["yoga-1", "yoga-2"]
    assert [one.session_id for one in offered(scene, resources=("bob",))] == ["yoga-2"]
    assert [one.session_id for one in offered(scene, excluded=("bob",))] == ["yoga-1"]
    assert [one.session_id for one in offered(scene, limit=1)] == ["yoga-1"]


def test_where_a_session_starts_nobody_is_offered_alone() -> None:
    scene = studio(given.in_session("10:00"), capacity=None)
    at_ten = [one for one in offered(scene) if one.start == TEN]
    assert [(one.session_id, one.remaining) for one in at_ten] == [("yoga-1", 3)]
    assert [one.candidates for one in offered(scene, resources=("bob",)) if one.start == TEN] == [[["bob"]]]
    full = given.after(samples.command(c.ChangeCapacity, session_id="yoga-1", capacity=0))
    full(scene.clinic)
    assert [one for one in offered(scene) if one.start == TEN] == []


def test_a_session_that_has_begun_or_is_cancelled_is_not_offered() -> None:
    scene = studio(given.in_session("10:00"))
    assert len(offered(scene.at("10:00"))) == 1
    assert offered(scene.at("10:00:01")) == []
    assert len(offered(scene, imported=True)) == 1
    scene.at("09:00").when(samples.command(c.CancelSession, session_id="yoga-1"))
    assert offered(scene) == offered(scene, session_id="yoga-1") == []


def test_held_seats_are_offered_again_from_their_deadline_on() -> None:
    scene = studio(given.in_session("10:00"), given.held("10:00", service_id="yoga", seats=3, until="08:05"))
    assert offered(scene.at("08:04:59.999999")) == []
    assert [one.remaining for one in offered(scene.at("08:05"))] == [3]


def test_a_hold_does_not_stand_in_its_owners_way() -> None:
    scene = studio(given.in_session("10:00"), given.held("10:00", by="A", service_id="yoga", seats=3, until="08:05"))
    mine = f"appointment/{scene.clinic.it}"
    assert [one.remaining for one in offered(scene, hold_stream=mine, owner="A")] == [3]
    assert offered(scene, hold_stream=mine, owner="B") == []


def test_who_moves_does_not_stand_in_the_own_way() -> None:
    scene = studio(given.in_session("10:00"), seated(seats=3))
    mine = f"appointment/{scene.clinic.it}"
    assert [one.remaining for one in offered(scene, reschedule_of=mine, seats=3)] == [3]


def test_a_session_named_is_offered_alone_and_needs_no_days() -> None:
    scene = studio(given.in_session("10:00"), given.in_session("12:00", id="yoga-2"))
    found = plan(scene.clinic.state.book, Ask(service_id="yoga", session_id="yoga-2"))
    assert isinstance(found, Plan)
    assert days_needed(found, TEN, TEN + 1) == set()
    assert [one.session_id for one in offered(scene, session_id="yoga-2")] == ["yoga-2"]
    assert offered(scene, session_id="nothing") == []


@pytest.mark.parametrize(
    ("start", "reason"), [("12:00", "no_session"), ("10:00", "full"), ("09:00", "in_past"), ("11:00", None)]
)
def test_what_stands_against_a_start_is_told(start: str, reason: str | None) -> None:
    facts = [given.in_session(at, id=f"at-{at[:2]}", capacity=1) for at in ("09:00", "10:00", "11:00")]
    scene = studio(*facts, seated("10:00")).at("09:30")
    clinic, state = scene.clinic, scene.clinic.state
    against = blockers(
        state.book, state.diary, planned(clinic), to_minute(samples.instant(start)), clinic.now, state.entries.get
    )
    assert [one.reason for one in against] == ([reason] if reason else [])
    assert isinstance(chosen(scene, samples.instant(start)), Rejection) == bool(against)


def test_nobody_who_is_refused_alone_is_pointed_to_a_class() -> None:
    scene = studio(
        given.in_session("10:30"), given.booked("10:00", resources=["bob"]), capacity=None, duration_minutes=30
    )
    busy = scene.when(samples.book("10:00", service_id="yoga", resources=["bob"])).clinic.refusal
    assert busy is not None
    assert busy.alternatives[0] == samples.instant("10:30"), "Bob is free, and it is Ann's class"
    anyone = chosen(scene, samples.instant("06:00"))
    assert isinstance(anyone, Rejection)
    assert samples.instant("10:30") not in anyone.alternatives


def test_without_sessions_at_hand_none_is_found_and_none_is_guessed() -> None:
    scene = studio(given.in_session("10:00"))
    clinic, state = scene.clinic, scene.clinic.state
    found = planned(clinic)
    assert offers(state.book, state.diary, found, TEN, TEN + 1, clinic.now) == []
    with pytest.raises(StreamsNotLoaded) as missing:
        offers(state.book, state.diary, found, TEN, TEN + 1, clinic.now, 10, lambda stream: None)
    assert missing.value.streams == ("session/yoga-1",)
