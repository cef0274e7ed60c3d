"""How much changes hands against today's owners."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from territory_opt import metrics
from territory_opt._typing import IntArray

if TYPE_CHECKING:
    from territory_opt.problem import Problem

__all__ = ["Change", "change_from_today"]


@dataclass(frozen=True, slots=True)
class Change:
    """Accounts that change owner; dormant ones and those whose owner left move freely and are not counted.

    Attributes
    ----------
    n_owned, n_moved : int
        Accounts with an owner whose loss counts, and how many of them move.
    moved_acv : float
        ACV that moves.
    share, acv_share : float
        Moved share of those accounts, and of their ACV.
    """

    n_owned: int
    n_moved: int
    moved_acv: float
    share: float
    acv_share: float


def change_from_today(problem: Problem, rep_index: IntArray) -> Change | None:
    """Compare an alignment with today's owners; None when nobody owns anything today.

    Parameters
    ----------
    problem : Problem
        Gives the owners and the ACV.
    rep_index : ndarray of int, shape (n_accounts,)
        Rep of every account.
    """
    if not problem.owners.known:
        return None
    owner, acv = problem.owners.protected_index, problem.scores.acv
    return Change(
        n_owned=int((owner >= 0).sum()),
        n_moved=int(metrics.moved_total(owner, rep_index)),
        moved_acv=float(metrics.moved_total(owner, rep_index, acv)),
        share=float(metrics.moved_share(owner, rep_index)),
        acv_share=float(metrics.moved_share(owner, rep_index, acv)),
    )
