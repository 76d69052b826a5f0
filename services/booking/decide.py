"""The decision: one command and what is known, to the changes it makes or the rejection it gets.

Pure: everything it depends on is in the view. A resource-day or customer that was not loaded is raised, not guessed.
"""

from booking import seats
from booking.change import Decision
from booking.refusals import unknown_tenant
from booking.rulebook import RULES
from booking.view import View
from contracts.commands import Command, DefineTenant
from contracts.errors import Rejection


def decide(command: Command, view: View) -> Decision:
    if not view.book.defined and not isinstance(command, DefineTenant):
        return unknown_tenant(view.state.tenant)
    decision = RULES[type(command)].decide(command, view)
    return decision if isinstance(decision, Rejection) else [*decision, *seats.along(decision, view)]
