"""Instants and money as a person reads them: in that person's zone, which is named, and in that person's language."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name
from babel.numbers import format_currency, get_currency_precision, is_currency


def moment(at: datetime, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """`full` is all a message needs to say when; the rest are its parts, and `iso` is for machines."""
    local = at.astimezone(zone)
    date, time = format_date(local, "full", locale=language), _plain(format_time(local, "short", locale=language))
    name = zone_name(local, zone, language)
    return {
        "full": f"{date}, {time} ({name})",
        "date": date,
        "short_date": format_date(local, "medium", locale=language),
        "weekday": format_date(local, "EEEE", locale=language),
        "time": time,
        "zone": name,
        "zone_id": zone.key,
        "iso": local.isoformat(timespec="minutes"),
    }


def zone_name(local: datetime, zone: ZoneInfo, language: str) -> str:
    """What people there call it at that time of the year; where they have no name for it, its id and offset."""
    name = get_timezone_name(local, locale=language)
    return f"{zone.key}, {name}" if name.startswith("GMT") and name != "GMT" else name


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
