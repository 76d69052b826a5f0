"""Text messages over a plain HTTP gateway: one POST of JSON a message, its id as the idempotency key.

The gateway's address is the operator's own setting, so it is dialled as it is; redirects are not followed and of an
answer nothing but its status is looked at. 2xx is sent; a refused number or text is final, the rest is tried again.
"""

import re

import aiohttp

from notification.channels.port import Outgoing, Sent

NUMBER = re.compile(r"\+?[0-9]{5,15}")
PUNCTUATION = re.compile(r"[\s().\-/\u00a0\u202f]")
FINAL = frozenset({400, 404, 406, 410, 413, 422})
"""What a gateway says of a number or a text that it will never take."""
TEXT_LIMIT = 1_530
"""Ten parts of a long message; what is longer is cut."""


class SmsChannel:
    """Implements `Channel`."""

    def __init__(self, url: str, token: str = "", sender: str = "", *, seconds: float = 15.0) -> None:
        self._url, self._token, self._sender = url, token, sender
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def send(self, outgoing: Outgoing) -> Sent:
        number = PUNCTUATION.sub("", outgoing.to)
        if not NUMBER.fullmatch(number):
            return Sent("bounced", "no such number", address_refused=True)
        body = {"id": outgoing.message_id, "to": number, "text": outgoing.rendered.text.strip()[:TEXT_LIMIT]}
        if self._sender:
            body["from"] = self._sender
        try:
            async with self._connected().post(
                self._url, json=body, headers=self._headers(outgoing), allow_redirects=False
            ) as answer:
                return result_of(answer.status)
        except TimeoutError:
            return Sent("retry", "timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Sent("retry", type(error).__name__)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _headers(self, outgoing: Outgoing) -> dict[str, str]:
        shown = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {"Idempotency-Key": outgoing.message_id, **shown}

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


def result_of(status: int) -> Sent:
    if 200 <= status < 300:
        return Sent("sent", f"http_{status}")
    final = status in FINAL
    return Sent("bounced" if final else "retry", f"http_{status}", address_refused=final)
