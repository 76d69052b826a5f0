"""Commands as senders write them: samples parse; whatever else arrives gets a refusal with field and rule."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import stored
from contracts.commands import BODY_LIMIT, COMMANDS, AddTimeOff, BookAppointment, Command, SetSchedule, parse, validate
from contracts.errors import STATUS, Rejection

SAMPLES = stored.commands()
BOOKING = SAMPLES["book_appointment_shortest"]["data"]
BAD_WINDOW = {"days": ["mon"], "start": "9", "end": "17:00"}
DOLLAR = {"amount_minor": 100, "currency": "USD"}
SESSION = {"service_id": "yoga", "start": "2026-03-02T10:00Z", "capacity": 5}
CUT = {"id": "cut", "name": "Cut", "duration_minutes": 30}
steady = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast the machine is says nothing about a command."""


def refusal(kind: str, data: Any) -> Rejection:
    answer = parse(kind, json.dumps(data).encode())
    assert isinstance(answer, Rejection), answer
    return answer


def accepted(kind: str, data: Any) -> Any:
    answer = parse(kind, json.dumps(data).encode())
    assert isinstance(answer, Command), answer
    return answer


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_command_is_understood(sample: dict[str, Any]) -> None:
    assert type(accepted(sample["type"], sample["data"])) is COMMANDS[sample["type"]]


def test_every_command_has_a_sample() -> None:
    assert {sample["type"] for sample in SAMPLES.values()} == set(COMMANDS)


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("AddTimeOff", {"resource_id": "ann", "start": "soon", "end": "2026-01-02"}, "start"),
        ("AddTimeOff", {"resource_id": "ann", "start": "2026-01-02", "end": "2026-01-02"}, "end"),
        ("AddTimeOff", {"resource_id": "ann", "start": "2026-01-02", "end": "2026-01-03T10:00Z"}, "end"),
        ("SetSchedule", {"resource_id": "ann", "weekly": [BAD_WINDOW]}, "weekly.0.start"),
        ("SetSchedule", {"resource_id": "ann", "weekly": [], "from": "2026-02-30"}, "from"),
        ("SetSchedule", {"resource_id": "ann", "weekly": [], "from": "2026-02-02", "until": "2026-02-02"}, "until"),
        ("BookAppointment", BOOKING | {"customer": {}}, "customer.id"),
        ("BookAppointment", BOOKING | {"override": True}, "reason"),
        ("BookAppointment", BOOKING | {"resources": ["ann", "ann"]}, "resources"),
        ("BookAppointment", BOOKING | {"custom_fields": {"size": [1]}}, "custom_fields.size"),
        ("BookAppointment", BOOKING | {"session_id": "yo ga"}, "session_id"),
        ("BookAppointment", {"start": "2026-03-02T10:00Z", "customer": {"id": "c"}}, "service_id"),
        ("DefineService", CUT | {"requires": []}, "requires"),
        ("DefineService", CUT | {"price": {"amount_minor": 1}}, "price.currency"),
        ("CancelAppointment", {"appointment_id": "apt_1", "refund": 1}, "refund"),
        ("ReviseAppointment", {"appointment_id": "apt_1", "status": "held"}, "status"),
        ("RecordPayment", {"appointment_id": "apt_1", "method": "card"}, "amount"),
        ("RecordPayment", {"appointment_id": "apt_1", "method": "cash", "credits": {"amount": 1}}, "credits"),
        ("RecordPayment", {"appointment_id": "apt_1", "method": "pass", "amount": DOLLAR}, "amount"),
        ("ApplyCoupon", {"appointment_id": "apt_1", "discount": DOLLAR}, "coupon_id"),
        ("UseCredits", {"appointment_id": "apt_1", "pass_id": "ten", "amount": 0}, "amount"),
        ("DefineService", CUT | {"tax": 0}, "tax"),
        ("ChangeCustomer", {"email": "joe@example.com"}, "customer_id"),
        ("ChangeCustomer", {"customer_id": "joe", "email": "nowhere"}, "email"),
        ("MergeCustomers", {"customer_id": "joe"}, "into"),
        ("SettleRefund", {"refund_id": "apt 1"}, "refund_id"),
        ("SetPolicies", {"scope": {"service_id": "cut", "location_id": "main"}}, "scope.service_id"),
        ("SetPolicies", {"refund_percent": 101}, "refund_percent"),
        ("ScheduleSession", SESSION | {"end": "2026-03-02T10:00Z"}, "end"),
        ("ScheduleSession", SESSION | {"end": "2026-03-03T10:01Z"}, "end"),
        ("ScheduleSession", SESSION | {"end": "2026-03-02T11:00Z", "duration_minutes": 60}, "duration_minutes"),
        ("ScheduleSession", SESSION | {"override": True}, "reason"),
        ("ScheduleSession", SESSION | {"capacity": 1001}, "capacity"),
        ("ChangeCapacity", {"session_id": "ses_1", "capacity": -1}, "capacity"),
        ("SetPolicies", {"quiet_hours": {"start": "9", "end": "17:00"}}, "quiet_hours.start"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field_as_the_sender_wrote_it(kind: str, data: Any, field: str) -> None:
    answer = refusal(kind, data)
    assert (answer.code, answer.field) == ("invalid_command", field)
    assert answer.detail.startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (BOOKING | {"colour": "red"}, "colour"),
        (BOOKING | {"customer": {"id": "c", "nick": "J"}}, "customer.nick"),
        (BOOKING | {"colour": "red", "seats": "many"}, "colour"),
    ],
)
def test_an_unknown_field_is_refused_by_name_before_any_other_fault(data: Any, field: str) -> None:
    answer = refusal("BookAppointment", data)
    assert (answer.code, answer.field) == ("unknown_field", field)


def test_a_policy_that_nothing_heeds_is_refused_by_name() -> None:
    answer = refusal("SetPolicies", {"min_notice_hours": None})
    assert (answer.code, answer.field) == ("unknown_field", "min_notice_hours")


def test_the_inner_name_of_a_field_is_unknown_outside() -> None:
    assert refusal("SetSchedule", {"resource_id": "ann", "weekly": [], "from_": "2026-01-01"}).field == "from_"
    assert accepted("SetSchedule", {"resource_id": "ann", "weekly": [], "from": "2026-01-01"}).from_ == date(2026, 1, 1)


@pytest.mark.parametrize(
    "members",
    [
        {"seats": "2"}, {"seats": True}, {"seats": 2.0}, {"seats": 0}, {"override": "true"}, {"override": 1},
        {"notify": {"customer": "no"}}, {"service_id": 5}, {"resources": "ann"}, {"start": 1772463600},
        {"notes": "a\x00b"}, {"customer": {"name": "a\x00b"}}, {"custom_fields": {"a\x00b": 1}},
        {"custom_fields": {"size": "a\x00b"}}, {"external_ids": {"legacy": "a\x00b"}}, {"source": "a\x00b"},
        {"tz": "a\x00b"}, {"notes": "x" * 4001}, {"custom_fields": {str(n): n for n in range(51)}},
        {"service_id": "a b"}, {"service_id": "a\n"}, {"service_id": "x" * 65}, {"customer": {"email": "joe"}},
    ],
    ids=str,
)  # fmt: skip
def test_nothing_is_coerced_and_no_bound_is_passed(members: dict[str, Any]) -> None:
    answer = refusal("BookAppointment", BOOKING | members)
    assert answer.code == "invalid_command"
    assert (answer.field or "").split(".")[0] == next(iter(members))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_also_where_a_lax_reader_let_it_in(number: float) -> None:
    answer = validate(BookAppointment, BOOKING | {"custom_fields": {"size": number}})
    assert isinstance(answer, Rejection)
    assert answer.field == "custom_fields.size"
    assert refusal("BookAppointment", BOOKING | {"custom_fields": {"size": number}}).code == "invalid_command"


# --- instants and dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    ["2026-03-02T10:00:00-05:00", "2026-03-02T15:00Z", "2026-03-02T16:30:00.0+01:30", "2026-03-02T15:00:00+0000"],
)
def test_an_instant_with_offset_becomes_utc(start: str) -> None:
    read = accepted("BookAppointment", BOOKING | {"start": start}).start
    assert (read, read.tzinfo) == (datetime(2026, 3, 2, 15, tzinfo=UTC), UTC)


def test_a_local_time_stays_local_for_the_decision_to_place() -> None:
    assert accepted("BookAppointment", BOOKING | {"start": "2026-03-02T10:00"}).start == datetime(2026, 3, 2, 10)


@pytest.mark.parametrize(
    ("start", "rule"),
    [
        ("2026-03-02T10:00:01Z", "whole minute"),
        ("2026-03-02T10:00:00.0000001Z", "whole minute"),
        ("2026-02-30T10:00:00Z", "no such date"),
        ("2026-03-02T24:00:00Z", "no such date"),
        ("2026-03-02T10:00:00+25:00", "no such date"),
        ("1970-01-01T00:00:00Z", "between 1971 and 2200"),
        ("9999-12-31T23:59:00-12:00", "between 1971 and 2200"),
        ("2026-03-02", "ISO 8601"),
        ("2026-W10-1T10:00", "ISO 8601"),
        ("٢٠٢٦-03-02T10:00:00Z", "ISO 8601"),
        ("2026-03-02T10:00:00Z\n", "ISO 8601"),
        ("", "ISO 8601"),
    ],
)
def test_a_start_that_cannot_lie_on_the_diary_is_refused_with_its_rule(start: str, rule: str) -> None:
    answer = refusal("BookAppointment", BOOKING | {"start": start})
    assert answer.field == "start"
    assert rule in answer.detail


def test_time_off_takes_whole_days_instants_or_local_times() -> None:
    days, hours, local = (
        accepted("AddTimeOff", SAMPLES[f"add_time_off_{kind}"]["data"]) for kind in ("days", "hours", "local")
    )
    assert (days.start, days.end) == (date(2026, 7, 1), date(2026, 7, 2))
    assert hours.start == datetime(2026, 7, 1, 16, tzinfo=UTC)
    assert (local.start, local.tz) == (datetime(2026, 7, 1, 12), "America/New_York")


def test_commands_built_in_code_take_dates_and_instants_as_they_are() -> None:
    assert SetSchedule(resource_id="ann", weekly=[], from_=date(2026, 1, 1)).from_ == date(2026, 1, 1)
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert AddTimeOff(resource_id="ann", start=noon, end=noon.replace(hour=13)).start == noon


# --- whatever arrives -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "body", "code"),
    [
        ("BookAppointment", b"", "invalid_command"),
        ("BookAppointment", b"\xff\xfe", "invalid_command"),
        ("BookAppointment", b'{"start": NaN}', "invalid_command"),
        ("BookAppointment", b"[" * 500_000, "invalid_command"),
        ("BookAppointment", b'{"a":' * 900 + b"1" + b"}" * 900, "unknown_field"),
        ("BookAppointment", b'{"notes":' + b"[" * 900 + b"]" * 900 + b"}", "invalid_command"),
        ("BookAppointment", b'{"notes": "\\ud800"}', "invalid_command"),
        ("BookAppointment", b"[]", "invalid_command"),
        ("BookAppointment", b" " * (BODY_LIMIT + 1), "too_large"),
        ("MakeCoffee", b"{}", "invalid_command"),
    ],
    ids=range(10),
)
def test_a_body_that_is_no_command_is_refused_with_a_short_answer(kind: str, body: bytes, code: str) -> None:
    answer = parse(kind, body)
    assert isinstance(answer, Rejection)
    assert answer.code == code
    assert 0 < len(answer.detail) < 500


def test_an_unknown_version_is_refused_by_the_header_that_names_it() -> None:
    answer = parse("CheckIn", b'{"appointment_id": "apt_1"}', version=2)
    assert isinstance(answer, Rejection)
    assert answer.field == "ce_dataversion"


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)
MEMBERS = sorted({alias for kind in COMMANDS.values() for alias in kind.model_json_schema()["properties"]})


def is_an_answer(answer: Command | Rejection) -> None:
    if isinstance(answer, Rejection):
        assert answer.code in STATUS
        assert answer.detail.strip()
        assert json.dumps(answer.to_error())


@steady
@given(kind=st.sampled_from(sorted(COMMANDS)), body=st.binary(max_size=200))
def test_arbitrary_bytes_are_answered_and_never_raise(kind: str, body: bytes) -> None:
    is_an_answer(parse(kind, body))


@steady
@given(kind=st.sampled_from(sorted(COMMANDS)), data=st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=6))
def test_arbitrary_members_are_answered_with_a_field_and_never_raise(kind: str, data: dict[str, Any]) -> None:
    answer = validate(COMMANDS[kind], data)
    is_an_answer(answer)
    if isinstance(answer, Rejection):
        assert answer.field
        assert answer.field.split(".")[0] in {*MEMBERS, *data}


@steady
@given(sample=st.sampled_from(sorted(SAMPLES)), member=st.sampled_from(MEMBERS), value=JSON)
def test_a_sample_with_one_member_spoiled_is_taken_or_that_member_blamed(sample: str, member: str, value: Any) -> None:
    whole = SAMPLES[sample]
    answer = validate(COMMANDS[whole["type"]], whole["data"] | {member: value})
    is_an_answer(answer)
    if isinstance(answer, Rejection):
        blamed = (answer.field or "").split(".")[0]
        assert blamed == member or answer.detail.split(": ")[1] in {
            "it lies after start.", "it lies after from.", "an override needs a reason.",
            "start and end are both dates, both instants with offset, or both local times.",
            "either amount or credits is given.", "the segments say that, each for itself.",
        }  # fmt: skip
