"""Reports that are read in a terminal and in a notebook; how they look is loaded when they are looked at."""

from __future__ import annotations

from importlib import import_module
from typing import ClassVar

__all__ = ["Shown"]


class Shown:
    """Base of a report whose text and table are made by another module.

    Attributes
    ----------
    _display : str
        Full name of that module; it has ``as_text`` and ``as_html``, each from a report to a text.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 9e4]})
    >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    >>> print(str(topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1]))).splitlines()[0])
    Fairness of 2 books, per full rep
    """

    __slots__ = ()
    _display: ClassVar[str]

    def __str__(self) -> str:
        return str(import_module(self._display).as_text(self))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return str(import_module(self._display).as_html(self))
