"""Field types of commands: the checks that a value passes before any decision sees it, each with its rule.

Nothing is coerced: a number in quotes is no number, `1` is no `true`, text holds no NUL (PostgreSQL takes none).
Instants with an offset become UTC here; a local time stays naive until the decision places it in its zone.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator, StringConstraints, WithJsonSchema

CLEAN = r"^[^\x00]*$"
ID = r"^[A-Za-z0-9_.\-]{1,64}$"
WALL_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
EMAIL = r"^[^@\s\x00]+@[^@\s\x00]+$"
CURRENCY = r"^[A-Z]{3}$"
COUNTRY = r"^[A-Z]{2}$"

RULES: dict[str, str] = {
    CLEAN: "text holds no NUL character",
    ID: "an id has 1 to 64 letters, digits, dots, hyphens or underscores",
    WALL_TIME: "a time of day is written HH:MM, from 00:00 to 24:00",
    EMAIL: "an e-mail address has one @ and no spaces",
    CURRENCY: "a currency is three capital letters (ISO 4217)",
    COUNTRY: "a country is two capital letters (ISO 3166)",
}
"""What each pattern means, for the one who broke it."""

Id = Annotated[str, StringConstraints(pattern=ID)]
"""An id, ours or the caller's."""

Text = Annotated[str, StringConstraints(max_length=200, min_length=1, pattern=CLEAN)]
LongText = Annotated[str, StringConstraints(max_length=4000, pattern=CLEAN)]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=CLEAN)]
Language = Annotated[str, StringConstraints(max_length=35, pattern=CLEAN)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=254, pattern=EMAIL)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]
Country = Annotated[str, StringConstraints(pattern=COUNTRY)]
WallTime = Annotated[str, StringConstraints(pattern=WALL_TIME)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Minutes = Annotated[int, Field(ge=0, le=1440)]
Duration = Annotated[int, Field(ge=1, le=1440)]
Period = Annotated[int, Field(ge=0, le=525_600)]
"""Minutes, up to a year."""

_INSTANT = re.compile(
    r"([0-9]{4})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"
    r"(?::([0-9]{2}(?:\.[0-9]+)?))?"  # seconds
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"  # offset
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
FIRST_YEAR, LAST_YEAR = 1971, 2200


def _start(value: Any) -> datetime:
    """An instant with offset, in UTC, or a local time; on the diary there are whole minutes only."""
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str) or not (shape := _INSTANT.fullmatch(text)):
        raise ValueError("an ISO 8601 date and time is needed, such as 2026-03-02T10:00:00-05:00")
    if (shape[2] or "").strip("0."):
        raise ValueError("an instant on the diary is a whole minute: no seconds")
    _in_range(int(shape[1]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such date and time") from None
    return moment.astimezone(UTC) if shape[3] else moment


def _local_date(value: Any) -> date:
    text = value.isoformat() if isinstance(value, date) else value
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        raise ValueError("a date is written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such date") from None


def _diary_date(value: Any) -> date:
    day = _local_date(value)
    _in_range(day.year)
    return day


def _in_range(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the year lies between {FIRST_YEAR} and {LAST_YEAR}")


def _start_or_date(value: Any) -> datetime | date:
    if isinstance(value, str) and _DATE.fullmatch(value):
        return _diary_date(value)
    return _start(value)


def _parsed(parse: Callable[[Any], Any], *formats: str) -> tuple[PlainValidator, WithJsonSchema]:
    shapes = [{"type": "string", "format": name} for name in formats]
    return PlainValidator(parse), WithJsonSchema(shapes[0] if len(shapes) == 1 else {"anyOf": shapes})


Start = Annotated[datetime, *_parsed(_start, "date-time")]
"""An instant with offset, or a local time that `tz` places; whole minutes."""

StartOrDate = Annotated[datetime | date, *_parsed(_start_or_date, "date-time", "date")]
LocalDate = Annotated[date, *_parsed(_local_date, "date")]
DiaryDate = Annotated[date, *_parsed(_diary_date, "date")]
"""A local date that something on the diary belongs to."""


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("each is named once")
    return values


Resources = Annotated[list[Id], Field(max_length=50), AfterValidator(_distinct)]
Ids = Annotated[list[Id], Field(max_length=1000), AfterValidator(_distinct)]
Number = Annotated[int, Field(ge=-(2**53), le=2**53)]
"""A whole number that every JSON reader can hold."""

CustomFields = Annotated[
    dict[Text, Annotated[str, StringConstraints(max_length=2000, pattern=CLEAN)] | Number | float | bool | None],
    Field(max_length=50),
]
ExternalIds = Annotated[dict[Text, Text], Field(max_length=50)]
