"""Details: what a booking says beside its slot, changed member by member, sealed texts carried as they are."""

import pytest
from msgspec.structs import replace

from contracts import commands as c
from contracts import events as e
from contracts.personal import Sealed
from given import Scene, What, after, ann_works, booked, given, held, on_it
from samples import instant

FULL: dict[str, object] = {
    "notes": "firm", "internal_notes": "VIP", "custom_fields": {"allergies": "nuts"}, "external_ids": {"old": "7"},
    "coordinators": ["cho"],
}  # fmt: skip
EMPTY: dict[str, object] = {
    "notes": None,
    "internal_notes": None,
    "custom_fields": {},
    "external_ids": {},
    "coordinators": [],
}


def change(**members: object) -> What:
    return on_it(c.ChangeDetails, **members)


def scene(**members: object) -> Scene:
    return given(ann_works("09:00-17:00"), booked("10:00", **members))


@pytest.mark.parametrize("name", FULL)
def test_each_detail_changes_alone(name: str) -> None:
    changed = scene(source="online").when(change(**{name: FULL[name]}))
    changed.then(e.AppointmentDetailsChanged).then_it(**EMPTY | {name: FULL[name]}, source="online", version=2)


@pytest.mark.parametrize("name", FULL)
def test_null_empties_a_detail(name: str) -> None:
    scene(**FULL).when(change(**{name: None})).then_it(**FULL | {name: EMPTY[name]})


def test_what_says_the_same_writes_nothing() -> None:
    scene(**FULL).when(change(external_ids={"old": "7"}, coordinators=["cho"])).then_nothing()
    scene(**FULL).when(change()).then_nothing()


def test_a_sealed_text_is_carried_on_sealed() -> None:
    """In the log every text is sealed, and a decision cannot open one."""
    sealed, opened = Sealed("cus_1.1.eA"), scene(notes="firm")
    kept = opened.clinic.state.kept
    ((stream, was),) = kept.items()
    kept[stream] = replace(was, appointment=replace(was.appointment, notes=sealed))
    opened.when(change(internal_notes="VIP")).then_it(notes=sealed, internal_notes="VIP")


def test_slot_status_and_history_stay() -> None:
    changed = scene().when(change(notes="firm"))
    changed.then_it(status="scheduled", start=instant("10:00"), original_start=instant("10:00"))


@pytest.mark.parametrize("kind", [c.CancelAppointment, c.MarkNoShow])
def test_what_is_over_can_still_be_noted_on(kind: type[c.Transition]) -> None:
    over = given(ann_works("09:00-17:00"), booked("10:00"), after(on_it(kind)))
    over.when(change(internal_notes="rang twice")).then_it(internal_notes="rang twice")


def test_a_hold_has_no_details() -> None:
    kept = given(ann_works("09:00-17:00"), held("10:00", by="desk"))
    kept.when(change(notes="firm")).then_illegal("held", "held", ["cancelled", "requested", "scheduled"])


def test_the_version_expected_is_the_one_changed() -> None:
    scene().when(change(notes="firm", expected_version=2)).then_refused("version_conflict", version=1)
