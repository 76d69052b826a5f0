"""Hands: processes that load partitions side by side, for one rebuild and no longer.

They are forked before anything is open, so they start at once and share no connection. A hand whose rebuild is killed
cannot tell of its next page, and ends; a rebuild one of whose hands is killed fails. Either way what was being loaded
is rolled back.
"""

import asyncio
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from multiprocessing.connection import Connection
from typing import Self

from projections.checkpoints import Checkpoint
from projections.loading import Count, Here, Task

SECONDS = 10
"""How long an ended hand may take to be gone."""

Open = Callable[[], AbstractAsyncContextManager[Here]]
"""Opens what a hand loads with; called in its own process when it has something to do."""


class HandLost(Exception):
    """A process that loaded ended early; its last words are on standard error."""


class Hands:
    """A `Loader` over so many processes. Entered before the event loop is there."""

    def __init__(self, count: int, opened: Open) -> None:
        self._pipes, theirs = zip(*(multiprocessing.Pipe() for _ in range(count)), strict=True)
        fork = multiprocessing.get_context("fork")
        self._processes = [
            fork.Process(target=_hand, args=(mine, {*self._pipes, *theirs} - {mine}, opened)) for mine in theirs
        ]
        self._theirs = theirs

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        for pipe in self._theirs:
            pipe.close()
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    async def load(self, tasks: Sequence[Task], count: Count) -> Mapping[int, Checkpoint]:
        """The longest partitions first, so that none is left alone at the end."""
        todo = deque(sorted(tasks, key=lambda task: task.head.position, reverse=True))
        done: dict[int, Checkpoint] = {}
        loop = asyncio.get_running_loop()

        def told(events: int) -> None:
            loop.call_soon_threadsafe(count, events)

        try:
            await asyncio.gather(*(asyncio.to_thread(_drive, pipe, todo, done, told) for pipe in self._pipes))
        except BaseException:
            self._end()
            raise
        return done

    def _end(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(SECONDS)
        for pipe in self._pipes:
            pipe.close()


def _drive(pipe: Connection, todo: deque[Task], done: dict[int, Checkpoint], told: Count) -> None:
    """Gives one hand task after task, in a thread."""
    try:
        with suppress(IndexError):
            while True:
                task = todo.popleft()
                pipe.send(task)
                while isinstance(answer := pipe.recv(), int):
                    told(answer)
                done[task.head.part] = answer
    except (EOFError, OSError) as error:
        todo.clear()
        raise HandLost("a process that loaded ended early") from error


def _hand(pipe: Connection, foreign: Iterable[Connection], opened: Open) -> None:
    """A hand's life: what others hold must not stay open through it, or they would not notice an end."""
    for one in foreign:
        one.close()
    asyncio.run(_work(pipe, opened))


async def _work(pipe: Connection, opened: Open) -> None:
    """There is nothing else to do while it waits for a task, so it may block."""
    try:
        task = pipe.recv()
        async with opened() as here:
            while True:
                pipe.send(await here.load_one(task, pipe.send))
                task = pipe.recv()
    except (EOFError, BrokenPipeError):
        """The rebuild has ended."""
