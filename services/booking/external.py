"""What a calendar elsewhere has of somebody's time: read once, written down as intervals, never read again.

Each import takes the place of the one before it from the same source. One that changes nothing writes nothing.
"""

from booking.change import Change, Decision, resource_stream
from booking.refusals import invalid, not_found
from booking.rule import Rule
from booking.view import View
from contracts.errors import Rejection
from contracts.events import BusySpan, ExternalBusyImported
from contracts.roster import ImportExternalBusy
from scheduling.calendars import Reader, TooLarge
from scheduling.zones import to_datetime, to_minute


def import_external_busy(command: ImportExternalBusy, view: View) -> Decision:
    resource = view.book.resources.get(command.resource_id)
    if resource is None:
        return not_found("resource_id", "resource")
    try:
        reader = Reader(command.ics, view.book.hours(command.resource_id).rota, to_minute(view.now))
        found = reader.intervals()
    except TooLarge as bound:
        return Rejection(code="too_large", field="ics", detail=f"ics: {bound}.")
    except (ValueError, OverflowError) as broken:
        return invalid("ics", f"it is no iCalendar that can be read: {str(broken)[:200]}")
    before = resource.foreign.get(command.source)
    if found == (before.intervals if before else []):
        return []
    event = ExternalBusyImported(
        resource_id=command.resource_id,
        source=command.source,
        intervals=[BusySpan(start=to_datetime(start), end=to_datetime(end), type=type) for start, end, type in found],
        until=to_datetime(reader.last),
    )
    stream = resource_stream(command.resource_id)
    return [Change(stream, event, stream)]


RULES = (
    Rule(ImportExternalBusy, import_external_busy, writes=lambda command, _: resource_stream(command.resource_id)),
)
