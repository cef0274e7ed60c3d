"""How a command ends: exit codes, and errors as messages instead of tracebacks."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING

from territory_opt.cli.screens import tell_problems, tell_warning
from territory_opt.errors import (
    CriterionError,
    DataError,
    SolverError,
    SolverUnavailableError,
    TerritoryOptError,
    TerritoryOptWarning,
    UnsupportedError,
)
from territory_opt.termination import Reason

if TYPE_CHECKING:
    from territory_opt.result import Result

__all__ = ["BadInput", "Exit", "exit_of", "spoken"]

_REFUSED = (DataError, CriterionError, UnsupportedError, SolverUnavailableError)


class Exit(IntEnum):
    """Exit codes of every command; a wrong option counts as bad input."""

    OK = 0
    FAILED = 1
    BAD_INPUT = 2
    INFEASIBLE = 3
    NO_ALIGNMENT = 4
    ABORTED = 130


class BadInput(TerritoryOptError):
    """Everything that is wrong with what a command was given.

    Parameters
    ----------
    errors : sequence of Exception
        One per table, file or criterion.
    """

    def __init__(self, errors: Sequence[Exception]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(str(error) for error in errors))


def exit_of(result: Result) -> Exit:
    """Return the exit code that a result deserves."""
    if result.has_alignment:
        return Exit.OK
    return Exit.INFEASIBLE if result.termination.reason is Reason.INFEASIBLE else Exit.NO_ALIGNMENT


@contextmanager
def spoken(*, every_problem: bool = False) -> Iterator[None]:
    """Turn expected errors into messages and exit codes, and advice into notes; bugs keep their traceback.

    Parameters
    ----------
    every_problem : bool
        Print all problems of a table, not the first twenty.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("always", TerritoryOptWarning)
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: object, **more: object) -> None:
            if issubclass(category, TerritoryOptWarning):
                tell_warning(str(message))
            else:
                usual(message, category, *where, **more)  # type: ignore[arg-type]  # passed on as it came

        warnings.showwarning = show
        try:
            yield
        except BadInput as error:
            tell_problems(error.errors, every_problem=every_problem)
            sys.exit(Exit.BAD_INPUT)
        except _REFUSED as error:
            tell_problems([error], every_problem=every_problem)
            sys.exit(Exit.BAD_INPUT)
        except OSError as error:
            tell_problems([error], every_problem=every_problem)
            sys.exit(Exit.BAD_INPUT)
        except SolverError as error:
            tell_problems([error], every_problem=every_problem)
            sys.exit(Exit.FAILED)
        except KeyboardInterrupt:
            tell_warning("stopped; nothing was written")
            sys.exit(Exit.ABORTED)
