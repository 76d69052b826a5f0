"""Instants and money as a person reads them: in that person's zone, which is named, and in that person's language.

Days, times of day and zones are put into words once each: many appointments are on the same few days.
"""

from datetime import date as Date
from datetime import datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency, get_currency_precision, is_currency


def moment(at: datetime, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """`full` is all a message needs to say when; the rest are its parts, and `iso` is for machines."""
    local = at.astimezone(zone)
    day, clock = _day(local.date(), language), _clock(local.hour, local.minute, language)
    name = zone_name(local, zone, language)
    return {
        "full": f"{day['date']}, {clock} ({name})",
        **day,
        "time": clock,
        "zone": name,
        "zone_id": zone.key,
        "iso": local.isoformat(timespec="minutes"),
    }


@lru_cache(maxsize=4096)
def _day(date: Date, language: str) -> dict[str, str]:
    shapes = {"date": "full", "short_date": "medium", "weekday": "EEEE"}
    return {name: format_date(date, shape, locale=language) for name, shape in shapes.items()}


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, language: str) -> str:
    return _plain(format_time(time(hour, minute), "short", locale=language))


def zone_name(local: datetime, zone: ZoneInfo, language: str) -> str:
    """What people there call it at that time of the year; where they have no name for it, its id and offset."""
    name = _season_name(zone.key, local.utcoffset(), local.dst(), language)
    return f"{zone.key}, {name}" if name.startswith("GMT") and name != "GMT" else name


class _Season(tzinfo):
    """A zone with the offset that it has for a part of the year."""

    def __init__(self, key: str, offset: timedelta | None, dst: timedelta | None) -> None:
        self.key, self._offset, self._dst = key, offset, dst

    def utcoffset(self, at: datetime | None) -> timedelta | None:
        return self._offset

    def dst(self, at: datetime | None) -> timedelta | None:
        return self._dst

    def tzname(self, at: datetime | None) -> str:
        return self.key


@lru_cache(maxsize=4096)
def _season_name(key: str, offset: timedelta | None, dst: timedelta | None, language: str) -> str:
    return get_timezone_name(datetime(2000, 1, 1, tzinfo=_Season(key, offset, dst)), locale=language)


def money(price: dict[str, Any], language: str) -> dict[str, Any]:
    """A price as published, with its `text`."""
    currency, amount = str(price["currency"]), int(price["amount_minor"])
    if not is_currency(currency):
        return {"amount_minor": amount, "currency": currency, "text": f"{amount} {currency}"}
    text = format_currency(amount / 10 ** get_currency_precision(currency), currency, locale=language)
    return {"amount_minor": amount, "currency": currency, "text": _plain(text)}


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _plain(text: str) -> str:
    """Narrow and fixed spaces as plain ones: text messages have no others."""
    return text.replace("\u202f", " ").replace("\u00a0", " ")
