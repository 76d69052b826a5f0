"""The table from events to messages is total: over the events there are, and over those that the vocabulary names."""

from contracts.events import EVENTS
from contracts.public_types import PUBLIC_TYPES
from notification.kinds import MESSAGES, Told
from notification.rendering.words import KINDS


def test_every_event_has_its_row() -> None:
    assert EVENTS.keys() <= MESSAGES.keys()


def test_every_name_of_the_vocabulary_has_its_row_and_no_other() -> None:
    assert MESSAGES.keys() == PUBLIC_TYPES.keys()


def test_every_kind_is_somebodys() -> None:
    """Reminders and a hold's last call follow from what an appointment is, not from what happens to it."""
    told = {told.kind for row in MESSAGES.values() for told in row}
    assert told == set(KINDS) - {"reminder", "hold_expiring"}


def test_events_that_come_later_have_their_rows_already() -> None:
    assert MESSAGES["WaitlistOffered"] == (Told("waitlist_offer", "customer"),)
    assert MESSAGES["SessionCancelled"] == (Told("cancelled", "customer"), Told("cancelled", "staff"))
    assert MESSAGES["AppointmentReinstated"][0].kind == "booked"
