"""Templates at the gateway need a key with the scope; the link that ends reminders needs none."""

import pytest

from edges import MemoryServices, deciding_nothing, gateway
from gateway.api.reads import Passed
from gateway.api.templates import LINK, TEMPLATES
from gateway.services import NOTIFICATION, Reply

PAGE = Reply(200, {"Content-Type": "text/html", "Referrer-Policy": "no-referrer", "Set-Cookie": "a=b"}, b"<p>ok</p>")


def path_of(route: Passed) -> str:
    return route.path.replace("{kind}", "booked").replace("{language}", "en")


@pytest.mark.parametrize("route", TEMPLATES, ids=lambda route: f"{route.method} {route.path}")
async def test_templates_are_passed_on_to_notification_for_whoever_keeps_the_supply(route: Passed) -> None:
    services = MemoryServices(lambda service, target: Reply(200, {"Content-Type": "application/json"}, b"{}"))
    async with gateway(deciding_nothing, services=services) as edge:
        async with edge.client(await edge.key("supply:write")) as client:
            await client.request(route.method, f"{path_of(route)}?audience=staff")
        async with edge.client(await edge.key("customers:read")) as client:
            refused = await client.request(route.method, path_of(route))
    assert refused.status_code == 403
    ((service, method, target, caller, _),) = services.asked
    assert (service, method, target) == (NOTIFICATION, route.method, f"{path_of(route)}?audience=staff")
    assert caller.tenant == "acme"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_reminders_link_works_without_a_key_and_speaks_for_no_tenant(method: str) -> None:
    services = MemoryServices(lambda service, target: PAGE)
    path = LINK.replace("{token}", "YWJj.eHl6")
    async with gateway(deciding_nothing, services=services) as edge, edge.client(None) as client:
        answer = await client.request(method, path, content=b"List-Unsubscribe=One-Click" if method == "POST" else b"")
    assert (answer.status_code, answer.text) == (200, "<p>ok</p>")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer.headers
    ((service, asked, target, caller, _),) = services.asked
    assert (service, asked, target) == (NOTIFICATION, method, path)
    assert (caller.tenant, caller.scopes) == (None, frozenset())


async def test_a_link_takes_no_large_body() -> None:
    async with gateway(deciding_nothing) as edge, edge.client(None) as client:
        answer = await client.post(LINK.replace("{token}", "x.y"), content=b"x" * 10_000)
    assert answer.status_code == 413
