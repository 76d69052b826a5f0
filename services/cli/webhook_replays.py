"""`replay --into webhook:ENDPOINT`: a replay job of the webhook service, begun once and watched until it is over.

The job is the service's and goes on whoever watches. Its id is kept under the words of the call, so the same call
watches the same job again instead of beginning another.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.progress import Progress

from cli.exits import check_failed, complaints
from cli.gateway import Gateway, Refused

JOBS = "/v1/webhooks/replays"
ASK_SECONDS = 0.5
OVER = ("done", "cancelled")


def replay_into(tenant: str, wanted: dict[str, Any], kept: Path) -> int:
    """Deliveries sent again; `wanted` is the job's body and `kept` the file that remembers its id. Raises `Refused`."""
    begun = kept.read_text() if kept.exists() else None
    job = asyncio.run(_done(tenant, wanted, begun, kept.write_text))
    kept.unlink()
    if job["status"] == "cancelled":
        check_failed(f"{job['id']} was cancelled after {job['done']:,} deliveries", "slotkeeper replay --help")
    return int(job["done"])


async def _done(
    tenant: str, wanted: dict[str, Any], begun: str | None, remember: Callable[[str], object]
) -> dict[str, Any]:
    async with Gateway(tenant) as gateway:
        job = await _known(gateway, begun) or await gateway.ask("POST", JOBS, wanted)
        remember(job["id"])
        return await _watched(gateway, job)


async def _known(gateway: Gateway, begun: str | None) -> dict[str, Any] | None:
    """The job that this call began before and did not see the end of."""
    if begun is None:
        return None
    try:
        job: dict[str, Any] = await gateway.get(f"{JOBS}/{begun}")
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    return job


async def _watched(gateway: Gateway, job: dict[str, Any]) -> dict[str, Any]:
    with Progress(console=complaints, transient=True) as progress:
        task = progress.add_task(job["id"])
        while job["status"] not in OVER:
            await asyncio.sleep(ASK_SECONDS)
            job = await gateway.get(f"{JOBS}/{job['id']}")
            progress.update(task, completed=job["done"], total=job["total"])
    return job
