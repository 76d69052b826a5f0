"""The bus as the gateway sees it: orders go out in the order they were given, and each is told its outcome.

A port. Outcomes are picked by (source, command id) from what everybody reads. Where two requests share an id, the
request's hash (if the outcome names one) tells whose it is, and a dry run's outcome never answers a real command.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from contracts.envelope import header
from gateway.order import Order

OUTCOME_HASH = "ce_requesthash"


@dataclass(eq=False, slots=True)
class Posted:
    """An order under way. `sent` ends when the bus has it for good, `outcome` when it was decided."""

    order: Order
    sent: "asyncio.Future[object]"
    outcome: "asyncio.Future[bytes]"


class Bus(Protocol):
    """Where orders go."""

    async def post(self, order: Order) -> Posted:
        """Orders posted one after another are decided in that order. Raises `unavailable`."""
        ...

    def done(self, posted: Posted) -> None:
        """Nobody waits for this outcome any more."""
        ...

    def position(self, tenant: str) -> str | None:
        """The newest position known of the tenant's partition."""
        ...

    def written(self, source: str, tenant: str) -> str | None:
        """What a read has to see to show this sender its own writes."""
        ...


class Waiting:
    """Who waits for which outcome."""

    def __init__(self) -> None:
        self._by_command: dict[tuple[str, str], list[Posted]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._by_command.values()))

    def add(self, posted: Posted) -> None:
        self._by_command.setdefault(_name(posted.order), []).append(posted)

    def discard(self, posted: Posted) -> None:
        name = _name(posted.order)
        left = [one for one in self._by_command.get(name, []) if one is not posted]
        if left:
            self._by_command[name] = left
        else:
            self._by_command.pop(name, None)

    def arrived(self, headers: Sequence[tuple[str, bytes]], body: bytes) -> None:
        """An outcome came by; most are somebody else's, so nothing is parsed before its name is known here."""
        source, command_id = header(headers, "ce_commandsource"), header(headers, "ce_commandid")
        if source is None or command_id is None:
            return
        name = source.decode("utf-8", "replace"), command_id.decode("utf-8", "replace")
        for posted in self._by_command.get(name, ()):
            if not posted.outcome.done() and _answers(posted.order, headers, body):
                posted.outcome.set_result(body)


def _answers(order: Order, headers: Sequence[tuple[str, bytes]], body: bytes) -> bool:
    asked = header(headers, OUTCOME_HASH)
    if asked is not None and asked != order.request_hash.encode():
        return False
    try:
        outcome = orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return isinstance(outcome, dict) and (order.dry_run or not outcome.get("dry_run", False))


def _name(order: Order) -> tuple[str, str]:
    return order.source, order.id
