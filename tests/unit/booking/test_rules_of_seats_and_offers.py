"""Rules about starts where classes, the waitlist and second thoughts meet them."""

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.values import Overridden
from given import Fact, ann_works, booked, given, in_session, on_it, sent, works
from samples import book, command, instant, iso, policies, schedule_session, service
from scheduling.slots import Ask, days_needed, offers, plan
from scheduling.zones import to_minute
from studio import a_seat, seated, studio

OPEN = ann_works("00:00-24:00")
ONE_A_DAY = [{"of": "resource", "per": "day", "count": 1}]
FULL = {"scope": "resource", "per": "day"}

# --- seats of a session -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [{}, {"session_id": "yoga-1"}])
def test_a_seat_needs_notice_to_the_minute(named: dict[str, str]) -> None:
    scene = studio(in_session("10:00"), sent(policies(min_notice_minutes=60))).at("09:01")
    scene.when(a_seat(**named)).then_refused("too_soon")
    scene.at("09:00").when(a_seat(**named))
    assert scene.clinic.refusal is None


def test_a_seat_lies_within_the_horizon_and_a_session_is_scheduled_whenever_the_desk_likes() -> None:
    scene = studio(sent(policies(horizon_days=1, min_notice_minutes=60)))
    scene.when(schedule_session("wed 10:00")).then(e.SessionScheduled, override=False)
    scene.when(a_seat("wed 10:00")).then_refused("too_far")
    scene.at("tue 10:00").when(a_seat("wed 10:00"))
    assert scene.clinic.refusal is None
    scene.at("tue 10:30").when(schedule_session("tue 11:00", id="yoga-2")).then(e.SessionScheduled)


def test_a_seat_that_is_too_soon_is_not_offered() -> None:
    scene = studio(in_session("10:00"), sent(policies(min_notice_minutes=60)))
    state, first = scene.clinic.state, to_minute(instant("00:00"))
    planned = plan(state.book, Ask("yoga"))
    scene.clinic.load(days_needed(planned, first, first + 1440))  # type: ignore[arg-type]

    def offered(now: str) -> list[str | None]:
        seen = offers(state.book, state.diary, planned, first, first + 1440, instant(now), 9, state.entries.get)  # type: ignore[arg-type]
        return [one.session_id for one in seen]

    assert (offered("09:00"), offered("09:01")) == (["yoga-1"], [])


def test_an_override_gives_a_seat_too_soon_and_one_more_than_there_are_and_records_both() -> None:
    scene = studio(in_session("10:00", capacity=1), seated(), sent(policies(min_notice_minutes=600)))
    by = scene.clinic.records[-1].event_id
    scene.when(a_seat()).then_refused("too_soon")
    assert scene.clinic.refusal is not None
    assert [fact.reason for fact in scene.clinic.refusal.blockers] == ["too_soon", "full"]
    scene.when(a_seat(override=True, reason="An old friend"))
    (event,) = (one.event for one in scene.written if isinstance(one.event, e.AppointmentBooked))
    assert event.overridden[0] == Overridden(reason="too_soon", event_id=by)  # type: ignore[index]
    assert [one.reason for one in event.overridden] == ["too_soon", "full"]  # type: ignore[union-attr]


def test_a_seat_asked_for_in_time_is_given_whenever_the_desk_gets_to_it() -> None:
    scene = studio(in_session("10:00"), seated(), acceptance="manual", pending_blocks=False)
    scene.when(policies(min_notice_minutes=60)).at("09:59").when(on_it(c.AcceptRequest))
    scene.then(e.RequestAccepted, e.SeatsTaken)


def test_a_session_counts_once_in_its_resources_limit_whoever_sits_in_it() -> None:
    scene = studio(sent(policies(limits=ONE_A_DAY)), in_session("10:00"), seated(), seated())
    scene.when(a_seat()).then(e.AppointmentBooked, e.SeatsTaken)
    scene.when(book("15:00", resources=["ann"])).then_refused("limit_reached", **FULL)
    scene.when(schedule_session("15:00", id="yoga-2")).then_refused("limit_reached", **FULL)


def test_a_session_may_start_off_the_grid_that_policies_draw() -> None:
    studio(sent(policies(align_minutes=60))).when(schedule_session("10:07")).then(e.SessionScheduled, override=False)


def test_what_an_override_of_a_session_passed_is_recorded() -> None:
    scene = studio(booked("15:00", resources=["ann"]), sent(policies(limits=ONE_A_DAY)))
    fact = Overridden(reason="limit_reached", event_id=scene.clinic.records[-1].event_id, resource_id="ann")
    scene.when(schedule_session("10:00", override=True, reason="Sold out"))
    scene.then(e.SessionScheduled, override=True, overridden=[fact])


# --- offers to those who wait -------------------------------------------------------------------------------------


def waiting() -> Fact:
    return sent(command(c.JoinWaitlist, id="joe", service_id="cut", customer={"id": "cus_joe", "name": "Joe"}))


def offer(start: str) -> c.OfferSlot:
    return command(c.OfferSlot, service_id="cut", start=iso(start), waitlist_ids=["joe"], hold_seconds=600)


def test_an_offer_counts_in_the_limit_as_long_as_it_lasts() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY)), waiting()).when(offer("10:00"))
    assert scene.clinic.refusal is None
    scene.at("08:09:59").when(book("15:00")).then_refused("limit_reached", **FULL)
    scene.at("08:10").when(book("15:00"))
    assert scene.clinic.refusal is None


def test_nothing_is_offered_beyond_the_limit_nor_too_soon() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY, min_notice_minutes=180)), waiting(), booked("15:00"))
    scene.when(offer("16:00")).then_refused("limit_reached", **FULL)
    scene.when(offer("tue 10:00"))
    assert scene.clinic.refusal is None
    other = given(OPEN, sent(policies(min_notice_minutes=180)), waiting())
    other.when(offer("10:45")).then_refused("too_soon")


def test_who_was_offered_a_slot_in_time_claims_it_though_its_start_has_come_near() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY, min_notice_minutes=75)), waiting()).when(offer("09:15"))
    hold_id = next(iter(scene.clinic.state.kept)).removeprefix("appointment/")
    scene.at("08:09").when(command(c.ClaimOffer, hold_id=hold_id, waitlist_id="joe"))
    assert scene.clinic.refusal is None


# --- second thoughts ----------------------------------------------------------------------------------------------


def test_what_an_override_of_an_acceptance_passed_is_recorded() -> None:
    late = service(acceptance="manual", pending_blocks=False)
    scene = given(sent(late), OPEN, booked("10:00"), sent(service()), booked("15:00"), sent(policies(limits=ONE_A_DAY)))
    by = scene.clinic.records[-1].event_id
    first = next(iter(scene.clinic.state.kept)).removeprefix("appointment/")
    scene.when(on_it(c.AcceptRequest, appointment_id=first)).then_refused("limit_reached", **FULL)
    scene.when(on_it(c.AcceptRequest, appointment_id=first, override=True, reason="An old friend"))
    fact = Overridden(reason="limit_reached", event_id=by, resource_id="ann")
    scene.then(e.RequestAccepted, override=True, overridden=[fact])


def test_what_is_reinstated_needs_no_notice_but_room_in_the_limit() -> None:
    rules = sent(policies(limits=ONE_A_DAY, min_notice_minutes=120))
    scene = given(OPEN, works("bob", "00:00-24:00"), rules, booked("12:00", resources=["ann"]))
    first = next(iter(scene.clinic.state.kept)).removeprefix("appointment/")
    back = on_it(c.ReinstateAppointment, appointment_id=first)
    scene.when(on_it(c.CancelAppointment)).at("11:00").when(back).then(e.AppointmentReinstated)
    scene.when(on_it(c.CancelAppointment)).when(book("15:00", resources=["ann"]))
    scene.when(back).then_refused("limit_reached", **FULL)
