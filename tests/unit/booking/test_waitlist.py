"""The waitlist: who waits, what is offered to whom, and whose turn it is, by the clock alone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.waitlist import WaitlistEntry, seen_at
from given import Clinic, Fact, Scene, What, ann_works, booked, given, on_it, sent, works
from samples import block, book, command, hold_slot, instant, register, resource, service

OPEN = ann_works("09:00-17:00")


def joins(id: str, /, **members: Any) -> c.JoinWaitlist:
    whole = {"id": id, "service_id": "cut", "customer": {"id": f"cus_{id}", "name": id.title()}}
    return command(c.JoinWaitlist, **whole | members)


def waiting(*ids: str, **members: Any) -> Fact:
    return sent(*(joins(id, **members) for id in ids))


def offers(start: str, *ids: str, **members: Any) -> c.OfferSlot:
    whole = {"service_id": "cut", "start": instant(start).isoformat(), "waitlist_ids": list(ids), "hold_seconds": 600}
    return command(c.OfferSlot, **whole | members)


def in_turn(start: str, *ids: str, **members: Any) -> c.OfferSlot:
    return offers(start, *ids, mode="one_by_one", **members)


def claims(id: str) -> Callable[[Clinic], c.Command]:
    return lambda clinic: command(c.ClaimOffer, hold_id=clinic.it, waitlist_id=id)


def takes_back(id: str | None = None) -> Callable[[Clinic], c.Command]:
    return lambda clinic: command(c.WithdrawOffer, hold_id=clinic.it, waitlist_id=id)


def leaves(id: str) -> c.LeaveWaitlist:
    return command(c.LeaveWaitlist, waitlist_id=id)


def entry(scene: Scene, id: str) -> WaitlistEntry:
    return seen_at(scene.clinic.state.entries[f"waitlist/{id}"], scene.clinic.now)


def statuses(scene: Scene, *ids: str) -> list[str]:
    return [entry(scene, id).status for id in ids]


# --- joining and leaving ------------------------------------------------------------------------------------------


def test_whoever_joins_waits_for_what_they_want() -> None:
    wants = {"from": instant("10:00").isoformat(), "to": instant("12:00").isoformat(), "resources": ["ann"]}
    scene = given(OPEN).when(joins("joe", wants=wants))
    scene.then(e.CustomerRegistered, e.WaitlistJoined)
    seen = entry(scene, "joe")
    assert (seen.status, seen.wants.from_, seen.wants.to) == ("waiting", instant("10:00"), instant("12:00"))
    assert (seen.wants.resources, seen.service.id, seen.customer.id) == (["ann"], "cut", "cus_joe")


@pytest.mark.parametrize(
    ("members", "code", "field"),
    [
        ({"service_id": "none"}, "service_not_found", "service_id"),
        ({"location_id": "none"}, "not_found", "location_id"),
        ({"wants": {"resources": ["nobody"]}}, "not_found", "wants.resources"),
        ({"wants": {"to": "2026-03-02T08:00Z"}}, "in_past", "wants.to"),
        ({"wants": {"from": "2026-03-02T10:00"}}, "invalid_command", "wants.from"),
        ({"customer": {"id": "nobody"}}, "customer_not_found", "customer.id"),
        ({"earlier_than": "none"}, "not_found", "earlier_than"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_nobody_waits_for_what_cannot_be(members: dict[str, Any], code: str, field: str) -> None:
    scene = given(OPEN).when(joins("joe", **members))
    refusal = scene.clinic.refusal
    assert refusal is not None
    assert (refusal.code, refusal.field) == (code, field)


def test_an_entry_is_joined_once_under_an_id() -> None:
    given(OPEN, waiting("joe")).when(joins("joe")).then_refused("invalid_command", "id")


def test_who_is_blocked_does_not_wait() -> None:
    given(OPEN, sent(register(id="cus_joe", name="Joe"), block("cus_joe"))).when(joins("joe")).then_refused(
        "customer_blocked", "customer"
    )


def test_anything_earlier_than_an_appointment_is_anything_before_its_start() -> None:
    scene = given(OPEN, booked("15:00", id="late"), waiting("joe", earlier_than="late"))
    assert entry(scene, "joe").wants.to == instant("15:00")
    scene.when(offers("15:30", "joe")).then_refused("invalid_command", "waitlist_ids")
    scene.when(offers("14:30", "joe")).then(e.AppointmentHeld, e.WaitlistOffered)


def test_whoever_leaves_is_asked_no_more() -> None:
    scene = given(OPEN, waiting("joe")).when(leaves("joe")).then(e.WaitlistLeft)
    scene.when(leaves("joe")).then_refused("invalid_transition", None, **{"from": "left", "to": "left", "allowed": []})
    scene.when(offers("10:00", "joe")).then_refused(
        "invalid_transition", "waitlist_ids", **{"from": "left", "to": "offered", "allowed": []}
    )
    scene.when(leaves("nobody")).then_refused("not_found", "waitlist_id")


# --- offering -----------------------------------------------------------------------------------------------------


def test_an_offer_is_a_hold_for_all_who_are_asked() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe", "sue"))
    scene.then(e.AppointmentHeld, e.WaitlistOffered, e.WaitlistOffered, expires_at=instant("09:10"))
    scene.then_it(status="held")
    hold = scene.clinic.appointment().hold
    assert hold is not None
    assert (hold.kind, hold.offered_to, hold.expires_at) == ("waitlist_offer", ["joe", "sue"], instant("09:10"))
    assert statuses(scene, "joe", "sue") == ["offered", "offered"]
    scene.when(hold_slot("10:00")).then_refused("slot_unavailable")


def test_one_after_the_other_the_slot_is_kept_until_the_last_window_ends() -> None:
    scene = given(OPEN, waiting("joe", "sue", "tim")).at("09:00").when(in_turn("10:00", "joe", "sue", "tim"))
    scene.then(e.AppointmentHeld, e.WaitlistOffered, expires_at=instant("09:10"), then=["sue", "tim"])
    hold = scene.clinic.appointment().hold
    assert hold is not None
    assert hold.expires_at == instant("09:30")
    assert statuses(scene, "joe", "sue", "tim") == ["offered", "waiting", "waiting"]


def test_no_window_goes_beyond_the_start() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:45").when(in_turn("10:00", "joe", "sue"))
    assert scene.clinic.appointment().hold.expires_at == instant("10:00")  # type: ignore[union-attr]
    scene.at("09:59").when(claims("sue")).then(e.AppointmentBooked, e.WaitlistClaimed)


@pytest.mark.parametrize(
    ("offer", "field"),
    [
        (offers("10:00", "nobody"), "waitlist_ids"),
        (offers("10:00", "joe", service_id="trim"), "waitlist_ids"),
        (offers("13:00", "joe"), "waitlist_ids"),
        (offers("10:00", "joe", resources=["bob"]), "waitlist_ids"),
        (offers("10:00", "joe", resources=["nobody"]), "resources"),
    ],
)
def test_only_what_somebody_waits_for_is_offered(offer: c.OfferSlot, field: str) -> None:
    wants = {"to": instant("12:00").isoformat(), "resources": ["ann"]}
    both = sent(service("trim"), resource("ann", service_ids=[]), resource("bob", service_ids=[]))
    scene = given(OPEN, works("bob", "09:00-17:00"), both, waiting("joe", wants=wants)).when(offer)
    refusal = scene.clinic.refusal
    assert refusal is not None
    assert refusal.field == field


def test_a_slot_that_is_taken_is_not_offered_and_nothing_is_written() -> None:
    scene = given(OPEN, booked("10:00"), waiting("joe")).when(offers("10:00", "joe"))
    assert scene.clinic.refusal is not None
    assert scene.clinic.refusal.code == "slot_unavailable"
    assert statuses(scene, "joe") == ["waiting"]


def test_who_was_blocked_meanwhile_is_not_asked() -> None:
    given(OPEN, waiting("joe"), sent(block("cus_joe"))).when(offers("10:00", "joe")).then_refused(
        "customer_blocked", "waitlist_ids"
    )


# --- claiming -----------------------------------------------------------------------------------------------------


def test_the_first_to_claim_wins_and_the_others_wait_on() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe", "sue"))
    scene.at("09:05").when(claims("sue")).then(e.AppointmentBooked, e.WaitlistClaimed, e.WaitlistOfferLapsed)
    scene.then_it(status="scheduled")
    assert scene.clinic.appointment().customer.id == "cus_sue"  # type: ignore[union-attr]
    assert statuses(scene, "joe", "sue") == ["waiting", "booked"]
    assert entry(scene, "sue").appointment_id == scene.clinic.it
    scene.when(claims("joe")).then_refused("waitlist_claim_lost")


def test_an_offer_is_claimed_at_its_last_instant_and_not_one_later() -> None:
    for at, code in (("09:09:59.999999", None), ("09:10", "waitlist_claim_lost")):
        scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe")).at(at).when(claims("joe"))
        assert (scene.clinic.refusal.code if scene.clinic.refusal else None) == code


def test_what_nobody_claims_is_everybodys_at_that_very_instant() -> None:
    scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe"))
    scene.at("09:09:59.999999").when(book("10:00")).then_refused_as("slot_unavailable")
    scene.at("09:10").when(book("10:00")).then(e.CustomerRegistered, e.AppointmentBooked)


def test_each_has_the_slot_alone_until_the_end_of_the_own_window() -> None:
    scene = given(OPEN, waiting("joe", "sue", "tim")).at("09:00").when(in_turn("10:00", "joe", "sue", "tim"))
    scene.at("09:09:59").when(claims("sue")).then_refused("too_soon", "waitlist_id")
    scene.at("09:10").when(claims("joe")).then_refused("waitlist_claim_lost")
    scene.when(claims("tim")).then_refused("too_soon", "waitlist_id")
    scene.at("09:19:59").when(claims("sue")).then(e.AppointmentBooked, e.WaitlistClaimed)
    assert statuses(scene, "joe", "sue", "tim") == ["waiting", "booked", "waiting"]


def test_whose_turn_it_is_needs_no_timer() -> None:
    """Nothing was told between the offer and the claim of the third."""
    scene = given(OPEN, waiting("joe", "sue", "tim")).at("09:00").when(in_turn("10:00", "joe", "sue", "tim"))
    scene.at("09:25").when(claims("tim")).then(e.AppointmentBooked, e.WaitlistClaimed)
    told = [(type(one.event).__name__, one.stream, one.occurred_at) for one in scene.clinic.records[-4:-2]]
    assert told == [
        ("WaitlistOfferLapsed", "waitlist/joe", instant("09:10")),
        ("WaitlistOffered", "waitlist/tim", instant("09:20")),
    ], "sue's turn is over: she is not asked any more"


def test_an_offer_is_claimed_by_those_only_who_were_asked() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe"))
    scene.when(claims("sue")).then_refused("waitlist_claim_lost")
    scene.when(claims("nobody")).then_refused("not_found", "waitlist_id")
    scene.when(command(c.ClaimOffer, hold_id="none", waitlist_id="joe")).then_refused("not_found", "hold_id")


def test_what_is_kept_for_those_who_wait_is_claimed_and_not_confirmed() -> None:
    scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe"))
    scene.when(lambda clinic: command(c.ConfirmHold, hold_id=clinic.it, customer={"name": "Eve"}))
    scene.then_refused("hold_not_owner")
    scene.when(claims("joe")).then(e.AppointmentBooked, e.WaitlistClaimed)


def test_a_rival_and_a_claim_at_the_same_instant_leave_exactly_one() -> None:
    for first, second in ((claims("joe"), book("10:00")), (book("10:00"), claims("joe"))):
        scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe")).at("09:10")
        results = []
        for what in (first, second):
            scene.when(what)
            results.append(scene.clinic.refusal is None)
        assert results.count(True) == 1


# --- giving up ----------------------------------------------------------------------------------------------------


def test_an_offer_taken_back_from_all_frees_the_slot() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe", "sue")).when(takes_back())
    scene.then(e.HoldReleased, e.WaitlistOfferWithdrawn, e.WaitlistOfferWithdrawn)
    assert statuses(scene, "joe", "sue") == ["waiting", "waiting"]
    scene.when(claims("joe")).then_refused("waitlist_claim_lost")
    scene.when(hold_slot("10:00")).then(e.AppointmentHeld)


def test_an_offer_taken_back_from_one_stays_with_the_others() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe", "sue"))
    scene.when(takes_back("joe")).then(e.WaitlistOfferWithdrawn)
    scene.when(claims("joe")).then_refused("waitlist_claim_lost")
    scene.when(takes_back("sue")).then(e.WaitlistOfferWithdrawn, e.HoldReleased)


def test_an_offer_is_not_taken_back_from_somebody_who_left() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(offers("10:00", "joe", "sue")).when(leaves("joe"))
    scene.when(takes_back("joe")).then_refused("not_found", "waitlist_id")
    assert statuses(scene, "joe", "sue") == ["left", "offered"]


def test_releasing_the_hold_takes_the_offer_back() -> None:
    scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe"))
    scene.when(lambda clinic: command(c.ReleaseHold, hold_id=clinic.it))
    scene.then(e.HoldReleased, e.WaitlistOfferWithdrawn)


def test_the_turn_of_whoever_leaves_goes_to_the_next_until_the_end_of_the_own_window() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(in_turn("10:00", "joe", "sue"))
    scene.at("09:02").when(leaves("joe"))
    scene.then(e.WaitlistLeft, e.WaitlistOffered, expires_at=instant("09:20"), then=[])
    scene.at("09:03").when(claims("sue")).then(e.AppointmentBooked, e.WaitlistClaimed)


def test_who_left_or_was_passed_by_before_their_turn_is_skipped() -> None:
    scene = given(OPEN, waiting("joe", "sue", "tim", "ann")).at("09:00")
    scene.when(in_turn("10:00", "joe", "sue", "tim", "ann")).when(leaves("sue")).then(e.WaitlistLeft)
    scene.when(takes_back("tim")).then(e.WaitlistOfferWithdrawn)
    scene.at("09:10").when(claims("ann")).then(e.AppointmentBooked, e.WaitlistClaimed)


def test_with_the_last_who_could_be_asked_the_slot_is_free() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(in_turn("10:00", "joe", "sue"))
    scene.when(leaves("sue")).then(e.WaitlistLeft)
    scene.when(leaves("joe")).then(e.WaitlistLeft, e.HoldReleased)
    scene.when(hold_slot("10:00")).then(e.AppointmentHeld)


def test_a_booking_that_names_an_entry_ends_its_waiting() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(in_turn("10:00", "joe", "sue"))
    scene.when(book("11:00", waitlist_id="joe", customer={"id": "cus_joe"}, id="other"))
    scene.then(e.AppointmentBooked, e.WaitlistClaimed, e.WaitlistOffered)
    assert (entry(scene, "joe").status, entry(scene, "joe").appointment_id) == ("booked", "other")
    assert statuses(scene, "sue") == ["offered"]
    scene.when(book("12:00", waitlist_id="joe", customer={"id": "cus_joe"})).then_refused(
        "invalid_transition", None, **{"from": "booked", "to": "booked", "allowed": []}
    )


# --- from a cancellation ------------------------------------------------------------------------------------------


def test_a_cancelled_slot_is_offered_in_the_same_decision() -> None:
    scene = given(OPEN, booked("10:00", id="mine"), waiting("joe", "sue")).at("09:00")
    cancel = command(c.CancelAppointment, appointment_id="mine", waitlist_ids=["joe", "sue"])
    scene.when(cancel).then(e.AppointmentCancelled, e.AppointmentHeld, e.WaitlistOffered, e.WaitlistOffered)
    scene.when(book("10:00")).then_refused_as("slot_unavailable")
    scene.when(claims("joe")).then(e.AppointmentBooked, e.WaitlistClaimed, e.WaitlistOfferLapsed)


def test_a_cancellation_whose_offer_cannot_be_made_changes_nothing() -> None:
    scene = given(OPEN, booked("10:00", id="mine"))
    scene.when(command(c.CancelAppointment, appointment_id="mine", waitlist_ids=["nobody"]))
    scene.then_refused("not_found", "waitlist_ids")
    assert scene.clinic.appointment("mine").status == "scheduled"


# --- time ---------------------------------------------------------------------------------------------------------


def test_time_is_told_once() -> None:
    scene = given(OPEN, waiting("joe", "sue")).at("09:00").when(in_turn("10:00", "joe", "sue")).at("09:10")
    scene.when(leaves("joe")).then(e.WaitlistLeft)
    told = [type(one.event).__name__ for one in scene.clinic.records[-3:]]
    assert told == ["WaitlistOfferLapsed", "WaitlistOffered", "WaitlistLeft"]
    assert statuses(scene, "sue") == ["offered"]


def test_an_entry_shows_an_offer_only_while_it_can_be_claimed() -> None:
    scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe"))
    assert entry(scene, "joe").hold_id == scene.clinic.it
    scene.at("09:10")
    assert (entry(scene, "joe").status, entry(scene, "joe").hold_id) == ("waiting", None)


def test_the_offers_of_the_desk_and_its_bookings_never_overlap() -> None:
    """Whatever is offered, claimed, left and booked in whatever order: one appointment a slot."""
    scene = given(OPEN, waiting("joe", "sue", "tim")).at("09:00")
    steps: list[What] = [
        in_turn("10:00", "joe", "sue"),
        book("10:00"),
        leaves("joe"),
        offers("10:00", "tim"),
        claims("sue"),
    ]
    for minute, step in enumerate(steps):
        scene.clinic.now = instant("09:00") + timedelta(minutes=4 * minute)
        scene.when(step)
    live = [kept.appointment for kept in scene.clinic.state.kept.values() if kept.appointment.status == "scheduled"]
    assert len(live) == 1


def test_an_imported_offer_is_a_rejection_like_any_other_in_the_past() -> None:
    scene = given(OPEN, waiting("joe")).at("12:00").when(offers("10:00", "joe"))
    assert isinstance(scene.clinic.refusal, Rejection)
    assert scene.clinic.refusal.code == "in_past"


def test_a_command_on_it_still_works_on_a_claimed_offer() -> None:
    scene = given(OPEN, waiting("joe")).at("09:00").when(offers("10:00", "joe")).when(claims("joe"))
    scene.when(on_it(c.ConfirmAppointment)).then(e.AppointmentConfirmed)
