"""The sample that a template is tried on before it is kept: an appointment of which nothing is missing."""

from datetime import UTC, datetime

from contracts.appointment import Appointment, Hold, Reschedules
from contracts.payment import Coupon, Payment, PaymentFact, Refund
from contracts.values import Credits, CustomerRef, Money, ResourceRef, ServiceRef, Span, Tax
from notification.rendering.facts import Facts
from notification.rendering.words import Mailbox

START, END = datetime(2026, 3, 2, 15, tzinfo=UTC), datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
THEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
BEFORE = datetime(2026, 3, 1, 16, tzinfo=UTC)

APPOINTMENT = Appointment(
    id="apt_1",
    version=3,
    status="scheduled",
    sub_status="prepared",
    service=ServiceRef(id="cut", name="Haircut", option="Long hair"),
    location_id="main",
    resources=[
        ResourceRef(id="ann", kind="staff", name="Ann Lee"),
        ResourceRef(id="room1", kind="room", name="Room 1"),
    ],
    coordinators=["cleo"],
    customer=CustomerRef(id="cus_1", name="Joe Doe", email="joe@example.com", phone="+1 555 0100"),
    start=START,
    end=END,
    tz="America/New_York",
    local_start="2026-03-02T10:00:00-05:00",
    busy=Span(start=START, end=END),
    session_id="ses_1",
    series_id="ser_1",
    visit_id="vis_1",
    original_start=BEFORE,
    reschedules=Reschedules(customer=1),
    hold=Hold(expires_at=THEN, kind="checkout", extensions_left=1),
    accept_until=THEN,
    price=Money(amount_minor=6500, currency="USD"),
    payment=Payment(
        status="partially_refunded",
        paid=Money(amount_minor=6500, currency="USD"),
        refunded=Money(amount_minor=500, currency="USD"),
        payments=[
            PaymentFact(id="pay_1", method="card", amount=Money(amount_minor=6500, currency="USD"), status="paid"),
            PaymentFact(id="pay_2", method="pass", credits=Credits(amount=1, pass_id="ten"), status="paid"),
        ],
        refunds=[Refund(id="ref_1", amount=Money(amount_minor=500, currency="USD"), status="refunded")],
        discount=Money(amount_minor=1000, currency="USD"),
        coupons=[Coupon(id="SPRING", discount=Money(amount_minor=1000, currency="USD"))],
    ),
    addons=[ServiceRef(id="tea", name="Tea")],
    tax=Tax(amount_minor=650, currency="USD", added_minor=650),
    notes="Please ring twice.",
    internal_notes="Likes tea.",
    custom_fields={"allergy": "none"},
    external_ids={"crm": "42"},
    source="online",
    reasons={"completed": "See you in spring.", "rescheduled": "Car broke down."},
    created_at=THEN,
    updated_at=THEN,
    confirmed_at=THEN,
    checked_in_at=THEN,
    started_at=THEN,
    completed_at=THEN,
    cancelled_at=THEN,
    position="7.48213",
)

FACTS: Facts = {
    "appointment": APPOINTMENT,
    "tenant": {"id": "acme", "name": "Acme Clinics"},
    "location": {"id": "main", "name": "Main Street", "tz": "America/New_York"},
    "recipient": Mailbox("joe@example.com", "Joe Doe"),
    "zone": "America/New_York",
    "previous": {"start": BEFORE, "end": BEFORE, "resources": [{"id": "bob", "kind": "staff", "name": "Bob Ray"}]},
    "reason": "Car broke down.",
    "expires_at": THEN,
    "organizer": Mailbox("desk@example.com", "Acme Clinics"),
    "sequence": 1,
    "links": {"manage": "https://example.com/m/1", "unsubscribe": "https://example.com/u/1"},
}
