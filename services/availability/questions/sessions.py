"""Sessions of classes at the moment: their seats are those taken then; held ones whose time is over are free."""

from availability.cursor import Cursor
from availability.moment import Moment
from availability.questions import entries
from availability.questions.entries import Wanted
from availability.sources import Sources
from contracts.session import Session, seen_at
from kit.problems import Problem
from scheduling.sessions import session_stream


async def one(sources: Sources, at: Moment, session_id: str) -> Session:
    """The session as it was; `not_found` when there was none."""
    kept = await entries.one(sources, at, session_stream(session_id))
    if kept is None:
        raise Problem("not_found", "There is no such session.")
    return seen_at(kept, at.now)


async def listed(
    sources: Sources, at: Moment, wanted: Wanted, *, limit: int, cursor: Cursor | None
) -> tuple[list[Session], Cursor | None]:
    """By their starts."""
    page, more = await entries.listed(sources, at, "session", wanted, limit=limit, cursor=cursor)
    return [seen_at(kept, at.now) for kept in page], more
