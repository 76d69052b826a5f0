"""The decision: one command and what is known, to the changes it makes or the rejection it gets.

Pure: everything it depends on is in the view. A resource-day or customer that was not loaded is raised, not guessed.
"""

from collections.abc import Callable, Sequence
from typing import Any

from booking import bookings, customers, details, holds, hours, life, money, moves, revisions, rules, supply
from booking.change import Change, Decision, appointment_stream, resource_stream
from booking.refusals import unknown_tenant
from booking.view import View
from contracts import commands as c

DECISIONS: dict[type[c.Command], Callable[[Any, View], Decision]] = {
    c.DefineTenant: supply.define_tenant,
    c.DefineLocation: supply.define_location,
    c.DefineService: supply.define_service,
    c.DefineResource: supply.define_resource,
    c.SetSchedule: hours.set_schedule,
    c.SetScheduleException: hours.set_exception,
    c.ClearScheduleException: hours.clear_exception,
    c.AddTimeOff: hours.add_time_off,
    c.RemoveTimeOff: hours.remove_time_off,
    c.SetPolicies: rules.set_policies,
    c.RegisterCustomer: customers.register,
    c.BlockCustomer: customers.block,
    c.UnblockCustomer: customers.unblock,
    c.EraseCustomer: customers.erase,
    c.HoldSlot: holds.hold,
    c.ExtendHold: holds.extend,
    c.ReleaseHold: holds.release,
    c.ConfirmHold: holds.confirm,
    c.BookAppointment: bookings.book,
    c.AcceptRequest: bookings.accept,
    c.DeclineRequest: life.decline,
    c.ConfirmAppointment: life.confirm,
    c.RescheduleAppointment: moves.reschedule,
    c.ReassignAppointment: moves.reassign,
    c.CheckIn: life.check_in,
    c.StartAppointment: life.start,
    c.CompleteAppointment: life.complete,
    c.MarkNoShow: life.miss,
    c.CancelAppointment: life.cancel,
    c.ChangeDetails: details.change,
    c.ReviseAppointment: revisions.revise,
    c.RecordPayment: money.record,
    c.RequestRefund: money.request_refund,
    c.SettleRefund: money.settle,
}


def decide(command: c.Command, view: View) -> Decision:
    if not view.book.defined and not isinstance(command, c.DefineTenant):
        return unknown_tenant(view.state.tenant)
    return DECISIONS[type(command)](command, view)


def about(command: c.Command, changes: Sequence[Change]) -> str:
    """The stream that an accepted command is about, also where it changed nothing."""
    if changes:
        return changes[-1].stream
    if isinstance(command, c.OnAppointment):
        return appointment_stream(command.appointment_id)
    if isinstance(command, c.DefineTenant | c.DefineLocation | c.DefineService | c.DefineResource):
        return f"{type(command).__name__.removeprefix('Define').lower()}/{command.id}"
    if isinstance(command, c.SetSchedule | c.SetScheduleException | c.ClearScheduleException):
        return resource_stream(command.resource_id)
    raise ValueError(f"{type(command).__name__} was accepted without a change")
