"""Endpoints made through the front door, and refusals as a caller sees them."""

from typing import Any

import httpx

ROOT = "/v1/webhooks"
ENDPOINTS = f"{ROOT}/endpoints"
URL = "https://hooks.example.com/slots"


async def made(client: httpx.AsyncClient, url: str = URL, **more: Any) -> dict[str, Any]:
    """A new endpoint, as its 201 shows it."""
    answer = await client.post(ENDPOINTS, json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


def refused(answer: httpx.Response) -> tuple[int, str, str | None]:
    """The status, code and member of a problem."""
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status_code, problem["code"], problem.get("field")
