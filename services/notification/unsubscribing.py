"""No more reminders, with one click (RFC 8058): the link that a reminder carries, and what following it does.

The link holds the tenant and the key of an address, signed, and nothing that tells whose it is. Looking at it changes
nothing, for mail programs look at links by themselves; only the form's POST, or theirs, does.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Awaitable, Callable
from html import escape
from typing import Annotated, NamedTuple, cast

from fastapi import APIRouter, Depends, Request, Response

from kit.problems import Problem
from notification.rendering.words import Language, language_of

PATH = "/v1/notifications/unsubscribe"
REASON = "unsubscribed"
TOKEN_LIMIT = 600

Suppress = Callable[[str, str, str], Awaitable[None]]
"""(tenant, address key, reason): that address takes no reminders any more."""

SAYS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Reminders",
        "ask": "Do you want no more reminders at this address?",
        "button": "No more reminders",
        "done": "You will get no more reminders at this address.",
    },
    "de": {
        "title": "Erinnerungen",
        "ask": "Möchten Sie an diese Adresse keine Erinnerungen mehr?",
        "button": "Keine Erinnerungen mehr",
        "done": "An diese Adresse kommen keine Erinnerungen mehr.",
    },
}
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Leaving(NamedTuple):
    """Which address of which tenant a link is about, and the language it was written in."""

    tenant: str
    address_key: str
    language: Language


def link(base: str, key: str, leaving: Leaving) -> str:
    """The link, below the address at which people reach the gateway."""
    payload = "\0".join(leaving).encode()
    return f"{base.rstrip('/')}{PATH}/{_text(payload)}.{_text(_mac(key, payload))}"


def read(key: str, token: str) -> Leaving | None:
    """What a link says; None where it is not one of ours."""
    payload_text, _, mac_text = token[:TOKEN_LIMIT].partition(".")
    try:
        payload, mac = _bytes(payload_text), _bytes(mac_text)
    except (BadBase64, ValueError):
        return None
    if not hmac.compare_digest(mac, _mac(key, payload)):
        return None
    tenant, address_key, language = payload.decode().split("\0")
    return Leaving(tenant, address_key, language_of(language))


def _mac(key: str, payload: bytes) -> bytes:
    return hmac.digest(key.encode(), b"unsubscribe\0" + payload, "sha256")[:16]


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))


# --- over HTTP ----------------------------------------------------------------------------------------------------

routes = APIRouter(tags=["notifications"])


def leaving_of(request: Request, token: str) -> Leaving:
    found = read(cast(str, request.app.state.internal_key), token)
    if found is None:
        raise Problem("not_found", "This link is not one of ours, or not whole.", status=404)
    return found


Link = Annotated[Leaving, Depends(leaving_of)]


@routes.get(PATH + "/{token}", summary="Asks whether there shall be no more reminders; changes nothing")
async def ask(leaving: Link) -> Response:
    says = SAYS[leaving.language]
    form = f'<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">' \
           f'<button>{escape(says["button"])}</button></form>'  # fmt: skip
    return _page(leaving.language, f"<p>{escape(says['ask'])}</p>{form}")


@routes.post(PATH + "/{token}", summary="No more reminders (RFC 8058)")
async def leave(request: Request, leaving: Link) -> Response:
    suppress = cast(Suppress, request.app.state.suppress)
    await suppress(leaving.tenant, leaving.address_key, REASON)
    return _page(leaving.language, f"<p>{escape(SAYS[leaving.language]['done'])}</p>")


def _page(language: Language, body: str) -> Response:
    title = escape(SAYS[language]["title"])
    head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
    return Response(f"{head}<body>{body}</body></html>", headers=SAFE, media_type="text/html")
