"""Windows: until when a booking can be cancelled or moved, and who may at all, as the policies say.

Whoever may not is `forbidden`, whoever comes too late `too_late`. The desk's own staff are bound by no window, only by
a list that leaves them out. History is as it was.
"""

from datetime import timedelta

from booking.policies import rules_of
from booking.refusals import STAFF, forbidden, too_late_to_cancel, too_late_to_move
from booking.view import View
from contracts.appointment import Kept
from contracts.errors import Rejection

COMING = frozenset({"scheduled", "confirmed"})
"""Who may still come is expected: a window closes for them alone."""
HERE = frozenset({"checked_in", "in_progress"})


def cancelling(kept: Kept, view: View) -> Rejection | None:
    """Why it is not cancelled now, by this actor. What was only asked for can be withdrawn at any time."""
    if view.imported or kept.appointment.status not in COMING | HERE:
        return None
    rules = rules_of(kept.appointment, view)
    if rules.cancel_by is not None and view.actor.type not in rules.cancel_by:
        return forbidden("cancel this", view.actor.type, rules.cancel_by)
    until = rules.cancel_until_minutes
    return too_late_to_cancel(until) if until is not None and _closed(until, kept, view) else None


def moving(kept: Kept, view: View) -> Rejection | None:
    """Why it is not moved to another time now, by this actor."""
    if view.imported:
        return None
    rules = rules_of(kept.appointment, view)
    if rules.reschedule_by is not None and view.actor.type not in rules.reschedule_by:
        return forbidden("move this", view.actor.type, rules.reschedule_by)
    until = rules.reschedule_until_minutes
    return too_late_to_move(until) if until is not None and _closed(until, kept, view) else None


def _closed(until: int, kept: Kept, view: View) -> bool:
    seen = kept.appointment
    bound = seen.status in COMING and view.actor.type != STAFF
    return bound and seen.start - view.now < timedelta(minutes=until)
