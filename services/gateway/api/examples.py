"""Examples for the OpenAPI page: bodies that work, and what comes back."""

from typing import Any

START = "2026-03-02T10:00:00-05:00"
CUSTOMER = {"name": "Joe Doe", "email": "joe@example.com"}

BODIES: dict[str, dict[str, Any]] = {
    "DefineTenant": {"id": "acme", "name": "Acme Clinics"},
    "DefineLocation": {"name": "Main Street", "tz": "America/New_York", "primary": True},
    "DefineService": {"name": "Haircut", "duration_minutes": 30, "slot_step_minutes": 15},
    "DefineResource": {"kind": "staff", "name": "Ann Lee", "tz": "America/New_York", "service_ids": ["cut"]},
    "SetSchedule": {"weekly": [{"days": ["mon", "tue"], "start": "09:00", "end": "17:00"}]},
    "SetScheduleException": {"windows": [{"start": "09:00", "end": "12:00"}]},
    "AddTimeOff": {"start": "2026-07-01", "end": "2026-07-02", "reason": "holiday"},
    "SetEligibility": {"services": [{"service_id": "cut", "location_ids": ["main"]}]},
    "ImportExternalBusy": {
        "source": "google",
        "ics": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260302T100000Z\r\nDTEND:20260302T110000Z\r\nEND:VEVENT\r\n"
        "END:VCALENDAR\r\n",
    },
    "RegisterCustomer": CUSTOMER,
    "HoldSlot": {"service_id": "cut", "start": START, "resources": ["ann"], "owner": "basket-17"},
    "ExtendHold": {"owner": "basket-17", "seconds": 300},
    "ConfirmHold": {"owner": "basket-17", "customer": CUSTOMER},
    "BookAppointment": {"service_id": "cut", "start": START, "resources": ["ann"], "customer": CUSTOMER},
    "RescheduleAppointment": {"start": "2026-03-02T11:00:00-05:00", "reason": "asked by telephone"},
    "ReassignAppointment": {"resources": ["bob"]},
    "CancelAppointment": {"reason": "ill"},
    "ReviseAppointment": {"start": "2026-03-02T11:00:00-05:00", "notes": "asked by telephone"},
    "CorrectOutcome": {"outcome": "no_show", "reason": "somebody of the same name came"},
    "ReinstateAppointment": {"reason": "can come after all"},
    "TombstoneAppointment": {"reason": "entered twice"},
    "ChangeDetails": {"notes": "prefers firm pressure"},
    "RecordPayment": {"method": "card", "amount": {"amount_minor": 6500, "currency": "USD"}},
    "RequestRefund": {"amount": {"amount_minor": 1500, "currency": "USD"}, "reason": "started late"},
    "ApplyCoupon": {"coupon_id": "SPRING", "discount": {"amount_minor": 1000, "currency": "USD"}},
    "UseCredits": {"pass_id": "ten-visits", "amount": 1},
    "SettleRefund": {"status": "refunded"},
    "SetPolicies": {
        "scope": {"service_id": "cut"},
        "cancel_until_minutes": 1440,
        "refund_percent": 50,
        "min_notice_minutes": 60,
        "horizon_days": 60,
        "limits": [{"of": "resource", "per": "day", "count": 8}],
    },
    "ChangeCustomer": {"email": "joe.doe@example.com", "language": "de"},
    "MergeCustomers": {"into": "cus_8fk1"},
    "BlockCustomer": {"reason": "never came, three times"},
    "ScheduleSession": {
        "service_id": "yoga",
        "start": START,
        "end": "2026-03-02T11:00:00-05:00",
        "capacity": 5,
        "resources": ["ann"],
    },
    "ChangeCapacity": {"capacity": 8},
    "CancelSession": {"reason": "Ann is ill"},
    "JoinWaitlist": {
        "service_id": "cut",
        "customer": {"id": "cus_8fk1"},
        "wants": {"from": START, "to": "2026-03-06T18:00:00-05:00", "resources": ["ann"]},
    },
    "OfferSlot": {
        "service_id": "cut",
        "start": START,
        "waitlist_ids": ["wai_77", "wai_78"],
        "hold_seconds": 3600,
        "mode": "one_by_one",
    },
    "ClaimOffer": {"waitlist_id": "wai_77"},
    "BookSeries": {"service_id": "cut", "start": START, "customer": CUSTOMER, "rrule": "FREQ=WEEKLY;COUNT=6"},
    "CancelSeries": {"scope": "all", "reason": "moved away"},
    "RescheduleSeries": {"scope": "all", "start": "2026-03-02T11:00:00-05:00", "reason": "school"},
}
"""A request body by command, without what the path says."""

PASSED_BODIES: dict[str, dict[str, Any]] = {
    "NewEndpoint": {"url": "https://example.com/hooks", "types": ["appointment.*"]},
    "EndpointChange": {"types": ["appointment.created", "appointment.cancelled"]},
    "Rotation": {"overlap_seconds": 86400},
    "NewReplay": {"endpoint_id": "ep_5f1c", "from": "beginning", "to": "now", "types": []},
}
"""A request body by its shape, of routes that are passed on."""

APPOINTMENT: dict[str, Any] = {
    "id": "apt_4q2x",
    "type": "appointment",
    "version": 1,
    "status": "scheduled",
    "service": {"id": "cut", "name": "Haircut", "option": None},
    "location_id": "main",
    "resources": [{"id": "ann", "kind": "staff", "name": "Ann Lee"}],
    "customer": {"id": "cus_8fk1", "name": "Joe Doe", "email": "joe@example.com", "phone": None},
    "start": "2026-03-02T15:00:00Z",
    "end": "2026-03-02T15:30:00Z",
    "tz": "America/New_York",
    "local_start": START,
    "busy": {"start": "2026-03-02T15:00:00Z", "end": "2026-03-02T15:30:00Z"},
    "original_start": "2026-03-02T15:00:00Z",
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-01T09:00:00Z",
    "position": "7.48213",
}

OUTCOME: dict[str, Any] = {
    "command_id": "booking-42",
    "source": "key:5f2c",
    "type": "BookAppointment",
    "result": "accepted",
    "position": "7.48213",
    "decided_at": "2026-03-01T09:00:00Z",
    "events": [{"id": "evt_1.7.48213", "type": "AppointmentBooked", "position": "7.48213"}],
    "appointment": APPOINTMENT,
}

PROBLEM_EXAMPLE: dict[str, Any] = {
    "type": "urn:slotkeeper:problem:slot_unavailable",
    "title": "Slot unavailable",
    "status": 409,
    "detail": "Ann Lee is booked 10:00-10:30.",
    "instance": "/v1/appointments",
    "code": "slot_unavailable",
    "command_id": "booking-43",
    "position": "7.48213",
    "blockers": [{"reason": "busy", "event_id": "evt_1.7.48213", "resource_id": "ann"}],
}
