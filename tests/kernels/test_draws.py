"""The compiled sums of forecast errors against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from territory_opt.kernels.draws import cell_sums
from territory_opt.metrics import draws


def both(counts, n_measures, n_draws, seed=1, top_sigma=1.0):
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    rng = np.random.default_rng(seed)
    weight = rng.lognormal(0, 1, (int(first[-1]), n_measures)) * (rng.random((int(first[-1]), n_measures)) < 0.7)
    sigma = rng.uniform(0, top_sigma, len(counts))
    key = draws.keys(seed, 0, int(first[-1]))
    out = np.full((len(counts), n_measures, n_draws), np.nan)
    cell_sums(key, weight.astype(np.float32), first, sigma.astype(np.float32), out)
    return out, draws.cell_sums(key, weight, first, sigma, n_draws)


@pytest.mark.parametrize("n_draws", [2, 4, 1000, 1024, 1026, 2050])
def test_any_number_of_draws_gives_the_sums_of_plain_numpy(n_draws: int) -> None:
    found, expected = both([1, 0, 7, 40, 2], 3, n_draws)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)


def test_more_accounts_than_one_carry_lose_no_digits() -> None:
    found, expected = both([5000], 2, 64)
    np.testing.assert_allclose(found, expected, rtol=2e-6)


def test_the_largest_error_allowed_is_still_exact() -> None:
    found, expected = both([1] * 500, 1, 2000, top_sigma=3.0)
    np.testing.assert_allclose(found, expected, rtol=5e-5, atol=1e-9)


def test_no_error_gives_the_totals() -> None:
    found, _ = both([10, 20], 2, 8, top_sigma=0.0)
    np.testing.assert_allclose(found, np.broadcast_to(found[:, :, :1], found.shape))
    assert (found > 0).all()
