"""`Retry-After`: how long a receiver asks to be left alone, in whole seconds or as an HTTP date."""

from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 86_400.0
"""A receiver may ask for a day; who asks for more gets a day."""


def retry_after(values: Iterable[str], now: datetime) -> float | None:
    """Seconds from `now`, by the first value that asks for a wait; none where all are invalid or past."""
    asked = (_seconds(value.strip(), now) for value in values)
    return next((min(seconds, LONGEST) for seconds in asked if seconds is not None and seconds > 0), None)


def _seconds(value: str, now: datetime) -> float | None:
    if value.isascii() and value.isdigit():
        return float(value[:400])
    try:
        then = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds()
