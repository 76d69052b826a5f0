"""Repertoires: what clients of a simulated tenant do, a module for each part of the domain.

A new feature adds one module here and nothing else: `OPENING` (wishes that set its stage, sent first for every tenant,
in the order of `SCENE`) and `REPERTOIRE` (its acts). An act is `Act(weight, make)`; `make(random, scene)` gives the
command's type and body, or None when there is nothing to do it to. All chance comes from `random`; what exists is looked
up in `scene.tenant` (`appointments`, `told("SomethingDefined")`, `ids("SomethingDefined")`). Commands may be nonsense:
what is refused is checked too.
"""

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules
from random import Random

from simulation.scene import Act, Wish

Opening = Callable[[Random, str], list[Wish]]
"""The wishes that set the stage, of a tenant's name."""


def _modules() -> list[object]:
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return sorted(found, key=lambda module: (getattr(module, "SCENE", 50), module.__name__))


MODULES = _modules()
OPENINGS: list[Opening] = [module.opening for module in MODULES if hasattr(module, "opening")]
ACTS: list[Act] = [act for module in MODULES for act in getattr(module, "REPERTOIRE", ())]
