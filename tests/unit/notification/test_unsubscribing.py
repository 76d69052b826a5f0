"""The link that ends reminders: signed, telling nothing, and harmless until it is posted to."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from kit import problems
from notification.unsubscribing import PATH, Leaving, link, read, routes

KEY = "internal"
LEAVING = Leaving("acme", "5f3a", "de")


def token(leaving: Leaving = LEAVING, key: str = KEY) -> str:
    return link("https://example.com/", key, leaving).removeprefix(f"https://example.com{PATH}/")


@pytest.fixture
def suppressed() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
async def client(suppressed: list[tuple[str, str, str]]) -> AsyncIterator[httpx.AsyncClient]:
    async def suppress(tenant: str, address_key: str, reason: str) -> None:
        suppressed.append((tenant, address_key, reason))

    app = FastAPI()
    app.state.internal_key, app.state.suppress = KEY, suppress
    app.include_router(routes)
    problems.install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as asking:
        yield asking


async def test_one_click_ends_reminders(client: httpx.AsyncClient, suppressed: list[tuple[str, str, str]]) -> None:
    answer = await client.post(f"{PATH}/{token()}", data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert suppressed == [("acme", "5f3a", "unsubscribed")]
    assert "keine Erinnerungen" in answer.text


async def test_looking_at_the_link_ends_nothing_but_offers_to(
    client: httpx.AsyncClient, suppressed: list[tuple[str, str, str]]
) -> None:
    answer = await client.get(f"{PATH}/{token()}")
    assert (answer.status_code, suppressed) == (200, [])
    assert '<form method="post">' in answer.text
    assert "script" not in answer.text
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_link_of_somebody_else_ends_nothing(
    client: httpx.AsyncClient, suppressed: list[tuple[str, str, str]]
) -> None:
    other = token(Leaving("other", "5f3a", "de")).partition(".")[0]
    for bad in (token(key="another"), f"{other}.{token().partition('.')[2]}", "x", "x.y", "é", "..%2e", "a" * 5_000):
        assert (await client.post(f"{PATH}/{bad}")).status_code == 404
    assert suppressed == []


@given(
    tenant=st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True), key=st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
)
def test_what_a_link_says_is_read_back(tenant: str, key: str) -> None:
    leaving = Leaving(tenant, key, "en")
    assert read(KEY, token(leaving)) == leaving
    assert len(token(leaving)) < 300


@given(at=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=127))
def test_a_link_that_was_changed_is_not_ours(at: int, flip: int) -> None:
    whole = token()
    place = at % len(whole)
    changed = whole[:place] + chr(ord(whole[place]) ^ flip) + whole[place + 1 :]
    found = read(KEY, changed)
    assert found is None or found == LEAVING, "the last bits of base64 say nothing"
