"""Policies: set for a scope as a whole, and what they say about cancelling and about who is told."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.values import Notify
from given import What, after, ann_works, booked, given, held, on_it, sent
from samples import book, command, iso, policies

CANCEL = on_it(c.CancelAppointment)
VISIT = ann_works("09:00-17:00"), booked("10:00")


# --- setting them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "stream"),
    [
        ({}, "tenant/acme"), ({"location_id": "main"}, "location/main"), ({"service_id": "cut"}, "service/cut"),
        ({"resource_id": "ann"}, "resource/ann"),
    ],
)  # fmt: skip
def test_policies_belong_to_what_they_are_about(scope: dict[str, str], stream: str) -> None:
    scene = given(ann_works()).when(policies(**scope, refund_percent=50)).then(e.PoliciesSet, scope=e.Scope(**scope))
    assert scene.written[0].stream == stream
    assert scene.written[0].version > 1


@pytest.mark.parametrize("name", ["location_id", "service_id", "resource_id"])
def test_a_scope_that_there_is_not_is_refused_by_name(name: str) -> None:
    given().when(policies(**{name: "none"}, refund_percent=50)).then_refused("not_found", f"scope.{name}")


def test_only_what_is_said_is_written() -> None:
    scene = given().when(policies(cancel_until_minutes=None, notify={"staff": False}))
    event = scene.written[0].event
    assert isinstance(event, e.PoliciesSet)
    assert event.policies == e.Policies(cancel_until_minutes=None, notify=Notify(staff=False))
    assert event.policies != e.Policies(notify=Notify(staff=False))


def test_setting_them_again_replaces_all_of_them() -> None:
    scene = given(sent(policies(cancel_until_minutes=60, refund_percent=50))).when(policies(refund_percent=40))
    scene.then(e.PoliciesSet)
    assert scene.clinic.state.book.policies["tenant"] == e.Policies(refund_percent=40)


def test_the_same_again_writes_nothing_and_none_where_there_were_none() -> None:
    given(sent(policies(refund_percent=40))).when(policies(refund_percent=40)).then_nothing()
    given().when(policies()).then_nothing()


# --- cancelling in time -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "late"), [("09:00", False), ("09:00:01", True), ("09:30", True)])
def test_a_booking_can_be_cancelled_until_its_window_closes(now: str, late: bool) -> None:
    scene = given(sent(policies(cancel_until_minutes=60)), *VISIT).at(now).by("customer").when(CANCEL)
    if late:
        scene.then_refused("too_late")
        assert scene.clinic.appointment().status == "scheduled"
    else:
        scene.then_it(status="cancelled")


def test_a_revision_cannot_cancel_later_than_a_cancellation() -> None:
    scene = given(sent(policies(cancel_until_minutes=60)), *VISIT).at("09:30").by("customer")
    moved: What = on_it(c.ReviseAppointment, start=iso("wed 10:00"), status="cancelled")
    scene.when(moved).then_refused("too_late")


def test_who_is_here_or_was_only_asked_for_can_go_at_any_time() -> None:
    here = after(on_it(c.ConfirmAppointment), on_it(c.CheckIn))
    scene = given(sent(policies(cancel_until_minutes=60)), *VISIT, here).at("09:30").by("customer")
    scene.when(CANCEL).then_it(status="cancelled")
    hold = given(sent(policies(cancel_until_minutes=600)), ann_works("09:00-17:00"), held("10:00", by="desk"))
    hold.when(CANCEL).then(e.HoldReleased)


def test_history_is_cancelled_when_it_was() -> None:
    scene = given(sent(policies(cancel_until_minutes=60)), *VISIT).at("09:30").by("customer")
    scene.when(CANCEL, imported=True).then_it(status="cancelled")


def test_the_window_of_the_narrowest_scope_counts() -> None:
    everywhere, here = policies(cancel_until_minutes=60), policies(service_id="cut", cancel_until_minutes=None)
    given(sent(everywhere, here), *VISIT).at("09:30").by("customer").when(CANCEL).then_it(status="cancelled")


# --- who is told --------------------------------------------------------------------------------------------------


def told(scene) -> Notify:  # type: ignore[no-untyped-def]
    found: Notify = scene.clinic.changes[-1].event.details.notify
    return found


@pytest.mark.parametrize(
    ("usual", "asked", "expected"),
    [
        (None, {}, Notify()),
        (None, {"customer": False}, Notify(customer=False)),
        ({"staff": False}, {}, Notify(staff=False)),
        ({"staff": False}, {"staff": True}, Notify()),
        ({"customer": False, "staff": False}, {"staff": True, "customer": None}, Notify(customer=False)),
    ],
)
def test_a_command_says_who_is_told_and_else_the_policies_do(
    usual: dict[str, bool] | None, asked: dict[str, Any], expected: Notify
) -> None:
    scene = given(sent(policies(notify=usual)), ann_works("09:00-17:00")).when(book("10:00", notify=asked))
    assert told(scene) == expected


def test_of_history_nobody_is_told() -> None:
    scene = given(ann_works("09:00-17:00")).when(book("10:00", notify={"customer": True}), imported=True)
    assert told(scene) == Notify(customer=False, staff=False)


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        (c.CancelAppointment, {}), (c.ConfirmAppointment, {}), (c.MarkNoShow, {}),
        (c.RescheduleAppointment, {"start": iso("11:00")}),
    ],
)  # fmt: skip
def test_the_policies_speak_for_every_change(kind: type[c.Transition], members: dict[str, Any]) -> None:
    scene = given(sent(policies(notify={"customer": False})), *VISIT).when(on_it(kind, **members))
    assert scene.clinic.changes[0].event.notify == Notify(customer=False)  # type: ignore[attr-defined]


def test_reminders_and_quiet_hours_are_kept_for_who_sends() -> None:
    reminders = [{"audience": "customer", "offset_minutes": 60}, {"audience": "staff", "channel": "sms"}]
    scene = given().when(policies(reminders=reminders, quiet_hours={"start": "21:00", "end": "08:00"}))
    kept = scene.clinic.state.book.policies["tenant"]
    assert kept.reminders == [
        e.Reminder(audience="customer", channel="email", offset_minutes=60), e.Reminder(audience="staff", channel="sms")
    ]  # fmt: skip
    assert kept.quiet_hours == e.QuietHours(start="21:00", end="08:00")
    assert command(c.SetPolicies, reminders=None).reminders is None
