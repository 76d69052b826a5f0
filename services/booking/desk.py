"""The desk: the commands of one poll, to all that must be written and published of them (design §3, steps 2-4).

Commands are decided in the order they came. What is not at hand is never guessed: that command and the later ones of
its tenant wait for the next round, after one more load for all of them.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from booking import answers, wants
from booking.clerk import Clerk, Missing
from booking.folder import Cabinet, OpenedNotAtHand
from booking.letters import Letter, misrouted, open_letter
from booking.loading import Loading, Place, Wants
from booking.presumption import Presumption
from booking.refusals import already_used
from booking.sheet import Sheet
from booking.view import Ids
from contracts.errors import Rejection
from eventlog.log import InboxKey, InboxRow, Log, Timer
from eventlog.vault import Vault
from kit.fault import point
from kit.logging import log
from streams.message import Message, Parcel

ROUNDS = 12
"""More than any command needs; one that still misses something then has met a bug."""
FEW = 32
"""Where the log has to be asked anyway, it is foreseen of so few commands what else they need: it saves a poll its
second round trip, which is most of its time then. Of many it would cost more than it saves: most need nothing more."""
BREATH = 64
"""Commands decided before others on the loop (acknowledgements, HTTP) get a turn."""

Polled = Mapping[int, Sequence[Message]]
Due = Mapping[int, Sequence[Timer]]
Inbox = dict[InboxKey, InboxRow]


class Unsure(NamedTuple):
    """A refusal, decided at position `at`, of a command whose own `stream` was only presumed not to be there.

    `again` are its repetitions in the same poll: decided by themselves they might be answered otherwise (P2).
    """

    letter: Letter
    stream: str
    rejection: Rejection
    at: int
    again: list[Letter]


Doubts = dict[InboxKey | None, Unsure]


class Standing(NamedTuple):
    """Where a partition's log stands before the poll is decided."""

    era: int
    position: int
    decided_at: datetime


class Desk:
    """Knows of the log only what it loaded; told to `forget` whenever a partition may have changed without it."""

    def __init__(self, log: Log, vault: Vault, *, partitions: int, topic: str, unknown_key: bytes) -> None:
        self.cabinet = Cabinet()
        self._vault = vault
        self._loading = Loading(log, vault, self.cabinet)
        self._clerk = Clerk(vault, topic=topic, unknown_key=unknown_key)
        self._partitions = partitions
        self.presumption = Presumption()
        self._last: dict[int, Inbox] = {}
        """The answers of the last poll, by partition: the log may not hold them yet when the next one is decided."""

    def forget(self, parts: Iterable[int]) -> None:
        self.presumption.doubt()
        for part in parts:
            self.cabinet.drop(part)
            self._vault.drop(part)
            self._last.pop(part, None)

    async def work(
        self, polled: Polled, due: Due, standings: Mapping[int, Standing], clock: datetime
    ) -> dict[int, Sheet]:
        """Everything of the poll, decided: a sheet for each partition touched. `now` is one reading for all of it."""
        sheets = {part: _sheet(part, standings[part], clock) for part in sorted(polled.keys() | due.keys())}
        letters = [letter for part in sorted(polled) for letter in self._sort(polled[part], sheets[part])]
        inbox = await self._begin(letters, due, sheets)
        point("after_load")
        repeated = list(inbox)
        self._tell_time(due, sheets)
        for last in self._last.values():
            inbox.update(last)
        await self._answer_all(letters, sheets, inbox)
        self.presumption.heard([letter.key for letter in letters if letter.key is not None], repeated)
        self._last = {part: sheet.inbox for part, sheet in sheets.items()}
        return sheets

    def _sort(self, messages: Sequence[Message], sheet: Sheet) -> list[Letter]:
        """Opens what is ours; what belongs to another partition goes there as it is."""
        letters = []
        for message in messages:
            home = misrouted(message, self._partitions)
            if home is None:
                letters.append(open_letter(message))
            else:
                parcel = Parcel(message.key, message.value, message.headers)
                sheet.forwarded.setdefault(home, []).append(parcel)
        if messages:
            sheet.next_offset = messages[-1].offset + 1
        return letters

    async def _begin(self, letters: Sequence[Letter], due: Due, sheets: Mapping[int, Sheet]) -> Inbox:
        wanted: dict[Place, Wants] = {}
        for letter in letters:
            if letter.key is not None:
                want = wanted.setdefault((letter.message.part, letter.tenant), Wants())
                wants.named(letter, want, presumed_new=self.presumption.new(letter.key))
        for part, timers in due.items():
            for timer in timers:
                wanted.setdefault((part, timer.tenant), Wants()).streams.add(timer.stream)
        self.cabinet.used(tenant for _, tenant in wanted)
        if len(letters) <= FEW and self._loading.lacks(wanted):
            for letter in letters:
                if letter.key is not None and letter.tenant in self.cabinet:
                    self._foresee(letter, sheets[letter.message.part], wanted)
        return await self._loading.begin(wanted)

    def _tell_time(self, due: Due, sheets: Mapping[int, Sheet]) -> None:
        for part, timers in due.items():
            for timer in timers:
                sheets[part].stale.add((timer.tenant, timer.stream))
                try:
                    self._clerk.tell_time(self.cabinet[timer.tenant], timer.stream, sheets[part])
                except Exception as bug:
                    # The timer stays and is due again; the next command on the stream answers for the bug.
                    log.error("a timer failed", part=part, stream=timer.stream, exc_info=bug)
                    sheets[part].stale.discard((timer.tenant, timer.stream))

    # --- rounds -----------------------------------------------------------------------------------------------

    async def _answer_all(self, letters: Sequence[Letter], sheets: Mapping[int, Sheet], inbox: Inbox) -> None:
        waiting, unsure = letters, Doubts()
        for _ in range(ROUNDS):
            waiting, wanted = await self._round(waiting, sheets, inbox, unsure)
            if not waiting:
                break
            await self._fetch(waiting, wanted, sheets)
        for letter in waiting:
            log.error("a decision never had all it needs", type=letter.type, offset=letter.message.offset)
            self._clerk.bury(letter, sheets[letter.message.part], answers.BUG)
        if unsure:
            await self._make_sure(list(unsure.values()), sheets, inbox)

    async def _round(
        self, letters: Sequence[Letter], sheets: Mapping[int, Sheet], inbox: Inbox, unsure: Doubts
    ) -> tuple[list[Letter], dict[Place, Wants]]:
        """Answers what can be answered; of a tenant of whom something is missing, the rest waits in its order.

        What was missed is noted at once: an error kept would keep the frames it came through, and these the whole poll.
        """
        waiting: list[Letter] = []
        wanted: dict[Place, Wants] = {}
        stuck: set[str] = set()
        for number, letter in enumerate(letters, 1):
            if letter.tenant in stuck:
                waiting.append(letter)
                continue
            if letter.key in unsure and not letter.dry_run:
                unsure[letter.key].again.append(letter)
                continue
            sheet = sheets[letter.message.part]
            try:
                self._answer(letter, sheet, inbox)
            except OpenedNotAtHand as opened:
                unsure[letter.key] = Unsure(letter, opened.stream, opened.rejection, sheet.position, [])
            except Missing as error:
                stuck.add(letter.tenant)
                waiting.append(letter)
                wants.missed(error, wanted.setdefault((letter.message.part, letter.tenant), Wants()))
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return waiting, wanted

    async def _make_sure(self, unsure: Sequence[Unsure], sheets: Mapping[int, Sheet], inbox: Inbox) -> None:
        """Refusals that hold unless the id was used before. A stream opened meanwhile was presumed new by another
        command, so the log makes sure of that."""
        wanted: dict[Place, Wants] = {}
        for letter, stream, *_ in unsure:
            folder = self.cabinet[letter.tenant]
            if stream not in folder.versions:
                wanted.setdefault((folder.part, folder.tenant), Wants()).streams.add(stream)
        await self._loading.go_on(wanted)
        for letter, stream, rejection, at, again in unsure:
            sheet, loaded = sheets[letter.message.part], wanted.get((letter.message.part, letter.tenant), Wants())
            if stream in loaded.streams and self.cabinet[letter.tenant].version(stream):
                rejection = already_used("id")
            self._clerk.refused(letter, sheet, rejection, at)
            for repeated in again:
                self._answer(repeated, sheet, inbox)

    def _answer(self, letter: Letter, sheet: Sheet, inbox: Inbox) -> None:
        if letter.key is None:
            assert letter.refusal is not None
            self._clerk.bury(letter, sheet, letter.refusal)
        else:
            before = sheet.inbox.get(letter.key) or inbox.get(letter.key)
            self._clerk.answer(letter, self.cabinet[letter.tenant], sheet, before)

    async def _fetch(self, waiting: Sequence[Letter], wanted: dict[Place, Wants], sheets: Mapping[int, Sheet]) -> None:
        """What was missed, and whatever else those who wait are seen to need."""
        for letter in waiting:
            self._foresee(letter, sheets[letter.message.part], wanted)
        await self._loading.go_on(wanted)

    def _foresee(self, letter: Letter, sheet: Sheet, wanted: dict[Place, Wants]) -> None:
        if letter.command is None or letter.envelope is None:
            return
        folder = self.cabinet[letter.tenant]
        want = wanted.setdefault((folder.part, folder.tenant), Wants())
        new_id = Ids(letter.tenant, letter.source, letter.envelope.id)
        view = self._clerk.view(letter, letter.command, letter.envelope, folder, sheet, new_id)
        try:
            wants.foreseen(letter.command, letter.needs, view, folder, want)
        except Missing as error:
            wants.missed(error, want)
        except Exception as bug:
            # The decision will meet the same bug and answer for it.
            log.debug("what a command needs could not be foreseen", type=letter.type, exc_info=bug)


def _sheet(part: int, standing: Standing, clock: datetime) -> Sheet:
    return Sheet(part, standing.era, standing.position, max(clock, standing.decided_at))
