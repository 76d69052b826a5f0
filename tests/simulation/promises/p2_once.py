"""P2: one command, one outcome: decided once, all that it wrote is named, each repetition gets the same answer."""

from collections import defaultdict
from typing import Any

import orjson

from contracts.envelope import header
from eventlog.log import InboxKey, InboxRow, PartAppend
from simulation.bus import TOPICS, Published
from simulation.promises import Broken, Promise, Told

REUSED = "idempotency_key_reused"


class Once(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.answers: dict[InboxKey, bytes] = {}
        self._wrote: defaultdict[InboxKey, list[str]] = defaultdict(list)

    def appended(self, change: PartAppend) -> None:
        for answer in change.inbox:
            key = InboxKey(answer.tenant, answer.source, answer.command_id)
            if key in self.answers:
                raise Broken("P2", f"{key.command_id} of {key.source} was decided twice")
            self.answers[key] = answer.outcome

    def row(self, part: int, told: Told) -> None:
        event = told.event
        if event["causation_id"].startswith("time/"):
            return
        key = InboxKey(event["tenant"], event["source"], event["command_id"])
        if key not in self.answers:
            raise Broken("P2", f"{event['event_id']} was written by {key.command_id}, which has no answer")
        self._wrote[key].append(event["event_id"])

    def settled(self) -> None:
        """Whatever an accepted outcome names was written by its command, and nothing else was."""
        for key, body in self.answers.items():
            outcome = orjson.loads(body)
            named = [event["id"] for event in outcome.get("events", [])]
            if named != self._wrote.get(key, []):
                raise Broken("P2", f"{key.command_id} answers {named} and wrote {self._wrote.get(key)}")
            self.checks += 1

    def published(self, what: Published) -> None:
        if what.topic != TOPICS.outcomes:
            return
        key, outcome = key_of(what), orjson.loads(what.parcel.value or b"")
        error = outcome.get("error") or {}
        if error.get("code") == "internal_error":
            raise Broken("P2", f"{key.command_id}: {outcome['type']} met a bug")
        if outcome.get("dry_run"):
            if outcome.get("events"):
                raise Broken("P2", f"{key.command_id} was only tried and wrote {outcome['events']}")
        elif error.get("code") == REUSED:
            if len(self.world.sent.get(key, ())) < 2:
                raise Broken("P2", f"{key.command_id} was sent with one body and is told of another")
        elif key in self.world.sent and self.answers.get(key) != what.parcel.value:
            raise Broken("P2", f"{key.command_id} is answered otherwise than it was decided")
        self.checks += 1


def key_of(what: Published) -> InboxKey:
    """Whose outcome it is."""
    texts = [header(what.parcel.headers, name) or b"" for name in ("ce_commandsource", "ce_commandid")]
    return InboxKey((what.parcel.key or b"").decode("utf-8", "replace"), *(text.decode() for text in texts))


def answer_of(row: InboxRow) -> dict[str, Any]:
    outcome: dict[str, Any] = orjson.loads(row.outcome)
    return outcome
