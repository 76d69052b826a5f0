"""P1: no resource is taken twice. Every slot taken is held against every other one of its resources alive just then."""

from datetime import datetime, timedelta

from simulation.promises import Broken, Promise, Told
from simulation.seen import Seen, Tenant, instant

Span = tuple[datetime, datetime]


class Free(Promise):
    def row(self, part: int, told: Told) -> None:
        slot = told.event["data"].get("slot")
        accepted = told.event["type"] == "RequestAccepted"
        if not (told.event["stream"].startswith("appointment/") and (slot or accepted)):
            return
        id = told.event["stream"].partition("/")[2]
        before = told.tenant.appointments.get(id)
        slot = slot or (before.slot if before else None)
        override = told.event["data"].get("override", False)
        if slot is None or override or slot.get("session_id") or not (slot["blocks"] or accepted):
            return
        now = instant(told.event["decided_at"])
        mine = Seen(id, slot)
        if before is not None and before.occupies(now) and _same(before, mine):
            return
        for other in told.tenant.appointments.values():
            if other.id != id and other.occupies(now) and not other.override and not other.slot.get("session_id"):
                self._hold_against(told, mine, other)

    def _hold_against(self, told: Told, mine: Seen, other: Seen) -> None:
        shared = set(mine.resources) & set(other.resources)
        self.checks += len(shared)
        if shared and _clash(mine, other, _policy(told.tenant, mine.slot["location_id"])):
            text = f"{mine.id} takes {sorted(shared)} over {other.id} ({other.event_id})"
            raise Broken("P1", f"{text} at {told.event['part']}.{told.event['pos']}")


def _same(before: Seen, after: Seen) -> bool:
    """It has this slot already: a hold that is confirmed takes nothing."""
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
