"""What the gateway itself refuses, before any decision: keys, scopes, quotas, queries, and parts that are away."""

import math

from kit.problems import Problem

RETRY_SECONDS = 1


def unauthorized() -> Problem:
    said = "This needs a valid API key: Authorization: Bearer sk_…"
    return Problem("unauthorized", said, headers={"WWW-Authenticate": 'Bearer realm="slotkeeper"'})


def forbidden(scope: str, field: str | None = None) -> Problem:
    return Problem("forbidden", f"This key has not the scope {scope}.", field=field)


def over_quota(seconds: float) -> Problem:
    wait = max(1, math.ceil(seconds))
    return Problem("over_quota", "This key asks too often.", headers={"Retry-After": str(wait)})


def unavailable(detail: str) -> Problem:
    """A part that is needed does not answer; asking again with the same command id is safe."""
    return Problem("unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)})


def invalid_query(field: str, detail: str) -> Problem:
    return Problem("invalid_query", detail, field=field)


def invalid_command(detail: str, field: str | None = None) -> Problem:
    return Problem("invalid_command", detail, field=field)


def too_large(limit: int) -> Problem:
    return Problem("too_large", f"A body has at most {limit} bytes here.")


def not_found(what: str) -> Problem:
    return Problem("not_found", f"There is no such {what}.")
