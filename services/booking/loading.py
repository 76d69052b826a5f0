"""Loading: what a batch needs of the log into the folders, in two round trips for a whole poll, never one per item.

First books, named streams, inbox and look-ups at once, and what the desk can already foresee; then, where it found that
something was not at hand, the resource-days, keys and customers of everything that waits, at once again.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from booking.folder import Cabinet, Folder
from contracts.record import Record, decode
from eventlog.log import InboxKey, InboxRow, Loaded, Log, Wanted, WantedDays
from eventlog.vault import TENANT, Vault
from scheduling.book import SUPPLY

PAGE = 5_000


@dataclass(slots=True)
class Wants:
    """What is wanted of one tenant. `emails` are addresses, `email_keys` what they are looked up by."""

    streams: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    email_keys: set[str] = field(default_factory=set)
    days: set[tuple[str, int]] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)
    inbox: set[InboxKey] = field(default_factory=set)


Place = tuple[int, str]
"""A partition and a tenant of it."""


class Loading:
    """Fills the cabinet's folders from the log, and the vault with the keys met on the way."""

    def __init__(self, log: Log, vault: Vault, cabinet: Cabinet) -> None:
        self._log = log
        self._vault = vault
        self._cabinet = cabinet

    def lacks(self, wants: Mapping[Place, Wants]) -> bool:
        """Whether anything of it has to be asked of the log."""
        self._find_email_keys(wants)
        for (_, tenant), want in wants.items():
            folder = self._cabinet.get(tenant)
            if folder is None or want.inbox or not folder.emails.issuperset(want.email_keys):
                return True
            if any(stream not in folder.versions for stream in want.streams):
                return True
        return False

    async def begin(self, wants: Mapping[Place, Wants]) -> dict[InboxKey, InboxRow]:
        """The first round trip; a tenant met for the first time costs a second one for its addresses."""
        cold = {place for place in wants if place[1] not in self._cabinet}
        for place in cold:
            self._cabinet.put(Folder(*place))
        self._find_email_keys(wants)
        inbox = await self._fetch(wants, cold)
        if later := {place: wants[place] for place in cold if wants[place].emails}:
            await self.go_on(self._addresses(later))
        return inbox

    async def go_on(self, wants: Mapping[Place, Wants]) -> None:
        """The second round trip: days and keys, and beside them streams and look-ups."""
        await self._fetch(wants, cold=set())

    async def _fetch(self, wants: Mapping[Place, Wants], cold: set[Place]) -> dict[InboxKey, InboxRow]:
        """Whatever of it is not at hand: days and keys on one connection, all else on another, side by side."""
        days = self._wanted_days(wants)
        if not days:
            return await self._load(wants, cold)
        loaded, inbox = await asyncio.gather(self._log.load_days(days), self._load(wants, cold))
        for part, found in loaded.items():
            self._vault.learn(part, found.keys)
        for (part, tenant), want in wants.items():
            self._take_days(self._cabinet[tenant], want, loaded.get(part, Loaded()))
        return inbox

    # --- first ------------------------------------------------------------------------------------------------

    def _find_email_keys(self, wants: Mapping[Place, Wants]) -> None:
        for (_, tenant), want in wants.items():
            if self._vault.knows(tenant, TENANT):
                want.email_keys |= {self._vault.email_key(tenant, email) for email in want.emails}

    def _addresses(self, wants: Mapping[Place, Wants]) -> dict[Place, Wants]:
        later = {place: Wants(emails=want.emails) for place, want in wants.items()}
        self._find_email_keys(later)
        return later

    async def _load(self, wants: Mapping[Place, Wants], cold: set[Place]) -> dict[InboxKey, InboxRow]:
        wanted: defaultdict[int, Wanted] = defaultdict(lambda: Wanted(part=-1))
        for (part, tenant), want in wants.items():
            folder = self._cabinet[tenant]
            want.streams = {stream for stream in want.streams if stream not in folder.versions}
            want.email_keys -= folder.emails
            if want.streams or want.email_keys or want.inbox or (part, tenant) in cold:
                one = wanted.setdefault(part, Wanted(part=part))
                one.tenants = one.tenants | ({tenant} if (part, tenant) in cold else set())
                one.streams = one.streams | {(tenant, stream) for stream in want.streams}
                one.look_ups = one.look_ups | {(tenant, key) for key in want.email_keys}
                one.inbox = one.inbox | want.inbox
        if not wanted:
            return {}
        loaded = await self._log.load(list(wanted.values()))
        for part, found in loaded.items():
            self._vault.learn(part, found.keys)
        for place, want in wants.items():
            await self._take(place, want, loaded.get(place[0], Loaded()), place in cold)
        return {key: row for found in loaded.values() for key, row in found.inbox.items()}

    async def _take(self, place: Place, want: Wants, found: Loaded, cold: bool) -> None:
        part, tenant = place
        folder = self._cabinet[tenant]
        if book := found.books.get(tenant):
            folder.take_book(book)
        elif cold and self._vault.knows(tenant, TENANT):
            folder.refold([record async for record in self._supply(part, tenant)])
        for stream in want.streams:
            folder.take_stream(stream, found.streams.get((tenant, stream), []))
        for email_key in want.email_keys:
            folder.take_look_up(email_key, found.look_ups.get((tenant, email_key)))

    async def _supply(self, part: int, tenant: str) -> AsyncIterator[Record]:
        """A tenant's own supply events: only where the snapshot is not there."""
        after = 0
        while pages := await self._log.read(part, after, limit=PAGE, tenant=tenant):
            for page in pages:
                if page.type in SUPPLY:
                    yield decode(page.state)
            after = pages[-1].pos

    # --- then -------------------------------------------------------------------------------------------------

    def _wanted_days(self, wants: Mapping[Place, Wants]) -> list[WantedDays]:
        wanted: dict[int, WantedDays] = {}
        for (part, tenant), want in wants.items():
            folder = self._cabinet[tenant]
            want.days -= folder.days
            want.subjects = {one for one in want.subjects if one not in folder.absent and not self._knows(tenant, one)}
            if want.days or want.subjects:
                one = wanted.setdefault(part, WantedDays(part=part))
                one.days = one.days | {(tenant, *day) for day in want.days}
                one.subjects = one.subjects | {(tenant, subject) for subject in want.subjects}
        return list(wanted.values())

    def _take_days(self, folder: Folder, want: Wants, found: Loaded) -> None:
        for resource_id, day in want.days:
            folder.take_day(resource_id, day, found.days.get((folder.tenant, resource_id, day), []))
        folder.absent |= {subject for subject in want.subjects if not self._knows(folder.tenant, subject)}

    def _knows(self, tenant: str, subject: str) -> bool:
        return self._vault.knows(tenant, subject)
