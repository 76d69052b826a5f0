"""The lines of a file of commands: NDJSON (`{"id", "type", "data", "import"}`) or CSV with a heading.

In CSV the columns `id`, `type` and `import` are the command's own, every other is a member (`customer.email` one inside
another). A cell is text; where the command wants something else it is read as JSON, or as a list split at `;`.
A line without an id gets one from its place and text, so the same file sent again is the same commands.
"""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from contracts.commands import COMMANDS, validate
from contracts.errors import Rejection

TYPES = ", ".join(sorted(COMMANDS))


class Line(NamedTuple):
    """A command that can be sent."""

    number: int
    id: str
    type: str
    data: dict[str, Any]
    imported: bool


class Rejected(NamedTuple):
    """A line that was not accepted, by whom ever: what it was, and why."""

    number: int
    line: Any
    error: dict[str, Any]


def read(path: Path) -> Iterator[Line | Rejected]:
    """Every line that is not empty, checked as far as it can be without a diary."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".csv":
            for number, row in enumerate(csv.DictReader(file), 2):
                yield _checked(number, repr(sorted(row.items(), key=str)), _from_row(row))
            return
        for number, text in enumerate(file, 1):
            if text.strip():
                yield _from_text(number, text.strip())


def _from_text(number: int, text: str) -> Line | Rejected:
    try:
        item = orjson.loads(text)
    except orjson.JSONDecodeError as bad:
        return _refused(number, text, f"This is not JSON: {bad.msg}.")
    return _checked(number, text, item)


def _checked(number: int, text: str, item: Any) -> Line | Rejected:
    if not isinstance(item, dict) or not isinstance(item.get("data", {}), dict):
        return _refused(number, item, "A command is a JSON object with id, type and data.")
    kind = COMMANDS.get(str(item.get("type")))
    if kind is None:
        return _refused(number, item, f"type is one of {TYPES}.", "type")
    data = dict(item.get("data", {}))
    imported = bool(item.get("import", data.pop("import", False)))
    checked = validate(kind, data)
    if isinstance(checked, Rejection):
        return Rejected(number, item, checked.to_error())
    return Line(number, str(item.get("id") or _id_of(number, text)), kind.__name__, data, imported)


def _refused(number: int, line: Any, detail: str, field: str | None = None) -> Rejected:
    return Rejected(number, line, Rejection(code="invalid_command", detail=detail, field=field).to_error())


def _id_of(number: int, text: str) -> str:
    digest = hashlib.sha256(b"%d\0" % number + text.encode()).hexdigest()
    return f"line-{digest[:32]}"


# --- CSV --------------------------------------------------------------------------------------------------------------


def _from_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row in the shape of a line of NDJSON."""
    cells = {name: cell for name, cell in row.items() if name and isinstance(cell, str) and cell.strip()}
    own = {name: cells.pop(name) for name in ("id", "type") if name in cells}
    imported = cells.pop("import", "").strip().lower() in ("true", "1", "yes")
    return own | {"import": imported, "data": _typed(own.get("type", ""), cells)}


def _typed(type_name: str, cells: dict[str, str]) -> dict[str, Any]:
    """The members of a row, each as text first, and as something else where its command refuses text."""
    values: dict[str, Any] = dict(cells)
    kind = COMMANDS.get(type_name)
    for _ in cells:
        refused = validate(kind, nested(values)) if kind else None
        if not isinstance(refused, Rejection) or not isinstance(values.get(refused.field or ""), str):
            break
        values[refused.field or ""] = _other_than_text(values[refused.field or ""])
    return nested(values)


def _other_than_text(cell: str) -> Any:
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return [part.strip() for part in cell.split(";")]


def nested(cells: dict[str, Any]) -> dict[str, Any]:
    """`{"customer.email": …}` as `{"customer": {"email": …}}`."""
    found: dict[str, Any] = {}
    for name, value in cells.items():
        *outer, last = name.split(".")
        inside = found
        for step in outer:
            inside = inside.setdefault(step, {})
        inside[last] = value
    return found
