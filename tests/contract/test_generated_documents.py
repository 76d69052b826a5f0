"""The generated documents agree with the code, and with each other."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from jsonschema import Draft202012Validator

import stored
from cli import docs
from contracts import asyncapi, envelope, schemas
from contracts.commands import COMMANDS
from contracts.events import AppointmentCheckedIn
from contracts.routing import Topics

GOLDEN = Path(__file__).parent / "golden"
SCHEMAS = schemas.documents()
BUS = asyncapi.document("0.1.0")
STRUCTURE = json.loads((Path(__file__).parent / "asyncapi-3.0-structure.json").read_text())


def validator(document: str, name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMAS[document]["$defs"]})


def resolved(reference: str) -> Any:
    """What a `$ref` of the bus description points at, there or in a schema document."""
    file, _, path = reference.partition("#/")
    here: Any = SCHEMAS[file.removeprefix("./schemas/")] if file else BUS
    for step in path.split("/"):
        here = here[step]
    return here


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        here = [part["$ref"]] if "$ref" in part else []
        return here + [found for value in part.values() for found in references(value)]
    return [found for value in part for found in references(value)] if isinstance(part, list) else []


# --- checked in -------------------------------------------------------------------------------------------------


def test_the_checked_in_documents_are_what_the_code_says() -> None:
    assert docs.differing(docs.DOCS) == []


def test_a_difference_is_named_and_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert docs.main(["--folder", str(tmp_path)]) == 0
    stale = tmp_path / "schemas" / "outcome.json"
    stale.write_text("{}")
    (tmp_path / "schemas" / "forgotten.json").write_text("{}")
    capsys.readouterr()
    assert docs.main(["--folder", str(tmp_path), "--check"]) == 1
    said = capsys.readouterr().out.splitlines()
    assert [line.split("/", 1)[1] for line in said] == ["schemas/outcome.json", "schemas/forgotten.json"]
    assert stale.read_text() == "{}"


def test_writing_puts_right_what_differs(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "forgotten.json").write_text("{}")
    assert docs.main(["--folder", str(tmp_path)]) == 0
    assert docs.main(["--folder", str(tmp_path), "--check"]) == 0
    assert not (tmp_path / "schemas" / "forgotten.json").exists()


# --- schemas ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_document_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("sample", stored.commands().values(), ids=stored.commands())
def test_a_sample_command_satisfies_its_schema(sample: dict[str, Any]) -> None:
    validator("commands.json", sample["type"]).validate(sample["data"])


def test_the_schema_of_a_command_refuses_what_the_command_refuses() -> None:
    errors = validator("commands.json", "CheckIn").iter_errors({"appointment_id": "no spaces", "colour": "red"})
    assert {error.validator for error in errors} == {"pattern", "additionalProperties"}


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.json")), ids=lambda path: path.stem)
def test_a_stored_record_satisfies_its_schema(path: Path) -> None:
    read = msgspec.json.decode(path.read_bytes())
    shape = schemas.record_name(read["type"], read["schema_version"])
    validator("events.json", shape).validate(read)
    spoiled = read | {"pos": "first"}
    assert not validator("events.json", shape).is_valid(spoiled)


@pytest.mark.parametrize("name", ["accepted", "rejected"])
def test_an_outcome_satisfies_its_schema(name: str) -> None:
    written = json.loads((Path(__file__).parent / "samples" / "outcomes" / f"{name}.json").read_bytes())
    validator("outcome.json", "Outcome").validate(written)


def test_personal_members_are_marked() -> None:
    email = SCHEMAS["events.json"]["$defs"]["CustomerRegistered"]["properties"]["email"]
    assert email["x-personal"] is True


# --- the bus ----------------------------------------------------------------------------------------------------


def test_the_bus_description_has_the_structure_of_asyncapi_3() -> None:
    Draft202012Validator(STRUCTURE).validate(BUS)
    assert ApplicationSchema.model_validate(BUS).asyncapi == "3.0.0"


@pytest.mark.parametrize("spoil", ["asyncapi", "info", "channels"])
def test_the_structure_notices_what_is_missing(spoil: str) -> None:
    assert not Draft202012Validator(STRUCTURE).is_valid({key: part for key, part in BUS.items() if key != spoil})


def test_every_reference_leads_somewhere() -> None:
    found = references(BUS)
    assert len(found) > 100
    assert all(resolved(reference) for reference in found)


def test_the_channels_are_the_topics_and_name_every_message() -> None:
    topics = Topics()
    addresses = [channel["address"] for channel in BUS["channels"].values()]
    assert addresses == [topics.commands, topics.outcomes, topics.events, topics.dead]
    assert set(BUS["channels"]["commands"]["messages"]) == set(COMMANDS)
    named = {name for channel in BUS["channels"].values() for name in channel["messages"]}
    assert named == set(BUS["components"]["messages"])


def test_the_headers_described_are_the_headers_sent() -> None:
    record = stored.record(AppointmentCheckedIn())
    now = record.decided_at
    command = envelope.command_headers(
        id="c", source="s", type="CheckIn", time=now, request_hash="h", dry_run=True, imported=True, decide_before=now,
        actor="a:b", traceparent="t", causation="c", correlation="c",
    )  # fmt: skip
    sent = {
        "commandHeaders": command,
        "eventHeaders": envelope.event_headers(record),
        "outcomeHeaders": envelope.outcome_headers(
            command_id="c", source="s", type="CheckIn", pos=1, era=1, request_hash=b"h"
        ),
    }
    optional = {"commandHeaders": {"ce_dataversion"}}
    for name, headers in sent.items():
        schema = BUS["components"]["schemas"][name]
        values = {key: value.decode() for key, value in headers}
        assert set(schema["properties"]) == set(values) | optional.get(name, set())
        Draft202012Validator(schema).validate(values)


def test_the_command_headers_described_are_those_that_are_read() -> None:
    described = BUS["components"]["schemas"]["commandHeaders"]["properties"]
    assert set(described) == {*envelope.COMMAND_HEADERS, "content-type"}


def test_the_description_reads_back_from_its_file() -> None:
    assert yaml.safe_load(docs.documents()["asyncapi.yaml"])["channels"] == BUS["channels"]
