"""Named SQL: each statement of a `.sql` file stands under a line `-- name: …`, with its description below."""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def statements(package: str, file: str) -> dict[str, str]:
    """The statements of one file of a package, by name."""
    _, *parts = _NAME.split((files(package) / file).read_text())
    return {name: text.strip().removesuffix(";") for name, text in zip(parts[::2], parts[1::2], strict=True)}
