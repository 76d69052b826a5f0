"""P3: positions are dense, and so are the versions of every stream; what is published is just the log, in its order."""

from collections import defaultdict
from typing import Any

from contracts.envelope import header
from eventlog.log import PartAppend
from simulation.bus import TOPICS, Published
from simulation.promises import Broken, Promise, Told


class Dense(Promise):
    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.log: defaultdict[int, list[bytes]] = defaultdict(list)
        self._shown: defaultdict[int, int] = defaultdict(int)

    def appended(self, change: PartAppend) -> None:
        if change.published > self._shown[change.part]:
            raise Broken("P3", f"{change.part}.{change.published} is said to be published and is not")

    def row(self, part: int, told: Told) -> None:
        event, place = told.event, f"{part}.{told.row.pos}"
        self.log[part].append(told.row.state)
        expected = len(self.log[part]), told.tenant.versions[event["stream"]] + 1
        stated = event["pos"], event["version"]
        if not (expected == stated == (told.row.pos, told.row.version)):
            raise Broken("P3", f"{place}: position and version {stated} where {expected} follow")
        if event["event_id"] != f"evt_1.{place}" or event["part"] != part:
            raise Broken("P3", f"{place} is called {event['event_id']}")
        self.checks += 1

    def published(self, what: Published) -> None:
        if what.topic != TOPICS.events:
            return
        pos, rows = int(header(what.parcel.headers, "pos") or 0), self.log[what.part]
        if pos > self._shown[what.part] + 1:
            raise Broken("P3", f"{what.part}.{pos} is published after {self._shown[what.part]}")
        if pos > len(rows) or rows[pos - 1] != what.parcel.value:
            raise Broken("P3", f"what is published as {what.part}.{pos} is not what the log has there")
        self._shown[what.part] = max(self._shown[what.part], pos)
        self.checks += 1

    def settled(self) -> None:
        for part, rows in self.log.items():
            if self._shown[part] != len(rows):
                raise Broken("P3", f"of partition {part} only {self._shown[part]} of {len(rows)} are published")
