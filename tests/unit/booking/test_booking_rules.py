"""Rules about starts as policies: how they are set, and what they say to holds, bookings and moves."""

from typing import Any

import pytest
from msgspec import UNSET

from booking.needs import days
from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from contracts.values import Overridden
from given import after, ann_works, booked, given, held, on_it, sent, works
from samples import book, hold_slot, instant, iso, location, policies, service
from scheduling.zones import to_minute

ONE_A_DAY = [{"of": "resource", "per": "day", "count": 1}]
OPEN = ann_works("00:00-24:00")


# --- setting them -------------------------------------------------------------------------------------------------


def test_they_are_written_as_they_are_said() -> None:
    said: dict[str, Any] = {
        "min_notice_minutes": 60, "min_notice_days": None, "horizon_days": 60, "horizon": "business",
        "limits": [{"of": "resource", "per": "week", "minutes": 600}], "slot_step_minutes": 20, "align_minutes": 30,
        "treat_2359_as_2400": True,
    }  # fmt: skip
    event = given().when(policies(**said)).then(e.PoliciesSet).written[0].event
    assert isinstance(event, e.PoliciesSet)
    weekly = e.Limit(of="resource", per="week", minutes=600)
    assert event.policies == e.Policies(**said | {"limits": [weekly]})


@pytest.mark.parametrize("of", ["group", "location", "customer"])
def test_a_limit_of_what_the_diary_does_not_tell_is_refused_by_its_place(of: str) -> None:
    limits = [*ONE_A_DAY, {"of": of, "per": "day", "count": 1}]
    given().when(policies(limits=limits)).then_refused("invalid_command", "limits.1.of")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"limits": [{"of": "resource", "per": "day"}]}, "limits.0.count"),
        ({"limits": [{"of": "resource", "per": "hour", "count": 1}]}, "limits.0.per"),
        ({"limits": [{"of": "resource", "per": "day", "count": -1}]}, "limits.0.count"),
        ({"align_minutes": 7}, "align_minutes"),
        ({"align_minutes": 0}, "align_minutes"),
        ({"horizon": "working"}, "horizon"),
        ({"horizon_days": -1}, "horizon_days"),
        ({"min_notice_days": 367}, "min_notice_days"),
        ({"slot_step_minutes": 0}, "slot_step_minutes"),
        ({"scope": {"service_id": "cut"}, "treat_2359_as_2400": True}, "treat_2359_as_2400"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(members: dict[str, Any], field: str) -> None:
    refusal = c.validate(c.SetPolicies, members)
    assert isinstance(refusal, Rejection)
    assert (refusal.code, refusal.field) == ("invalid_command", field)


# --- notice and horizon -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "soon"), [("09:00", False), ("09:00:00.5", True), ("09:01", True)])
@pytest.mark.parametrize("command", [book("10:00"), hold_slot("10:00")], ids=["booking", "hold"])
def test_holds_and_bookings_need_their_notice(command: c.Command, now: str, soon: bool) -> None:
    scene = given(OPEN, sent(policies(min_notice_minutes=60))).at(now).when(command)
    if soon:
        scene.then_refused("too_soon")
        refusal = scene.clinic.refusal
        assert refusal is not None
        assert [fact.event_id for fact in refusal.blockers] == [scene.clinic.records[-1].event_id]
    else:
        assert scene.clinic.refusal is None


def test_a_move_needs_notice_for_its_new_start() -> None:
    scene = given(OPEN, booked("12:00"), sent(policies(min_notice_minutes=60, horizon_days=1))).at("10:30")
    scene.when(on_it(c.RescheduleAppointment, start=iso("11:00"))).then_refused("too_soon")
    scene.when(on_it(c.RescheduleAppointment, start=iso("wed 00:00"))).then_refused("too_far")
    scene.when(on_it(c.RescheduleAppointment, start=iso("11:30"))).then(e.AppointmentRescheduled)


def test_what_was_agreed_on_in_time_is_accepted_and_taken_over_whenever_the_desk_gets_to_it() -> None:
    late = service(acceptance="manual", pending_blocks=False)
    scene = given(sent(late), OPEN, works("bob", "00:00-24:00"), booked("12:00"), sent(policies(min_notice_minutes=60)))
    scene.at("11:59").when(on_it(c.AcceptRequest)).then(e.RequestAccepted)
    scene.when(on_it(c.ReassignAppointment)).then(e.AppointmentReassigned)


def test_a_hold_is_confirmed_though_its_start_has_come_near() -> None:
    scene = given(OPEN, sent(policies(min_notice_minutes=60)), held("09:00", until="08:05"))
    scene.at("08:04").when(on_hold).then(e.CustomerRegistered, e.AppointmentBooked)


def on_hold(clinic: Any) -> c.Command:
    found = c.validate(c.ConfirmHold, {"hold_id": clinic.it, "owner": "A", "customer": {"name": "Joe"}})
    assert not isinstance(found, Rejection)
    return found


def test_history_needs_no_notice_and_knows_no_limit() -> None:
    scene = given(OPEN, sent(policies(min_notice_days=1, limits=ONE_A_DAY)), after(book("tue 09:00")))
    scene.when(book("tue 10:00"), imported=True).then(e.AppointmentBooked)
    scene.when(book("tue 11:00")).then_refused("limit_reached", scope="resource", per="day")


# --- limits -------------------------------------------------------------------------------------------------------


def test_one_a_day_is_one_a_day_until_it_is_gone() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY)), booked("10:00"))
    scene.when(book("15:00")).then_refused("limit_reached", scope="resource", per="day")
    scene.when(book("tue 00:00")).then(e.AppointmentBooked)
    first = next(iter(scene.clinic.state.kept)).removeprefix("appointment/")
    scene.when(on_it(c.CancelAppointment, appointment_id=first)).when(book("15:00")).then(e.AppointmentBooked)


def test_all_days_of_the_period_are_loaded_at_once_with_the_slot() -> None:
    weekly = [{"of": "resource", "per": "week", "count": 9}]
    scene = given(OPEN, sent(policies(limits=weekly)))
    monday = to_minute(instant("00:00")) // 1440
    assert sorted(days(book("wed 10:00"), scene.clinic.view())) == [("ann", monday + day) for day in range(7)]


def test_what_was_booked_before_the_limit_was_set_counts() -> None:
    given(OPEN, booked("10:00"), sent(policies(limits=ONE_A_DAY))).when(book("15:00")).then_refused(
        "limit_reached", scope="resource", per="day"
    )


@pytest.mark.parametrize("end", [c.CompleteAppointment, c.MarkNoShow])
def test_who_came_and_who_did_not_both_count(end: type[c.Transition]) -> None:
    scene = given(sent(location(profile="lenient")), OPEN, sent(policies(limits=ONE_A_DAY)), booked("10:00"))
    scene.at("10:40").when(on_it(end))
    assert scene.clinic.refusal is None
    scene.when(book("15:00")).then_refused("limit_reached", scope="resource", per="day")


def test_a_hold_counts_until_its_very_end() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY)), held("10:00", until="08:05"))
    scene.at("08:04:59.9").when(book("15:00")).then_refused("limit_reached", scope="resource", per="day")
    scene.at("08:05").when(book("15:00")).then(e.CustomerRegistered, e.AppointmentBooked)


def test_a_move_within_the_day_is_no_more_and_one_into_a_full_day_is() -> None:
    scene = given(OPEN, sent(policies(limits=ONE_A_DAY)), booked("tue 10:00"), booked("10:00"))
    scene.when(on_it(c.RescheduleAppointment, start=iso("15:00"))).then(e.AppointmentRescheduled)
    scene.when(on_it(c.RescheduleAppointment, start=iso("tue 15:00"))).then_refused(
        "limit_reached", scope="resource", per="day"
    )


def test_who_takes_over_has_to_have_room_for_it_even_when_it_has_begun() -> None:
    scene = given(OPEN, works("bob", "00:00-24:00"), sent(policies(limits=ONE_A_DAY)))
    scene.when(book("15:00", resources=["bob"])).when(book("10:00", resources=["ann"])).at("10:10")
    scene.when(on_it(c.ReassignAppointment, resources=["bob"])).then_refused(
        "limit_reached", scope="resource", per="day"
    )


def test_a_request_that_takes_no_time_counts_once_it_is_accepted() -> None:
    late = service(acceptance="manual", pending_blocks=False)
    scene = given(sent(late), OPEN, sent(policies(limits=ONE_A_DAY)), booked("10:00"), booked("12:00"))
    scene.when(on_it(c.AcceptRequest)).then(e.RequestAccepted)
    first = next(iter(scene.clinic.state.kept)).removeprefix("appointment/")
    scene.when(on_it(c.AcceptRequest, appointment_id=first)).then_refused("limit_reached", scope="resource", per="day")


def test_an_override_passes_them_and_the_event_records_which() -> None:
    scene = given(OPEN, booked("10:00"), sent(policies(limits=ONE_A_DAY, min_notice_minutes=600)))
    by = scene.clinic.records[-1].event_id
    facts = [
        Overridden(reason="too_soon", event_id=by),
        Overridden(reason="limit_reached", event_id=by, resource_id="ann"),
    ]
    scene.when(book("15:00", override=True, reason="An old friend"))
    scene.then(e.AppointmentBooked, override=True, overridden=facts).then_it(override=True, start=instant("15:00"))


def test_without_rules_an_ordinary_booking_says_nothing_of_overriding() -> None:
    event = given(OPEN).when(book("10:00", override=True, reason="In case")).written[-1].event
    assert isinstance(event, e.AppointmentBooked)
    assert not event.override
    assert event.overridden is UNSET
