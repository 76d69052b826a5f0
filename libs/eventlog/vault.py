"""The vault: personal values sealed per person, readable only while that person's key row exists (D10).

A subject's data key is wrapped by its tenant's key, that one by the master key. A sealed text is
`<subject>.<key no>.<base64url of nonce and ciphertext>`, bound to tenant and subject. What cannot be opened, for
whatever reason, reads as None and never as an error. An erased person's key row stays, without a key in it.
"""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from contracts.personal import PERSONAL, Sealed
from eventlog.log import KeyRow, LogReader

Value = str | int | float | bool

TENANT = ""
"""The subject under which a tenant's own key is kept."""

_NONCE = 12
_KEY = 32
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode

S = TypeVar("S", bound=msgspec.Struct)


class ErasedSubject(Exception):
    """Nothing is sealed for somebody who was erased."""


class _TenantKey(NamedTuple):
    """The tenant's own secret, for keyed hashes, and the cipher that wraps the keys of its subjects."""

    secret: bytes
    cipher: AESGCM


class Vault:
    """Seals and opens with the keys it was fed; it keeps the `capacity` subjects it met last."""

    def __init__(
        self, master_key: bytes, *, entropy: Callable[[int], bytes] = os.urandom, capacity: int = 100_000
    ) -> None:
        self._master = AESGCM(master_key)
        self._entropy = entropy
        self._capacity = capacity
        self._tenants: dict[str, _TenantKey] = {}
        self._subjects: dict[tuple[str, str], dict[int, AESGCM]] = {}
        self._part_of: dict[str, int] = {}

    # --- keys -------------------------------------------------------------------------------------------------

    def learn(self, part: int, rows: Iterable[KeyRow]) -> None:
        """Takes up key rows of a partition; tenants' own keys first, for they open the others."""
        for row in sorted(rows, key=lambda row: row.subject != TENANT):
            self._part_of[row.tenant] = part
            self._take_up(row)

    def drop(self, part: int) -> None:
        """Forgets every key of a partition, and those of new tenants: some may never have reached the log."""
        for tenant in [tenant for tenant in self._tenants if self._part_of.get(tenant, part) == part]:
            del self._tenants[tenant]
        for key in [key for key in self._subjects if key[0] not in self._tenants]:
            del self._subjects[key]

    def drop_subjects(self) -> None:
        """Forgets every subject's key; who was erased stays so."""
        self._subjects = {key: numbers for key, numbers in self._subjects.items() if not numbers}

    def forget(self, tenant: str, subject: str) -> None:
        """Drops a subject's key; it can be learned again."""
        self._subjects.pop((tenant, subject), None)

    def erase(self, tenant: str, subject: str) -> None:
        """Drops a subject's key for good; a row that was read before it was erased brings none."""
        self._subjects[tenant, subject] = {}
        self._make_room()

    def knows(self, tenant: str, subject: str) -> bool:
        """Whether the subject's key is here, or known to be erased; `''` asks for the tenant's own key."""
        return tenant in self._tenants if subject == TENANT else (tenant, subject) in self._subjects

    def new_tenant_key(self, tenant: str) -> KeyRow:
        """The row to append with a new tenant."""
        wrapped = self._wrap(self._master, self._entropy(_KEY), _bound(tenant, TENANT))
        return self._took_up(KeyRow(tenant, TENANT, 1, wrapped))

    def ensure_subject(self, tenant: str, subject: str) -> KeyRow | None:
        """The row to append for a subject that has no key yet; None when it has one. The tenant's must be known."""
        if (tenant, subject) in self._subjects:
            return None
        wrapped = self._wrap(self._tenants[tenant].cipher, self._entropy(_KEY), _bound(tenant, subject))
        return self._took_up(KeyRow(tenant, subject, 1, wrapped))

    def _took_up(self, row: KeyRow) -> KeyRow:
        self._take_up(row)
        return row

    def _take_up(self, row: KeyRow) -> None:
        if not row.wrapped:
            self.erase(row.tenant, row.subject)
            return
        tenant = self._tenants.get(row.tenant)
        under = self._master if row.subject == TENANT else tenant and tenant.cipher
        secret = _unwrap(under, row.wrapped, _bound(row.tenant, row.subject)) if under else None
        if secret is None:
            return
        if row.subject == TENANT:
            self._tenants[row.tenant] = _TenantKey(secret, AESGCM(secret))
            return
        numbers = self._subjects.get((row.tenant, row.subject))
        if numbers is None:
            self._subjects[row.tenant, row.subject] = {row.number: AESGCM(secret)}
            self._make_room()
        elif numbers:
            numbers[row.number] = AESGCM(secret)

    def _make_room(self) -> None:
        if len(self._subjects) > self._capacity:
            del self._subjects[next(iter(self._subjects))]

    def _wrap(self, cipher: AESGCM, secret: bytes, bound: bytes) -> bytes:
        nonce = self._entropy(_NONCE)
        return nonce + cipher.encrypt(nonce, secret, bound)

    # --- values -----------------------------------------------------------------------------------------------

    def seal(self, tenant: str, subject: str, value: Value) -> Sealed:
        """The value under the subject's newest key, which must be known. Raises `ErasedSubject`."""
        numbers = self._subjects[tenant, subject]
        if not numbers:
            raise ErasedSubject(subject)
        number = max(numbers)
        sealed = self._wrap(numbers[number], _encode(value), _bound(tenant, subject))
        return Sealed(f"{subject}.{number}.{urlsafe_b64encode(sealed).decode()}")

    def open(self, tenant: str, sealed: Sealed) -> Value | None:
        """The value, or None: erased, tampered with, another tenant's, key not known."""
        subject, number, text = _parse(sealed.sealed)
        cipher = self._subjects.get((tenant, subject), {}).get(number)
        clear = cipher and _unwrap(cipher, _unbase64(text), _bound(tenant, subject))
        return _decode(clear) if clear else None

    def email_key(self, tenant: str, email: str) -> str:
        """Under which an address is looked up: equal for equal addresses of one tenant, and telling nothing else."""
        folded = email.strip().casefold().encode()
        return hmac.digest(self._tenants[tenant].secret, b"email\0" + folded, "sha256").hex()

    def body_hash(self, tenant: str, body: bytes) -> bytes:
        """By which a command's repetition is told from another body; keyed, so that bodies cannot be guessed."""
        return blake2b(body, key=self._tenants[tenant].secret, person=b"body", digest_size=32).digest()


def _bound(tenant: str, subject: str) -> bytes:
    """Associated data: a value moved to another tenant or subject does not open."""
    return f"{tenant}\0{subject}".encode()


def _unwrap(cipher: AESGCM, wrapped: bytes, bound: bytes) -> bytes | None:
    try:
        return cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound)
    except (InvalidTag, ValueError):
        return None


def _unbase64(text: str) -> bytes:
    """Empty for anything but the one way in which the bytes are written."""
    try:
        content = urlsafe_b64decode(text)
    except ValueError:
        return b""
    return content if urlsafe_b64encode(content).decode() == text else b""


def _parse(sealed: str) -> tuple[str, int, str]:
    """Subject, key number, base64; from the right, because a subject may contain dots."""
    subject, number, text = ["", "", "", *sealed.rsplit(".", 2)][-3:]
    return subject, int(number) if number.isdecimal() else 0, text


# --- events -------------------------------------------------------------------------------------------------------


def seal_event(vault: Vault, tenant: str, subject: str, event: S) -> S:
    """The event with every plain personal member sealed for the subject, or null where the subject was erased.

    What is sealed already stays as it is.
    """
    changed: dict[str, Any] = {}
    for name, seal in _sealing(type(event)):
        before = getattr(event, name)
        if before is not None and (after := seal(vault, tenant, subject, before)) is not before:
            changed[name] = after
    return msgspec.structs.replace(event, **changed) if changed else event


def _sealed(vault: Vault, tenant: str, subject: str, value: Any) -> Any:
    if isinstance(value, Sealed) or value == {} or value is msgspec.UNSET:
        return value
    if isinstance(value, dict):
        return {key: None if one is None else _sealed(vault, tenant, subject, one) for key, one in value.items()}
    try:
        return vault.seal(tenant, subject, value)
    except ErasedSubject:
        return None


def _within(vault: Vault, tenant: str, subject: str, value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return seal_event(vault, tenant, subject, value)
    if isinstance(value, list | tuple):
        return type(value)(_within(vault, tenant, subject, one) for one in value)
    if isinstance(value, dict):
        return {key: _within(vault, tenant, subject, one) for key, one in value.items()}
    return value


@cache
def _sealing(kind: type[msgspec.Struct]) -> tuple[tuple[str, Callable[[Vault, str, str, Any], Any]], ...]:
    """What to do with which members of a Struct type; empty for a type with nothing personal at any depth."""
    hints = {name: _hints(kind)[name] for name in kind.__struct_fields__}
    personal = [(name, _sealed) for name, hint in hints.items() if _is_personal(hint)]
    nesting = [
        (name, _within) for name, hint in hints.items() if not _is_personal(hint) and any(map(_sealing, _structs(hint)))
    ]
    return (*personal, *nesting)


@cache
def _hints(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _is_personal(hint: Any) -> bool:
    return get_origin(hint) is Annotated and PERSONAL in hint.__metadata__


def _structs(hint: Any) -> Iterator[type[msgspec.Struct]]:
    """The Struct types that a hint is made of: in unions, lists, dicts."""
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for argument in get_args(hint):
        yield from _structs(argument)


# --- JSON ---------------------------------------------------------------------------------------------------------

_NESTED = (dict, list)


def unseal_json(vault: Vault, tenant: str, obj: Any) -> Any:
    """Builtins with every `{"sealed": …}` replaced by its clear value, or None."""
    if isinstance(obj, list):
        return [unseal_json(vault, tenant, one) if isinstance(one, _NESTED) else one for one in obj]
    if not isinstance(obj, dict):
        return obj
    if _is_sealed(obj):
        return vault.open(tenant, Sealed(obj["sealed"]))
    return {key: unseal_json(vault, tenant, one) if isinstance(one, _NESTED) else one for key, one in obj.items()}


def sealed_subjects(obj: Any) -> set[str]:
    """Whose keys are needed to unseal builtins."""
    found: set[str] = set()
    left = [obj]
    while left:
        one = left.pop()
        if isinstance(one, dict) and _is_sealed(one):
            found.add(_parse(one["sealed"])[0])
        elif isinstance(one, _NESTED):
            inner = one.values() if isinstance(one, dict) else one
            left += [value for value in inner if isinstance(value, _NESTED)]
    return found


def _is_sealed(obj: dict[str, Any]) -> bool:
    return len(obj) == 1 and isinstance(obj.get("sealed"), str)


async def open_all(log: LogReader, vault: Vault, part: int, tenant: str, obj: Any) -> Any:
    """`unseal_json` after loading what keys the vault does not have yet; again, if it let go of others meanwhile."""
    subjects = sealed_subjects(obj)
    for _ in range(2):
        missing = {subject for subject in subjects if not vault.knows(tenant, subject)}
        if not missing:
            break
        wanted = missing if vault.knows(tenant, TENANT) else missing | {TENANT}
        vault.learn(part, await log.keys(part, [(tenant, subject) for subject in wanted]))
    return unseal_json(vault, tenant, obj)
