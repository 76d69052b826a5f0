"""Repertoires: what clients of a simulated tenant do, a module for each part of the domain.

A new feature adds one module here and nothing else: its `REPERTOIRE` (a list of acts) and, where its stage has to be
set first, `opening(random, tenant)`, sent for every tenant before all else (the lower a module's `SCENE`, the earlier).
An act is `Act(weight, make)`; `make(random, scene)` gives a command's type and body, or None when there is nothing to
do it to. All chance comes from `random`; what exists is looked up in `scene.tenant`: `appointments`,
`told(event type)`, `ids(event type)`. Commands may be nonsense: what is refused is checked too.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from types import ModuleType

from simulation.scene import Act, Wish

Opening = Callable[[Random, str], list[Wish]]
"""The wishes that set the stage, of a tenant's name."""


def _modules() -> list[ModuleType]:
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return sorted(found, key=lambda module: (getattr(module, "SCENE", 50), module.__name__))


MODULES = _modules()
OPENINGS: list[Opening] = [module.opening for module in MODULES if hasattr(module, "opening")]
ACTS: list[Act] = [act for module in MODULES for act in getattr(module, "REPERTOIRE", ())]
