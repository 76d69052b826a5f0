"""The settings that the command line works with: the environment's, and for the rest the local stack's."""

import os

from local.stack import Stack

_GIVEN = frozenset(os.environ)
"""What the caller's environment says is never changed; what an earlier call here set is (a start may choose ports)."""


def use_local_stack(stack: Stack) -> None:
    """The local stack's settings where the environment has none; nothing before the stack was first started."""
    if stack.has_secrets():
        for name, value in stack.environment("cli").items():
            if name not in _GIVEN:
                os.environ[name] = value
