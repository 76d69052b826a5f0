"""P4: a start is offered exactly if booking it there succeeds.

What the desk decided from its caches, at whatever crash, is held against what `offers` shows on a fold of the log up to
that very position; and where all is quiet, every start of a stretch against what deciding says of it.
"""

from collections import Counter
from datetime import datetime, timedelta
from random import Random
from typing import Any

from booking.decide import decide
from booking.needs import days
from booking.slot import Request, planned_for, wanted
from contracts.commands import BookAppointment, HoldSlot, Wanted, parse
from contracts.errors import Rejection
from eventlog.log import InboxKey, InboxRow
from scheduling.sessions import starting
from scheduling.slots import Ask, Plan, days_needed, offers, plan
from scheduling.zones import to_datetime, to_minute
from simulation.mirror import Mirror
from simulation.promises import Broken, Promise

SAMPLED = 0.5
"""Of the bookings and holds decided."""
STRETCH = 150
"""Minutes looked at where all is quiet, every fifth of them."""
ABOUT_THE_SLOT = frozenset(
    {"slot_unavailable", "resource_unavailable", "outside_hours", "in_past", "too_soon", "too_far", "limit_reached",
     "not_enough_seats"}
)  # fmt: skip


class Offered(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._random = Random(f"{world.seed}/offered")

    def decided(self, part: int, answer: InboxRow, outcome: dict[str, Any]) -> None:
        sent = self.world.sent.get(InboxKey(answer.tenant, answer.source, answer.command_id), {})
        if len(sent) != 1 or outcome["type"] not in ("BookAppointment", "HoldSlot"):
            return
        accepted, code = outcome["result"] == "accepted", (outcome.get("error") or {}).get("code")
        if not (accepted or code in ABOUT_THE_SLOT) or self._random.random() > SAMPLED:
            return
        (send,) = sent.values()
        command = parse(outcome["type"], send.body.encode())
        if not isinstance(command, (BookAppointment, HoldSlot)) or _asks_for_more(command):
            return
        imported = send.headers.get("ce_import") == "true"
        offered = _offered(self.world.mirrors[answer.tenant], command, answer.decided_at, imported)
        if offered != accepted:
            told = "offered" if offered else "not offered"
            raise Broken("P4", f"{answer.command_id} at {part}.{answer.pos} was {code or 'accepted'}, its start {told}")
        self.checks += 1

    def settled(self) -> None:
        for name in sorted(self.world.mirrors):
            mirror = self.world.mirrors[name]
            if services := sorted(mirror.state.book.services):
                self._walk(mirror, self._random.choice(services), self.world.latest(name))

    def _walk(self, mirror: Mirror, service_id: str, now: datetime) -> None:
        """Each start of a stretch: offered, and decided."""
        planned = plan(mirror.state.book, Ask(service_id=service_id))
        if isinstance(planned, Rejection):
            return
        ahead = self._random.choice([0, 0, 60, 24 * 60])
        first = to_minute((now + timedelta(minutes=ahead)).replace(minute=0, second=0, microsecond=0))
        mirror.load(days_needed(planned, first, first + STRETCH))
        state, last = mirror.state, first + STRETCH
        found = offers(state.book, state.diary, planned, first, last, now, STRETCH, state.entries.get)
        counts = Counter(offer.start for offer in found)
        for minute in range(first, first + STRETCH, self._random.choice([5, 10, 15])):
            start = to_datetime(minute).isoformat()
            body = {"service_id": service_id, "start": start, "customer": {"name": "Joe"}}
            command = BookAppointment.model_validate(body)
            view = mirror.view(now)
            mirror.load(days(command, view))
            shown = bool(counts[minute]) and _meant(mirror, planned, minute) < 2
            if isinstance(decide(command, view), Rejection) == shown:
                raise Broken("P4", f"{service_id} at {start} is {'' if shown else 'not '}offered at {now}")
            self.checks += 1


def _asks_for_more(command: Wanted) -> bool:
    """What offers do not tell: several slots at once, or one in spite of all."""
    return bool(getattr(command, "override", False) or getattr(command, "segments", None))


def _offered(mirror: Mirror, command: Wanted, now: datetime, imported: bool) -> bool:
    view = mirror.view(now, imported=imported)
    request = wanted(command, view)
    if not isinstance(request, Request):
        return False
    planned = planned_for(request, view)
    if isinstance(planned, Rejection):
        return False
    mirror.load(days_needed(planned, request.start, request.start + 1))
    state, start = mirror.state, request.start
    return bool(offers(state.book, state.diary, planned, start, start + 1, now, 1, state.entries.get))


def _meant(mirror: Mirror, planned: Plan, start: int) -> int:
    """So many sessions may be meant by a start; of several one has to be named."""
    return len(list(starting(mirror.state.diary, planned, start, start + 1, mirror.state.entries.get)))
