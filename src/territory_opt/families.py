"""Accounts that must share a rep, joined into families."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.accounts import Accounts
from territory_opt.criteria.grouping import Together

__all__ = ["family_index", "joined"]


def family_index(accounts: Accounts, criterion: Together) -> IntArray:
    """Families that one criterion asks for.

    Parameters
    ----------
    accounts : Accounts
        The table.
    criterion : Together
        By ``parent_id`` (an account, its parent and everything below), by another column, or by groups of ids.

    Returns
    -------
    ndarray of int, shape (n_accounts,)
        Family of every account; accounts in no family have one of their own.
    """
    n = len(accounts)
    ids = accounts.account_id.astype(str)
    if criterion.column is None:
        position = {account: i for i, account in enumerate(ids.tolist())}
        links = [(position[group[0]], position[other]) for group in criterion.groups for other in group[1:]]
        ends = np.array(links, dtype=np.int64).reshape(-1, 2)
        return joined(n, ends[:, 0], ends[:, 1])
    values = accounts.text(criterion.column).astype(str)
    has_value = np.flatnonzero(values != "")
    if criterion.column != "parent_id":
        _, group = np.unique(values[has_value], return_inverse=True)
        return joined(n, has_value, n + group)
    # A parent may be an account itself or a name that only its children carry.
    _, inverse = np.unique(np.concatenate([ids, values[has_value]]), return_inverse=True)
    return joined(n, np.concatenate([np.arange(n), has_value]), n + inverse)


def joined(n: int, first: IntArray, second: IntArray) -> IntArray:
    """Connected components of accounts under links.

    Parameters
    ----------
    n : int
        Number of accounts.
    first, second : ndarray of int, shape (m,)
        Ends of the links. Ends of ``n`` and above are helpers that get no family of their own.

    Returns
    -------
    ndarray of int, shape (n,)
        Families numbered from 0 in the order of their first account.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = int(max(n, first.max(initial=-1) + 1, second.max(initial=-1) + 1))
    links = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(size, size))
    _, component = connected_components(links, directed=False)
    return _renumbered(component[:n].astype(np.int64))


def _renumbered(component: IntArray) -> IntArray:
    _, first, inverse = np.unique(component, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse]
