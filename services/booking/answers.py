"""Answers: the outcome of a command, made once, as inbox and topic hold it (api.md §1)."""

from collections.abc import Sequence
from datetime import datetime

from booking.folder import Folder
from booking.letters import Letter
from booking.rulebook import RULES
from booking.sheet import Sheet
from contracts.appointment import Appointment
from contracts.command import Command
from contracts.envelope import outcome_headers
from contracts.errors import Rejection
from contracts.outcomes import EventRef, Outcome, encode
from contracts.record import Record
from contracts.session import KeptSession, Session, seen_at
from eventlog.log import InboxRow
from streams.message import Parcel

TOO_LATE = Rejection(code="too_late", detail="The instant until which the command was to be decided has passed.")
REUSED = Rejection(
    code="idempotency_key_reused", field="ce_id", detail="This id was used before, for a command with another body."
)
BUG = Rejection(code="internal_error", detail="Something went wrong in deciding the command; it has been noted.")


def accepted(letter: Letter, sheet: Sheet, folder: Folder, records: Sequence[Record], *, dry_run: bool) -> bytes:
    """What was written, and the appointments it made or changed as they are published.

    A dry run wrote nothing: there are no events to name, and its position is where it was decided.
    """
    appointments = _appointments(letter, folder, records)
    written = [] if dry_run else records
    outcome = Outcome(
        command_id=letter.id or "",
        source=letter.source,
        type=letter.type,
        result="accepted",
        position=written[-1].position if written else sheet.place,
        decided_at=sheet.now,
        events=[EventRef(id=record.event_id, type=record.type, position=record.position) for record in written],
        appointment=appointments[0] if len(appointments) == 1 else None,
        appointments=appointments if len(appointments) > 1 else None,
        session=_session(letter, folder, records, sheet.now),
        subject=None if appointments else _subject(letter, records),
        dry_run=dry_run,
    )
    return encode(outcome)


def rejected(letter: Letter, rejection: Rejection, place: str, now: datetime, *, dry_run: bool = False) -> bytes:
    outcome = Outcome(
        command_id=letter.id or "",
        source=letter.source,
        type=letter.type,
        result="rejected",
        position=place,
        decided_at=now,
        error=rejection.to_error(),
        dry_run=dry_run,
    )
    return encode(outcome)


def parcel(letter: Letter, body: bytes, pos: int, era: int) -> Parcel:
    """The outcome on its way to the topic; it goes where the command came from."""
    headers = outcome_headers(
        command_id=letter.id or "",
        source=letter.source,
        type=letter.type,
        pos=pos,
        era=era,
        request_hash=letter.envelope.request_hash if letter.envelope else None,
    )
    return Parcel(letter.message.key, body, headers)


def repeated(letter: Letter, row: InboxRow, era: int) -> Parcel:
    """The answer given before."""
    return parcel(letter, row.outcome, row.pos, era)


def _appointments(letter: Letter, folder: Folder, records: Sequence[Record]) -> list[Appointment]:
    named = dict.fromkeys(record.stream for record in records if record.stream.startswith("appointment/"))
    if not named:
        named = dict.fromkeys(stream for stream in letter.needs.streams if stream.startswith("appointment/"))
    return [kept.appointment for stream in named if (kept := folder.state.kept.get(stream))]


def _session(letter: Letter, folder: Folder, records: Sequence[Record], now: datetime) -> Session | None:
    """The session that a command was about: what it wrote first, or would have."""
    stream = records[0].stream if records else own_stream(letter.command, letter.tenant)
    kept = folder.state.entries.get(stream) if stream else None
    return seen_at(kept, now) if isinstance(kept, KeptSession) else None


def _subject(letter: Letter, records: Sequence[Record]) -> dict[str, str | int] | None:
    """Kind and id of what a command about supply or people made or changed, also where it changed nothing.

    Where it changed something the version tells which: 1 is what did not exist before.
    """
    stream = records[0].stream if records else own_stream(letter.command, letter.tenant)
    if stream is None:
        return None
    kind, _, id = stream.partition("/")
    versions = [record.version for record in records if record.stream == stream]
    return {"kind": kind, "id": id} | ({"version": versions[-1]} if versions else {})


def own_stream(command: Command | None, tenant: str) -> str | None:
    """The stream that a command about supply, or about somebody known, writes to."""
    return RULES[type(command)].writes(command, tenant) if command else None
