"""Samples: one event of every type with all its members set, records around them, and the sample command files."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from contracts import events as e
from contracts.personal import Sealed
from contracts.record import Record, event_id
from contracts.values import Actor, Chosen, CustomerRef, Money, Notify, ResourceRef, ServiceRef, SlotFacts, Span

COMMANDS = Path(__file__).parent / "contract" / "samples" / "commands"
APPOINTMENT = "appointment/apt_5f1c"
SERIES = "series/ser_9d2a"
SEALED = Sealed("cus_77.1.c2VhbGVkIGJ5IGhhbmQ")


def at(text: str) -> datetime:
    """An instant of 2 March 2026, UTC."""
    return datetime.fromisoformat(f"2026-03-02T{text}").replace(tzinfo=UTC)


def slot(start: str = "15:00", end: str = "15:30", *resources: ResourceRef, **members: Any) -> SlotFacts:
    """Ann's half hour in New York, or another's."""
    facts: dict[str, Any] = {
        "service": ServiceRef(id="cut", name="Haircut"),
        "location_id": "main",
        "resources": list(resources) or [ResourceRef(id="ann", kind="staff", name="Ann Lee")],
        "start": at(start),
        "end": at(end),
        "busy": Span(start=at(start), end=at(end)),
        "tz": "America/New_York",
        "local_start": "2026-03-02T10:00:00-05:00",
        "price": Money(amount_minor=6500, currency="USD"),
    }
    return SlotFacts(**facts | members)


CHOSEN = Chosen(strategy="none", candidates=2)
CUSTOMER = CustomerRef(id="cus_77", name=SEALED, email=SEALED, phone=None)
QUIET = Notify(customer=False, staff=True)
DETAILS = e.Details(
    notes=SEALED,
    internal_notes=None,
    custom_fields={"allergies": SEALED, "first visit": True},
    external_ids={"legacy": "4711"},
    source="online",
    coordinators=["bob"],
    notify=QUIET,
)
ROOM = ResourceRef(id="room1", kind="room", name="Room 1")
SESSION = "session/ses_5f1c"
WAITLIST = "waitlist/wai_77"
PREVIOUS = Span(start=at("14:00"), end=at("14:30"))

EVENTS: list[tuple[str, e.Event]] = [
    ("tenant/acme", e.TenantDefined(id="acme", name="Acme Clinics", default_location_id="main")),
    (
        "location/main",
        e.LocationDefined(id="main", name="Main Street", tz="America/New_York", primary=True, country="US"),
    ),
    (
        "service/cut",
        e.ServiceDefined(
            id="cut",
            name="Haircut",
            description="Wash and cut",
            duration_minutes=30,
            slot_step_minutes=15,
            buffer_after_minutes=10,
            price=Money(amount_minor=6500, currency="USD"),
            requires=[e.Requirement(kind="staff"), e.Requirement(kind="room")],
            options=[e.Option(id="long", name="Long hair", duration_minutes=45)],
        ),
    ),
    (
        "resource/ann",
        e.ResourceDefined(
            id="ann", kind="staff", name="Ann Lee", location_ids=["main"], service_ids=["cut"], email=SEALED
        ),
    ),
    (
        "resource/ann",
        e.ScheduleSet(
            resource_id="ann",
            weekly=[e.WeeklyWindow(days=["mon", "tue"], start="09:00", end="17:00")],
            from_=date(2026, 1, 1),
        ),
    ),
    (
        "resource/ann",
        e.ScheduleExceptionSet(
            resource_id="ann", date=date(2026, 12, 24), windows=[e.Window(start="09:00", end="12:00")]
        ),
    ),
    ("resource/ann", e.ScheduleExceptionCleared(resource_id="ann", date=date(2026, 12, 24))),
    (
        "resource/ann",
        e.TimeOffAdded(
            resource_id="ann",
            time_off_id="off_1",
            start_date=date(2026, 7, 1),
            end_date=date(2026, 7, 2),
            reason=Sealed("ann.1.aG9saWRheQ"),
        ),
    ),
    ("resource/ann", e.TimeOffRemoved(resource_id="ann", time_off_id="off_1")),
    (
        "customer/cus_77",
        e.CustomerRegistered(id="cus_77", name=SEALED, email=SEALED, phone=SEALED, language="en", email_key="9f2b"),
    ),
    ("customer/cus_77", e.CustomerLinked(id="cus_77", by="email")),
    (
        APPOINTMENT,
        e.AppointmentHeld(
            slot=slot(), owner="basket-17", expires_at=at("09:05:00.250"), chosen=CHOSEN, customer=CUSTOMER
        ),
    ),
    (APPOINTMENT, e.HoldExtended(expires_at=at("09:10"), extensions_left=0)),
    (APPOINTMENT, e.HoldReleased(reason=SEALED)),
    (APPOINTMENT, e.HoldExpired(expires_at=at("09:10"))),
    (
        APPOINTMENT,
        e.AppointmentRequested(
            slot=slot(), customer=CUSTOMER, details=DETAILS, chosen=CHOSEN, accept_until=at("12:00")
        ),
    ),
    (APPOINTMENT, e.RequestAccepted(notify=QUIET)),
    (APPOINTMENT, e.AppointmentDeclined(reason=SEALED)),
    (
        APPOINTMENT,
        e.AppointmentBooked(
            slot=slot(), customer=CUSTOMER, details=DETAILS, chosen=CHOSEN, override=True, override_reason=SEALED
        ),
    ),
    (APPOINTMENT, e.AppointmentConfirmed(notify=QUIET)),
    (
        APPOINTMENT,
        e.AppointmentRescheduled(
            slot=slot("16:00", "16:30"), previous=PREVIOUS, previous_resources=[ROOM], chosen=CHOSEN, reason=SEALED
        ),
    ),
    (
        APPOINTMENT,
        e.AppointmentReassigned(
            slot=slot("16:00", "16:30", ROOM), previous_resources=[ROOM], chosen=CHOSEN, reason=SEALED
        ),
    ),
    (APPOINTMENT, e.AppointmentCheckedIn()),
    (APPOINTMENT, e.AppointmentStarted()),
    (APPOINTMENT, e.AppointmentCompleted(reason=SEALED)),
    (APPOINTMENT, e.AppointmentNoShow(reason=SEALED)),
    (APPOINTMENT, e.AppointmentCancelled(reason=SEALED, refund="true", notify=QUIET)),
    (APPOINTMENT, e.AppointmentDetailsChanged(details=DETAILS)),
    (APPOINTMENT, e.ConfirmationUndone(reason=SEALED, sub_status="rang")),
    (APPOINTMENT, e.AppointmentOutcomeCorrected(outcome="no_show", reason=SEALED, sub_status="no word")),
    (APPOINTMENT, e.AppointmentReinstated(slot=slot(), chosen=CHOSEN, reason=SEALED, sub_status="rang", notify=QUIET)),
    (APPOINTMENT, e.AppointmentTombstoned(reason=SEALED)),
    (
        APPOINTMENT,
        e.PaymentRecorded(payment_id="pay_1", method="card", amount=Money(amount_minor=6500, currency="USD")),
    ),
    (
        APPOINTMENT,
        e.RefundRequested(
            refund_id="ref_1.apt_5f1c",
            amount=Money(amount_minor=6500, currency="USD"),
            reason=SEALED,
            terms=e.RefundTerms(by="policy", percent=50, until_minutes=120),
        ),
    ),
    (APPOINTMENT, e.RefundSettled(refund_id="ref_1.apt_5f1c")),
    (APPOINTMENT, e.CouponApplied(coupon_id="SPRING", discount=Money(amount_minor=1000, currency="USD"))),
    (APPOINTMENT, e.CreditsUsed(payment_id="pay_2", pass_id="ten-visits", amount=1)),
    (
        SESSION,
        e.SessionScheduled(
            slot=slot("15:00", "16:00"), capacity=5, chosen=CHOSEN, override=True, override_reason=SEALED
        ),
    ),
    (
        SESSION,
        e.SeatsTaken(
            appointment_id="apt_5f1c", seats=["seat_1", "seat_2"], expires_at=at("09:05:00.250"), owner="basket-17"
        ),
    ),
    (SESSION, e.SeatsReleased(appointment_id="apt_5f1c", seats=["seat_1", "seat_2"], why="lapsed")),
    (SESSION, e.CapacityChanged(capacity=8, previous=5)),
    (SESSION, e.SessionCancelled(reason=SEALED, notify=QUIET)),
    (
        WAITLIST,
        e.WaitlistJoined(
            service=ServiceRef(id="cut", name="Haircut"),
            location_id="main",
            customer=CUSTOMER,
            wants=e.Wants(from_=at("14:00"), to=at("18:00"), resources=["ann"]),
        ),
    ),
    (
        WAITLIST,
        e.WaitlistOffered(
            hold_id="apt_5f1c",
            start=at("15:00"),
            end=at("15:30"),
            expires_at=at("09:15:00.250"),
            until=at("09:25:00.250"),
            window_seconds=600,
            then=["wai_78"],
        ),
    ),
    (WAITLIST, e.WaitlistOfferLapsed(hold_id="apt_5f1c", why="claimed")),
    (WAITLIST, e.WaitlistOfferWithdrawn(hold_id="apt_5f1c", reason=SEALED)),
    (WAITLIST, e.WaitlistClaimed(appointment_id="apt_5f1c", hold_id="apt_5f1c")),
    (WAITLIST, e.WaitlistLeft(reason=SEALED)),
    ("customer/cus_77", e.CustomerBlocked(id="cus_77", reason=SEALED)),
    ("customer/cus_77", e.CustomerUnblocked(id="cus_77")),
    ("customer/cus_77", e.CustomerErased(id="cus_77")),
    (
        "customer/cus_77",
        e.CustomerChanged(
            id="cus_77",
            name=SEALED,
            email=SEALED,
            phone=SEALED,
            language="de",
            external_ids={"shop": SEALED},
            email_key="77aa",
            left_email_key="9f2b",
        ),
    ),
    ("customer/cus_77", e.CustomersMerged(id="cus_77", merged_ids=["cus_78", "cus_79"], email_keys=["c0de"])),
    (
        "service/cut",
        e.PoliciesSet(
            scope=e.Scope(service_id="cut"),
            policies=e.Policies(
                cancel_until_minutes=1440,
                refund_percent=50,
                refund_until_minutes=None,
                reminders=[e.Reminder(audience="customer", channel="sms", offset_minutes=120)],
                quiet_hours=e.QuietHours(start="21:00", end="08:00"),
                notify=QUIET,
            ),
        ),
    ),
    (
        SERIES,
        e.SeriesCreated(
            rrule="FREQ=WEEKLY;COUNT=3",
            exdates=["2026-03-09"],
            start=at("15:00"),
            tz="America/New_York",
            local_start="2026-03-02T10:00:00-05:00",
            on_conflict="skip",
            service_id="cut",
            location_id="main",
            customer_id="cus_77",
            appointment_ids=["apt_5f1c"],
        ),
    ),
    (
        SERIES,
        e.SeriesOccurrenceSkipped(
            start=at("15:00"),
            local_start="2026-03-02T10:00:00-05:00",
            reason="slot_unavailable",
            detail="Booked 10:00-10:30.",
            blocked_by=["evt_1.7.48213"],
        ),
    ),
    (
        SERIES,
        e.SeriesRescheduled(scope="this_and_following", shift_minutes=-60, appointment_ids=["apt_5f1c"], reason=SEALED),
    ),
    (SERIES, e.SeriesEnded()),
    ("location/main", e.LocationRetired(id="main")),
    ("service/cut", e.ServiceRetired(id="cut")),
    ("resource/ann", e.ResourceRetired(id="ann")),
    (
        "resource/ann",
        e.ResourceEligibilitySet(
            resource_id="ann",
            services=[e.Certified(service_id="cut", location_ids=["main"]), e.Certified(service_id="colour")],
        ),
    ),
    (
        "resource/ann",
        e.ExternalBusyImported(
            resource_id="ann",
            source="google",
            intervals=[
                e.BusySpan(start=at("10:00"), end=at("11:00")),
                e.BusySpan(start=at("12:00"), end=at("13:00"), type="tentative"),
            ],
            until=at("23:00"),
        ),
    ),
]


def record(event: e.Event, stream: str = APPOINTMENT, version: int = 1, pos: int = 48213, **members: Any) -> Record:
    """`event` at its place in the log: decided on 2 March 2026 at 09:00, unless `members` say otherwise."""
    facts: dict[str, Any] = {
        "event_id": event_id(1, 7, pos),
        "type": type(event).__name__,
        "schema_version": event.VERSION,
        "tenant": "acme",
        "stream": stream,
        "version": version,
        "part": 7,
        "pos": pos,
        "era": 1,
        "occurred_at": at("09:00"),
        "decided_at": at("09:00"),
        "actor": Actor(type="staff", id="bob"),
        "source": "desk-1",
        "command_id": "c-1",
        "causation_id": "c-1",
        "correlation_id": "c-1",
        "tzdata_version": "2026.6",
        "event": event,
    }
    return Record(**facts | members)


def commands() -> dict[str, dict[str, Any]]:
    """The sample command files: `{"type", "data"}` by file name."""
    return {path.stem: json.loads(path.read_bytes()) for path in sorted(COMMANDS.glob("*.json"))}
