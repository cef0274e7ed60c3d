"""Text files of numbers, each remembered with its line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import DataError, Issue

__all__ = ["NumberFile"]


@dataclass(frozen=True, slots=True, eq=False)
class NumberFile:
    """All numbers of a file in order.

    Attributes
    ----------
    name : str
        Of the file, for messages.
    values : ndarray of float, shape (m,)
        The numbers; NaN where a word is none.
    line : ndarray of int, shape (m,)
        Line of every number, from 1.
    issues : tuple of Issue
        Words that are no finite numbers.
    """

    name: str
    values: FloatArray
    line: IntArray
    issues: tuple[Issue, ...]

    @classmethod
    def read(cls, path: Path, *, comments: bool = False) -> NumberFile:
        """Read a file.

        Parameters
        ----------
        path : Path
            The file.
        comments : bool
            Skip lines that begin with ``#``.

        Returns
        -------
        NumberFile
            Words that are no numbers are kept as issues, so that all faults can be told at once.

        Raises
        ------
        DataError
            If the file cannot be read, is no text, or holds nothing.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            hint = "check the path"
            raise DataError(path.name, [Issue(None, None, f"cannot be read: {error.strerror}", hint)]) from error
        except UnicodeDecodeError as error:
            raise DataError(path.name, [Issue(None, None, "is not a text file", "give a text file")]) from error
        values: list[float] = []
        lines: list[int] = []
        issues = []
        for number, row in enumerate(text.splitlines(), start=1):
            if comments and row.lstrip().startswith("#"):
                continue
            for word in row.split():
                value = _number(word)
                if value is None:
                    issues.append(Issue(None, None, f"line {number}: {word[:40]!r} is not a finite number"))
                values.append(np.nan if value is None else value)
                lines.append(number)
        if not values:
            raise DataError(path.name, [Issue(None, None, "holds no numbers", "is it the right file?")])
        return cls(path.name, np.array(values), np.array(lines, dtype=np.int64), tuple(issues))

    @property
    def first_line_has_one(self) -> bool:
        """True when the first line that holds anything holds one number, and others follow."""
        return len(self.line) > 1 and bool(self.line[1] != self.line[0])

    def whole(self, at: int, what: str, least: int) -> int:
        """Return the number at a position, which must be a whole one.

        Raises
        ------
        DataError
            If it is not there, not whole, or too small.
        """
        if at >= len(self.values):
            self.fail(f"ends at line {self.line[-1]}, where {what} should follow")
        value = float(self.values[at])
        if not (value == np.round(value) and value >= least):
            self.fail(f"line {self.line[at]}: {what} must be a whole number of at least {least}, not {value:g}")
        return int(value)

    def fail(self, what: str, hint: str = "") -> None:
        """Raise with this fault and with every word that is no number."""
        raise DataError(self.name, [*self.issues, Issue(None, None, what, hint)])


def _number(word: str) -> float | None:
    try:
        value = float(word)
    except ValueError:
        return None
    return value if np.isfinite(value) and "_" not in word else None
