"""Book totals under every draw of the forecast error, and what a fresh error of a segment would change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from territory_opt import metrics
from territory_opt._typing import AnyArray, FloatArray, IntArray
from territory_opt.errors import CriterionError
from territory_opt.fairness.uncertainty_model import ErrorModel
from territory_opt.metrics.draws import Keys

__all__ = ["Drawn", "draw_books", "parts"]

COMPILED_FROM = 50_000_000
"""Samples (accounts x draws) from which compiled code pays for its compiler: 1 second of plain NumPy."""

# Sums held at a time: 8 MB stay in the cache of most machines, which is twice as fast as not.
_CHUNK = 1_000_000
_PART = 250_000
_MOST_NUMBERS = 400_000_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """Book values of some measures under every draw.

    Attributes
    ----------
    values : ndarray of float, shape (n_reps, n_measures, n_draws)
        Per full unit of capacity.
    moments : ndarray of float, shape (n_segments + 1, 2, n_measures, n_draws)
        What the sums over books of (value - centre) and of its square change by when the shared error of one segment
        is drawn anew; the last row is for all segments at once.
    centre : ndarray of float, shape (n_measures,)
        Near the middle of the values.
    key : ndarray of uint32, shape (n_accounts, 2)
        Keys of the accounts' own errors.
    """

    values: FloatArray
    moments: FloatArray
    centre: FloatArray
    key: Keys


def draw_books(
    base: FloatArray,
    deducted: FloatArray,
    rep_index: IntArray,
    capacity: FloatArray,
    model: ErrorModel,
    *,
    decompose: bool = True,
) -> Drawn:
    """Draw the errors and add up the books.

    Parameters
    ----------
    base : ndarray of float, shape (n_measures, n_accounts)
        What an account adds at the forecast, before what does not depend on it.
    deducted : ndarray of float, shape (n_measures, n_reps)
        Coverage friction of every book: errors do not multiply it.
    rep_index : ndarray of int, shape (n_accounts,)
        Rep of every account.
    capacity : ndarray of float, shape (n_reps,)
        Capacity shares, > 0.
    model : ErrorModel
        The errors.
    decompose : bool, default True
        Whether ``moments`` are wanted; without, they are zero and a fifth of the time is saved.

    Returns
    -------
    Drawn
        The values.

    Raises
    ------
    CriterionError
        More numbers than a machine holds.

    Notes
    -----
    value_jm(d) = (sum_s C_s(d) sum_{i in j, s} base_im e_i(d) - deducted_jm) / capacity_j. The inner sums are made for
    a few books at a time; neither the errors nor all inner sums are ever held.
    """
    n_measures, n_reps, n_segments = base.shape[0], capacity.size, len(model.segments)
    n_numbers = n_measures * n_reps * model.draws
    if n_numbers > _MOST_NUMBERS:
        raise CriterionError(
            f"{model.draws:,} draws of {n_reps:,} books and {n_measures} measures are {n_numbers:,} numbers, "
            f"{8 * n_numbers / 2**30:,.0f} GB: ask for fewer draws, or for some of the measures"
        )
    cell = rep_index * n_segments + model.segment_index
    order = np.argsort(cell, kind="stable")
    counts = np.bincount(cell, minlength=n_reps * n_segments)
    used = np.flatnonzero(counts)
    first = np.concatenate([[0], np.cumsum(counts[used])])
    book, segment = used // n_segments, used % n_segments
    size = np.abs(base).mean(axis=1)
    size[size == 0.0] = 1.0
    compiled = rep_index.size * model.draws >= COMPILED_FROM
    kind = np.float32 if compiled else np.float64
    weight = np.ascontiguousarray((base[:, order] / size[:, None]).T, dtype=kind)
    key = model.own_keys()
    in_order = key[order]
    centre = (base.sum(axis=1) - deducted.sum(axis=1)) / capacity.sum()
    values = np.repeat((-deducted / capacity).T[:, :, None], model.draws, axis=2)
    moments = np.zeros((n_segments + 1, 2, n_measures, model.draws))
    now, anew = model.shared(), model.shared(again=True)
    step = max(1, _CHUNK // (n_measures * model.draws))
    for low, high in _chunks(book, step):
        # Rows of the chunk are cells of whole books, so that a book is complete before its changes are squared.
        rows = slice(int(first[low]), int(first[high]))
        own = _sums(
            in_order[rows], weight[rows], first[low : high + 1] - first[low], model, segment[low:high], compiled
        )
        own *= size[None, :, None] / capacity[book[low:high], None, None]
        starts = np.flatnonzero(np.diff(book[low:high], prepend=-1))
        held = book[low:high][starts]
        values[held] += np.add.reduceat(own * now[segment[low:high], None, :], starts, axis=0)
        if decompose and model.correlation > 0.0:
            change = own
            change *= (anew - now)[segment[low:high], None, :]
            together = np.add.reduceat(change, starts, axis=0)
            _add(moments, together, values[held] - centre[:, None], np.full(held.size, n_segments))
            _add(moments, change, values[book[low:high]] - centre[:, None], segment[low:high])
    return Drawn(values, moments, centre, key)


def parts(n: int, width: int) -> list[slice]:
    """Slices of ``n`` rows of ``width`` numbers, each small enough to stay in the cache.

    Examples
    --------
    >>> parts(5, 100_000)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    step = max(1, _PART // width)
    return [slice(low, min(low + step, n)) for low in range(0, n, step)]


def _chunks(book: IntArray, step: int) -> list[tuple[int, int]]:
    """Runs of cells that hold whole books, about ``step`` cells each."""
    ends = np.append(np.flatnonzero(np.diff(book)) + 1, book.size)
    found, low = [], 0
    while low < book.size:
        high = int(ends[max(np.searchsorted(ends, low + step, side="right") - 1, np.searchsorted(ends, low + 1))])
        found.append((low, high))
        low = high
    return found


def _sums(
    key: Keys, weight: AnyArray, first: IntArray, model: ErrorModel, segment: IntArray, compiled: bool
) -> FloatArray:
    sigma = model.own_sigma[segment]
    if not compiled:
        return metrics.draws.cell_sums(key, weight, first, sigma, model.draws)
    from territory_opt.kernels.draws import cell_sums

    out = np.empty((segment.size, weight.shape[1], model.draws + model.draws % 2))
    cell_sums(key, weight, np.ascontiguousarray(first), sigma.astype(np.float32), out)
    return out[:, :, : model.draws]


def _add(moments: FloatArray, change: FloatArray, away: FloatArray, row: IntArray) -> None:
    """Add to rows of the moments what changes of books that are ``away`` from the centre do to the sums."""
    order = np.argsort(row, kind="stable")
    starts = np.flatnonzero(np.diff(row[order], prepend=-1))
    rows = row[order][starts]
    change, away = change[order], away[order]
    moments[rows, 0] += np.add.reduceat(change, starts, axis=0)
    # (away + change)^2 - away^2
    away *= 2.0
    away += change
    away *= change
    moments[rows, 1] += np.add.reduceat(away, starts, axis=0)
