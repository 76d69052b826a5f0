"""The play's second half: what leaves the platform, and who may have it. Webhooks, mails, another API, an erasure."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icalendar import Calendar
from rich.console import Console

from cli.demo.diary import ZONE
from cli.demo.door import Door, Unexpected
from cli.demo.play import following, next_working_day
from cli.demo.receiver import Receiver
from local.mail import Caught, caught

SECONDS = 30.0
REMINDERS = [{"audience": "customer", "channel": "email", "offset_minutes": 60}]
EVERYBODY = {"customer": True, "staff": True}
"""The quarter was played without a mail to anybody."""
EVA = {"name": "Eva Ek", "email": "eva.ek@example.com"}


@dataclass(slots=True)
class Edges:
    """`mails` is the folder of the local mail catcher."""

    console: Console
    door: Door
    mails: Path

    async def webhooks(self) -> None:
        """A receiver that fails twice, then takes everything in order, each signature checked."""
        async with Receiver(failing=2) as receiver:
            wish = {"url": receiver.url, "types": ["appointment.*"], "schedule_seconds": [0, 1, 1, 1]}
            made = await self.door.ask("POST", "/v1/webhooks/endpoints", wish)
            receiver.secret = made["secret"]
            booked = await self.door.ask("POST", "/v1/appointments", await self._wish("ben", {"name": "Dan Dahl"}))
            id = booked["appointment"]["id"]
            await self.door.ask("POST", f"/v1/appointments/{id}/cancel", {"reason": "found another"})
            await receiver.until("appointment.status_changed", id)
            self._in_order(receiver, id)
            await self.door.ask("DELETE", f"/v1/webhooks/endpoints/{made['id']}", expect=204)

    def _in_order(self, receiver: Receiver, id: str) -> None:
        heard = [(status, body) for status, body in receiver.heard if body["data"]["id"] == id]
        for status, body in heard:
            tone = "green" if status == 200 else "red"
            self.console.print(f"  [{tone}]{status}[/{tone}] {body['type']}, sequence {body['sequence']}")
        taken = [body["sequence"] for status, body in heard if status == 200]
        if taken != sorted(taken):
            raise Unexpected(f"the webhooks of {id} came out of order: {taken}")
        self.console.print("  Failures first, then all in order; `standardwebhooks` has verified every one taken.")

    async def mail(self) -> None:
        """An invitation for Eva; her reminder follows the appointment, and is dropped with it."""
        await self.door.ask("PUT", "/v1/policies", {"scope": {}, "reminders": REMINDERS, "notify": EVERYBODY})
        booked = await self.door.ask("POST", "/v1/appointments", await self._wish("cho", EVA))
        seen = booked["appointment"]
        invitation = await self._invitation("REQUEST")
        self.console.print(f"  “{invitation.mail['Subject']}” to {invitation.to[0]}, with an invitation.")
        first = await self._reminder(seen["id"])
        later = await self._start("cho", days=7)
        await self.door.ask("POST", f"/v1/appointments/{seen['id']}/reschedule", {"start": later})
        second = await self._reminder(seen["id"], other_than=first["due_at"])
        self.console.print(f"  Her reminder, due {first['due_at'][:16]}, moved with it to {second['due_at'][:16]}.")
        await self.door.ask("POST", f"/v1/appointments/{seen['id']}/cancel", {"reason": "feeling better"})
        await self._invitation("CANCEL")
        left = await self._reminders(seen["id"])
        if any(one["status"] in ("planned", "due") for one in left):
            raise Unexpected(f"a reminder outlived its appointment: {left}")
        self.console.print("  Cancelled: the calendar entry is taken back, and no reminder is left.")

    async def _invitation(self, method: str) -> Caught:
        """Eva's first mail whose calendar part has this method."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for one in await asyncio.to_thread(caught, self.mails):
                if EVA["email"] in one.to and method in _methods(one):
                    return one
            await asyncio.sleep(0.1)
        raise Unexpected(f"no mail with METHOD:{method} for {EVA['email']} in {SECONDS:.0f} s")

    async def _reminder(self, appointment_id: str, other_than: str = "") -> dict[str, Any]:
        for one in await self._reminders(appointment_id):
            if one["status"] == "planned" and one["due_at"] != other_than:
                return one
        raise Unexpected(f"no reminder is planned for {appointment_id}")

    async def _reminders(self, appointment_id: str) -> list[dict[str, Any]]:
        answer = await self.door.ask("GET", f"/v1/appointments/{appointment_id}/notifications")
        return [one for one in answer["items"] if one["kind"] == "reminder"]

    async def bookwell(self) -> None:
        """The same clinic through another API's documented requests."""
        day = next_working_day()
        query = {"service_id": "check-up", "date": day}
        slots = (await self.door.ask("GET", "/bookwell/v1/availability", query=query))["data"]["slots"]
        wish = {
            "service_id": "check-up",
            "therapist_id": slots[0]["therapist_id"],
            "start_time": slots[0]["start_time"],
        }
        made = (await self.door.ask("POST", "/bookwell/v1/appointments", wish | {"customer": EVA}))["data"]
        path = f"/bookwell/v1/appointments/{made['id']}"
        await self.door.ask("PATCH", path, {"notes": "Rescheduled per customer request"})
        seen = (await self.door.ask("GET", path))["data"]
        gone = (await self.door.ask("POST", f"{path}/cancel", {"reason": "Customer request"}))["data"]
        self.console.print(f"  {len(slots)} slots on {day}; {seen['therapist_name']} booked, noted, read, cancelled:")
        self.console.print(f"  {made['status']}, then {gone['status']} because of “{gone['cancellation_reason']}”.")

    async def erase(self) -> None:
        """Eva asks to be forgotten."""
        named = await self.door.ask("POST", "/v1/customers", EVA)
        customer_id = named["subject"]["id"]
        await self.door.ask("POST", f"/v1/customers/{customer_id}/erase", {})
        listed = await self.door.ask("GET", "/v1/appointments", query={"customer_id": customer_id})
        told = [item["customer"] for item in listed["items"]]
        if not told or any(one.get("name") or one.get("email") for one in told):
            raise Unexpected(f"Eva is still named: {told[:2]}")
        self.console.print(f"  {len(told)} appointments stay in the log, and nobody can tell any more whose they were.")

    async def _wish(self, resource: str, customer: dict[str, str]) -> dict[str, Any]:
        start = await self._start(resource)
        return {"service_id": "check-up", "start": start, "resources": [resource], "customer": customer}

    async def _start(self, resource: str, days: int = 0) -> str:
        """The first free start at least some days after the next working day."""
        first = following(next_working_day(), days)
        query = {"service_id": "check-up", "resource_id": resource, "tz": ZONE}
        query |= {"from": first, "to": following(first, 14)}
        answer = await self.door.ask("GET", "/v1/availability", query=query)
        start: str = answer["slots"][0]["local_start"]
        return start


def _methods(one: Caught) -> set[str]:
    """The METHODs of a mail's calendar parts."""
    parts = [part.get_payload(decode=True) for part in one.mail.walk() if part.get_content_type() == "text/calendar"]
    return {str(Calendar.from_ical(part)["METHOD"]) for part in parts if isinstance(part, bytes)}
