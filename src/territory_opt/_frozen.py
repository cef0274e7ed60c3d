"""Frozen values of arrays that stay read-only when they are pickled or copied."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from territory_opt._typing import read_only

__all__ = ["FrozenArrays"]


class FrozenArrays:
    """Base of a frozen dataclass whose arrays are read-only: unpickled arrays would be writeable again.

    Examples
    --------
    >>> import pickle
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> again = pickle.loads(pickle.dumps(topt.Alignment.from_index(problem, [1, 0])))
    >>> again.rep_index.flags.writeable
    False
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, spec.name) for spec in fields(self))  # type: ignore[arg-type]
        return _rebuilt, (type(self), values)


def _rebuilt(kind: type[Any], values: tuple[Any, ...]) -> Any:
    return kind(*(read_only(value) if isinstance(value, np.ndarray) else value for value in values))
