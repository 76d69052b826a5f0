"""Shapes that events once had: read as today's, folded to the same, told in the published schemas."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

import stored
from contracts import record, schemas
from contracts.appointment import Kept, fold
from contracts.events import EVENTS, AppointmentBooked, PaymentRecorded, RefundRequested, RefundSettled, RefundTerms
from contracts.past import PAST
from contracts.record import Record
from contracts.upcasts import UPCASTS
from contracts.values import Money

GOLDEN = Path(__file__).parent / "golden"
OLD = sorted(PAST)
DOLLARS = Money(amount_minor=6500, currency="USD")


def golden(event_type: str, version: int) -> bytes:
    return (GOLDEN / f"{event_type}.v{version}.json").read_bytes()


def test_every_past_version_has_its_step_and_its_shape() -> None:
    past = {(name, version) for name, kind in EVENTS.items() for version in range(1, kind.VERSION)}
    assert set(UPCASTS) == past == set(PAST)


@pytest.mark.parametrize(("name", "version"), OLD)
def test_the_past_shape_is_what_was_stored(name: str, version: int) -> None:
    data = msgspec.json.encode(msgspec.json.decode(golden(name, version))["data"])
    assert msgspec.json.encode(msgspec.json.decode(data, type=PAST[name, version])) == data


@pytest.mark.parametrize(("name", "version"), OLD)
def test_what_was_read_in_an_old_shape_is_written_again_in_the_present_one(name: str, version: int) -> None:
    """A read model that keeps records keeps them as they are read: what it says of the shape must be true of it."""
    read = record.decode(golden(name, version))
    again = record.decode(record.encode(read))
    assert (again.event, again.schema_version) == (read.event, EVENTS[name].VERSION)
    assert again.position == read.position


@pytest.mark.parametrize(("name", "version"), OLD)
def test_a_past_shape_is_published_beside_the_present_one(name: str, version: int) -> None:
    records = schemas.events()["$defs"]
    old, new = records[schemas.record_name(name, version)], records[f"{name}Record"]
    assert old["properties"]["schema_version"] == {"const": version}
    assert new["properties"]["schema_version"] == {"const": EVENTS[name].VERSION}
    assert old["properties"]["type"] == new["properties"]["type"] == {"const": name}
    assert old["properties"]["data"] != new["properties"]["data"]


# --- RefundRequested: who said so, then also by which policy ------------------------------------------------------


def refund(by: str, version: int) -> Record:
    """A refund as it was stored in that version, read back."""
    event = RefundRequested(refund_id="ref_1.apt_5f1c", amount=DOLLARS, reason=stored.SEALED)
    shape = msgspec.json.decode(record.encode(stored.record(event, version=3, pos=12)))
    said: dict[str, Any] = {"terms": {"by": by}} if version > 1 else {"by": by}
    data = {name: value for name, value in shape["data"].items() if name != "terms"} | said
    return record.decode(msgspec.json.encode(shape | {"schema_version": version, "data": data}))


@pytest.mark.parametrize("by", ["policy", "request"])
def test_who_asked_for_a_refund_of_the_first_version_is_known_and_not_the_policy(by: Any) -> None:
    read = refund(by, 1)
    assert read.event == RefundRequested(
        refund_id="ref_1.apt_5f1c", amount=DOLLARS, reason=stored.SEALED, terms=RefundTerms(by=by)
    )
    assert read.schema_version == 1


def test_the_golden_refund_of_the_first_version_was_by_policy() -> None:
    event = record.decode(golden("RefundRequested", 1)).event
    assert event == RefundRequested(
        refund_id="ref_1.apt_5f1c", amount=DOLLARS, reason=stored.SEALED, terms=RefundTerms(by="policy")
    )


def life(by: str, version: int) -> list[Record]:
    booked = AppointmentBooked(slot=stored.slot(), customer=stored.CUSTOMER, chosen=stored.CHOSEN)
    return [
        stored.record(booked, version=1, pos=10),
        stored.record(PaymentRecorded(payment_id="pay_1", method="card", amount=DOLLARS), version=2, pos=11),
        refund(by, version),
        stored.record(RefundSettled(refund_id="ref_1.apt_5f1c"), version=4, pos=13),
    ]


def folded(records: list[Record]) -> Kept | None:
    kept = None
    for one in records:
        kept = fold(kept, one)
    return kept


@pytest.mark.parametrize("by", ["policy", "request"])
def test_an_old_log_folds_to_the_same_as_a_new_one(by: str) -> None:
    old, new = folded(life(by, 1)), folded(life(by, 2))
    assert old == new
    assert old is not None
    assert old.appointment.payment.status == "refunded"
    assert old.appointment.payment.refunds[0].by == by
