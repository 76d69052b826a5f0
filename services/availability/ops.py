"""What operators ask of the read model: its generations, how far they are, and rebuilds with their progress."""

import asyncio
import sys
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from availability.api import PROBLEM, From, caller
from availability.sources import Sources
from availability.store import DiaryModel
from kit.identity import Identity
from kit.logging import log
from kit.problems import Problem
from projections import checkpoints as stored


def operator(identity: Annotated[Identity, Depends(caller)]) -> Identity:
    if not identity.may("ops"):
        raise Problem("forbidden", "This needs the scope ops.", status=403)
    return identity


routes = APIRouter(prefix="/ops", responses={"default": PROBLEM}, tags=["ops"], dependencies=[Depends(operator)])


class Rebuilding:
    """The rebuild that runs, or the last one: a child process and what it said last."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {"running": False, "progress": None, "report": None, "error": None}
        self._task: asyncio.Task[None] | None = None

    async def start(self, *, dry_run: bool, back: bool) -> None:
        if self.state["running"]:
            raise Problem("invalid_transition", "A rebuild is under way.")
        options = [name for name, given in (("--dry-run", dry_run), ("--back", back)) if given]
        self.state = {"running": True, "progress": None, "report": None, "error": None}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "availability.rebuild", *options, stdout=asyncio.subprocess.PIPE
        )
        self._task = asyncio.create_task(self._follow(process))

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                self._take(msgspec.json.decode(line))
            if await process.wait() and self.state["error"] is None:
                self.state["error"] = {"error": "failed", "detail": "The rebuild failed; the service's log says why."}
        finally:
            self.state["running"] = False
            if process.returncode is None:
                process.terminate()
            log.info("rebuild ended", report=self.state["report"], failure=self.state["error"])

    def _take(self, line: dict[str, Any]) -> None:
        kind = "report" if "report" in line else "error" if "error" in line else "progress"
        self.state[kind] = line["report"] if kind == "report" else line

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class Wish(BaseModel):
    """`dry_run` only compares; `back` returns to the generation before."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    dry_run: bool = False
    back: bool = False


def _rebuilding(request: Request) -> Rebuilding:
    rebuilding: Rebuilding = request.app.state.rebuilding
    return rebuilding


@routes.get("/generations", summary="The generations of the read model, and how far each partition is behind")
async def generations(sources: From) -> Response:
    found = await stored.generations(sources.pool, DiaryModel.name)
    items = [{"model": DiaryModel.name, **one._asdict(), "parts": await _parts(sources, one.number)} for one in found]
    return Response(msgspec.json.encode({"items": items}), media_type="application/json")


async def _parts(sources: Sources, generation: int) -> list[dict[str, Any]]:
    heads = await sources.log.heads()
    at = await stored.checkpoints(sources.pool, generation)
    return [
        {"part": part, "position": at[part].pos if part in at else 0, "head": head.position, "era": head.era,
         "lag": head.position - (at[part].pos if part in at else 0)}
        for part, head in sorted(heads.items())
    ]  # fmt: skip


@routes.post("/rebuild", status_code=202, summary="Makes the read model anew and switches to it")
async def rebuild(wish: Wish, request: Request) -> JSONResponse:
    if wish.name != DiaryModel.name:
        raise Problem("not_found", f"Here is only {DiaryModel.name}.", field="name")
    if wish.dry_run and wish.back:
        raise Problem("invalid_command", "Either dry_run or back.", field="back")
    rebuilding = _rebuilding(request)
    await rebuilding.start(dry_run=wish.dry_run, back=wish.back)
    return JSONResponse(rebuilding.state, status_code=202, headers={"Location": "/ops/rebuild"})


@routes.get("/rebuild", summary="The rebuild that runs, or the last one")
async def rebuild_state(request: Request) -> dict[str, Any]:
    return _rebuilding(request).state
