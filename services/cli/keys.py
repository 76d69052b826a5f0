"""`keys create|list|revoke` and `tenants create|list`: asked of the gateway with the operator's key."""

import asyncio
import json
import re
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from cli.exits import check_failed, console, next_step, wrong_use
from cli.gateway import Gateway, Refused

app = typer.Typer()
keys = typer.Typer(name="keys", no_args_is_help=True, help="API keys.")
tenants = typer.Typer(name="tenants", no_args_is_help=True, help="Tenants.")
app.add_typer(keys)
app.add_typer(tenants)

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
T = TypeVar("T")

WRONG_USE = (400, 404, 422)


def asked(asking: Coroutine[Any, Any, T]) -> T:
    """The gateway's answer; a refusal ends the command and says what to do."""
    try:
        return asyncio.run(asking)
    except Refused as refused:
        if refused.status in (401, 403):
            wrong_use(str(refused), "set SLOTKEEPER_OPERATOR_KEY, or slotkeeper up, which makes one")
        if refused.status in WRONG_USE:
            wrong_use(str(refused), "the command's --help")
        check_failed(str(refused), "slotkeeper status, then the same again")


async def _ask(method: str, path: str, body: Any = None, query: dict[str, str] | None = None) -> Any:
    async with Gateway() as gateway:
        return await gateway.ask(method, path, body, query)


# --- keys -----------------------------------------------------------------------------------------------------------


@keys.command("create")
def create_key(
    tenant: Annotated[str | None, typer.Option(help="Whose key; without it an operator's.")] = None,
    name: Annotated[str, typer.Option(help="What it is for.")] = "key",
    scopes: Annotated[str | None, typer.Option(help="With commas; without them all that such a key can have.")] = None,
    as_json: Json = False,
) -> None:
    """Make an API key. Its text is shown now and never again."""
    wish: dict[str, Any] = {"name": name} | ({"tenant": tenant} if tenant else {})
    if scopes is not None:
        wish["scopes"] = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    made = asked(_ask("POST", "/ops/keys", wish))
    if as_json:
        console.print_json(json.dumps(made))
    else:
        console.print(made["key"], markup=False, soft_wrap=True)
    next_step(f"keep it safe: it is not shown again; slotkeeper keys revoke {made['id']} ends it")


@keys.command("list")
def list_keys(
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's.")] = None, as_json: Json = False
) -> None:
    """The keys there are, without their texts."""
    items = asked(_ask("GET", "/ops/keys", query={"tenant": tenant} if tenant else {}))["items"]
    if as_json:
        console.print_json(json.dumps(items))
    else:
        table = Table("id", "tenant", "name", "scopes", "created", "revoked", box=None)
        for one in items:
            whose, scopes = one.get("tenant", "(operator)"), " ".join(one["scopes"])
            table.add_row(one["id"], whose, one["name"], scopes, one["created_at"], one.get("revoked_at", ""))
        console.print(table)
    next_step("slotkeeper keys create --tenant TENANT, or keys revoke ID")


@keys.command("revoke")
def revoke_key(key_id: Annotated[str, typer.Argument(help="The key's id, the middle of its text.")]) -> None:
    """End a key: every gateway refuses it within seconds."""
    ended = asked(_ask("DELETE", f"/ops/keys/{key_id}"))
    console.print(f"{ended['id']} ({ended['name']}) ended {ended['revoked_at']}", markup=False)
    next_step("slotkeeper keys list")


# --- tenants --------------------------------------------------------------------------------------------------------


@tenants.command("create")
def create_tenant(
    name: Annotated[str, typer.Argument(help="Its name; its id is made of it: 'Acme Clinics' is acme-clinics.")],
    key: Annotated[bool, typer.Option("--key", help="Make an API key for it too.")] = False,
    as_json: Json = False,
) -> None:
    """Define a tenant; an existing one gets the new name."""
    tenant_id = id_of(name)
    if not tenant_id:
        wrong_use(f"no id can be made of {name!r}", "a name has letters or digits")
    made = asked(_define(tenant_id, name, key))
    if as_json:
        console.print_json(json.dumps(made))
    else:
        console.print(f"tenant {tenant_id}", markup=False)
        if key:
            console.print(made["key"], markup=False, soft_wrap=True)
    next_step(
        "define its supply: PUT /v1/locations/main, services, resources" if key else f"keys create --tenant {tenant_id}"
    )


async def _define(tenant_id: str, name: str, key: bool) -> dict[str, Any]:
    async with Gateway() as gateway:
        outcome = await gateway.ask("POST", "/ops/tenants", {"id": tenant_id, "name": name})
        if outcome["result"] == "pending":
            raise Refused({"code": "pending", "detail": "booking has not decided it yet"}, 202)
        made = {"id": tenant_id, "name": name, "position": outcome["position"]}
        if key:
            wish = {"tenant": tenant_id, "name": "first"}
            given = await gateway.ask("POST", "/ops/keys", wish)
            made |= {"key": given["key"], "key_id": given["id"], "scopes": given["scopes"]}
        return made


def id_of(name: str) -> str:
    """`Acme Clinics` is `acme-clinics`; what is an id already stays as it is."""
    if re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", name):
        return name
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:64]


@tenants.command("list")
def list_tenants(as_json: Json = False) -> None:
    """Every tenant there is."""
    items = asked(_ask("GET", "/ops/tenants"))["items"]
    if as_json:
        console.print_json(json.dumps(items))
    else:
        table = Table("id", "name", "partition", box=None)
        for one in items:
            table.add_row(one["id"], one["name"] or "", str(one["partition"]))
        console.print(table)
    next_step("slotkeeper tenants create NAME --key")
