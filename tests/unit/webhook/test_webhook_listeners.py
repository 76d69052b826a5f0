"""Who hears of what: by type, and by every filter that names anything."""

from typing import Any

import pytest

import samples
from contracts.public_events import PublicEvent
from webhook.listeners import Listener

NOW = samples.instant("10:00")


def listener(**members: Any) -> Listener:
    whole: dict[str, Any] = {
        "id": "ep_1", "tenant": samples.TENANT, "changed_at": NOW, "ordered": True, "types": ["appointment.*"],
        "location_ids": [], "service_ids": [], "resource_ids": [], "schedule": None, "from_pos": 0,
    }  # fmt: skip
    return Listener(**whole | members)


def event(type: str = "appointment.created", **members: Any) -> PublicEvent:
    whole: dict[str, Any] = {
        "webhook_id": "msg_a", "tenant": samples.TENANT, "stream": "appointment/apt_1", "sequence": 1,
        "event_id": "evt_1.7.1", "position": "7.1", "timestamp": NOW, "data": {}, "location_id": "main",
        "service_id": "cut", "resource_ids": ("ann", "room1"),
    }  # fmt: skip
    return PublicEvent(type=type, **whole | members)


@pytest.mark.parametrize(
    ("types", "heard"),
    [
        (["appointment.created"], True),
        (["appointment.*"], True),
        (["*"], True),
        (["appointment.cancelled", "appointment.created"], True),
        (["appointment.cancelled"], False),
        (["refund.*"], False),
    ],
)
def test_types_are_named_whole_or_by_their_beginning(types: list[str], heard: bool) -> None:
    assert listener(types=types).hears(event()) is heard


def test_what_is_about_endpoints_is_no_part_of_everything() -> None:
    notice = event("endpoint.disabled", location_id=None, service_id=None, resource_ids=())
    assert not listener(types=["*"]).hears(notice)
    assert listener(types=["endpoint.*"], location_ids=["main"]).hears(notice)


@pytest.mark.parametrize(
    ("filters", "heard"),
    [
        ({"location_ids": ["main", "other"]}, True),
        ({"location_ids": ["other"]}, False),
        ({"service_ids": ["cut"]}, True),
        ({"service_ids": ["colour"]}, False),
        ({"resource_ids": ["bob", "ann"]}, True),
        ({"resource_ids": ["bob"]}, False),
        ({"location_ids": ["main"], "service_ids": ["cut"], "resource_ids": ["room1"]}, True),
        ({"location_ids": ["main"], "service_ids": ["colour"], "resource_ids": ["room1"]}, False),
    ],
)
def test_every_filter_that_names_anything_must_let_it_through(filters: dict[str, list[str]], heard: bool) -> None:
    assert listener(**filters).hears(event()) is heard


def test_the_first_attempt_is_due_at_once_unless_the_schedule_says_otherwise() -> None:
    assert listener().first_due("msg_a", NOW) == NOW
    assert listener(schedule=[60]).first_due("msg_a", NOW) > NOW
