"""The console in a real browser: a desk with a shop, its keys and a receiver, and what somebody does at the page."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.async_api import Locator, Page, async_playwright, expect

from hooked import Receiver, receiving
from hooks import ENDPOINTS
from local.browser import chromium
from local.secret import secrets_of
from local.stack import Stack
from shop import SUPPLY, booking

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

expect.set_options(timeout=20_000)


@dataclass(frozen=True, slots=True)
class Desk:
    """A shop, its key and the operator's, a client that has the first one too, and a receiver."""

    url: str
    tenant: str
    key: str
    operator_key: str
    http: httpx.AsyncClient
    receiver: Receiver

    async def books(self, time: str) -> None:
        answer = await self.http.post("/v1/appointments", json=booking(time))
        assert answer.status_code == 201, answer.text

    async def status_of(self, endpoint: dict[str, Any]) -> str:
        """What the interface says of it."""
        return str((await self.http.get(f"{ENDPOINTS}/{endpoint['id']}")).json().get("status"))


@asynccontextmanager
async def open_desk(stack: Stack) -> AsyncIterator[Desk]:
    """For a new tenant of a stack that runs."""
    url, tenant = stack.url("gateway"), f"shop-{secrets.token_hex(4)}"
    operator_key = secrets_of(stack.home)["operator_key"]
    async with with_key(url, operator_key) as operator:
        await operator.post("/ops/tenants", json={"id": tenant, "name": "A shop"})
        key = (await operator.post("/ops/keys", json={"tenant": tenant})).json()["key"]
    async with receiving() as receiver, with_key(url, key) as client:
        supplied = await client.post("/v1/commands", json=[{"type": type, "data": data} for type, data in SUPPLY])
        assert [one["result"] for one in supplied.json()] == ["accepted"] * len(SUPPLY)
        yield Desk(url, tenant, key, operator_key, client, receiver)


def with_key(url: str, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


@asynccontextmanager
async def a_page() -> AsyncIterator[Page]:
    """A tab of a browser that has no other."""
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield await browser.new_page()
        await browser.close()


async def sign_in(tab: Page, key: str) -> None:
    """Without a mouse: the field has the focus."""
    await expect(tab.get_by_label("API key")).to_be_focused()
    await tab.keyboard.insert_text(key)
    await tab.keyboard.press("Enter")


async def goes_to(console: Page, part: str) -> None:
    await console.get_by_role("link", name=part, exact=True).first.click()
    await expect(console.get_by_role("heading", name=part)).to_be_focused()


def said(console: Page) -> Locator:
    return console.locator("#said")
