"""Files of commands: NDJSON and CSV to the same commands; what cannot be one is a reject with its line."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.lines import Line, Rejected, nested, read

BOOKING = {
    "service_id": "cut",
    "start": "2031-03-03T10:00:00-05:00",
    "resources": ["ann", "room1"],
    "seats": 2,
    "customer": {"name": "Joe Doe", "phone": "5551234"},
}


def of(tmp_path: Path, name: str, text: str) -> list[Any]:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return list(read(file))


def ndjson(*items: Any) -> str:
    return "\n".join(item if isinstance(item, str) else orjson.dumps(item).decode() for item in items)


def test_a_line_of_ndjson_is_a_command(tmp_path: Path) -> None:
    item = {"id": "b-1", "type": "BookAppointment", "data": BOOKING, "import": True}
    assert of(tmp_path, "a.ndjson", ndjson(item, "")) == [Line(1, "b-1", "BookAppointment", BOOKING, True)]


def test_a_row_of_csv_is_the_same_command(tmp_path: Path) -> None:
    heading = "id,type,import,service_id,start,resources,seats,customer.name,customer.phone,notes"
    row = "b-1,BookAppointment,true,cut,2031-03-03T10:00:00-05:00,ann;room1,2,Joe Doe,5551234,"
    assert of(tmp_path, "a.csv", f"{heading}\n{row}\n") == [Line(2, "b-1", "BookAppointment", BOOKING, True)]


def test_cells_stay_text_where_text_is_wanted_and_become_lists_numbers_and_objects_elsewhere(tmp_path: Path) -> None:
    heading = "type,id,resource_id,weekly,layer"
    row = 'SetSchedule,s,7,"[{""days"": [""mon""], ""start"": ""09:00"", ""end"": ""17:00""}]",10'
    (line,) = of(tmp_path, "a.csv", f"{heading}\n{row}\n")
    assert line.data == {
        "resource_id": "7",
        "weekly": [{"days": ["mon"], "start": "09:00", "end": "17:00"}],
        "layer": 10,
    }


@pytest.mark.parametrize(
    ("line", "code", "field"),
    [
        ("{not json", "invalid_command", None),
        ("[1]", "invalid_command", None),
        ('{"type": "Dance"}', "invalid_command", "type"),
        ('{"type": "BookAppointment", "data": 7}', "invalid_command", None),
        ('{"type": "RegisterCustomer", "data": {"colour": "red"}}', "unknown_field", "colour"),
        ('{"type": "RegisterCustomer", "data": {"name": 7}}', "invalid_command", "name"),
    ],
)
def test_what_cannot_be_sent_is_a_reject_with_line_and_reason(
    tmp_path: Path, line: str, code: str, field: str | None
) -> None:
    good = {"id": "x", "type": "RegisterCustomer", "data": {"name": "Joe"}}
    first, rejected, last = of(tmp_path, "a.ndjson", ndjson(good, line, good))
    assert isinstance(first, Line)
    assert isinstance(last, Line)
    assert isinstance(rejected, Rejected)
    assert (rejected.number, rejected.error["code"], rejected.error.get("field")) == (2, code, field)


def test_lines_without_an_id_get_one_that_is_the_same_when_sent_again_and_differs_by_line(tmp_path: Path) -> None:
    item = {"type": "RegisterCustomer", "data": {"name": "Joe"}}
    once, again = (of(tmp_path, "a.ndjson", ndjson(item, item)) for _ in range(2))
    assert once == again
    assert once[0].id != once[1].id


def test_names_with_dots_are_members_inside_others() -> None:
    assert nested({"a": 1, "b.c": 2, "b.d.e": 3}) == {"a": 1, "b": {"c": 2, "d": {"e": 3}}}
