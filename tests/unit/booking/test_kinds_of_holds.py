"""Holds of every kind: whose they are, what they block, who sees their slot, and what the last instant decides."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from given import Fact, ann_works, booked, confirm_it, extend_it, given, held, release_it, sent, works
from samples import book, hold_slot, instant, location, resource, schedule, service
from scheduling.slots import Ask, Choice, Plan, blockers, choose, days_needed, offers, plan
from scheduling.zones import to_minute

OPEN = ann_works("09:00-17:00")
KINDS = ("checkout", "waitlist_offer", "admin")


def both_services() -> Fact:
    """Ann cuts and colours; so does Bob."""
    return sent(
        service("colour", duration_minutes=60),
        resource("ann", service_ids=["cut", "colour"]),
        schedule("ann", "09:00-17:00"),
    )


def offered(scene: Any, start: str, service_id: str = "cut", **members: Any) -> bool:
    """Whether the start is among the offers of that hour, and so whether booking it is accepted."""
    clinic, minute = scene.clinic, to_minute(instant(start))
    planned = plan(clinic.state.book, Ask(service_id, **members))
    assert isinstance(planned, Plan)
    clinic.load(days_needed(planned, minute, minute + 60))
    state = clinic.state
    found = {one.start for one in offers(state.book, state.diary, planned, minute, minute + 60, clinic.now)}
    chosen = choose(state.book, state.diary, planned, minute, clinic.now)
    assert (
        isinstance(chosen, Choice)
        == (minute in found)
        == (not blockers(state.book, state.diary, planned, minute, clinic.now))
    )
    return minute in found


# --- kinds and owners ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_hold_of_any_kind_keeps_its_slot_and_becomes_a_booking(kind: str) -> None:
    scene = given(OPEN).when(hold_slot("10:00", by="A", kind=kind)).then(e.AppointmentHeld, kind=kind)
    hold = scene.clinic.appointment().hold
    assert hold is not None
    assert hold.kind == kind
    scene.when(book("10:00")).then_refused("slot_unavailable")
    scene.when(extend_it(owner="A")).then(e.HoldExtended)
    extended = scene.clinic.appointment().hold
    assert extended is not None
    assert extended.kind == kind
    scene.when(confirm_it(owner="A")).then_it(status="scheduled", hold=None)


def test_customers_hold_only_what_they_are_about_to_book() -> None:
    for kind in KINDS[1:]:
        given(OPEN).by("customer").when(hold_slot("10:00", kind=kind)).then_refused(
            "forbidden", "actor", allowed=["staff"]
        )
    given(OPEN).by("customer").when(hold_slot("10:00", kind="checkout")).then(e.AppointmentHeld)


@pytest.mark.parametrize("what", [extend_it, release_it, confirm_it])
def test_whoever_knows_the_owner_is_the_owner_and_nobody_else(what: Any) -> None:
    scene = given(OPEN, held("10:00", by="basket-17"))
    scene.when(what(), source="basket-18").then_refused("hold_not_owner")
    scene.when(what(owner="basket-18"), source="basket-17").then_refused("hold_not_owner")
    scene.when(what(owner="basket-17"), source="basket-18")
    assert scene.clinic.refusal is None


# --- extensions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 1, 3])
def test_a_hold_is_extended_as_often_as_its_location_says(most: int) -> None:
    scene = given(sent(location(max_extensions=most)), OPEN, held("10:00", by="A"))
    for left in reversed(range(most)):
        scene.when(extend_it(owner="A")).then(e.HoldExtended, extensions_left=left)
    scene.when(extend_it(owner="A")).then_refused("limit_reached", scope="hold")


@pytest.mark.parametrize(("now", "lives"), [("08:04:59.999999", True), ("08:05", False)])
def test_a_hold_is_extended_until_the_last_instant(now: str, lives: bool) -> None:
    scene = given(OPEN, held("10:00", by="A", until="08:05")).at(now).when(extend_it(owner="A", seconds=60))
    if lives:
        scene.then(e.HoldExtended, expires_at=instant("08:05:59.999999"))
    else:
        scene.then_refused("hold_expired")


def test_a_shorter_extension_may_end_a_hold_sooner() -> None:
    scene = given(OPEN, held("10:00", by="A", until="08:05")).at("08:01").when(extend_it(owner="A", seconds=30))
    scene.then(e.HoldExtended, expires_at=instant("08:01:30"))
    scene.at("08:01:30").when(book("10:00")).then_it(status="scheduled")


# --- who sees the slot --------------------------------------------------------------------------------------------


def test_its_owner_still_sees_the_slot_and_nobody_else_does() -> None:
    scene = given(OPEN, held("10:00", by="A", until="08:05"))
    own: dict[str, Any] = {"hold_stream": f"appointment/{scene.clinic.it}", "owner": "A"}
    assert not offered(scene, "10:00")
    assert offered(scene, "10:00", **own)
    assert not offered(scene, "10:00", **own | {"owner": "B"})
    assert not offered(scene, "10:00", **own | {"owner": None})
    assert not offered(scene, "10:00", **own | {"hold_stream": "appointment/apt_other"})
    scene.at("08:05")
    assert offered(scene, "10:00")


def test_what_became_a_booking_is_no_longer_seen_as_one_s_own_hold() -> None:
    scene = given(OPEN, held("10:00", by="A")).when(confirm_it(owner="A"))
    assert not offered(scene, "10:00", hold_stream=f"appointment/{scene.clinic.it}", owner="A")


def test_its_owner_sees_it_for_another_service_too() -> None:
    scene = given(both_services(), held("10:00", by="A"))
    own: dict[str, Any] = {"hold_stream": f"appointment/{scene.clinic.it}", "owner": "A"}
    assert not offered(scene, "10:00", "colour")
    assert offered(scene, "10:00", "colour", **own)


@pytest.mark.parametrize(("start", "taken"), [("09:00", False), ("09:15", True), ("10:15", True), ("10:30", False)])
def test_a_hold_on_one_service_blocks_the_person_for_all(start: str, taken: bool) -> None:
    scene = given(both_services(), held("10:00", by="A"))
    assert offered(scene, start, "colour") is not taken
    scene.when(book(start, service_id="colour"))
    assert (scene.clinic.refusal is not None) is taken


def test_a_hold_blocks_its_person_and_nobody_beside_them() -> None:
    scene = given(OPEN, works("bob", "09:00-17:00"), held("10:00", by="A", resources=["ann"]))
    assert not offered(scene, "10:00", resources=("ann",))
    assert offered(scene, "10:00", resources=("bob",))
    assert offered(scene, "10:00")


# --- the last instant ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "owner_wins"), [("08:04:59.999999", True), ("08:05", False), ("08:05:00.000001", False)]
)
@pytest.mark.parametrize("owner_first", [True, False])
@pytest.mark.parametrize("rival", [hold_slot("10:00", by="B"), book("10:00")], ids=["a hold", "a booking"])
def test_of_a_confirmation_and_a_rival_at_one_instant_exactly_one_wins(
    rival: c.Command, owner_first: bool, now: str, owner_wins: bool
) -> None:
    scene = given(OPEN, held("10:00", by="A", until="08:05")).at(now)
    mine = confirm_it(owner="A", hold_id=scene.clinic.it)
    won = []
    for what in (mine, rival) if owner_first else (rival, mine):
        scene.when(what)
        if scene.clinic.refusal is None:
            won.append(what)
    assert won == [mine if owner_wins else rival]


def test_a_rival_who_waits_for_the_expiry_gets_the_slot_at_that_very_instant() -> None:
    scene = given(OPEN, held("10:00", by="A", until="08:05"))
    scene.at("08:04:59.999999").when(hold_slot("10:00", by="B")).then_refused("slot_unavailable")
    scene.at("08:05").when(hold_slot("10:00", by="B")).then(e.AppointmentHeld, owner="B")
    scene.when(confirm_it(owner="A", hold_id=next(iter(scene.clinic.state.kept)).partition("/")[2]))
    scene.then_refused("hold_expired")


def test_a_hold_in_the_way_of_a_booking_is_named_with_its_event() -> None:
    scene = given(OPEN, booked("09:00"), held("10:00", by="A")).when(book("10:15")).then_refused("slot_unavailable")
    assert scene.clinic.refusal is not None
    assert [(one.reason, one.event_id) for one in scene.clinic.refusal.blockers] == [
        ("held", scene.clinic.records[-1].event_id)
    ]
