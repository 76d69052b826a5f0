"""Custom fields: what a service defines is asked, checked by type, and nothing else is taken."""

from typing import Any

import pytest

from contracts import commands as c
from contracts import events as e
from contracts.errors import Rejection
from given import Scene, ann_works, booked, confirm_it, given, held, on_it, sent
from samples import book, service

FIELDS = [
    {"id": "size", "name": "Shoe size", "type": "number", "required": True},
    {"id": "first", "name": "First visit", "type": "boolean"},
    {"id": "born", "name": "Date of birth", "type": "date"},
    {"id": "wish", "name": "Anything else"},
]
WHOLE = {"size": 42, "first": True, "born": "1990-02-28", "wish": "quiet"}
DEFINED = sent(service(custom_fields=FIELDS))


def scene(*facts: Any) -> Scene:
    return given(DEFINED, ann_works("09:00-17:00"), *facts)


WRONG = [
    ({}, "invalid_command", "size"),
    ({"size": None}, "invalid_command", "size"),
    ({"size": "42"}, "invalid_command", "size"),
    ({"size": True}, "invalid_command", "size"),
    ({"size": 42, "first": "yes"}, "invalid_command", "first"),
    ({"size": 42, "first": 1}, "invalid_command", "first"),
    ({"size": 42, "born": "28.2.1990"}, "invalid_command", "born"),
    ({"size": 42, "born": "1990-02-30"}, "invalid_command", "born"),
    ({"size": 42, "wish": 3}, "invalid_command", "wish"),
    ({"size": 42, "colour": "red"}, "unknown_field", "colour"),
]


@pytest.mark.parametrize(("said", "code", "field"), WRONG)
def test_what_is_unknown_missing_or_of_another_type_is_refused_by_field(
    said: dict[str, Any], code: str, field: str
) -> None:
    scene().when(book("10:00", custom_fields=said)).then_refused(code, f"custom_fields.{field}")


@pytest.mark.parametrize("said", [WHOLE, {"size": 42.5}, {"size": 0, "wish": None, "first": False}])
def test_what_is_defined_is_taken(said: dict[str, Any]) -> None:
    scene().when(book("10:00", custom_fields=said)).then_it(custom_fields=said)


def test_a_text_that_is_needed_is_not_empty() -> None:
    needed = sent(service(custom_fields=[{"id": "wish", "name": "Wish", "required": True}]))
    empty = given(needed, ann_works("09:00-17:00")).when(book("10:00", custom_fields={"wish": ""}))
    empty.then_refused("invalid_command", "custom_fields.wish")


def test_a_service_that_defines_none_takes_whatever_is_said() -> None:
    given(ann_works("09:00-17:00")).when(book("10:00", custom_fields={"colour": "red"})).then_it(
        custom_fields={"colour": "red"}
    )


def test_a_confirmed_hold_answers_them_too() -> None:
    held_slot = scene(held("10:00", by="A"))
    held_slot.when(confirm_it(owner="A")).then_refused("invalid_command", "custom_fields.size")
    held_slot.then_it(status="held").when(confirm_it(owner="A", custom_fields={"size": 42})).then_it(status="scheduled")


@pytest.mark.parametrize("kind", [c.ChangeDetails, c.ReviseAppointment])
def test_a_change_answers_them_as_a_whole(kind: type[c.OnAppointment]) -> None:
    changed = scene(booked("10:00", custom_fields=WHOLE))
    changed.when(on_it(kind, custom_fields={"wish": "loud"})).then_refused("invalid_command", "custom_fields.size")
    changed.when(on_it(kind, custom_fields=None)).then_refused("invalid_command", "custom_fields.size")
    changed.when(on_it(kind, notes="firm")).then_it(custom_fields=WHOLE, notes="firm")
    changed.when(on_it(kind, custom_fields={"size": 43})).then_it(custom_fields={"size": 43})


def test_what_was_booked_before_a_field_was_defined_stays_as_it_is() -> None:
    before = given(ann_works("09:00-17:00"), booked("10:00"), DEFINED)
    before.when(on_it(c.ConfirmAppointment)).then_it(status="confirmed", custom_fields={})


def test_history_is_taken_as_it_was() -> None:
    scene().when(book("10:00", custom_fields={"colour": "red"}), imported=True).then_it(custom_fields={"colour": "red"})


def test_the_same_definition_again_writes_nothing_also_where_it_has_no_fields() -> None:
    scene().when(service(custom_fields=FIELDS)).then_nothing()
    given().when(service(custom_fields=[])).then_nothing()
    scene().when(service()).then(e.ServiceDefined)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ([{"id": "a", "name": "A"}, {"id": "a", "name": "B"}], "custom_fields"),
        ([{"id": "a", "name": "A", "type": "colour"}], "custom_fields.0.type"),
        ([{"id": "a b", "name": "A"}], "custom_fields.0.id"),
        ([{"name": "A"}], "custom_fields.0.id"),
    ],
)
def test_a_definition_is_refused_by_its_field(fields: list[dict[str, Any]], field: str) -> None:
    refused = c.validate(c.DefineService, {"id": "x", "name": "X", "duration_minutes": 30, "custom_fields": fields})
    assert isinstance(refused, Rejection)
    assert (refused.code, refused.field) == ("invalid_command", field)
