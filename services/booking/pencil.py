"""Pencilled in: what a decision is about to write, folded already, so that its next part is decided on it.

To be used inside a trial of the state alone: at its end all of it is rubbed out, and only what the decision then
answers is written. What is only pencilled in has no event yet, so as a blocker it names none.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from booking import seats
from booking.change import Change
from booking.view import View
from contracts.errors import Blocker, Rejection
from contracts.record import Record

NO_EVENT = ""


def pencil(changes: Sequence[Change], view: View) -> None:
    """Folds what would be written, seats included, into all that is known of the tenant."""
    assert view.state.diary.trial, "pencilled in outside a trial: it would stay"
    for change in (*changes, *seats.along(changes, view)):
        view.state.evolve(_record(change, view))


def _record(change: Change, view: View) -> Record:
    kept = view.state.kept.get(change.stream)
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


def named(blockers: Iterable[Blocker]) -> list[Blocker]:
    """Blockers as they may be answered: what is only pencilled in has no event."""
    return [replace(one, event_id=None) if one.event_id == NO_EVENT else one for one in blockers]


def told(rejection: Rejection) -> Rejection:
    """The same refusal, as it may be answered."""
    return replace(rejection, blockers=named(rejection.blockers))
