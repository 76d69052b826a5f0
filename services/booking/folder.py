"""Folders: what the desk has at hand of a tenant. A bounded cache of the log, never the truth.

A folder knows what it knows: a stream, subject or address that was looked for and not found is remembered as absent,
and one never looked for is raised as `NotAtHand`, so a decision is never made on a guess.
"""

from collections import OrderedDict
from collections.abc import Iterable

from booking.state import FOLDS, TenantState
from contracts.record import Record, decode
from eventlog.log import BookRow, DiaryRow
from scheduling import book as books
from scheduling.diary import Busy

STREAMS_KEPT = 50_000
DAYS_KEPT = 50_000
FOLDERS_KEPT = 2_000


class NotAtHand(LookupError):
    """Something must be loaded before the command can be decided: fetch it and decide again."""


class StreamNotAtHand(NotAtHand):
    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class SubjectNotAtHand(NotAtHand):
    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


class EmailNotAtHand(NotAtHand):
    def __init__(self, email_key: str) -> None:
        super().__init__(email_key)
        self.email_key = email_key


class Folder:
    """One tenant's. `versions` counts the records of each stream known; 0 means that there are none."""

    def __init__(self, part: int, tenant: str) -> None:
        self.part = part
        self.tenant = tenant
        self.state = TenantState(tenant)
        self.versions: dict[str, int] = {}
        self.emails: set[str] = set()
        """Keys of addresses looked up, found or not."""
        self.absent: set[str] = set()
        """Subjects that have no data key yet."""
        self.days: set[tuple[str, int]] = set()

    @property
    def full(self) -> bool:
        return len(self.versions) > STREAMS_KEPT or len(self.days) > DAYS_KEPT

    def take_book(self, row: BookRow) -> None:
        self.state.book = books.decode(row.state)

    def refold(self, records: Iterable[Record]) -> None:
        """The book again, from the tenant's own records."""
        for record in records:
            self.state.book = books.evolve(self.state.book, record)

    def take_stream(self, stream: str, states: list[bytes]) -> None:
        """All records of a stream; those of supply are in the book already and only counted."""
        self.versions[stream] = len(states)
        if stream.startswith(("appointment/", "customer/")) or stream.partition("/")[0] in FOLDS:
            for state in states:
                self.state.recall(decode(state))

    def take_look_up(self, email_key: str, customer_id: str | None) -> None:
        self.emails.add(email_key)
        if customer_id is not None and self.state.holder(email_key) is None:
            self.state.by_email[email_key] = customer_id

    def take_day(self, resource_id: str, day: int, rows: Iterable[DiaryRow]) -> None:
        self.days.add((resource_id, day))
        self.state.diary.put_day(resource_id, day, [busy(row) for row in rows])

    def version(self, stream: str) -> int:
        try:
            return self.versions[stream]
        except KeyError:
            raise StreamNotAtHand(stream) from None

    def renewed(self) -> "Folder":
        """The same tenant with nothing but its book at hand."""
        new = Folder(self.part, self.tenant)
        new.state.book = self.state.book
        return new


class Cabinet:
    """The folders, those used last kept."""

    def __init__(self) -> None:
        self._folders: OrderedDict[str, Folder] = OrderedDict()

    def __contains__(self, tenant: str) -> bool:
        return tenant in self._folders

    def __getitem__(self, tenant: str) -> Folder:
        return self._folders[tenant]

    def get(self, tenant: str) -> Folder | None:
        return self._folders.get(tenant)

    def put(self, folder: Folder) -> None:
        self._folders[folder.tenant] = folder

    def used(self, tenants: Iterable[str]) -> None:
        for tenant in tenants:
            if tenant in self._folders:
                self._folders.move_to_end(tenant)

    @property
    def crowded(self) -> bool:
        return len(self._folders) > FOLDERS_KEPT or any(folder.full for folder in self._folders.values())

    def trim(self) -> None:
        """Makes room, so that memory does not grow with history."""
        while len(self._folders) > FOLDERS_KEPT:
            self._folders.popitem(last=False)
        for tenant in [tenant for tenant, folder in self._folders.items() if folder.full]:
            self._folders[tenant] = self._folders[tenant].renewed()

    def drop(self, part: int) -> None:
        """All of a partition: another may have written since, or what is here never reached the log."""
        for tenant in [tenant for tenant, folder in self._folders.items() if folder.part == part]:
            del self._folders[tenant]


def busy(row: DiaryRow) -> Busy:
    return Busy(
        row.stream, row.resource_id, row.start, row.end, row.busy_start, row.busy_end, row.kind, row.expires_at,
        row.owner, row.event_id,
    )  # fmt: skip
