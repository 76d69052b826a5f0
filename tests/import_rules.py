"""The import-linter contract `only`: what a module imports must stand on its list.

The built-in `forbidden` names what is bad and so lets through whatever nobody thought of; a pure core needs the
opposite. The standard library is allowed, except what reads a clock, draws at random or touches the world outside.
"""

import sys
from collections.abc import Iterable
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

IMPURE = frozenset({
    "asyncio", "concurrent", "ctypes", "fcntl", "ftplib", "getpass", "glob", "http", "imaplib", "importlib", "io",
    "logging", "mmap", "multiprocessing", "os", "pathlib", "platform", "poplib", "random", "secrets", "select",
    "selectors", "shutil", "signal", "smtplib", "socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys",
    "tempfile", "threading", "time", "urllib", "uuid", "webbrowser",
})  # fmt: skip
PURE = frozenset(sys.stdlib_module_names) - IMPURE


class Only(Contract):
    """`modules` (with all below them) import each other, what `allowed` names, and the pure standard library."""

    type_name = "only"

    modules = fields.ListField(subfield=fields.StringField())
    allowed = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        modules: list[str] = self.modules  # type: ignore[assignment]
        allowed = {*modules, *self.allowed, *PURE}  # type: ignore[misc]
        held_to_it = sorted(module for module in graph.modules if _within(module, modules))
        strays = [
            f"{module} imports {imported}"
            for module in held_to_it
            for imported in sorted(graph.find_modules_directly_imported_by(module))
            if not _within(imported, allowed)
        ]
        missing = [f"there is no module {module}" for module in modules if module not in graph.modules]
        return ContractCheck(kept=not strays + missing, metadata={"faults": strays + missing})

    def render_broken_contract(self, check: ContractCheck) -> None:
        faults: list[Any] = check.metadata["faults"]
        for fault in faults:
            output.print_error(fault)


def _within(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
