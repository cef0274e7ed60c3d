"""Value semantics shared by rules whose constructor normalises its arguments."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from territory_opt._typing import read_only
from territory_opt.errors import CriterionError

__all__ = ["Rule", "id_pairs"]


class Rule:
    """Value semantics for rules whose constructor normalises its arguments."""

    __slots__: tuple[str, ...] = ()

    def _state(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._state() == other._state()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._state()))

    def __reduce__(self) -> tuple[Any, ...]:
        return (rebuild, (type(self), self._state()))


def rebuild(kind: type[Rule], state: tuple[Any, ...]) -> Rule:
    rule = object.__new__(kind)
    # Arrays come back from a pickle writable.
    frozen = [read_only(value) if isinstance(value, np.ndarray) else value for value in state]
    rule._set(**dict(zip(kind.__slots__, frozen, strict=True)))
    return rule


def id_pairs(kind: str, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    out = []
    for pair in pairs:
        items = tuple(pair)
        if isinstance(pair, str) or len(items) != 2:
            raise CriterionError(f"{kind}: {pair!r} is not a pair of ids")
        out.append((str(items[0]), str(items[1])))
    if not out:
        raise CriterionError(f"{kind}: no pairs given")
    return tuple(out)
