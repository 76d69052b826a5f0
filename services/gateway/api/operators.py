"""What operators do at the gateway itself: make, list and revoke API keys, and list tenants."""

import re
from datetime import datetime
from typing import Annotated, Any

import msgspec
import orjson
from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from contracts.commands import BODY_LIMIT
from contracts.fields import ID, Id, Text
from contracts.parts import Body
from contracts.refusals import rejection
from gateway.edge import edge_of
from gateway.keys import OPERATOR, SCOPES, TENANT_SCOPES, ApiKey, new_key
from gateway.reading import body_of, check_query, object_of
from gateway.refusals import invalid_command, invalid_query, not_found
from kit.problems import Problem

JSON = "application/json"


class NewKey(Body):
    """Whose key, and what it may do: without a tenant an operator's, without scopes all that a tenant's can have."""

    tenant: Id | None = None
    name: Text = "key"
    scopes: Annotated[list[str], Field(max_length=len(SCOPES))] | None = None


class KeyShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A key as it is listed. `key`, its text, is there only in the answer that made it."""

    id: str
    name: str
    scopes: list[str]
    created_at: datetime
    tenant: str | None = None
    revoked_at: datetime | None = None
    key: str | None = None


async def create_key(request: Request) -> Response:
    """A new key; its text is in this answer and nowhere else."""
    edge = edge_of(request)
    await edge.admit(request, OPERATOR)
    check_query(request, ())
    wanted = _new_key(object_of(await body_of(request, BODY_LIMIT)))
    key, text = new_key(edge.keyring.pepper, wanted.tenant, wanted.name, _scopes(wanted), edge.clock())
    await edge.keyring.store.add(key)
    return _json(msgspec.json.encode(_shown(key, text)), 201)


async def list_keys(request: Request) -> Response:
    """All keys, or a tenant's."""
    edge = edge_of(request)
    await edge.admit(request, OPERATOR)
    check_query(request, {"tenant"})
    tenant = request.query_params.get("tenant")
    if tenant is not None and not re.fullmatch(ID, tenant):
        raise invalid_query("tenant", "This is no tenant's id.")
    keys = await edge.keyring.store.every(tenant)
    return _json(msgspec.json.encode({"items": [_shown(key) for key in keys]}))


async def revoke_key(request: Request) -> Response:
    """Ends a key: refused here at once, by other gateways within seconds."""
    edge = edge_of(request)
    await edge.admit(request, OPERATOR)
    check_query(request, ())
    named = request.path_params["key_id"]
    key = await edge.keyring.store.revoke(named, edge.clock()) if re.fullmatch(ID, named) else None
    if key is None:
        raise not_found("key")
    edge.keyring.forget(key.id)
    return _json(msgspec.json.encode(_shown(key)))


async def list_tenants(request: Request) -> Response:
    edge = edge_of(request)
    await edge.admit(request, OPERATOR)
    check_query(request, ())
    return _json(orjson.dumps({"items": await edge.tenants()}))


def _new_key(body: dict[str, Any]) -> NewKey:
    try:
        return NewKey.model_validate(body)
    except ValidationError as invalid:
        raise Problem.of(rejection(invalid, body)) from None


def _scopes(wanted: NewKey) -> list[str]:
    """A tenant's key never has the operator's scope, an operator's no other."""
    allowed = TENANT_SCOPES if wanted.tenant else (OPERATOR,)
    scopes = list(allowed) if wanted.scopes is None else wanted.scopes
    if unknown := [scope for scope in scopes if scope not in allowed]:
        raise invalid_command(
            f"{unknown[0][:80]!r} is no scope of such a key; there are {', '.join(allowed)}.", "scopes"
        )
    return scopes


def _shown(key: ApiKey, text: str | None = None) -> KeyShown:
    return KeyShown(
        id=key.id,
        tenant=key.tenant,
        name=key.name,
        scopes=sorted(key.scopes),
        created_at=key.created_at,
        revoked_at=key.revoked_at,
        key=text,
    )


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=JSON)
