"""P7: time decides, and it never runs backwards. What is dead at its instant can do nothing and hinders nobody.

So an offer is claimed within its window alone, and by nobody but those whom it was made to.
"""

from datetime import UTC, datetime
from typing import Any

from eventlog.log import InboxRow, PartAppend
from simulation.promises import Broken, Promise, Told
from simulation.seen import Event, Tenant, instant


class Time(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self._last: dict[int, datetime] = {}
        self._claims: set[tuple[str, str]] = set()
        """Tenant and id of offered slots booked, whose claim was not read yet."""

    def appended(self, change: PartAppend) -> None:
        self._goes_on(change.part, change.decided_at, "an append")

    def row(self, part: int, told: Told) -> None:
        event, now = told.event, instant(told.event["decided_at"])
        if now != told.row.decided_at or now != self._last[part]:
            raise Broken("P7", f"{event['event_id']} was decided at {now}, its append at {self._last[part]}")
        if event["stream"].startswith("waitlist/"):
            self._of_entry(told, now)
        seen = told.tenant.appointments.get(event["stream"].partition("/")[2])
        if not event["stream"].startswith("appointment/") or seen is None or seen.until is None:
            return
        if event["type"] in ("AppointmentBooked", "AppointmentRequested") and seen.offered_to:
            self._claims.add((event["tenant"], seen.id))
        self.checks += 1
        if event["type"] == "HoldExpired":
            if not seen.until == instant(event["data"]["expires_at"]) == instant(event["occurred_at"]) <= now:
                raise Broken("P7", f"{seen.id} ends at {seen.until}, {event['event_id']} says otherwise")
        elif seen.status in ("held", "requested") and seen.until <= _happened(event):
            raise Broken("P7", f"{seen.id} is dead since {seen.until}, and {event['type']} happened to it at {now}")

    def _of_entry(self, told: Told, now: datetime) -> None:
        event, data = told.event, told.event["data"]
        seen = told.tenant.waiting.get(event["stream"].partition("/")[2])
        if seen is None:
            return
        self.checks += 1
        if seen.status in ("booked", "left"):
            raise Broken("P7", f"{seen.id} is {seen.status}, and {event['type']} happened to it at {now}")
        if event["type"] == "WaitlistClaimed" and (hold_id := data.get("hold_id")):
            self._claims.discard((event["tenant"], hold_id))
            asked = told.tenant.appointments[hold_id].offered_to
            in_time = seen.since is not None and seen.until is not None and seen.since <= now < seen.until
            if seen.hold_id != hold_id or seen.id not in asked or not in_time:
                raise Broken("P7", f"{seen.id} claims {hold_id} at {now}, offered {seen.hold_id} until {seen.until}")

    def read(self, change: PartAppend) -> None:
        if self._claims:
            raise Broken("P7", f"{sorted(self._claims)} were kept for others than those who got them")

    def decided(self, part: int, answer: InboxRow, outcome: dict[str, Any]) -> None:
        """No dead hold stands against a slot."""
        if answer.decided_at != self._last[part]:
            raise Broken("P7", f"{answer.command_id} was decided at {answer.decided_at}, not at {self._last[part]}")
        tenant = self.world.tenants[answer.tenant]
        if outcome["type"] in ("BookAppointment", "HoldSlot"):
            self._seats_left(tenant, answer, outcome.get("error") or {})
        named = {one.get("event_id") for one in (outcome.get("error") or {}).get("blockers", [])}
        for seen in tenant.appointments.values() if named else ():
            if seen.event_id in named and seen.dead(answer.decided_at):
                raise Broken("P7", f"{answer.command_id} is refused because of {seen.id}, dead since {seen.until}")
        self.checks += bool(named)

    def _seats_left(self, tenant: Tenant, answer: InboxRow, error: dict[str, Any]) -> None:
        """Nor do seats that time has freed."""
        named = {one.get("event_id") for one in error.get("blockers", [])}
        for session in tenant.sessions.values() if error.get("code") == "not_enough_seats" else ():
            if session.filled_by in named:
                taken = sum(tenant.seated(session.id, answer.decided_at).values())
                if error["available"] != max(0, session.capacity - taken):
                    text = f"{answer.command_id} is told of {error['available']} seats left of {session.id}"
                    raise Broken("P7", f"{text}, where {taken} of {session.capacity} are taken")
                self.checks += 1

    def _goes_on(self, part: int, now: datetime, what: str) -> None:
        before = self._last.get(part, datetime.min.replace(tzinfo=UTC))
        if now < before:
            raise Broken("P7", f"{what} of partition {part} was decided at {now}, after {before}")
        self._last[part] = now
        self.checks += 1


def _happened(event: Event) -> datetime:
    """What time alone did, it did at an instant of its own."""
    return instant(event["occurred_at" if event["causation_id"].startswith("time/") else "decided_at"])
