"""P1: no resource is taken twice, and no session has more than its seats.

Every slot taken, a session's too, is held against every other one of its resources alive just then; seats against all
that are alive in their session.
"""

from datetime import datetime, timedelta

from simulation.promises import Broken, Promise, Told
from simulation.seen import Seen, Tenant, instant

Span = tuple[datetime, datetime]


class Free(Promise):
    def row(self, part: int, told: Told) -> None:
        slot = told.event["data"].get("slot")
        accepted = told.event["type"] == "RequestAccepted"
        kind, _, id = told.event["stream"].partition("/")
        if kind not in ("appointment", "session") or not (slot or accepted):
            return
        before = told.tenant.appointments.get(id) if kind == "appointment" else None
        slot = slot or (before.slot if before else None)
        override = told.event["data"].get("override", False)
        if slot is None or override or not (slot["blocks"] or accepted):
            return
        now = instant(told.event["decided_at"])
        mine = Seen(id, slot)
        if before is not None and before.occupies(now) and _same(before, mine):
            return
        if mine.session_id:
            self._hold_against_seats(told, mine, now)
            return
        for other in (*told.tenant.appointments.values(), *told.tenant.sessions.values()):
            if other.id != id and other.occupies(now) and not other.override and not other.session_id:
                self._hold_against(told, mine, other)

    def _hold_against_seats(self, told: Told, mine: Seen, now: datetime) -> None:
        """What an override gave counts too: it leaves the less for others."""
        session = told.tenant.sessions[mine.session_id or ""]
        taken = sum(seats for one, seats in told.tenant.seated(session.id, now).items() if one != mine.id)
        self.checks += 1
        if session.status != "scheduled" or taken + mine.seats > session.capacity:
            text = f"{mine.id} takes {mine.seats} seats of {session.id} ({session.status}), where {taken}"
            raise Broken("P1", f"{text} of {session.capacity} are taken at {told.event['part']}.{told.event['pos']}")

    def _hold_against(self, told: Told, mine: Seen, other: Seen) -> None:
        shared = set(mine.resources) & set(other.resources)
        self.checks += len(shared)
        if shared and _clash(mine, other, _policy(told.tenant, mine.slot["location_id"])):
            text = f"{mine.id} takes {sorted(shared)} over {other.id} ({other.event_id})"
            raise Broken("P1", f"{text} at {told.event['part']}.{told.event['pos']}")


def _same(before: Seen, after: Seen) -> bool:
    """It has this slot already: a hold that is confirmed takes nothing."""
    if before.session_id or after.session_id:
        return (before.session_id, before.seats) == (after.session_id, after.seats)
    return before.resources == after.resources and (_core(before), _padded(before)) == (_core(after), _padded(after))


def _policy(tenant: Tenant, location_id: str) -> str:
    defined = [one["data"] for one in tenant.told("LocationDefined") if one["data"]["id"] == location_id]
    policy: str = defined[-1]["buffer_policy"]
    return policy


def _clash(new: Seen, old: Seen, policy: str) -> bool:
    """What the location's buffer policy says about two that share a resource (contract 1.7)."""
    core, padded = _core(new), _padded(new)
    before, after = core[0] - padded[0], padded[1] - core[1]
    if policy == "sum":
        return _overlap(padded, _padded(old))
    if policy == "max":
        return _overlap(core, _padded(old)) or _overlap(padded, _core(old))
    if policy == "existing_only":
        return _overlap(core, _padded(old))
    return _overlap((core[0] - after, core[1]), _core(old)) if policy == "query_after" else before < timedelta(0)


def _core(seen: Seen) -> Span:
    return instant(seen.slot["start"]), instant(seen.slot["end"])


def _padded(seen: Seen) -> Span:
    return instant(seen.slot["busy"]["start"]), instant(seen.slot["busy"]["end"])


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
