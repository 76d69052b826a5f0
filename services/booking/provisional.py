"""A change as the log would tell it, as far as a fold asks: before it is written it has neither place nor id."""

from booking.change import Change
from booking.view import View
from contracts.appointment import Kept
from contracts.record import Record

NO_EVENT = ""


def provisional(change: Change, kept: Kept | None, view: View) -> Record:
    """`kept` is what its stream came to before, where that is an appointment."""
    return Record(
        event_id=NO_EVENT,
        type=type(change.event).__name__,
        schema_version=change.event.VERSION,
        tenant=view.state.tenant,
        stream=change.stream,
        version=kept.appointment.version + 1 if kept else 1,
        part=0,
        pos=0,
        era=0,
        occurred_at=change.occurred_at or view.now,
        decided_at=view.now,
        actor=view.actor,
        source=view.sender,
        command_id="",
        causation_id="",
        correlation_id="",
        tzdata_version=None,
        event=change.event,
    )
