"""What a batch loads, between the port's shapes and the tagged rows of `load` and `load_days` in log.sql."""

from collections.abc import Iterable, Sequence
from typing import Any

from eventlog.log import BookRow, DiaryRow, InboxKey, InboxRow, KeyRow, Loaded, Wanted, WantedDays

Columns = tuple[list[Any], ...]


def columns(rows: Iterable[tuple[Any, ...]], width: int) -> Columns:
    """Rows turned into the parallel arrays that `unnest` takes, sorted so that indexes are walked forward."""
    return tuple(map(list, zip(*sorted(rows), strict=True))) or tuple([] for _ in range(width))


def load_arguments(wanted: Sequence[Wanted]) -> Columns:
    return (
        *columns(((one.part, tenant) for one in wanted for tenant in one.tenants), 2),
        *columns(((one.part, *stream) for one in wanted for stream in one.streams), 3),
        *columns(((one.part, *key) for one in wanted for key in one.inbox), 4),
        *columns(((one.part, *key) for one in wanted for key in one.look_ups), 3),
    )


def days_arguments(wanted: Sequence[WantedDays]) -> Columns:
    return (
        *columns(((one.part, *day) for one in wanted for day in one.days), 4),
        *columns(((one.part, *subject) for one in wanted for subject in one.subjects), 3),
    )


def add_row(loaded: Loaded, row: Iterable[Any]) -> None:
    """One row of `load`."""
    tag, _, tenant, a, b, n, x, y, at = row
    match tag:
        case "s":
            loaded.streams.setdefault((tenant, a), []).append(x)
        case "i":
            loaded.inbox[InboxKey(tenant, a, b)] = InboxRow(tenant, a, b, x, n, y, at)
        case "b":
            loaded.books[tenant] = BookRow(tenant, n, x)
        case "k":
            loaded.keys.append(KeyRow(tenant, a, n, x))
        case "l":
            loaded.look_ups[tenant, a] = b


def add_day_row(loaded: Loaded, row: Iterable[Any]) -> None:
    """One row of `load_days`."""
    tag, _, tenant, a, stream, kind, owner, event_id, n, start, end, busy_start, busy_end, expires_at, wrapped = row
    if tag == "k":
        loaded.keys.append(KeyRow(tenant, a, n, wrapped))
        return
    interval = DiaryRow(tenant, a, n, stream, start, end, busy_start, busy_end, kind, expires_at, owner, event_id)
    loaded.days.setdefault((tenant, a, n), []).append(interval)
