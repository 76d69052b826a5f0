"""Every dialect there is: the modules of this package that have one, by name."""

import importlib
from functools import cache
from pkgutil import iter_modules

from gateway import dialects
from gateway.dialects.base import Dialect


@cache
def every() -> tuple[Dialect, ...]:
    names = sorted(module.name for module in iter_modules(dialects.__path__, f"{dialects.__name__}."))
    found = (getattr(importlib.import_module(name), "DIALECT", None) for name in names if name != __name__)
    return tuple(dialect for dialect in found if isinstance(dialect, Dialect))
