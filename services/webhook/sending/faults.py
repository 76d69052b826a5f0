"""Why a request brought no answer, in the words of the attempts log."""

import ssl
from collections.abc import Iterator

import aiohttp

from webhook.sending.names import RefusedAddress

TIMEOUT, REDIRECT, REFUSED_ADDRESS = "timeout", "redirect", "refused_address"
DNS, CONNECT_REFUSED, UNREACHABLE, CLOSED = "dns", "connect_refused", "unreachable", "closed"
UNREADABLE = "unreadable_answer"
TLS_EXPIRED, TLS_NOT_YET_VALID, TLS_UNTRUSTED = "tls_expired", "tls_not_yet_valid", "tls_untrusted"
TLS_HOSTNAME, TLS_PROTOCOL, TLS_CLOSED = "tls_hostname", "tls_protocol", "tls_closed"

_CERTIFICATE = {9: TLS_NOT_YET_VALID, 10: TLS_EXPIRED, 62: TLS_HOSTNAME, 64: TLS_HOSTNAME}
"""OpenSSL's verification codes; whatever else is wrong with a certificate, it is not trusted."""

_UNREADABLE = (aiohttp.ClientResponseError, aiohttp.ClientPayloadError, aiohttp.http.HttpProcessingError)


def named(fault: BaseException) -> str:
    """The fault's name, by what lies deepest: aiohttp wraps a refused address, and TLS, in errors of its own."""
    causes = list(_causes(fault))
    for cause in reversed(causes):
        if isinstance(cause, RefusedAddress):
            return REFUSED_ADDRESS
        if isinstance(cause, ssl.SSLError):
            return _tls(cause)
    return next((name for cause in causes if (name := _network(cause))), UNREACHABLE)


def _tls(fault: ssl.SSLError) -> str:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(fault.verify_code, TLS_UNTRUSTED)
    return TLS_PROTOCOL


def _network(fault: BaseException) -> str | None:
    """A line that is closed while it is made was closed in the handshake: TCP's own no is a refusal."""
    match fault:
        case aiohttp.ClientConnectorDNSError():
            return DNS
        case TimeoutError():
            return TIMEOUT
        case ConnectionRefusedError():
            return CONNECT_REFUSED
        case aiohttp.ClientConnectorError(os_error=ConnectionResetError() | BrokenPipeError()):
            return TLS_CLOSED
        case aiohttp.ServerDisconnectedError() | ConnectionResetError() | BrokenPipeError():
            return CLOSED
        case _ if isinstance(fault, _UNREADABLE):
            return UNREADABLE
    return None


def _causes(fault: BaseException) -> Iterator[BaseException]:
    """The fault and what led to it, outermost first; certificate errors keep theirs in a member."""
    seen: BaseException | None = fault
    while seen is not None:
        yield seen
        inner = getattr(seen, "os_error", None) or getattr(seen, "certificate_error", None)
        seen = inner if isinstance(inner, BaseException) else seen.__cause__
