"""Numbered draws of log-normal errors: their distribution, their independence, their repeatability."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from territory_opt.metrics.draws import bits, cell_sums, keys, log_normal, normal


@pytest.fixture(scope="module")
def sample():
    return normal(keys(7, 0, 1000), 1000)


def test_the_normal_numbers_have_the_moments_of_the_normal(sample) -> None:
    # Four standard errors of a million: 0.004, 0.0057, 0.0098, 0.039.
    assert abs(sample.mean()) < 0.004
    assert abs(sample.var() - 1.0) < 0.0057
    assert abs((sample**3).mean()) < 0.0155
    assert abs((sample**4).mean() - 3.0) < 0.04


def test_the_normal_numbers_pass_kolmogorov_and_smirnov(sample) -> None:
    assert stats.kstest(sample.ravel(), "norm").pvalue > 1e-3
    # Each draw over accounts, and each account over draws: p-values of independent tests are uniform.
    for axis in (sample[:200], sample.T[:200]):
        p_values = [stats.kstest(row, "norm").pvalue for row in axis]
        assert stats.kstest(p_values, "uniform").pvalue > 1e-3


def test_the_tails_are_as_heavy_as_they_should_be(sample) -> None:
    for end in (3.0, 4.0):
        expected = 2e6 * stats.norm.sf(end)
        assert abs((np.abs(sample) > end).sum() - expected) < 4.5 * np.sqrt(expected)


@pytest.mark.parametrize("lag", [1, 2, 3, 64, 512])
def test_neighbouring_draws_and_neighbouring_accounts_are_unrelated(sample, lag: int) -> None:
    for numbers in (sample, sample**2, np.abs(sample)):
        centred = (numbers - numbers.mean()) / numbers.std()
        assert abs((centred[:, lag:] * centred[:, :-lag]).mean()) < 4.5 / np.sqrt(1000 * (1000 - lag))
        assert abs((centred[lag:] * centred[:-lag]).mean()) < 4.5 / np.sqrt(1000 * (1000 - lag))


def test_no_account_repeats_another_one_shifted() -> None:
    hashed = bits(keys(1, 0, 2000), 200)
    pairs = hashed[:, :-1].astype(np.uint64) << np.uint64(32) | hashed[:, 1:].astype(np.uint64)
    assert np.unique(pairs).size == pairs.size


def test_every_bit_is_fair() -> None:
    hashed = bits(keys(2, 0, 500), 500)
    for place in range(8, 32):
        ones = int((hashed >> np.uint32(place) & np.uint32(1)).sum())
        assert abs(ones - 125_000) < 4.5 * 250


@pytest.mark.parametrize("sigma", [0.1, 0.3, 1.0])
def test_errors_are_one_on_average_with_the_variance_of_the_log_normal(sigma: float) -> None:
    errors = log_normal(keys(3, 0, 1000), np.full(1000, sigma), 1000)
    variance = np.expm1(sigma**2)
    assert abs(errors.mean() - 1.0) < 4.5 * np.sqrt(variance) / 1000
    fourth = np.exp(6 * sigma**2) - 4 * np.exp(3 * sigma**2) + 6 * np.exp(sigma**2) - 3
    assert abs(errors.var() - variance) < 4.5 * np.sqrt(fourth - variance**2) / 1000
    assert stats.kstest(np.log(errors).ravel(), "norm", args=(-(sigma**2) / 2, sigma)).pvalue > 1e-3


@given(seed=st.integers(0, 2**40), stream=st.integers(0, 5), n=st.integers(1, 40), more=st.integers(0, 40))
def test_more_accounts_or_more_draws_change_nothing_that_was_there(seed, stream, n, more) -> None:
    few, many = keys(seed, stream, n), keys(seed, stream, n + more)
    np.testing.assert_array_equal(few, many[:n])
    np.testing.assert_array_equal(normal(few, n), normal(many, n + more)[:n, :n])


def test_seeds_and_streams_differ() -> None:
    found = {keys(seed, stream, 4).tobytes() for seed in range(4) for stream in range(5)}
    assert len(found) == 20


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        keys(-1, 0, 1)


@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    n_measures=st.integers(1, 3),
    n_draws=st.integers(1, 9),
    seed=st.integers(0, 99),
)
def test_cell_sums_are_weights_times_errors_added_up(counts, n_measures, n_draws, seed) -> None:
    n = sum(counts)
    first = np.concatenate([[0], np.cumsum(counts)])
    rng = np.random.default_rng(seed)
    weight, sigma = rng.normal(size=(n, n_measures)), rng.uniform(0, 1, len(counts))
    key = keys(seed, 0, n)
    found = cell_sums(key, weight, first, sigma, n_draws)
    errors = log_normal(key, np.repeat(sigma, counts), n_draws)
    for c, (low, high) in enumerate(itertools.pairwise(first)):
        np.testing.assert_allclose(found[c], np.einsum("im,id->md", weight[low:high], errors[low:high]), atol=1e-12)


def test_a_cell_larger_than_a_block_is_whole() -> None:
    key = keys(1, 0, 300)
    found = cell_sums(key, np.ones((300, 1)), np.array([0, 10, 300]), np.array([0.2, 0.4]), 1000)
    errors = log_normal(key, np.where(np.arange(300) < 10, 0.2, 0.4), 1000)
    np.testing.assert_allclose(found[0, 0], errors[:10].sum(axis=0))
    np.testing.assert_allclose(found[1, 0], errors[10:].sum(axis=0))
