import datetime as dt

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.scoring import is_senior, product_white_space, seniority_match, white_space
from territory_opt.scoring.buckets import bucket
from territory_opt.scoring.dormancy import dormant, latest
from territory_opt.scoring.fit import fit_score
from territory_opt.scoring.load import gross_load
from territory_opt.scoring.tiers import by_tier, tier, tier_shares, unusual_shares
from territory_opt.scoring.value import account_value, partner_factor

SHARES = ((0.10, 0.20), (0.30, 0.40), (0.40, 0.50))


@given(st.lists(st.floats(0, 100), min_size=1), st.lists(st.floats(0, 100), min_size=1))
def test_fit_lies_between_its_components(one, two):
    n = min(len(one), len(two))
    parts = {"firmographic": np.array(one[:n]), "intent": np.array(two[:n])}
    fit = fit_score(parts, (0.2, 0.5, 0.3), n)
    low, high = np.minimum(*parts.values()), np.maximum(*parts.values())
    assert ((fit >= low - 1e-9) & (fit <= high + 1e-9)).all()


def test_fit_without_components_is_unknown():
    assert np.isnan(fit_score({}, (1 / 3, 1 / 3, 1 / 3), 2)).all()
    assert np.isnan(fit_score({"intent": np.array([50.0])}, (0.5, 0.5, 0.0), 1)).all()


def test_bucket_boundaries():
    got = bucket(
        np.array([70.0, 70.0, 69.99, np.nan]),
        np.array([75_000.0, 74_999.99, 1e9, 1e9]),
        fit_threshold=70.0,
        named_acv_threshold=75_000.0,
    )
    assert got.tolist() == ["named", "priority_inbound", "white_space", "white_space"]


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=50))
def test_a_larger_account_is_never_of_a_lower_tier(acv):
    ordered = np.sort(np.array(acv))
    units = by_tier(tier(ordered, tier_a_acv=1e5, tier_b_acv=2.5e4), (3.0, 2.0, 1.0))
    assert (np.diff(units) >= 0).all()


def test_usual_tier_shares_pass_silently():
    tiers = np.array(["A"] * 15 + ["B"] * 37 + ["C"] * 48, dtype=object)
    assert tier_shares(tiers) == (0.15, 0.37, 0.48)
    assert unusual_shares(tiers, SHARES) == ()
    assert len(unusual_shares(np.array(["A"], dtype=object), SHARES)) == 3


def test_the_reference_book_has_160_units():
    tiers = np.array(["A"] * 20 + ["B"] * 30 + ["C"] * 40, dtype=object)
    assert by_tier(tiers, (3.0, 2.0, 1.0)).sum() == 160.0


def test_value_counts_an_unknown_probability_as_certain():
    unknown = np.array([np.nan])
    assert account_value(unknown, unknown, np.array([10.0]), unknown).tolist() == [10.0]
    assert account_value(unknown, unknown, unknown, unknown).tolist() == [0.0]


@given(st.floats(0, 1), st.floats(0, 1e9), st.floats(0, 1e9))
def test_load_is_between_its_parts(weight, named, white):
    one = np.ones(1)
    load = gross_load(named * one, white * one, one, named_weight=weight, white_space_weight=1.0 - weight)[0]
    assert min(named, white) - 1e-3 <= load <= max(named, white) + 1e-3


def test_partner_factor_takes_the_discount_off():
    assert partner_factor(np.array([True, False]), 0.4).tolist() == [0.6, 1.0]


def test_latest_activity_and_dormancy_without_any():
    nothing = np.array(["NaT"], dtype="datetime64[D]")
    assert latest(nothing) is None
    assert dormant(np.array([True]), nothing, dt.date(2026, 1, 1), 90.0).tolist() == [True]
    assert dormant(np.array([False]), nothing, dt.date(2026, 1, 1), 90.0).tolist() == [False]


def test_seniority_wanted_by_tier():
    tiers = np.array(["A", "A", "B", "B", "C"], dtype=object)
    years = np.array([3.0, 2.9, 1.0, np.nan, np.nan])
    assert seniority_match(tiers, years, senior_years=3.0, junior_years=1.0).tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert is_senior(years, 3.0).tolist() == [True, False, False, False, False]


def test_white_space_ranks_untouched_prospects_by_fit():
    days = np.array(["2025-01-01", "NaT", "2026-03-01", "2025-06-01", "2025-01-01"], dtype="datetime64[D]")
    found = white_space(
        np.array([True, True, True, True, False]),
        np.array([60.0, np.nan, 99.0, 75.0, 99.0]),
        days,
        dt.date(2026, 4, 1),
        untouched_days=182,
        fit_threshold=70.0,
        contact_share=0.8,
    )
    assert found.account_index.tolist() == [3, 0, 1]
    assert (found.n_prospects, found.n_high_fit, found.contacted_share) == (4, 2, 1.0)
    assert found.on_target


def test_product_white_space_is_what_is_not_owned():
    assert product_white_space([["a"], ["b", "a"]], ["a", "b"]) == (("b",), ())
