"""Erasing: what an erased person was to be sent ends with the event that erases, and their suppressed addresses go.

Nothing else here is the person's: rows name ids, and what a message says is read from the log, where it is unreadable
from then on. A message under way to somebody else (staff) says nothing of the person any more.
"""

from collections.abc import Sequence

from contracts.record import Record
from eventlog.statements import statements
from projections.model import Connection

SQL = statements("notification", "erasing.sql")


async def erase(connection: Connection, erased: Sequence[Record]) -> None:
    """What these events make of rows planned before them."""
    if not erased:
        return
    tenants, subjects = [one.tenant for one in erased], [one.stream for one in erased]
    await connection.execute(SQL["end_unsent"], tenants, subjects, [one.pos for one in erased])
    await connection.execute(SQL["forget_suppressions"], tenants, subjects)
