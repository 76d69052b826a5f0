"""The routes that are one command each, a line a route. A path's parameters are named as the command's members.

Everything else about them (the body, its check, the status of each refusal, the description) follows from the command.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property

from contracts import commands as c

WRITE, SUPPLY, CUSTOMERS = "appointments:write", "supply:write", "customers:write"
OPERATOR = "ops"

_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class CommandRoute:
    """One line of the table. `says` is its description; DELETE takes what is not in the path from the query."""

    method: str
    path: str
    command: type[c.Command]
    scope: str
    says: str
    tag: str = field(default="")

    @cached_property
    def from_path(self) -> tuple[str, ...]:
        """Members that the path gives."""
        return tuple(_PARAMETER.findall(self.path))

    @cached_property
    def from_query(self) -> tuple[str, ...]:
        """Members that the query may give."""
        if self.method != "DELETE":
            return ()
        return tuple(name for name in self.command.model_fields if name not in (*self.from_path, "actor"))

    @property
    def takes_version(self) -> bool:
        return "expected_version" in self.command.model_fields


def _change(step: str, command: type[c.Command], says: str) -> CommandRoute:
    return CommandRoute("POST", f"/v1/appointments/{{appointment_id}}/{step}", command, WRITE, says, "appointments")


ROUTES: tuple[CommandRoute, ...] = (
    CommandRoute("POST", "/v1/holds", c.HoldSlot, WRITE, "Keep a slot for a while", "holds"),
    CommandRoute("DELETE", "/v1/holds/{hold_id}", c.ReleaseHold, WRITE, "Give a held slot back", "holds"),
    CommandRoute("POST", "/v1/holds/{hold_id}/extend", c.ExtendHold, WRITE, "Keep a held slot longer", "holds"),
    CommandRoute("POST", "/v1/holds/{hold_id}/confirm", c.ConfirmHold, WRITE, "Book a held slot", "holds"),
    CommandRoute("POST", "/v1/appointments", c.BookAppointment, WRITE, "Book, or request", "appointments"),
    CommandRoute(
        "PATCH", "/v1/appointments/{appointment_id}", c.ReviseAppointment, WRITE,
        "Change start, resources, details and status at once", "appointments",
    ),
    _change("accept", c.AcceptRequest, "Accept a request"),
    _change("decline", c.DeclineRequest, "Decline a request"),
    _change("confirm", c.ConfirmAppointment, "The customer says yes"),
    _change("unconfirm", c.UndoConfirmation, "The customer's yes is taken back"),
    _change("reschedule", c.RescheduleAppointment, "Move to another start"),
    _change("reassign", c.ReassignAppointment, "Give to other resources"),
    _change("check-in", c.CheckIn, "The customer is here"),
    _change("start", c.StartAppointment, "It begins"),
    _change("complete", c.CompleteAppointment, "It is done"),
    _change("no-show", c.MarkNoShow, "Nobody came"),
    _change("cancel", c.CancelAppointment, "Cancel"),
    _change("reinstate", c.ReinstateAppointment, "What was cancelled stands again, if its slot is free"),
    _change("correct", c.CorrectOutcome, "Put right how it ended"),
    _change("tombstone", c.TombstoneAppointment, "Delete what should never have been"),
    _change("details", c.ChangeDetails, "Change what is said beside the slot"),
    _change("payments", c.RecordPayment, "Record a payment"),
    _change("refunds", c.RequestRefund, "Ask for money back"),
    _change("coupons", c.ApplyCoupon, "Take off what a coupon is worth"),
    _change("credits", c.UseCredits, "Pay with credits of a pass"),
    CommandRoute("POST", "/v1/refunds/{refund_id}/settle", c.SettleRefund, WRITE, "Say what became of a refund",
                 "appointments"),
    CommandRoute("POST", "/v1/sessions", c.ScheduleSession, SUPPLY, "Schedule a session of a class", "sessions"),
    CommandRoute("POST", "/v1/sessions/{session_id}/cancel", c.CancelSession, SUPPLY,
                 "Cancel a session and all its appointments", "sessions"),
    CommandRoute("POST", "/v1/sessions/{session_id}/capacity", c.ChangeCapacity, SUPPLY,
                 "Give a session more seats, or fewer", "sessions"),
    CommandRoute("POST", "/v1/waitlist", c.JoinWaitlist, WRITE, "Wait for a slot that is taken now", "waitlist"),
    CommandRoute("DELETE", "/v1/waitlist/{waitlist_id}", c.LeaveWaitlist, WRITE, "Wait no more", "waitlist"),
    CommandRoute("POST", "/v1/waitlist/offers", c.OfferSlot, WRITE, "Keep a slot for those who wait", "waitlist"),
    CommandRoute("POST", "/v1/waitlist/offers/{hold_id}/claim", c.ClaimOffer, WRITE, "Take the slot that is offered",
                 "waitlist"),
    CommandRoute("POST", "/v1/waitlist/offers/{hold_id}/withdraw", c.WithdrawOffer, WRITE,
                 "Take an offer back, from one or from all", "waitlist"),
    CommandRoute("POST", "/v1/series", c.BookSeries, WRITE, "Book again and again by a rule", "series"),
    CommandRoute("POST", "/v1/series/{series_id}/cancel", c.CancelSeries, WRITE, "Cancel what is still to come",
                 "series"),
    CommandRoute("POST", "/v1/series/{series_id}/reschedule", c.RescheduleSeries, WRITE, "Move what is still to come",
                 "series"),
    CommandRoute("PUT", "/v1/locations/{id}", c.DefineLocation, SUPPLY, "Define a location", "supply"),
    CommandRoute("PUT", "/v1/services/{id}", c.DefineService, SUPPLY, "Define a service", "supply"),
    CommandRoute("PUT", "/v1/resources/{id}", c.DefineResource, SUPPLY, "Define a person or room", "supply"),
    CommandRoute("PUT", "/v1/resources/{resource_id}/schedule", c.SetSchedule, SUPPLY, "Set weekly hours", "supply"),
    CommandRoute(
        "PUT", "/v1/resources/{resource_id}/exceptions/{date}", c.SetScheduleException, SUPPLY, "Other hours on a date",
        "supply",
    ),
    CommandRoute(
        "DELETE", "/v1/resources/{resource_id}/exceptions/{date}", c.ClearScheduleException, SUPPLY,
        "The usual hours on a date again", "supply",
    ),
    CommandRoute("POST", "/v1/resources/{resource_id}/time-off", c.AddTimeOff, SUPPLY, "Add time off", "supply"),
    CommandRoute(
        "DELETE", "/v1/resources/{resource_id}/time-off/{time_off_id}", c.RemoveTimeOff, SUPPLY, "Remove time off",
        "supply",
    ),
    CommandRoute("DELETE", "/v1/locations/{id}", c.RetireLocation, SUPPLY, "Book nothing there any more", "supply"),
    CommandRoute("DELETE", "/v1/services/{id}", c.RetireService, SUPPLY, "Give a service no more", "supply"),
    CommandRoute("DELETE", "/v1/resources/{id}", c.RetireResource, SUPPLY, "Book somebody no more", "supply"),
    CommandRoute("PUT", "/v1/resources/{resource_id}/eligibility", c.SetEligibility, SUPPLY, "Say who may give what",
                 "supply"),
    CommandRoute("PUT", "/v1/resources/{resource_id}/external-busy", c.ImportExternalBusy, SUPPLY,
                 "Import a calendar of elsewhere (iCalendar)", "supply"),
    CommandRoute("PUT", "/v1/policies", c.SetPolicies, SUPPLY, "Set the rules of a scope", "supply"),
    CommandRoute("POST", "/v1/customers", c.RegisterCustomer, CUSTOMERS, "Find or register a customer", "customers"),
    CommandRoute("PATCH", "/v1/customers/{customer_id}", c.ChangeCustomer, CUSTOMERS, "Change somebody's details",
                 "customers"),
    CommandRoute("POST", "/v1/customers/{customer_id}/merge", c.MergeCustomers, CUSTOMERS,
                 "Both are one person: make one of two", "customers"),
    CommandRoute("POST", "/v1/customers/{customer_id}/block", c.BlockCustomer, CUSTOMERS, "Refuse further bookings",
                 "customers"),
    CommandRoute("POST", "/v1/customers/{customer_id}/unblock", c.UnblockCustomer, CUSTOMERS, "Take bookings again",
                 "customers"),
    CommandRoute("POST", "/v1/customers/{customer_id}/erase", c.EraseCustomer, CUSTOMERS, "Erase all that is personal",
                 "customers"),
    CommandRoute("POST", "/ops/tenants", c.DefineTenant, OPERATOR, "Define a tenant", "operators"),
)  # fmt: skip

SCOPE_OF: dict[str, str] = {route.command.__name__: route.scope for route in ROUTES}
"""The scope that each command needs, whichever door it comes through."""

OWN_ID: dict[str, tuple[str, ...]] = {route.command.__name__: route.from_path for route in ROUTES}
"""The members of each command that say what it is about: the path of its route has them."""
