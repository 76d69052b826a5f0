"""Logging tells nothing personal, health says why not, and fault points strike at just the pass asked for."""

import pytest

from kit import fault
from kit.health import Health
from kit.logging import hide, where


def test_private_members_are_hidden() -> None:
    line = hide(None, "", {"event": "x", "email": "joe@example.com", "part": 3})
    assert line == {"event": "x", "email": "(private)", "part": 3}


def test_an_exception_is_told_by_type_and_place_and_not_by_its_words() -> None:
    try:
        raise ValueError("joe@example.com is no number")
    except ValueError as error:
        line = where(None, "", {"event": "x", "exc_info": error})
    assert line["error"] == "ValueError"
    assert "joe" not in str(line)
    assert line["where"][0].startswith("test_process_parts.py:")


def test_a_process_is_ready_when_nothing_hinders_it() -> None:
    health = Health("partitions")
    assert not health.ready
    health.well("partitions")
    assert health.ready
    health.ill("clock", "far off")
    assert health.hindrances == {"clock": "far off"}


def test_a_fault_point_strikes_at_its_pass_and_once() -> None:
    with fault.raising("after_append:2"):
        fault.point("after_append")
        fault.point("before_append")
        with pytest.raises(fault.Fault):
            fault.point("after_append")
        fault.point("after_append")
    fault.point("after_append")


def test_a_misspelt_fault_point_is_an_error() -> None:
    with pytest.raises(ValueError, match="after_append"):
        fault.arm("after_apend")
