"""Cursors: where a list goes on, and the moment all its pages are true at. Opaque to clients, checked when it returns.

A page is asked for with the parameters of the first; the cursor remembers a hash of them.
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Self

import msgspec

from availability.moment import Moment
from kit.problems import Problem


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """`as_of` is the moment; `where` the key of the last item; `asked` the hash of the list's parameters."""

    as_of: str
    where: list[str]
    asked: str = ""

    @classmethod
    def at(cls, at: Moment, where: list[str]) -> Self:
        return cls(f"{at.position}@{at.now.isoformat()}", where)

    def text(self, asked: Mapping[str, Any]) -> str:
        sealed = msgspec.structs.replace(self, asked=_hash(asked))
        return urlsafe_b64encode(msgspec.json.encode(sealed)).rstrip(b"=").decode()

    def numbers(self, count: int) -> list[int]:
        """The key of the last item, where it is so many whole numbers."""
        if len(self.where) != count or not all(one.isdecimal() and len(one) <= 12 for one in self.where):
            raise foreign()
        return [int(one) for one in self.where]

    @classmethod
    def read(cls, text: str, asked: Mapping[str, Any]) -> Self:
        """The cursor of just this list; anything else is an invalid query."""
        try:
            cursor = msgspec.json.decode(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)), type=cls)
        except ValueError:
            raise foreign() from None
        if cursor.asked != _hash(asked):
            raise Problem("invalid_query", "This cursor belongs to other parameters.", field="cursor")
        return cursor


def foreign() -> Problem:
    """Refuses what no answer gave."""
    return Problem("invalid_query", "This is not a cursor that an answer gave.", field="cursor")


def _hash(asked: Mapping[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(dict(asked), order="sorted")).hexdigest()[:16]
