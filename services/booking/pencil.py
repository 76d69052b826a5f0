"""Pencilled in: what a decision is about to write, folded already, so that its next part is decided on it.

To be used inside a trial of the state alone: at its end all of it is rubbed out, and only what the decision then
answers is written. What is only pencilled in has no event yet, so as a blocker it names none.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from booking import seats
from booking.change import Change
from booking.provisional import NO_EVENT, provisional
from booking.view import View
from contracts.errors import Blocker, Rejection


def pencil(changes: Sequence[Change], view: View) -> None:
    """Folds what would be written, seats included, into all that is known of the tenant."""
    assert view.state.diary.trial, "pencilled in outside a trial: it would stay"
    for change in (*changes, *seats.along(changes, view)):
        view.state.evolve(provisional(change, view.state.kept.get(change.stream), view))


def named(blockers: Iterable[Blocker]) -> list[Blocker]:
    """Blockers as they may be answered: what is only pencilled in has no event."""
    return [replace(one, event_id=None) if one.event_id == NO_EVENT else one for one in blockers]


def told(rejection: Rejection) -> Rejection:
    """The same refusal, as it may be answered."""
    return replace(rejection, blockers=named(rejection.blockers))
