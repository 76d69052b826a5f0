"""What can go wrong with the local stack, each with the next thing to do."""


class StackError(Exception):
    """A part could not be started or prepared; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class Missing(StackError):
    """Something that the machine must have is not there."""
