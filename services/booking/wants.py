"""What letters want loaded: what they name, what they are then seen to need, and what a decision missed."""

from booking.answers import own_stream
from booking.folder import EmailNotAtHand, Folder, StreamNotAtHand, SubjectNotAtHand
from booking.letters import Letter
from booking.loading import Wants
from booking.needs import Needs, customers, days, followed
from booking.state import CustomerNotLoaded, StreamNotLoaded
from booking.view import View
from contracts.commands import Command
from scheduling.diary import DayNotLoaded


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
        if stream := own_stream(letter.command, letter.tenant):
            want.streams.add(stream)


def foreseen(command: Command, known: Needs, view: View, folder: Folder, want: Wants) -> None:
    """Resource-days, customers behind addresses, and data keys, as far as can be told before deciding."""
    about = known.streams | followed(command, view)
    named = about | customers(command, view)
    want.streams |= named
    want.subjects |= named
    if stream := own_stream(command, view.state.tenant):
        want.streams.add(stream)
        want.subjects.add(stream)
    for stream in about:
        kept = folder.state.kept.get(stream)
        if kept and kept.appointment.customer:
            want.subjects.add(f"customer/{kept.appointment.customer.id}")
    want.days |= days(command, view)


def missed(error: LookupError, want: Wants) -> None:
    """Just that which a decision asked for and did not find."""
    match error:
        case DayNotLoaded():
            want.days.add((error.resource_id, error.day))
        case CustomerNotLoaded():
            want.streams.add(error.stream)
            want.subjects.add(error.stream)
        case StreamNotAtHand() | StreamNotLoaded():
            want.streams.add(error.stream)
        case SubjectNotAtHand():
            want.subjects.add(error.subject)
        case EmailNotAtHand():
            want.email_keys.add(error.email_key)
