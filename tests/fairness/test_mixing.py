"""Effective sample size and R-hat on chains whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from territory_opt.fairness.mixing import effective_size, split_rhat


def autoregressive(rho: float, n_chains: int = 8, n: int = 4000) -> np.ndarray:
    rng = np.random.default_rng(5)
    noise = rng.normal(size=(n_chains, n)) * np.sqrt(1 - rho**2)
    out = np.empty((n_chains, n))
    out[:, 0] = rng.normal(size=n_chains)
    for t in range(1, n):
        out[:, t] = rho * out[:, t - 1] + noise[:, t]
    return out


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_the_effective_size_of_an_autoregression_is_n_times_one_minus_rho_over_one_plus_rho(rho) -> None:
    draws = autoregressive(rho)
    assert effective_size(draws) == pytest.approx(draws.size * (1 - rho) / (1 + rho), rel=0.15)


def test_chains_that_agree_have_an_rhat_of_one_and_chains_that_differ_have_not() -> None:
    draws = autoregressive(0.3)
    assert split_rhat(draws) == pytest.approx(1.0, abs=0.01)
    assert split_rhat(draws + np.arange(8)[:, None]) > 2


def test_a_drift_within_every_chain_is_seen() -> None:
    draws = autoregressive(0.0) + np.linspace(0, 4, 4000)
    assert split_rhat(draws) > 1.2
    assert effective_size(draws) < 50


def test_constant_draws_have_no_spread_to_doubt() -> None:
    assert split_rhat(np.ones((3, 10))) == 1.0
    assert effective_size(np.ones((3, 10))) == 30.0
    stuck = np.repeat(np.arange(3.0)[:, None], 10, axis=1)
    assert split_rhat(stuck) == float("inf")


@pytest.mark.parametrize("shape", [(10,), (2, 3)])
def test_too_few_draws_are_refused(shape) -> None:
    with pytest.raises(ValueError, match="at least 4"):
        split_rhat(np.zeros(shape))
