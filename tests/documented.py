"""Playing a document's samples: the request as it stands there, and the answer compared with it byte for byte.

The documents' days lie in the past, so both are moved on by whole years to one whose days have the same weekdays. What
only the running system can know (ids it makes, instants of its own) is checked for its form alone.
"""

import re
from typing import Any

import httpx
import orjson

from gateway.dialects.samples import Sample

THEN, NOW = "2025-", "2031-"
"""Their weekdays are the same."""

FORMS = {"id": r"[a-z]{3}_[A-Za-z0-9_]{4,}", "instant": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"}


def moved(sample: Any) -> Any:
    """The sample in a year to come."""
    return orjson.loads(orjson.dumps(sample).replace(THEN.encode(), NOW.encode()))


async def play(client: httpx.AsyncClient, base: str, sample: Sample, **path: str) -> httpx.Response:
    """Sends the sample's request. `path` replaces parts of its path, such as an id of the document's by a real one."""
    asked = moved(sample["request"])
    target: str = base + asked["path"]
    for documented, real in path.items():
        target = target.replace(documented, real)
    return await client.request(asked["method"], target, json=asked.get("body"))


def as_documented(answer: httpx.Response, sample: Sample, **made: str) -> tuple[bytes, bytes]:
    """The answer and the sample, to be found equal: members in the same order, the same values.

    `made` names members that cannot be the document's, each with its form.
    """
    documented = moved(sample["response"])
    assert answer.status_code == documented["status"], answer.text
    assert answer.headers["Content-Type"] == "application/json"
    assert re.fullmatch(r"\d+\.\d+", answer.headers["Slotkeeper-Position"])
    said = _put_in(answer.json(), documented["body"], made)
    return orjson.dumps(said), orjson.dumps(documented["body"])


def _put_in(said: Any, documented: Any, made: dict[str, str]) -> Any:
    """What was said, with the document's values for what is made, if it has the form of such."""
    if isinstance(said, dict) and isinstance(documented, dict):
        return {name: _member(name, value, documented.get(name), made) for name, value in said.items()}
    if isinstance(said, list) and isinstance(documented, list):
        return [_put_in(one, other, made) for one, other in zip(said, documented, strict=False)] + said[
            len(documented) :
        ]
    return said


def _member(name: str, value: Any, documented: Any, made: dict[str, str]) -> Any:
    if name in made and isinstance(value, str) and re.fullmatch(FORMS[made[name]], value):
        return documented
    return _put_in(value, documented, made)
