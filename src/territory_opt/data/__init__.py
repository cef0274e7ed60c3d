"""Sample data made by a seeded generator: nothing is downloaded, nobody real is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from territory_opt.accounts import Accounts
from territory_opt.data.sample import make_sample
from territory_opt.team import Team

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load_sample", "make_sample", "sample_frames"]


def load_sample(n_accounts: int = 1800, n_reps: int = 20, seed: int = 7) -> tuple[Accounts, Team]:
    """Return the sample as checked tables.

    Parameters
    ----------
    n_accounts, n_reps, seed : int
        See :func:`make_sample`.

    Returns
    -------
    accounts : Accounts
        About ninety accounts per rep.
    team : Team
        The reps.

    Examples
    --------
    >>> accounts, team = load_sample()
    >>> len(accounts), len(team)
    (1800, 20)
    """
    accounts, reps = make_sample(n_accounts, n_reps, seed)
    return Accounts.from_frame(accounts), Team.from_frame(reps)


def sample_frames(n_accounts: int = 1800, n_reps: int = 20, seed: int = 7) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sample as pandas frames, mess included, as a CRM would export them.

    Parameters
    ----------
    n_accounts, n_reps, seed : int
        See :func:`make_sample`.

    Returns
    -------
    accounts, reps : DataFrame
        For ``Accounts.from_frame`` and ``Team.from_frame``.

    Examples
    --------
    >>> accounts, reps = sample_frames()
    >>> accounts.shape[0], reps["rep_id"].iloc[0]
    (1800, 'R-01')
    """
    import pandas as pd

    accounts, reps = make_sample(n_accounts, n_reps, seed)
    return pd.DataFrame(accounts), pd.DataFrame(reps)
