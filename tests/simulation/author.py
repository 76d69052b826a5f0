"""The author: makes up a play step by step, from the seed and from what the log tells so far.

Clients send what the repertoires give them, alone or many at once; some of it twice, with another body, dry, imported,
too late, to a wrong partition, or not readable at all. In between time passes, and things break.
"""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import orjson

from contracts.envelope import command_headers
from kit.fault import POINTS
from simulation import repertoires
from simulation.knobs import PARTITIONS
from simulation.scene import Scene, Wish
from simulation.steps import AnyStep, Deal, Kill, Pass, Pause, Send, Settle, Sever, Skew

if TYPE_CHECKING:
    from simulation.world import World

SOURCES = ("web", "app", "till")
STEPS = 40
"""Of a play, beside its opening."""
BURST = (1, 1, 2, 3, 6, 14)
RETRIED = 0.4
"""How often one of a burst is sent again at once, by a client that did not wait: rather one who named its booking."""


class Author:
    """Its steps depend on the world as it is when each is asked for."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._random = Random(f"{world.seed}/author")
        self._count = 0
        self._sent: list[Send] = []
        self._fresh: list[str] = []

    def steps(self) -> Iterator[AnyStep]:
        yield from self._opening()
        for _ in range(STEPS):
            if self._world.knobs.troubles and self._random.random() < 0.25:
                yield self._trouble()
            yield from self._act()

    # --- what clients do --------------------------------------------------------------------------------------

    def _opening(self) -> Iterator[AnyStep]:
        """What is needed before anybody can book."""
        for tenant in self._world.knobs.tenants:
            for opening in repertoires.OPENINGS:
                for wish in opening(self._random, tenant):
                    yield self._send(tenant, wish, {})
        yield Settle()

    def _act(self) -> Iterator[AnyStep]:
        chance = self._random.random()
        if chance < 0.22:
            yield self._time()
        elif chance < 0.25:
            yield Settle()
        else:
            burst = [self._command() for _ in range(self._random.choice(BURST))]
            yield from burst
            if self._random.random() < RETRIED:
                named = [send for send in burst if '"id":"own-' in send.body]
                yield self._random.choice(named or burst)
            wait = self._random.choice([0.0, 0.002, 0.02, 0.1])
            yield Pass(seconds=0.0, wait=wait)

    def _time(self) -> Pass:
        """Mostly a little, sometimes past a deadline, and clocks that were fast step back."""
        lengths = [self._random.uniform(0.5, 20), self._random.uniform(20, 400), self._random.uniform(400, 5_000)]
        seconds = self._random.choices([*lengths, -self._random.uniform(0.5, 90)], [8, 6, 1, 2])[0]
        return Pass(seconds=round(seconds, 3), wait=self._random.choice([0.0, 0.01, 1.1]))

    def _command(self) -> Send:
        tenant = self._random.choice(self._world.knobs.tenants)
        if self._sent and self._random.random() < 0.05:
            return self._again(self._random.choice(self._sent[-self._random.choice([2, 8, 60]) :]))
        wish = self._wish(tenant)
        send = self._send(tenant, wish, self._how())
        if self._random.random() < 0.03:
            return self._spoilt(send)
        if "id" in wish[1] and wish[0] == "BookAppointment":
            self._fresh.append(wish[1]["id"])
        return send

    def _wish(self, tenant: str) -> Wish:
        scene = Scene(self._world.tenants[tenant], self._world.wall(), self._fresh)
        weights = [act.weight for act in repertoires.ACTS]
        while True:
            act = self._random.choices(repertoires.ACTS, weights)[0]
            if wish := act.make(self._random, scene):
                return wish

    def _how(self) -> dict[str, Any]:
        """How the envelope differs from a plain one; most do not."""
        chance = self._random.random()
        if chance < 0.04:
            return {"dry_run": True}
        if chance < 0.07:
            return {"imported": True}
        if chance < 0.09:
            return {"decide_before": self._world.wall() + timedelta(seconds=self._random.choice([-1, 0.005, 60]))}
        return {"actor": "staff:desk"} if chance < 0.2 else {}

    def _send(self, tenant: str, wish: Wish, how: dict[str, Any]) -> Send:
        self._count += 1
        type, body = wish
        headers = command_headers(id=f"c{self._count}", source=self._random.choice(SOURCES), type=type, **how)
        part = self._random.randrange(PARTITIONS) if self._random.random() < 0.01 else None
        texts = {name: value.decode() for name, value in headers}
        send = Send(key=tenant, headers=texts, body=orjson.dumps(body).decode(), part=part)
        self._sent.append(send)
        return send

    def _again(self, send: Send) -> Send:
        """A repetition, sometimes with another body or under another's id."""
        if self._random.random() < 0.25:
            return Send(key=send.key, headers=send.headers, body=self._random.choice(self._sent).body)
        return send

    def _spoilt(self, send: Send) -> Send:
        """What cannot be read, of somebody unknown, or from nobody."""
        missing = self._random.choice(["ce_id", "ce_type"])
        without = {name: value for name, value in send.headers.items() if name != missing}
        unknown = send.headers | {"ce_type": "DoSomething"}
        return self._random.choice([
            Send(key=send.key, headers=send.headers, body=send.body[:-2]),
            Send(key=send.key, headers=send.headers, body=send.body[:-1] + ', "colour": 1}'),
            Send(key=send.key, headers=without, body=send.body),
            Send(key=send.key, headers=unknown, body=send.body),
            Send(key="nobody", headers=send.headers, body=send.body),
            Send(key=None, headers=send.headers, body=send.body, part=0),
            Send(key="no tenant", headers=send.headers, body=send.body),
        ])  # fmt: skip

    # --- what breaks ------------------------------------------------------------------------------------------

    def _trouble(self) -> AnyStep:
        random, instance = self._random, self._random.choice(self._world.knobs.instances)
        seconds = round(random.choice([random.uniform(0, 0.1), random.uniform(0, 3)]), 4)
        kinds: list[AnyStep] = [
            Kill(point=random.choice(POINTS), passes=random.choice([1, 1, 2, 5])),
            Kill(point=random.choice(POINTS), passes=random.choice([1, 2]), raises=True),
            Kill(instance=instance),
            Pause(instance=instance, seconds=seconds, twin=random.random() < 0.4),
            Sever(what=random.choice(["append", "append", "send", "read", "take_over"]), lost=random.random() < 0.6),
            Skew(instance=instance, seconds=random.choice([-0.9, -0.4, 0.4, 0.9, 2.5, -2.5]), lasting=seconds * 2),
            Deal(),
        ]
        return random.choices(kinds, [6, 2, 2, 3, 4, 1, 2])[0]
