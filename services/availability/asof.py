"""As of when: the moment that a question names as `<position>@<now>`, as one of the two, or not at all.

Whoever names both gets the same answer again. A position alone means the instant of its decision; an instant alone
the last position decided by then. Without either it is now, at the position the read model has reached.
"""

from datetime import UTC, datetime

from availability.moment import Moment
from availability.sources import Sources
from eventlog.statements import statements
from kit.problems import Problem
from projections.freshness import NotCaughtUp
from projections.model import Mark

SQL = statements("availability", "asof.sql")

_HIGHEST = 2**63 - 2
_EPOCH = datetime.fromtimestamp(0, UTC)


async def moment(sources: Sources, tenant: str, *, after: str | None = None, as_of: str | None = None) -> Moment:
    """Where the answer is to be true. Waits for `after`, and for what an `as_of` needs; raises `Problem`."""
    part = sources.part(tenant)
    if after is not None:
        await _reach(sources, part, position(after, part, "after"))
    if as_of is None:
        mark = await _mark(sources, part)
        return _moment(tenant, part, mark, mark.pos, max(sources.clock(), mark.decided_at), live=True)
    where, _, instant = as_of.rpartition("@")
    if where:
        return await _exactly(sources, tenant, part, position(where, part, "as_of"), _instant(instant))
    if _is_position(as_of):
        return await _at_position(sources, tenant, part, position(as_of, part, "as_of"))
    return await _at_instant(sources, tenant, part, _instant(as_of))


async def tzdata_then(sources: Sources, at: Moment) -> str | None:
    """The time-zone rules that the last decision before the moment was made with."""
    version: str | None = await sources.pool.fetchval(SQL["tzdata_at"], at.generation, at.part, at.pos)
    return version


async def _exactly(sources: Sources, tenant: str, part: int, pos: int, now: datetime) -> Moment:
    return _moment(tenant, part, await _reach(sources, part, pos), pos, now, live=False)


async def _at_position(sources: Sources, tenant: str, part: int, pos: int) -> Moment:
    mark = await _reach(sources, part, pos)
    decided = await sources.pool.fetchval(SQL["decided_at"], mark.generation, part, pos)
    return _moment(tenant, part, mark, pos, decided or _EPOCH, live=False)


async def _at_instant(sources: Sources, tenant: str, part: int, now: datetime) -> Moment:
    """Exact: what may have been decided by then is waited for."""
    if now > sources.clock():
        raise Problem("invalid_query", "as_of lies in the future.", field="as_of")
    mark = await _mark(sources, part)
    if mark.decided_at <= now and (head := (await sources.log.heads()).get(part)):
        mark = await _reach(sources, part, head.position)
    pos = await sources.pool.fetchval(SQL["position_by"], mark.generation, part, now)
    return _moment(tenant, part, mark, pos or 0, now, live=False)


def _moment(tenant: str, part: int, mark: Mark, pos: int, now: datetime, *, live: bool) -> Moment:
    return Moment(tenant, part, mark.generation, mark.era, pos, now, live)


async def _mark(sources: Sources, part: int) -> Mark:
    return sources.freshness.mark(part) or await _reach(sources, part, 0)


async def _reach(sources: Sources, part: int, pos: int) -> Mark:
    mark = sources.freshness.mark(part)
    if mark is not None and mark.pos >= pos:
        return mark
    try:
        return await sources.freshness.wait(part, pos)
    except NotCaughtUp as late:
        detail = f"The read model has reached {part}.{max(late.reached, 0)}, not yet {part}.{pos}."
        raise Problem("not_caught_up", detail, headers={"Retry-After": "1"}) from None


def _is_position(text: str) -> bool:
    part, dot, pos = text.partition(".")
    return bool(dot) and _is_number(part) and _is_number(pos)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def position(text: str, part: int, field: str) -> int:
    """The number in a position of this tenant's partition."""
    if not _is_position(text) or int(text.partition(".")[2]) > _HIGHEST:
        raise Problem("invalid_query", f"{field} is a position as an answer gave it, such as {part}.1.", field=field)
    named, _, pos = text.partition(".")
    if int(named) != part:
        raise Problem("invalid_query", f"{field} is a position of another diary.", field=field)
    return int(pos)


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(with_plus(text))
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise Problem("invalid_query", "as_of is a position, an instant with offset, or both: position@instant.",
                  field="as_of")  # fmt: skip


def with_plus(text: str) -> str:
    """An instant whose `+` was sent unescaped in a query, where it means a space."""
    return f"{text[:-6]}+{text[-5:]}" if len(text) > 16 and text[-6] == " " else text
