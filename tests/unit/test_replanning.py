"""A connection's plans are kept for a while and not for ever."""

from typing import Any, cast

from projections.checkpoints import Replanning


class Connection:
    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.said: list[str] = []

    def get_server_pid(self) -> int:
        return self._pid

    async def execute(self, statement: str) -> None:
        self.said.append(statement)


async def test_each_connection_lets_its_plans_go_when_they_are_old() -> None:
    now = 100.0
    replanning, one, other = Replanning(1, lambda: now), Connection(1), Connection(2)

    async def lent(connection: Connection, at: float) -> int:
        nonlocal now
        now = at
        await replanning(cast(Any, connection))
        return len(connection.said)

    assert [await lent(one, at) for at in (100, 100.9, 101.1, 101.2, 102.2)] == [0, 0, 1, 1, 2]
    assert [await lent(other, at) for at in (102.2, 103.3)] == [0, 1]
    assert {*one.said, *other.said} == {"discard plans"}
