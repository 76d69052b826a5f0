"""The generated documents: JSON Schemas, the AsyncAPI and the OpenAPI description, written or compared.

`python -m cli.docs` writes them under docs/; with `--check` it writes nothing, names each file that differs from
what the code says, and exits 1.
"""

import importlib
import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from contracts import asyncapi, schemas

DOCS = Path(__file__).parents[2] / "docs"
GATEWAY = "gateway.api.openapi"
DIALECTS = "gateway.dialects.describing"


class _Plain(yaml.SafeDumper):
    """YAML without anchors: a reader sees each part where it stands."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def documents() -> dict[str, str]:
    """The text of every generated document by its path below docs/."""
    texts = {f"schemas/{name}": _json(schema) for name, schema in schemas.documents().items()}
    texts["asyncapi.yaml"] = _yaml(asyncapi.document(version("slotkeeper")))
    if find_spec(GATEWAY):
        texts["openapi.yaml"] = _yaml(_openapi())
        texts |= {f"openapi-{name}.yaml": _yaml(described) for name, described in _dialects().items()}
    return texts


def _openapi() -> dict[str, Any]:
    """The gateway's own description. Named, not imported: at run time no service knows another."""
    described: dict[str, Any] = importlib.import_module(GATEWAY).openapi()
    return described


def _dialects() -> dict[str, dict[str, Any]]:
    """The description of every other API that the gateway speaks, by its name."""
    described: dict[str, dict[str, Any]] = importlib.import_module(DIALECTS).descriptions()
    return described


def differing(folder: Path) -> list[str]:
    """The documents in `folder` that are not what the code says, and those that nothing generates."""
    made = documents()
    stale = [name for name, text in made.items() if _read(folder / name) != text]
    unknown = [f"schemas/{path.name}" for path in sorted((folder / "schemas").glob("*"))]
    return stale + [name for name in unknown if name not in made]


def write(folder: Path) -> list[str]:
    """Writes what differs and removes what nothing generates; returns the names."""
    made, changed = documents(), differing(folder)
    for name in changed:
        path = folder / name
        if name not in made:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(made[name], encoding="utf-8")
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    options = ArgumentParser(prog="python -m cli.docs", description=__doc__)
    options.add_argument("--check", action="store_true", help="write nothing; exit 1 where a document differs")
    options.add_argument("--folder", type=Path, default=DOCS)
    chosen = options.parse_args(arguments)
    changed = differing(chosen.folder) if chosen.check else write(chosen.folder)
    for name in changed:
        print(f"{'differs' if chosen.check else 'written'}: {chosen.folder.name}/{name}")
    return 1 if chosen.check and changed else 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _yaml(document: dict[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)


if __name__ == "__main__":
    sys.exit(main())
