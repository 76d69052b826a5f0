"""Occurrences: what is known of a series, and which of its appointments a command is about.

The series names its appointments; each of them tells its own life. What has begun or ended is left alone.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from msgspec.structs import replace

from booking.change import Change, appointment_stream, customer_stream
from booking.refusals import not_found
from booking.state import FOLDS
from booking.view import View
from contracts.appointment import Kept
from contracts.commands import BODY_LIMIT, OnAppointment
from contracts.errors import Rejection
from contracts.events import Event, SeriesCreated, SeriesEnded
from contracts.record import Record
from contracts.series import OnSeries
from scheduling.sessions import StreamsNotLoaded

Refusal = tuple[datetime, Rejection]
"""Of one occurrence, with its start."""

TO_COME = frozenset({"requested", "scheduled", "confirmed"})
"""Whoever is here already, or has been, is no longer to come."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """`appointment_ids` in the order of the starts that the rule gave."""

    id: str
    customer_id: str
    appointment_ids: tuple[str, ...]
    ended: bool = False


def series_stream(series_id: str) -> str:
    return f"series/{series_id}"


def fold(series: Series | None, record: Record) -> Series | None:
    event = record.event
    if isinstance(event, SeriesCreated):
        id, made = record.stream.removeprefix("series/"), tuple(event.appointment_ids)
        return Series(id=id, customer_id=event.customer_id, appointment_ids=made)
    if isinstance(event, SeriesEnded) and series is not None:
        return replace(series, ended=True)
    return series


FOLDS["series"] = fold


def known(series_id: str, view: View) -> Series | None:
    found: Series | None = view.state.entries.get(series_stream(series_id))
    return found


def named(command: OnSeries) -> list[str]:
    """The streams that a command about a series names."""
    streams = [series_stream(command.series_id)]
    return [*streams, appointment_stream(command.appointment_id)] if command.appointment_id else streams


def led_to(command: OnSeries, view: View) -> list[str]:
    """Those that the series leads to: its customer's, and its appointments'."""
    series = known(command.series_id, view)
    if series is None:
        return []
    return [customer_stream(series.customer_id), *map(appointment_stream, series.appointment_ids)]


def everything(series: Series, view: View) -> list[Kept]:
    """All its appointments. Raises `StreamsNotLoaded` for one that is not here."""
    return [_one(appointment_id, view) for appointment_id in series.appointment_ids]


def _one(appointment_id: str, view: View) -> Kept:
    if (kept := view.kept(appointment_id)) is None:
        raise StreamsNotLoaded(appointment_stream(appointment_id))
    return kept


def to_come(kept: Kept, view: View) -> bool:
    """Whether it can still be moved or cancelled as one of a series. Of history anything can."""
    seen = kept.appointment
    return not seen.tombstoned and view.status(kept) in TO_COME and (view.imported or seen.start >= view.now)


def meant(command: OnSeries, view: View) -> list[Kept] | Rejection:
    """Those of its occurrences that the command is about, in the order of their starts."""
    series = known(command.series_id, view)
    if series is None:
        return not_found("series_id", "series")
    if command.appointment_id not in (None, *series.appointment_ids):
        return not_found("appointment_id", "appointment of this series")
    upcoming = [kept for kept in everything(series, view) if to_come(kept, view)]
    found = _in_scope(command, sorted(upcoming, key=lambda kept: kept.appointment.start))
    if not found:
        return nothing_left()
    return _too_bulky() if _size(found) > BODY_LIMIT else found


def _in_scope(command: OnSeries, upcoming: Sequence[Kept]) -> list[Kept]:
    """From the one that is named on; none where that one is not to come any more."""
    ids = [kept.appointment.id for kept in upcoming]
    if command.scope == "all":
        return list(upcoming)
    if command.appointment_id not in ids:
        return []
    first = ids.index(command.appointment_id)
    return list(upcoming[first : first + 1] if command.scope == "this" else upcoming[first:])


def nothing_left() -> Rejection:
    members = {"from": "ended", "to": "ended", "allowed": list[str]()}
    detail = "Nothing that the command is about is still to come."
    return Rejection(code="invalid_transition", detail=detail, members=members)


def _size(kepts: Sequence[Kept]) -> int:
    """Bytes that the answer will hold of them: notes and fields may have grown one by one."""
    return sum(len(msgspec.json.encode(kept.appointment)) for kept in kepts)


def _too_bulky() -> Rejection:
    detail = f"What is to come of the series is larger than {BODY_LIMIT} bytes: change fewer at once."
    return Rejection(code="too_large", detail=detail)


def of_series(series_id: str, customer_id: str, event: Event) -> Change:
    """A change of the series itself."""
    return Change(series_stream(series_id), event, customer_stream(customer_id))


def ended_with(kept: Kept, view: View) -> list[Change]:
    """The end of the series that an appointment is of, if it was the last that was to come.

    Looked at from the end: there one that is to come is found at once, where there is any.
    """
    series = _of(kept, view)
    if series is None or series.ended:
        return []
    for appointment_id in reversed(series.appointment_ids):
        if appointment_id != kept.appointment.id and to_come(_one(appointment_id, view), view):
            return []
    return [of_series(series.id, series.customer_id, SeriesEnded())]


def _of(kept: Kept, view: View) -> Series | None:
    """The series that an appointment is of. Raises `StreamsNotLoaded` where it is not here."""
    series_id = kept.appointment.series_id
    if series_id is None:
        return None
    if (series := known(series_id, view)) is None:
        raise StreamsNotLoaded(series_stream(series_id))
    return series


def beside(command: OnAppointment, view: View) -> list[str]:
    """The streams of the series, if there is one, that an appointment is of."""
    kept = view.kept(command.appointment_id)
    if kept is None or kept.appointment.series_id is None:
        return []
    series = known(kept.appointment.series_id, view)
    others = map(appointment_stream, series.appointment_ids) if series else ()
    return [series_stream(kept.appointment.series_id), *others]


def to_be_asked(kept: Kept, view: View) -> list[str]:
    """The streams that tell whether anything else of its series is to come: most often the last of it does."""
    series_id = kept.appointment.series_id
    if series_id is None or (series := known(series_id, view)) is None:
        return [series_stream(series_id)] if series_id else []
    others = [one for one in series.appointment_ids if one != kept.appointment.id]
    last = view.kept(others[-1]) if others else None
    enough = others[-1:] if last is None or to_come(last, view) else others
    return [series_stream(series_id), *map(appointment_stream, enough)]


def refused(refusals: Sequence[Refusal]) -> Rejection:
    """One refusal for several: the first one's, and all that stands against any. `refusals` go with their starts."""
    _, first = refusals[0]
    blockers = list(dict.fromkeys(one for _, each in refusals for one in each.blockers))
    members = first.members | {"occurrences": [start.isoformat() for start, _ in refusals]}
    return replace(first, blockers=blockers, alternatives=[], members=members)
