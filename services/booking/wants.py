"""What letters want loaded: what they name, what they are then seen to need, and what a decision missed."""

from booking.answers import own_stream
from booking.folder import EmailNotAtHand, Folder, StreamNotAtHand, SubjectNotAtHand
from booking.letters import Letter
from booking.loading import Wants
from booking.needs import Needs, customers, days, led_to, named_days
from booking.state import CustomerNotLoaded
from booking.view import View
from contracts.commands import Command
from scheduling.diary import DayNotLoaded
from scheduling.sessions import StreamsNotLoaded, session_stream


def named(letter: Letter, want: Wants, *, presumed_new: bool) -> None:
    """Streams and addresses in the command itself; in doubt also what may already be there because of it.

    Of a dry run nothing is written, so nothing would contradict it: the stream it opens is always looked for.
    """
    dry_run = letter.envelope is not None and letter.envelope.dry_run
    if letter.key is not None and not (dry_run or presumed_new):
        want.inbox.add(letter.key)
    if letter.command:
        want.streams |= letter.needs.streams
        if letter.needs.opens and (dry_run or not presumed_new):
            want.streams.add(letter.needs.opens)
        want.emails |= letter.needs.emails
        want.days.update(named_days(letter.command))
        if stream := own_stream(letter.command, letter.tenant):
            want.streams.add(stream)


def foreseen(command: Command, known: Needs, view: View, folder: Folder, want: Wants) -> None:
    """Resource-days, customers behind addresses, and data keys, as far as can be told before deciding."""
    named = known.streams | customers(command, view)
    want.streams |= named
    want.subjects |= named
    if stream := own_stream(command, view.state.tenant):
        want.streams.add(stream)
        want.subjects.add(stream)
    for stream in known.streams:
        _behind(stream, folder, want)
    want.days |= days(command, view)
    for stream in led_to(command, view):
        want.streams.add(stream)
        if stream.startswith("customer/"):
            want.subjects.add(stream)
        _behind(stream, folder, want)


def _behind(stream: str, folder: Folder, want: Wants) -> None:
    """Whom an appointment is for, and the session that it has seats of."""
    kept = folder.state.kept.get(stream)
    if kept and kept.appointment.customer:
        want.subjects.add(f"customer/{kept.appointment.customer.id}")
    if kept and kept.appointment.session_id:
        want.streams.add(session_stream(kept.appointment.session_id))


def missed(error: LookupError, want: Wants) -> None:
    """Just that which a decision asked for and did not find."""
    match error:
        case DayNotLoaded():
            want.days.add((error.resource_id, error.day))
        case CustomerNotLoaded():
            want.streams |= error.streams
            want.subjects |= error.streams
        case StreamNotAtHand():
            want.streams.add(error.stream)
        case StreamsNotLoaded():
            want.streams.update(error.streams)
        case SubjectNotAtHand():
            want.subjects.add(error.subject)
        case EmailNotAtHand():
            want.email_keys.add(error.email_key)
