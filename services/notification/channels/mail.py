"""A mail as bytes: text and HTML beside each other, an invitation where there is one, headers that nobody can add to.

Whatever names and subjects hold, each header stays one header: control characters and line ends become spaces. The
bytes of a message follow from it alone (but its Date), so an attempt that is repeated sends the same mail.
"""

import hashlib
import re
from base64 import encodebytes
from binascii import b2a_qp
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from notification.channels.port import Outgoing
from notification.rendering.words import Mailbox, Method

LOCAL = re.compile(r"[^\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]\u2028\u2029]{1,64}")
DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*", re.IGNORECASE)
MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+>")
LINK = re.compile(r"https?://[\x21-\x3b\x3d\x3f-\x7e]{1,1500}")
NAME_LIMIT, SUBJECT_LIMIT = 100, 300


class BadAddress(ValueError):
    """Nothing that mail could be sent to."""


def address_of(text: str) -> str:
    """The address as it goes over the wire: a domain of other letters than ASCII in its ASCII form."""
    local, at, domain = text.strip().rpartition("@")
    if not at or not LOCAL.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress("no such address")
    ascii_domain = _ascii(domain)
    if not DOMAIN.fullmatch(ascii_domain) or len(ascii_domain) > 253:
        raise BadAddress("no such domain")
    return f"{local}@{ascii_domain}"


def _ascii(domain: str) -> str:
    try:
        return domain if domain.isascii() else domain.encode("idna").decode()
    except UnicodeError as error:
        raise BadAddress("no such domain") from error


def needs_utf8(*addresses: str) -> bool:
    """Whether only a server with SMTPUTF8 can take it."""
    return not all(address.isascii() for address in addresses)


def compose(outgoing: Outgoing, sender: Mailbox, at: datetime) -> bytes:
    """The mail. Raises BadAddress where there is nobody to send it to.

    All of it is written here: the standard library forgets to quote names when it folds a long header, and takes
    longer over a mail than all the rest of its making.
    """
    if not MESSAGE_ID.fullmatch(outgoing.message_id):
        raise ValueError("a Message-ID is <left@right>")
    headers = {
        "From": _mailbox(address_of(sender.address), sender.name),
        "To": _mailbox(address_of(outgoing.to), outgoing.to_name),
        "Subject": _encoded(_one_line(outgoing.rendered.subject)[:SUBJECT_LIMIT]),
        "Date": format_datetime(at),
        "Message-ID": outgoing.message_id,
        "Auto-Submitted": "auto-generated",
        "Content-Language": outgoing.rendered.language,
    }
    if outgoing.reply_to:
        headers["Reply-To"] = _mailbox(address_of(outgoing.reply_to), "")
    if outgoing.list_unsubscribe:
        headers |= _unsubscribe(outgoing.list_unsubscribe)
    if outgoing.about:
        headers["X-Slotkeeper-About"] = _one_line(outgoing.about)
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    return "".join(lines).encode() + _body(outgoing)


def _mailbox(address: str, name: str) -> str:
    shown = _one_line(name)[:NAME_LIMIT]
    if not shown:
        return f"<{address}>"
    plain = shown.isascii() and "=?" not in shown
    quoted = '"' + shown.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"{quoted if plain else _encoded(shown)} <{address}>"


def _encoded(text: str) -> str:
    """As it is, or as encoded words (RFC 2047), which no name and no subject can break out of."""
    if text.isascii() and "=?" not in text:
        return text
    return Header(text, "utf-8", maxlinelen=75).encode(linesep="\r\n")


def _one_line(text: str) -> str:
    """Without control characters, line ends and halves of characters."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())


def _unsubscribe(link: str) -> dict[str, str]:
    if not LINK.fullmatch(link):
        raise ValueError("a link to unsubscribe is an http address")
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _body(outgoing: Outgoing) -> bytes:
    """The rest of the headers, and the parts below each other."""
    rendered = outgoing.rendered
    parts = [_text("plain", rendered.text)]
    if rendered.html:
        parts.append(_text("html", rendered.html))
    if rendered.ics is not None and rendered.method:
        parts.append(_calendar(rendered.ics, rendered.method))
    if len(parts) == 1:
        return b"MIME-Version: 1.0\r\n" + parts[0]
    boundary = b"=_" + hashlib.sha256(outgoing.message_id.encode()).hexdigest()[:32].encode()
    begin = b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n' % boundary
    return begin + b"".join(b"--%b\r\n%b\r\n" % (boundary, part) for part in parts) + b"--%b--\r\n" % boundary


def _text(subtype: str, text: str) -> bytes:
    """Texts are never sent as they are: encoded, no text can look like the boundary between two parts."""
    lines = b"".join(line + b"\r\n" for line in text.encode("utf-8", "replace").splitlines())
    named = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return named.encode() + b2a_qp(lines)


def _calendar(ics: bytes, method: Method) -> bytes:
    """As bytes: as a text it would lose the line ends that calendars insist on."""
    named = (
        f'Content-Type: text/calendar; charset="utf-8"; method="{method}";\r\n name="invite.ics"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return named.encode() + encodebytes(ics).replace(b"\n", b"\r\n")
