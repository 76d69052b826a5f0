"""Stored events stay readable for ever: a golden file per type and version, written once and never edited."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

import stored
from contracts import record
from contracts.events import EVENTS, TimeOffAdded
from contracts.personal import Sealed
from contracts.upcasts import UPCASTS

GOLDEN = Path(__file__).parent / "golden"
FILES = sorted(GOLDEN.glob("*.json"))


def golden(event_type: str, version: int = 1) -> bytes:
    return (GOLDEN / f"{event_type}.v{version}.json").read_bytes()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_stored_record_decodes_and_encodes_to_the_same_bytes(path: Path) -> None:
    state = path.read_bytes()
    read = record.decode(state)
    assert f"{read.type}.v{read.schema_version}" == path.stem
    if read.schema_version == EVENTS[read.type].VERSION:
        assert record.encode(read) == state


def test_every_type_has_a_golden_file_for_each_of_its_versions() -> None:
    registered = {f"{name}.v{n}" for name, kind in EVENTS.items() for n in range(1, kind.VERSION + 1)}
    assert {path.stem for path in FILES} == registered


def test_no_golden_file_was_edited() -> None:
    now = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in FILES)
    assert now == (GOLDEN / "digests.txt").read_text()


def test_the_golden_files_hold_sealed_and_absent_personal_members() -> None:
    registered = record.decode(golden("CustomerRegistered")).event
    assert isinstance(registered.name, Sealed)  # type: ignore[attr-defined]
    held = record.decode(golden("AppointmentHeld")).event
    assert held.customer.phone is None  # type: ignore[attr-defined]


def test_an_event_written_today_has_every_type() -> None:
    assert {type(event).__name__ for _, event in stored.EVENTS} == set(EVENTS)


def test_a_stored_event_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(KeyError, match="SomethingElse"):
        record.decode(golden("TimeOffAdded").replace(b'"TimeOffAdded"', b'"SomethingElse"'))


# --- upcasts, with an old version planted -----------------------------------------------------------------------


def oldest(shape: dict[str, Any]) -> bytes:
    """Time off as a first version might have had it."""
    whole = msgspec.json.decode(golden("TimeOffAdded"))
    return msgspec.json.encode(whole | {"data": shape})


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Version 1 called the id `id`, version 2 the reason `why`."""
    monkeypatch.setattr(TimeOffAdded, "VERSION", 3)
    first = {"id": "time_off_id"}
    second = {"why": "reason"}
    for version, renamed in ((1, first), (2, second)):
        step = lambda shape, names=renamed: {names.get(name, name): value for name, value in shape.items()}  # noqa: E731
        monkeypatch.setitem(UPCASTS, ("TimeOffAdded", version), step)


@pytest.mark.usefixtures("third_version")
def test_an_old_version_is_read_through_every_step_to_the_present_one() -> None:
    read = record.decode(oldest({"resource_id": "ann", "id": "off_1", "why": {"sealed": "ann.1.eA"}}))
    assert read.event == TimeOffAdded(resource_id="ann", time_off_id="off_1", reason=Sealed("ann.1.eA"))
    assert read.schema_version == 1


@pytest.mark.usefixtures("third_version")
def test_a_middle_version_takes_only_the_steps_after_it() -> None:
    state = oldest({"resource_id": "ann", "time_off_id": "off_1", "why": None})
    read = record.decode(state.replace(b'"schema_version":1', b'"schema_version":2'))
    assert read.event == TimeOffAdded(resource_id="ann", time_off_id="off_1")


@pytest.mark.usefixtures("third_version")
def test_a_missing_step_is_an_error_and_never_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(UPCASTS, ("TimeOffAdded", 2))
    with pytest.raises(KeyError):
        record.decode(oldest({"resource_id": "ann", "id": "off_1"}))


def test_a_version_of_a_newer_release_is_refused() -> None:
    with pytest.raises(ValueError, match="newer release"):
        record.decode(golden("TimeOffAdded").replace(b'"schema_version":1', b'"schema_version":2'))
