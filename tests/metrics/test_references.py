"""Measures of dispersion against packages that share nothing with this one, and against published examples."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from territory_opt.metrics import atkinson, cv, gini, jain, max_min_ratio, theil, totals

# Whole cents: what the packages lose to rounding is theirs.
incomes = st.lists(st.integers(1, 10**9), min_size=2, max_size=60).map(lambda cents: np.array(cents) / 100.0)


@pytest.fixture(scope="module")
def pysal():
    pytest.importorskip("inequality", reason="PySAL's inequality package is the reference")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from inequality.atkinson import atkinson as pysal_atkinson
        from inequality.gini import Gini
        from inequality.theil import Theil
    return Gini, Theil, pysal_atkinson


@given(values=incomes)
def test_gini_theil_and_atkinson_are_those_of_pysal(pysal, values) -> None:
    reference_gini, reference_theil, reference_atkinson = pysal
    assert float(gini(values)) == pytest.approx(reference_gini(values).g, abs=1e-9)
    assert float(theil(values)) == pytest.approx(reference_theil(values).T, abs=1e-9)
    for aversion in (0.5, 1.0):
        expected = reference_atkinson(values, aversion)
        assert float(atkinson(values, aversion=aversion)) == pytest.approx(expected, abs=1e-9)


@given(values=incomes)
def test_cv_is_that_of_scipy(values) -> None:
    assert float(cv(values)) == pytest.approx(stats.variation(values), abs=1e-12)


@given(values=incomes)
def test_gini_is_one_minus_twice_the_area_under_the_lorenz_curve(values) -> None:
    lorenz = np.concatenate([[0.0], np.cumsum(np.sort(values)) / values.sum()])
    area = integrate.trapezoid(lorenz, dx=1.0 / values.size)
    assert float(gini(values)) == pytest.approx(1.0 - 2.0 * area, abs=1e-9)


def test_jain_is_the_share_of_the_users_who_are_served() -> None:
    # DEC-TR-301: a resource shared by 20 of 100 users has index 0.20; by all equally, 1.
    assert float(jain([5.0] * 20 + [0.0] * 80)) == pytest.approx(0.20)
    # Throughputs of 50, 30 and 50 against fair shares of 50, 10 and 10: 1, 3 and 5, by hand 9 * 9 / (3 * 35).
    assert float(jain([50 / 50, 30 / 10, 50 / 10])) == pytest.approx(81 / (3 * 35))


def test_theil_splits_into_within_and_between_groups() -> None:
    values = np.random.default_rng(2).lognormal(size=90)
    groups = [values[:20], values[20:50], values[50:]]
    share = [group.sum() / values.sum() for group in groups]
    within = sum(s * float(theil(group)) for s, group in zip(share, groups, strict=True))
    between = sum(s * np.log(group.mean() / values.mean()) for s, group in zip(share, groups, strict=True))
    assert float(theil(values)) == pytest.approx(within + between)


@given(values=incomes, lift=st.floats(1.0, 1e9))
def test_giving_every_book_the_same_on_top_never_raises_inequality(values, lift: float) -> None:
    for measure in (cv, gini, theil, atkinson, max_min_ratio):
        assert float(measure(values + lift)) <= float(measure(values)) + 1e-9


@given(st.data())
def test_book_totals_are_the_sums_of_their_accounts(data) -> None:
    n, k = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 6))
    index = np.array(data.draw(st.lists(st.integers(0, k - 1), min_size=n, max_size=n)))
    values = np.random.default_rng(n).normal(size=(3, n))
    expected = np.stack([values[:, index == j].sum(axis=1) for j in range(k)], axis=1)
    np.testing.assert_allclose(totals(index, values, k), expected, atol=1e-12)
