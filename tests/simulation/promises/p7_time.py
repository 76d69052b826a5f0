"""P7: time decides, and it never runs backwards. What is dead at its instant can do nothing and hinders nobody."""

from datetime import UTC, datetime
from typing import Any

from eventlog.log import InboxRow, PartAppend
from simulation.promises import Broken, Promise, Told
from simulation.seen import instant


class Time(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._last: dict[int, datetime] = {}

    def appended(self, change: PartAppend) -> None:
        self._goes_on(change.part, change.decided_at, "an append")

    def row(self, part: int, told: Told) -> None:
        event, now = told.event, instant(told.event["decided_at"])
        if now != told.row.decided_at or now != self._last[part]:
            raise Broken("P7", f"{event['event_id']} was decided at {now}, its append at {self._last[part]}")
        seen = told.tenant.appointments.get(event["stream"].partition("/")[2])
        if not event["stream"].startswith("appointment/") or seen is None or seen.until is None:
            return
        self.checks += 1
        if event["type"] == "HoldExpired":
            if not seen.until == instant(event["data"]["expires_at"]) == instant(event["occurred_at"]) <= now:
                raise Broken("P7", f"{seen.id} ends at {seen.until}, {event['event_id']} says otherwise")
        elif seen.status in ("held", "requested") and seen.until <= now:
            raise Broken("P7", f"{seen.id} is dead since {seen.until}, and {event['type']} happened to it at {now}")

    def decided(self, part: int, answer: InboxRow, outcome: dict[str, Any]) -> None:
        """No dead hold stands against a slot."""
        if answer.decided_at != self._last[part]:
            raise Broken("P7", f"{answer.command_id} was decided at {answer.decided_at}, not at {self._last[part]}")
        tenant = self.world.tenants[answer.tenant]
        named = {one.get("event_id") for one in (outcome.get("error") or {}).get("blockers", [])}
        for seen in tenant.appointments.values() if named else ():
            if seen.event_id in named and seen.dead(answer.decided_at):
                raise Broken("P7", f"{answer.command_id} is refused because of {seen.id}, dead since {seen.until}")
        self.checks += bool(named)

    def _goes_on(self, part: int, now: datetime, what: str) -> None:
        before = self._last.get(part, datetime.min.replace(tzinfo=UTC))
        if now < before:
            raise Broken("P7", f"{what} of partition {part} was decided at {now}, after {before}")
        self._last[part] = now
        self.checks += 1
