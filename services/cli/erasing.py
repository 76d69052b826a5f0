"""`erase`: makes all that is personal of a customer unreadable, everywhere and for good."""

import sys
from typing import Annotated, Any
from urllib.parse import quote

import typer

from cli.exits import console, next_step, wrong_use
from cli.gateway import Gateway, Refused
from cli.keys import asked

app = typer.Typer()


@app.command()
def erase(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    tenant: Annotated[str, typer.Option(help="Whose customer.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; a script is not asked either.")] = False,
) -> None:
    """Erase a person: names, addresses, notes, reasons. What is booked stays booked. There is no way back."""
    asking = sys.stdin.isatty() and not yes
    if asking and not typer.confirm(f"Erase customer {customer} of {tenant}? There is no way back."):
        wrong_use("nothing was erased", "slotkeeper erase CUSTOMER --tenant TENANT --yes")
    outcome = asked(_erase(tenant, customer))
    console.print(f"customer {customer} of {tenant} is erased as of {outcome['position']}", markup=False)
    next_step("slotkeeper dead list: commands and dead letters are kept 7 days as they came")


async def _erase(tenant: str, customer: str) -> dict[str, Any]:
    async with Gateway(tenant) as gateway:
        outcome: dict[str, Any] = await gateway.ask("POST", f"/v1/customers/{quote(customer, safe='')}/erase", {})
        if outcome["result"] == "pending":
            raise Refused({"code": "pending", "detail": "booking has not decided it yet"}, 202)
        return outcome
