"""What an appointment may be moved to: as its decision asks, so does the question with `reschedule_of`.

What has seats of a session moves with all of them, to another session of its class; all else moves in the diary.
"""

from typing import NamedTuple

from availability.moment import Moment
from availability.questions import appointments
from availability.sources import Sources
from kit.problems import Problem
from scheduling.plans import Ask


class Move(NamedTuple):
    """Of the appointment that is to be moved: whether it has seats of a session, how many, and where that is."""

    seated: bool
    seats: int
    location_id: str


async def moving(sources: Sources, at: Moment, appointment_id: str | None) -> Move | None:
    """The move asked about; None where none is, or of nothing that is known."""
    if appointment_id is None:
        return None
    try:
        seen = (await appointments.one(sources, at, appointment_id)).appointment
    except Problem:
        return None
    return Move(seen.session_id is not None, seen.seats, seen.location_id)


def moved(ask: Ask, move: Move | None) -> Ask:
    """The ask of a move; to a session that is named it is one of seats whatever it was before."""
    if move is None:
        return ask
    if not move.seated and ask.session_id is None:
        return ask._replace(among="diary", seats=move.seats)
    place = ask.location_id if ask.session_id else ask.location_id or move.location_id
    return ask._replace(among="sessions", seats=move.seats, location_id=place)
