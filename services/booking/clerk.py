"""The clerk: answers one letter, or tells what time alone has made true of a stream. In memory, no await.

A command is decided on a trial. A refusal is an answer; a bug leaves no trace but a dead letter and `internal_error`.
What is not at hand is raised (`Missing`) before anything was written.
"""

import hmac
from collections.abc import Callable

from booking import answers
from booking.advance import due
from booking.decide import decide
from booking.drafting import Draft, Issued, Origin
from booking.folder import EmailNotAtHand, Folder, NotAtHand
from booking.letters import Letter
from booking.needs import led_to
from booking.sheet import Sheet
from booking.state import CustomerNotLoaded
from booking.view import Ids, View
from contracts.commands import Command
from contracts.envelope import Envelope, dead_headers
from contracts.errors import Rejection
from contracts.values import Actor
from eventlog.log import InboxRow
from eventlog.vault import TENANT, Vault
from kit.logging import log
from scheduling.diary import DayNotLoaded
from scheduling.sessions import StreamsNotLoaded
from streams.message import Parcel

TIME = Actor(type="system", id="time")

Missing = (NotAtHand, DayNotLoaded, CustomerNotLoaded, StreamsNotLoaded)
"""Load it, then decide again."""


class Clerk:
    """`unknown_key` keys the hash of bodies sent for a tenant that does not exist (and so has no key of its own)."""

    def __init__(self, vault: Vault, *, topic: str, unknown_key: bytes) -> None:
        self._vault = vault
        self._topic = topic
        self._unknown_key = unknown_key

    # --- letters ----------------------------------------------------------------------------------------------

    def answer(self, letter: Letter, folder: Folder, sheet: Sheet, before: InboxRow | None) -> None:
        """Writes the letter's outcome, and what it decided, on the sheet."""
        if before is not None and not (letter.envelope and letter.envelope.dry_run):
            self._repeat(letter, sheet, before)
        elif letter.refusal is not None:
            self.bury(letter, sheet, letter.refusal)
        else:
            assert letter.command is not None
            assert letter.envelope is not None
            self._decide(letter, letter.command, letter.envelope, folder, sheet)

    def bury(self, letter: Letter, sheet: Sheet, reason: Rejection) -> None:
        """A dead letter, and a refusal for whoever sent it, where there is somebody to tell."""
        message = letter.message
        headers = dead_headers(
            message.headers, reason=reason, topic=self._topic, partition=message.part, offset=message.offset
        )
        sheet.dead.append(Parcel(message.key, message.value, headers))
        if letter.id is not None:
            self._refuse(letter, sheet, reason)

    def _repeat(self, letter: Letter, sheet: Sheet, before: InboxRow) -> None:
        if self._same(letter, before):
            sheet.outcomes.append(answers.repeated(letter, before, sheet.era))
        else:
            body = answers.rejected(letter, answers.REUSED, sheet.place, sheet.now)
            sheet.outcomes.append(answers.parcel(letter, body, sheet.position, sheet.era))

    def _same(self, letter: Letter, before: InboxRow) -> bool:
        """The tenant may have been defined since: then the stored hash is still the keyless one."""
        return before.body_hash in (self._hash(letter), self._unkeyed_hash(letter))

    def _hash(self, letter: Letter) -> bytes:
        if self._vault.knows(letter.tenant, TENANT):
            return self._vault.body_hash(letter.tenant, letter.content)
        return self._unkeyed_hash(letter)

    def _unkeyed_hash(self, letter: Letter) -> bytes:
        return hmac.digest(self._unknown_key, letter.tenant.encode() + b"\0" + letter.content, "sha256")

    def _refuse(self, letter: Letter, sheet: Sheet, reason: Rejection) -> None:
        dry_run = letter.envelope is not None and letter.envelope.dry_run
        body = answers.rejected(letter, reason, sheet.place, sheet.now, dry_run=dry_run)
        self._store(letter, sheet, body, dry_run=dry_run)

    def _store(self, letter: Letter, sheet: Sheet, body: bytes, *, dry_run: bool) -> None:
        """The outcome, for the topic and (not of a dry run) for the inbox."""
        sheet.outcomes.append(answers.parcel(letter, body, sheet.position, sheet.era))
        if letter.key is not None and not dry_run:
            sheet.inbox[letter.key] = InboxRow(*letter.key, self._hash(letter), sheet.position, body, sheet.now)

    # --- decisions --------------------------------------------------------------------------------------------

    def _decide(self, letter: Letter, command: Command, envelope: Envelope, folder: Folder, sheet: Sheet) -> None:
        if envelope.decide_before and sheet.now >= envelope.decide_before:
            self._refuse(letter, sheet, answers.TOO_LATE)
            return
        issued = Issued(Ids(letter.tenant, letter.source, envelope.id), letter.needs.opens)
        view = self.view(letter, command, envelope, folder, sheet, issued)
        try:
            if envelope.dry_run:
                self._try(letter, command, view, folder, sheet, issued)
                return
            for stream in letter.needs.named:
                self.tell_time(folder, stream, sheet)
            for stream in led_to(command, view):
                folder.version(stream)
                self.tell_time(folder, stream, sheet)
            self._try(letter, command, view, folder, sheet, issued)
        except Missing:
            raise
        except Exception as bug:
            log.error(
                "a decision failed", type=letter.type, part=sheet.part, offset=letter.message.offset, exc_info=bug
            )
            self.bury(letter, sheet, answers.BUG)

    def view(
        self, letter: Letter, command: Command, envelope: Envelope, folder: Folder, sheet: Sheet,
        new_id: Callable[[str], str],
    ) -> View:  # fmt: skip
        """What the decision may see."""

        def email_key(email: str) -> str:
            key = self._vault.email_key(folder.tenant, email)
            if key not in folder.emails:
                raise EmailNotAtHand(key)
            return key

        return View(
            now=sheet.now,
            state=folder.state,
            sender=letter.source,
            actor=_actor(command, envelope),
            new_id=new_id,
            email_key=email_key,
            imported=envelope.imported,
        )

    def _try(self, letter: Letter, command: Command, view: View, folder: Folder, sheet: Sheet, issued: Issued) -> None:
        """Decides on a trial; keeps it when it is accepted and meant."""
        origin = _origin(view.actor, letter, letter.envelope)
        draft = Draft(self._vault, folder, sheet, origin, issued)
        dry_run = letter.envelope is not None and letter.envelope.dry_run
        kept = False
        try:
            with folder.state.trial() as trial:
                decision = decide(command, view)
                if not isinstance(decision, Rejection):
                    draft.write(decision)
                    body = answers.accepted(letter, sheet, folder, draft.records, dry_run=dry_run)
                    if kept := not dry_run:
                        trial.keep()
        finally:
            if not kept:
                draft.drop()
        if isinstance(decision, Rejection):
            opens = letter.needs.opens
            if opens is not None and opens not in folder.versions:
                sheet.presumed.add((folder.tenant, opens))
            self.refused(letter, sheet, decision)
            return
        if kept:
            draft.keep()
        self._store(letter, sheet, body, dry_run=dry_run)

    def refused(self, letter: Letter, sheet: Sheet, rejection: Rejection) -> None:
        """What came for a tenant that does not exist may be meant well: it can be sent again from the dead letters."""
        if rejection.code == "unknown_tenant":
            self.bury(letter, sheet, rejection)
        else:
            self._refuse(letter, sheet, rejection)

    # --- time -------------------------------------------------------------------------------------------------

    def tell_time(self, folder: Folder, stream: str, sheet: Sheet) -> None:
        """Writes what time has made true of the stream; nothing, most of the time."""
        changes = due(folder.state, stream, sheet.now)
        if not changes:
            return
        cause = f"time/{stream}@{folder.version(stream)}"
        draft = Draft(self._vault, folder, sheet, Origin(TIME, "/slotkeeper/booking", cause, cause, cause), None)
        with folder.state.trial() as trial:
            draft.write(changes)
            trial.keep()
        draft.keep()


def _actor(command: Command, envelope: Envelope) -> Actor:
    """Who it says that it is, else who the sender says, else the sender."""
    if command.actor is not None:
        return Actor(type=command.actor.type, id=command.actor.id)
    type, _, id = (envelope.actor or "").partition(":")
    return Actor(type=type, id=id) if type and id else Actor(type="system", id=envelope.source)


def _origin(actor: Actor, letter: Letter, envelope: Envelope | None) -> Origin:
    id = letter.id or ""
    causation = envelope.causation if envelope else None
    correlation = envelope.correlation if envelope else None
    imported = envelope is not None and envelope.imported
    return Origin(actor, letter.source, id, causation or id, correlation or id, imported)
