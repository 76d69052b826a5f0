"""Drafting: the records of one decision, sealed, at the positions they will have, folded as they are made.

Nothing of a draft counts until it is kept: a bug in the middle of it leaves versions, keys and positions as they were.
"""

from collections.abc import Iterable

import msgspec

from booking import people
from booking.change import Change
from booking.folder import Folder, SubjectNotAtHand
from booking.sheet import Sheet, Was
from booking.state import FOLDS, kind_of
from booking.view import Ids
from contracts.events import CustomerErased, Event, TenantDefined
from contracts.record import Record, event_id
from contracts.values import Actor
from eventlog.log import KeyRow
from eventlog.vault import TENANT, Vault, seal_event
from scheduling.zones import TZDATA


class Origin(msgspec.Struct, frozen=True):
    """Whose doing the records are."""

    actor: Actor
    source: str
    command_id: str
    causation_id: str
    correlation_id: str
    imported: bool = False


class Issued:
    """Ids made for one command: what bears one is new, so nothing has to be loaded to know that it is not there.

    The stream that the command opens under the caller's own id is presumed to be new too.
    """

    __slots__ = ("_ids", "_made")

    def __init__(self, ids: Ids, opens: str | None = None) -> None:
        self._ids = ids
        self._made = {_id_in(opens)} if opens else set[str]()

    def __call__(self, prefix: str) -> str:
        made = self._ids(prefix)
        self._made.add(made)
        return made

    def bears(self, stream: str) -> bool:
        return _id_in(stream) in self._made


def _id_in(stream: str) -> str:
    return stream.partition("/")[2]


class Draft:
    """One decision on its way to the sheet."""

    def __init__(self, vault: Vault, folder: Folder, sheet: Sheet, origin: Origin, issued: Issued | None) -> None:
        self._vault, self._folder, self._sheet = vault, folder, sheet
        self._origin, self._issued = origin, issued
        self._keys: list[KeyRow] = []
        self._versions: dict[str, int] = {}
        self._before: dict[str, Was] = {}
        self.records: list[Record] = []

    def write(self, changes: Iterable[Change]) -> None:
        """A record for each change, folded into the folder's state at once."""
        state = self._folder.state
        for change in changes:
            record = self._record(change)
            if change.stream.startswith("appointment/") or kind_of(change.stream) in FOLDS:
                self._before.setdefault(change.stream, Was(state.entry(change.stream), state.taken.get(change.stream)))
            state.evolve(record)
            self.records.append(record)

    def keep(self) -> None:
        """Onto the sheet."""
        folder, sheet = self._folder, self._sheet
        sheet.write(self.records)
        sheet.keys += self._keys
        folder.versions |= self._versions
        folder.absent.difference_update(row.subject for row in self._keys)
        for stream, before in self._before.items():
            sheet.changed.setdefault((folder.tenant, stream), before)
        for record in self.records:
            if record.stream.startswith("customer/"):
                self._keep_customer(record)
            elif isinstance(record.event, TenantDefined):
                self._open_tenant()

    def drop(self) -> None:
        """As if it had never been begun; the state is the trial's to restore."""
        for row in self._keys:
            self._vault.forget(row.tenant, row.subject)

    def _open_tenant(self) -> None:
        if not self._vault.knows(self._folder.tenant, TENANT):
            self._sheet.keys.append(self._vault.new_tenant_key(self._folder.tenant))

    def _keep_customer(self, record: Record) -> None:
        """Addresses lead where they lead now, and that is known although the log may not say so yet."""
        folder, sheet = self._folder, self._sheet
        customer = folder.state.customers.get(record.stream.removeprefix("customer/"))
        for lead in people.leads(record, customer):
            folder.emails.add(lead.email_key)
            sheet.lead(folder.tenant, lead)
        if isinstance(record.event, CustomerErased):
            self._erase(record.stream)

    def _erase(self, subject: str) -> None:
        """Nothing of the person can be sealed or opened from now on."""
        tenant = self._folder.tenant
        self._vault.erase(tenant, subject)
        self._sheet.erased.append((tenant, subject))

    def _record(self, change: Change) -> Record:
        sheet, stream = self._sheet, change.stream
        version = self._versions[stream] = self._version(stream) + 1
        pos = sheet.position + len(self.records) + 1
        event = self._sealed(change)
        return Record(
            event_id=event_id(sheet.era, sheet.part, pos),
            type=type(event).__name__,
            schema_version=event.VERSION,
            tenant=self._folder.tenant,
            stream=stream,
            version=version,
            part=sheet.part,
            pos=pos,
            era=sheet.era,
            occurred_at=change.occurred_at or sheet.now,
            decided_at=sheet.now,
            actor=self._origin.actor,
            source=self._origin.source,
            command_id=self._origin.command_id,
            causation_id=self._origin.causation_id,
            correlation_id=self._origin.correlation_id,
            tzdata_version=TZDATA,
            imported=self._origin.imported or msgspec.UNSET,
            event=event,
        )

    def _version(self, stream: str) -> int:
        if stream in self._versions:
            return self._versions[stream]
        if stream not in self._folder.versions and self._is_new(stream):
            return 0
        return self._folder.version(stream)

    def _is_new(self, stream: str) -> bool:
        return self._issued is not None and self._issued.bears(stream)

    def _sealed(self, change: Change) -> Event:
        tenant, subject = self._folder.tenant, change.subject
        try:
            return seal_event(self._vault, tenant, subject, change.event)
        except KeyError:
            if self._vault.knows(tenant, subject):
                raise
        self._make_key(subject)
        return seal_event(self._vault, tenant, subject, change.event)

    def _make_key(self, subject: str) -> None:
        """A data key for a subject that is known to have none."""
        folder = self._folder
        if not (subject in folder.absent or folder.versions.get(subject) == 0 or self._is_new(subject)):
            raise SubjectNotAtHand(subject)
        if row := self._vault.ensure_subject(folder.tenant, subject):
            self._keys.append(row)
