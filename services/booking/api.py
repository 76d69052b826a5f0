"""booking over HTTP: the answer of a command from the inbox, and what operators need. Callers are named by the gateway.

Outcomes are answered as they are kept, personal members sealed; the gateway opens them for whoever may read them.
"""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Header, Query, Response
from pydantic import BaseModel, ConfigDict

from booking.dead import DeadLetters, NoId, NoSuchLetter
from booking.ownership import Ownership
from contracts.routing import part_of
from eventlog.log import InboxKey, Log, NotPlaced, Wanted
from kit import problems, traced
from kit.health import Health, health_routes
from kit.identity import HEADER, Identity, verify
from kit.problems import Problem
from streams.inlet import Inlet


class Redrive(BaseModel):
    """Which dead letter to send again: its place on the topic of dead letters."""

    model_config = ConfigDict(extra="forbid")

    partition: int
    offset: int


def create_app(
    *, log: Log, ownership: Ownership, inlet: Inlet, dead: DeadLetters, health: Health, key: str, partitions: int
) -> FastAPI:
    """The app over one booking process."""
    app = FastAPI(title="Slotkeeper booking", docs_url=None, redoc_url=None)
    problems.install(app)
    traced.install(app)
    app.include_router(health_routes(health))
    caller = _caller(key)
    _add_commands(app, caller, log, partitions)
    _add_ops(app, _operator(caller), log, ownership, inlet, dead, partitions)
    return app


def _caller(key: str) -> Any:
    def caller(header: Annotated[str | None, Header(alias=HEADER)] = None) -> Identity:
        identity = verify(key, header)
        if identity is None:
            raise Problem("unauthorized", "Only the gateway may ask here, and says for whom.", status=401)
        return identity

    return Depends(caller)


def _operator(caller: Any) -> Any:
    def operator(identity: Identity = caller) -> Identity:
        if not identity.may("ops"):
            raise Problem("forbidden", "This needs the scope ops.", status=403)
        return identity

    return Depends(operator)


def _add_commands(app: FastAPI, caller: Any, log: Log, partitions: int) -> None:
    @app.get("/commands/{id:path}", tags=["commands"], summary="The outcome of a command")
    async def outcome(id: str, source: str, tenant: str | None = None, identity: Identity = caller) -> Response:
        """From the inbox, whichever process decided it. 404 while it is not decided."""
        name = identity.tenant or (tenant if identity.may("ops") else None)
        if name is None or tenant not in (None, name) or any("\0" in text for text in (id, source, name)):
            raise Problem("not_found", "There is no outcome of such a command.")
        key, part = InboxKey(name, source, id), part_of(name, partitions)
        try:
            found = (await log.load([Wanted(part=part, inbox={key})]))[part].inbox.get(key)
        except NotPlaced:
            found = None
        if found is None:
            raise Problem("not_found", "There is no outcome of such a command.")
        headers = {"Slotkeeper-Position": f"{part}.{found.pos}"}
        return Response(found.outcome, media_type="application/json", headers=headers)


def _add_ops(
    app: FastAPI, operator: Any, log: Log, ownership: Ownership, inlet: Inlet, dead: DeadLetters, partitions: int
) -> None:
    @app.get("/ops/partitions", tags=["ops"], summary="Who writes which partition, and how far it is")
    async def list_partitions(identity: Identity = operator) -> dict[str, Any]:
        heads = await log.heads()
        return {"items": [_partition(part, heads.get(part), ownership, inlet) for part in range(partitions)]}

    @app.get("/ops/dead", tags=["ops"], summary="Dead letters, newest first")
    async def list_dead(
        limit: Annotated[int, Query(ge=1, le=1000)] = 100, tenant: str | None = None, identity: Identity = operator
    ) -> dict[str, Any]:
        return {"items": msgspec.to_builtins(await dead.newest(limit, tenant))}

    @app.post("/ops/dead/redrive", tags=["ops"], summary="Sends a dead letter again under a new id")
    async def redrive(letter: Redrive, identity: Identity = operator) -> dict[str, str]:
        try:
            return {"command_id": await dead.redrive(letter.partition, letter.offset)}
        except NoSuchLetter:
            raise Problem("not_found", "There is no such dead letter.") from None
        except NoId:
            raise Problem("invalid_command", "The letter has no id to be answered under.", field="ce_id") from None


def _partition(part: int, head: Any, ownership: Ownership, inlet: Inlet) -> dict[str, Any]:
    """As the log has it; `lag` is known only to the process that reads the partition."""
    owned = ownership.owned.get(part)
    return {
        "partition": part,
        "owner": head and head.owner,
        "mine": owned is not None,
        "refused": ownership.refused.get(part),
        "epoch": head and head.epoch,
        "era": head and head.era,
        "position": head and head.position,
        "decided_at": head and head.decided_at,
        "offset": owned.offset if owned else head and head.offset,
        "published": owned.cursor.published if owned else head and head.published,
        "lag": inlet.lag(part, owned.offset) if owned else None,
    }
