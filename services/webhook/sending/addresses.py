"""Which addresses a webhook may be sent to: public ones, in whatever spelling they come.

An explicit list, since what Python calls global lets NAT64, 6to4, 192.0.0.8 and all multicast pass. An address that
only carries another one is judged by what it carries. A host that looks like a number anywhere a resolver would take
it for an address is read as that address, and refused where it is none. Names are judged when they are dialled.
"""

import re
import unicodedata
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from yarl import URL

Address = IPv4Address | IPv6Address

_REFUSED_V4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "a private network",
    "100.64.0.0/10": "a carrier's own network",
    "127.0.0.0/8": "loopback",
    "168.63.129.16/32": "a cloud's own use",
    "169.254.0.0/16": "its link only, and a cloud's metadata",
    "172.16.0.0/12": "a private network",
    "192.0.0.0/24": "protocols",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "a private network",
    "198.18.0.0/15": "benchmarks",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved use",
}
_REFUSED_V6 = {
    "::/128": "no host",
    "::1/128": "loopback",
    "64:ff9b:1::/48": "a translator's own network",
    "100::/64": "being thrown away",
    "100:0:0:1::/64": "being thrown away",
    "2001::/23": "protocols",
    "2001:db8::/32": "documentation",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "a private network",
    "fe80::/10": "its link only",
    "fec0::/10": "a private network",
    "ff00::/8": "multicast",
}
_V4 = [(IPv4Network(network), use) for network, use in _REFUSED_V4.items()]
_V6 = [(IPv6Network(network), use) for network, use in _REFUSED_V6.items()]
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOOPBACK = IPv4Network("127.0.0.0/8")

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_HOST = re.compile(r"[\w.-]+")
_URL = re.compile(r"(?P<scheme>[a-z]+)://(?P<where>[^/?#]*)(?:[/?#].*)?", re.IGNORECASE)
_WHERE = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LONGEST_HOST = 253
_LONGEST_URL = 2_048


def refusal(ip_or_literal_host: str, *, allow_loopback: bool) -> str | None:
    """Why nothing is sent to this address or host, in a sentence; none for a name, which is judged when dialled."""
    try:
        address = _literal(_plain(ip_or_literal_host))
    except ValueError as unreadable:
        return str(unreadable)
    if address is None or (allow_loopback and _is_loopback(address)):
        return None
    return _judged(address)


def check_url(url: str, *, allow_loopback: bool) -> str | None:
    """Why no endpoint may have this URL; opens no socket."""
    if len(url) > _LONGEST_URL or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        return "A URL has at most 2,048 characters, none of them a space, a backslash or a control character."
    parts = _URL.fullmatch(url)
    if parts is None or (scheme := parts["scheme"].lower()) not in ("https", "http"):
        return "The URL must begin with https://."
    if "@" in parts["where"]:
        return "The URL may not hold a user or a password."
    where = _WHERE.fullmatch(parts["where"])
    if where is None or not where["host"] or not 0 < int(where["port"] or 443) < 65_536:
        return "The URL must name a host, and a port only between 1 and 65535."
    return _check_host(url, scheme, where["host"], allow_loopback)


def _check_host(url: str, scheme: str, host: str, allow_loopback: bool) -> str | None:
    if refused := refusal(host, allow_loopback=allow_loopback):
        return refused
    local = _is_local(host)
    if local and not allow_loopback:
        return "localhost is this machine, and no webhook is sent to it."
    if scheme == "http" and not local:
        return "Webhooks are sent over https only."
    return _check_spelling(url, host, allow_loopback)


def _check_spelling(url: str, host: str, allow_loopback: bool) -> str | None:
    """The one who dials must read the same address, and only the plain spelling of an address is read by all alike."""
    try:
        dialled = URL(url).host or ""
    except ValueError:
        return "The host of this URL is no valid name."
    address = _literal(_plain(host))
    if isinstance(address, IPv4Address) and host != str(address):
        return f"Spell the address as {address}."
    return refusal(dialled, allow_loopback=allow_loopback)


def _plain(host: str) -> str:
    """The host without what spelling can add: escapes, wide digits, invisible characters, brackets, a last dot."""
    unescaped = re.sub(r"%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), host)
    visible = "".join(c for c in unescaped if unicodedata.category(c) != "Cf")
    usual = unicodedata.normalize("NFKC", visible).replace("\u3002", ".").casefold()
    return (usual[1:-1] if usual.startswith("[") and usual.endswith("]") else usual).rstrip(".")


def _literal(host: str) -> Address | None:
    """The address that the host spells, or none for a name; ValueError says why it is neither."""
    if ":" in host:
        return _v6(host)
    if not host or len(host) > _LONGEST_HOST or not _HOST.fullmatch(host):
        raise ValueError("This is no valid host.")
    parts = host.split(".")
    return _v4(parts) if _NUMBER.fullmatch(parts[-1]) else None


def _v6(host: str) -> IPv6Address:
    """Zones name an interface of this machine: none of them is a receiver's."""
    try:
        return IPv6Address(host if "%" not in host else "")
    except ValueError:
        raise ValueError("This is no valid IPv6 address.") from None


def _v4(parts: list[str]) -> IPv4Address:
    """One to four numbers, each decimal, octal or hexadecimal; the last fills what is left. So do resolvers read it."""
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or any(number > 255 for number in numbers[:-1]) or numbers[-1] >= 256 ** (5 - len(parts)):
        raise ValueError("This is no valid IPv4 address.")
    return IPv4Address(sum(number << 8 * (3 - i) for i, number in enumerate(numbers[:-1])) + numbers[-1])


def _number(part: str) -> int:
    try:
        if not _NUMBER.fullmatch(part):
            raise ValueError(part)
        if part.startswith("0x"):
            return int(part[2:] or "0", 16)
        return int(part, 8 if part.startswith("0") else 10)
    except ValueError:
        raise ValueError("This is no valid IPv4 address.") from None


def _judged(address: Address) -> str | None:
    carried = _carried(address) if isinstance(address, IPv6Address) else []
    for inner in carried:
        if refused := _judged(inner):
            return f"{address} carries another address. {refused}"
    if carried and not _is_isatap(address):
        return None
    networks: list[tuple[IPv4Network, str]] | list[tuple[IPv6Network, str]] = (
        _V4 if isinstance(address, IPv4Address) else _V6
    )
    for network, use in networks:
        if address in network:
            return f"{address} is for {use}, and no webhook is sent there."
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return f"{address} is not a public address, and no webhook is sent there."
    return None


def _carried(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which a packet for this address really goes."""
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    if address.ipv4_mapped is not None or address in _NAT64 or _is_isatap(address):
        return [last]
    if address.sixtofour is not None:
        return [address.sixtofour]
    return list(address.teredo or ())


def _is_isatap(address: Address) -> bool:
    return isinstance(address, IPv6Address) and int(address) >> 32 & 0xFFFF_FFFF in _ISATAP


def _is_loopback(address: Address) -> bool:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address) in _LOOPBACK or address == IPv6Address("::1")


def _is_local(host: str) -> bool:
    plain = _plain(host)
    address = _literal(plain)
    return plain == "localhost" if address is None else _is_loopback(address)
