"""The console's files: all there, none from elsewhere, under a policy that keeps text text."""

import re
from collections.abc import AsyncIterator
from importlib.resources import files

import httpx
import pytest

from edges import deciding_nothing, gateway
from gateway.console.pages import KINDS

NAMED = re.compile(r'(?:src|href)="(console/[^"]+)"|from "\./([^"]+)"')
ELSEWHERE = re.compile(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z]")
"""The name of the language of drawings is no address."""


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with gateway(deciding_nothing) as edge, edge.client(None) as open_to_all:
        yield open_to_all


async def everything(client: httpx.AsyncClient) -> dict[str, httpx.Response]:
    """The page, and whatever is reached from it."""
    found, wanted = dict[str, httpx.Response](), ["/console"]
    while wanted:
        path = wanted.pop()
        if path not in found:
            found[path] = await client.get(path)
            wanted += [f"/console/{(a or b).removeprefix('console/')}" for a, b in NAMED.findall(found[path].text)]
    return found


async def test_every_file_is_served_as_what_it_is_and_none_comes_from_elsewhere(client: httpx.AsyncClient) -> None:
    found = await everything(client)
    shipped = {one.name for one in files("gateway.console").iterdir() if one.name.endswith(tuple(KINDS))}
    assert {path.rpartition("/")[2] for path in found} == (shipped - {"index.html"}) | {"console"}
    for path, answer in found.items():
        assert answer.status_code == 200, path
        assert answer.headers["Content-Type"] == KINDS.get(path[path.rfind(".") :], KINDS[".html"])
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not ELSEWHERE.search(answer.text), path


async def test_the_policy_lets_nothing_run_that_is_not_a_file_of_ours(client: httpx.AsyncClient) -> None:
    for path, answer in (await everything(client)).items():
        policy = dict(rule.split(" ", 1) for rule in answer.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'", path
        assert {policy[rule] for rule in ("script-src", "style-src", "img-src", "connect-src")} == {"'self'"}
        assert policy["require-trusted-types-for"] == "'script'"
        assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"


@pytest.mark.parametrize("name", ["pages.py", "__init__.py", "index.html", "nothing.js", "..%2Fapp.py", "%2e%2e"])
async def test_nothing_else_of_the_package_is_served(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/console/{name}")
    assert answer.status_code == 404
