"""Who waits for a slot at the moment: an offer whose time is over is none. Names are still sealed."""

from availability.cursor import Cursor
from availability.moment import Moment
from availability.questions import entries
from availability.questions.entries import Wanted
from availability.sources import Sources
from contracts.waitlist import WaitlistEntry, seen_at
from kit.problems import Problem


async def one(sources: Sources, at: Moment, waitlist_id: str) -> WaitlistEntry:
    """The entry as it was; `not_found` when there was none."""
    kept = await entries.one(sources, at, f"waitlist/{waitlist_id}")
    if kept is None:
        raise Problem("not_found", "There is no such waitlist entry.")
    return seen_at(kept, at.now)


async def listed(
    sources: Sources, at: Moment, wanted: Wanted, *, limit: int, cursor: Cursor | None
) -> tuple[list[WaitlistEntry], Cursor | None]:
    """Who has waited longest first."""
    page, more = await entries.listed(sources, at, "waitlist", wanted, limit=limit, cursor=cursor)
    return [seen_at(kept, at.now) for kept in page], more
