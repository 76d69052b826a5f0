"""A service as a process: its HTTP edge until a signal ends it, and the works that run beside it."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any

import uvicorn
from fastapi import FastAPI


async def background(stack: AsyncExitStack, *works: Coroutine[Any, Any, None]) -> None:
    """Runs them until the stack is closed."""
    for work in works:
        task = asyncio.create_task(work)
        stack.push_async_callback(_end, task)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def serve(app: FastAPI, *, host: str, port: int) -> int:
    """Until a signal ends it; the exit code."""
    await uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)).serve()
    return 0
