"""Steps made by hand on an alignment: who moved what, and why, so that they can be shown and undone."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.errors import DataError, Issue

__all__ = ["Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an alignment.

    Parameters
    ----------
    moves : tuple of (str, str, str)
        Account id, rep id before, rep id after; all of them are made at once.
    who : str
        Who did it; ``""`` when it was not said.
    why : str
        The reason given.

    Raises
    ------
    DataError
        If there is no move, an account is moved twice, or a move leads nowhere; all are listed.

    Notes
    -----
    D-CHAL-1: an accepted challenge is a step with its reason.

    Examples
    --------
    >>> str(Step((("A-17", "r1", "r2"),), who="Ann", why="lives next door"))
    'A-17: r1 -> r2 (Ann: lives next door)'
    """

    moves: tuple[tuple[str, str, str], ...]
    who: str = ""
    why: str = ""

    def __post_init__(self) -> None:
        issues = []
        seen: set[str] = set()
        for account, before, after in self.moves:
            if account in seen:
                issues.append(Issue(None, "account_id", f"{account!r} is moved twice in one step", "name it once"))
            if before == after:
                issues.append(Issue(None, "rep_id", f"{account!r} is with {after!r} already", "name another rep"))
            seen.add(account)
        if not self.moves:
            issues.append(Issue(None, None, "a step without any move", "name an account and a rep"))
        if issues:
            raise DataError("history", issues)

    def __str__(self) -> str:
        moved = ", ".join(f"{account}: {before} -> {after}" for account, before, after in self.moves)
        said = ": ".join(part for part in (self.who, self.why) if part)
        return f"{moved} ({said})" if said else moved
