"""Options that several commands share: declared once, and handed to a command as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from territory_opt.cli import options as opt
from territory_opt.cli.exits import spoken
from territory_opt.cli.further import Further
from territory_opt.cli.settings import Settings, read_policy

__all__ = ["further_of", "grouped", "settings_of"]


def settings_of(
    map_: opt.Maps = None,
    measure: opt.Measures = None,
    policy: opt.PolicyFile = None,
    load_within: opt.LoadWithin = None,
    tam_within: opt.TamWithin = None,
    units: opt.Units = None,
    travel_share: opt.TravelShare = None,
    moved_at_most: opt.MovedAtMost = None,
    lock: opt.Locks = None,
    together: opt.Together = None,
    without: opt.Without = None,
) -> Settings:
    """Options about tables and rules."""
    return Settings(
        columns=tuple(map_ or ()),
        measures=tuple(measure or ()),
        policy=read_policy(policy),
        load_within=load_within,
        tam_within=tam_within,
        units=units,
        travel_share=travel_share,
        moved_at_most=moved_at_most,
        lock=tuple(lock or ()),
        together=tuple(together or ()),
        without=tuple(without or ()),
    )


def further_of(
    excel: opt.Excel = False, rep_sheets: opt.RepSheets = False, geojson: opt.GeoJson = False, pdf: opt.Pdf = None
) -> Further:
    """Options about files beside the usual ones."""
    return Further(excel, rep_sheets, geojson, tuple(pdf or ()))


def grouped(**makers: Callable[..., object]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Put the options of a group in place of a parameter of a command.

    Parameters
    ----------
    **makers : callable
        By the name of the parameter: a function whose own parameters are the options, and which makes the value.

    Returns
    -------
    callable
        A decorator. What the makers and the command refuse is said in words, as in
        :func:`territory_opt.cli.exits.spoken`.

    Examples
    --------
    >>> from pathlib import Path
    >>> def dot(x: int = 1, y: int = 2) -> tuple[int, int]:
    ...     return x, y
    >>> @grouped(at=dot)
    ... def draw(path: Path, at: tuple[int, int]) -> None:
    ...     print(path, at)
    >>> list(inspect.signature(draw).parameters)
    ['path', 'x', 'y']
    >>> draw(path=Path("a"), x=5, y=6)
    a (5, 6)
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        options = {name: inspect.signature(maker, eval_str=True).parameters for name, maker in makers.items()}
        shown: list[inspect.Parameter] = []
        for name, parameter in inspect.signature(command, eval_str=True).parameters.items():
            shown += options[name].values() if name in options else [parameter]

        # Python wants what has no default first; the order within is kept.
        shown.sort(key=lambda parameter: parameter.default is not inspect.Parameter.empty)

        @wraps(command)
        def run(**given: Any) -> None:
            with spoken():
                made = {
                    name: makers[name](**{option: given.pop(option) for option in options[name]}) for name in makers
                }
                command(**given, **made)

        run.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in shown}
        return run

    return decorate
