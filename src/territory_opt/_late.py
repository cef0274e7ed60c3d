"""Names of the front door that are imported at first use, so that ``import territory_opt`` stays light."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

__all__ = ["open_late"]

_FRONT = "territory_opt"


def _door(name: str, module: str) -> property:
    """Return an attribute that finds its value at first use.

    Notes
    -----
    A function may be called like the package it lives in. Python sets a package's parts as attributes when it imports
    them; the setter ignores that, so the name always means the function.
    """

    def find(_: ModuleType) -> object:
        return getattr(import_module(module), name)

    def ignore(_: ModuleType, __: object) -> None:
        return None

    return property(find, ignore)


def open_late(names: dict[str, tuple[str, ...]]) -> None:
    """Give the front door attributes that import their module when they are asked for.

    Parameters
    ----------
    names : dict of str to tuple of str
        Module, below the package, and the names it has.
    """
    doors = {name: _door(name, f"{_FRONT}.{module}") for module, all_of in names.items() for name in all_of}
    sys.modules[_FRONT].__class__ = type("FrontDoor", (ModuleType,), {"__doc__": ModuleType.__doc__, **doors})
