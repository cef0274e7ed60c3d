"""One rep's prospects under a proposal, against today's."""

from __future__ import annotations

from dataclasses import dataclass

from territory_opt.fairness.wording import amount, percent

__all__ = ["RepOutlook", "why"]


@dataclass(frozen=True, slots=True)
class RepOutlook:
    """One rep's prospects under the proposal, against today's.

    Attributes
    ----------
    rep_id, rep_name : str
        Whose.
    verdict : {"better", "equal", "worse", "new", "none"}
        ``"new"`` has no book today, ``"none"`` has neither a book today nor one in the proposal.
    basis : {"tam per quota", "tam"}
        What was compared: the TAM behind every unit of quota, or the TAM alone where a quota is not known.
    change : float or None
        (proposed - today) / today of the basis; None without a positive value today.
    quota_before, quota : float or None
        Today's and the proposed quota.
    tam_before, tam : float
        TAM of today's and of the proposed book.
    n_before, n_accounts : int
        Accounts of both.
    coverage_before, coverage : float or None
        TAM over quota; None without a quota.
    load_before, load : float or None
        Load of both books per full unit of capacity; None without a book. The team's medians are in
        :class:`FairnessSimulation`.
    load_against_median_before, load_against_median : float or None
        Load over the median of the team, 1.0 in the middle; None without a book, or where the median is not positive.
    falls : bool
        True when the TAM of the book falls by at least the significant share (D-FAIR-2).
    why : str
        The numbers in one line.
    """

    rep_id: str
    rep_name: str
    verdict: str
    basis: str
    change: float | None
    quota_before: float | None
    quota: float | None
    tam_before: float
    tam: float
    n_before: int
    n_accounts: int
    coverage_before: float | None
    coverage: float | None
    load_before: float | None
    load: float | None
    load_against_median_before: float | None
    load_against_median: float | None
    falls: bool
    why: str


def why(rep: RepOutlook, middle_before: float | None, middle: float | None) -> str:
    """Say the numbers of one rep in a line.

    Parameters
    ----------
    rep : RepOutlook
        The rep.
    middle_before, middle : float or None
        Median load per full unit of capacity, today and proposed.
    """
    if not rep.n_before:
        text = f"no book today; TAM {amount(rep.tam, 'money')} proposed"
    else:
        moved = "" if rep.tam_before <= 0 else f" ({percent(rep.tam / rep.tam_before - 1, signed=True, digits=0)})"
        text = f"TAM {amount(rep.tam_before, 'money')} to {amount(rep.tam, 'money')}{moved}"
    if rep.coverage is not None:
        now = "" if rep.coverage_before is None else f"{rep.coverage_before:.2f} to "
        text += f", TAM per quota {now}{rep.coverage:.2f}"
    if rep.falls:
        text += f"; load per full rep {_load(rep.load_before, middle_before)} today, {_load(rep.load, middle)} proposed"
    return text


def _load(load: float | None, middle: float | None) -> str:
    if load is None:
        return "none"
    of = "" if middle is None else f" against a team median of {amount(middle, 'money')}"
    return f"{amount(load, 'money')}{of}"
