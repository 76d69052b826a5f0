"""The samples of a dialect's document, word for word: examples of its page, and what its tests play.

One file a dialect, `samples/<name>.json`: each operation's requests, with what the document says is answered.
"""

from functools import cache
from importlib.resources import files
from typing import Any

import orjson

Sample = dict[str, Any]
"""`operation`, `request` (`path` with query, and `body`) and `response` (`status` and `body`)."""


@cache
def samples(dialect: str) -> list[Sample]:
    text = (files("gateway.dialects") / "samples" / f"{dialect}.json").read_bytes()
    found: list[Sample] = orjson.loads(text)
    return found


def sample(dialect: str, operation: str) -> Sample:
    """The document's first sample of an operation."""
    return next(one for one in samples(dialect) if one["operation"] == operation)
