"""The CloudEvents headers of a command: read whatever comes, write what can be read."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

import stored
from contracts import events as e
from contracts.envelope import (
    Envelope,
    Unreadable,
    command_headers,
    dead_headers,
    event_headers,
    header,
    outcome_headers,
    read_command,
)
from contracts.errors import Rejection

PLAIN = [("ce_id", b"c-1"), ("ce_source", b"desk-1"), ("ce_type", b"CheckIn")]


def test_what_is_written_is_what_is_read() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    written = command_headers(
        id="c-1", source="desk-1", type="CheckIn", time=noon, request_hash="abc", dry_run=True, imported=True,
        decide_before=noon, actor="staff:bob", traceparent="00-1-2-01", causation="c-0", correlation="c-0",
    )  # fmt: skip
    assert read_command(written) == Envelope(
        id="c-1", source="desk-1", type="CheckIn", time=noon, request_hash=b"abc", dry_run=True, imported=True,
        decide_before=noon, actor="staff:bob", traceparent="00-1-2-01", causation="c-0", correlation="c-0",
    )  # fmt: skip


def test_three_headers_are_enough() -> None:
    assert read_command(PLAIN) == Envelope(id="c-1", source="desk-1", type="CheckIn")


@pytest.mark.parametrize("missing", ["ce_id", "ce_source", "ce_type"])
def test_without_one_of_them_the_command_is_unreadable_and_says_which(missing: str) -> None:
    read = read_command([pair for pair in PLAIN if pair[0] != missing])
    assert isinstance(read, Unreadable)
    assert read.rejection.field == missing
    assert [read.id, read.source, read.type].count(None) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_specversion", b"2.0"), ("ce_dataversion", b"one"), ("ce_dataversion", "²".encode()), ("ce_time", b"noon"),
        ("ce_decidebefore", b"2026-03-02T12:00:00"), ("ce_id", b"x" * 256), ("ce_source", b"a\x00b"),
        ("ce_actor", b"a\x00b"), ("ce_causation", b"x" * 256),
        ("ce_dataversion", b"1" * 5000), ("ce_time", b"0001-01-01T00:00:00+23:59"),
    ],
)  # fmt: skip
def test_nonsense_in_a_header_is_refused_by_its_name(name: str, value: bytes) -> None:
    read = read_command([*(pair for pair in PLAIN if pair[0] != name), (name, value)])
    assert isinstance(read, Unreadable)
    assert (read.rejection.code, read.rejection.field) == ("invalid_command", name)


KNOWN = st.sampled_from(
    ["ce_id", "ce_source", "ce_type", "ce_time", "ce_dataversion", "ce_specversion", "ce_decidebefore", "ce_dryrun"]
)


@given(st.lists(st.tuples(KNOWN | st.text(max_size=5), st.binary(max_size=30) | st.text(max_size=30).map(str.encode))))
def test_arbitrary_headers_never_raise(headers: list[tuple[str, bytes]]) -> None:
    assert isinstance(read_command(headers), Envelope | Unreadable)


@pytest.mark.parametrize("bad", [b"x" * 256, b"a\x00b"])
def test_an_id_that_cannot_be_stored_is_no_id(bad: bytes) -> None:
    read = read_command([("ce_id", bad), *PLAIN[1:]])
    assert isinstance(read, Unreadable)
    assert (read.id, read.source) == (None, "desk-1")


def test_an_event_says_where_it_stands_without_being_parsed() -> None:
    headers = event_headers(stored.record(e.AppointmentCheckedIn()))
    assert header(headers, "pos") == b"48213"
    assert header(headers, "era") == b"1"
    assert header(headers, "ce_subject") == b"appointment/apt_5f1c"
    assert header(headers, "ce_id") == b"evt_1.7.48213"


def test_an_outcome_can_be_picked_without_being_parsed() -> None:
    headers = outcome_headers(command_id="c-1", source="desk-1", type="CheckIn", pos=5, era=1)
    assert (header(headers, "ce_commandid"), header(headers, "ce_commandsource")) == (b"c-1", b"desk-1")


def test_a_dead_letter_keeps_its_headers_and_says_where_it_lay_and_why() -> None:
    reason = Rejection(code="invalid_command", field="ce_id", detail="The header ce_id is required.")
    headers = dead_headers(PLAIN, reason=reason, topic="slotkeeper.commands", partition=7, offset=12)
    assert headers[:3] == PLAIN
    assert (header(headers, "dead_partition"), header(headers, "dead_offset")) == (b"7", b"12")
    assert (header(headers, "dead_code"), header(headers, "dead_field")) == (b"invalid_command", b"ce_id")
