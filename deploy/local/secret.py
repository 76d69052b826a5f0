"""The stack's secrets: made once, kept in one file that only their owner can read."""

import base64
import secrets

from local.home import Home, read_json, write_json

ROLES = ("booking", "availability", "webhook", "notification", "gateway", "log_reader")


def secrets_of(home: Home) -> dict[str, str]:
    """Every secret by name; the missing ones are made now."""
    path = home.folder / "secrets.json"
    known = read_json(path)
    made = {name: value for name, value in _new().items() if name not in known}
    if made:
        home.folder.mkdir(parents=True, exist_ok=True)
        write_json(path, known | made, mode=0o600)
    return {name: str(value) for name, value in (known | made).items()}


def _new() -> dict[str, str]:
    passwords = {f"password_{role}": secrets.token_urlsafe(24) for role in ("postgres", *ROLES)}
    master = base64.b64encode(secrets.token_bytes(32)).decode()
    keys = {"internal_key": secrets.token_urlsafe(32), "operator_key": f"sk_ops_{secrets.token_urlsafe(32)}"}
    return passwords | keys | {"master_key": master}
