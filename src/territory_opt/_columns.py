"""A read-only mapping from column name to array that pickles (``MappingProxyType`` does not)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from territory_opt._typing import AnyArray, read_only

__all__ = ["Columns"]


class Columns(Mapping[str, AnyArray]):
    """Named read-only arrays in a fixed order.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        The columns; arrays are not copied.

    Examples
    --------
    >>> import numpy as np
    >>> columns = Columns({"acv": np.ones(2)})
    >>> list(columns), columns["acv"].flags.writeable
    (['acv'], False)
    """

    __slots__ = ("_arrays",)

    def __init__(self, arrays: Mapping[str, AnyArray]) -> None:
        self._arrays = {name: read_only(array) for name, array in arrays.items()}

    def __getitem__(self, name: str) -> AnyArray:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return f"Columns({', '.join(self._arrays)})"

    def __reduce__(self) -> tuple[type[Columns], tuple[dict[str, AnyArray]]]:
        # through __init__, because unpickled arrays are writeable again
        return type(self), (self._arrays,)
