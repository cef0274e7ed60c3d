import datetime as dt
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from territory_opt.accounts import Accounts
from territory_opt.policy import Policy
from territory_opt.scoring import score


def scores_of(table, **policy):
    n = len(next(iter(table.values())))
    return score(Accounts.from_frame({"id": [str(row) for row in range(n)], **table}), Policy(**policy))


def test_load_weighs_named_and_white_space():
    got = scores_of({"named_acv": [100.0], "white_space_acv": [50.0]})
    assert got.gross_load.tolist() == [80.0]
    assert got.acv.tolist() == [150.0]


def test_partner_accounts_weigh_less_in_the_load_but_not_in_tam():
    got = scores_of({"named_acv": [100.0, 100.0], "white_space_acv": [0.0, 0.0], "partner": ["yes", ""]})
    assert got.gross_load.tolist() == pytest.approx([60.0 * 0.675, 60.0])
    assert got.acv.tolist() == [100.0, 100.0]
    assert got.partner.tolist() == [True, False]


def test_dormant_named_accounts_return_to_white_space_and_lose_protection():
    got = scores_of(
        {
            "named_acv": [100.0, 100.0, 100.0],
            "white_space_acv": [10.0, 10.0, 10.0],
            "last_activity": ["2026-01-01", "2026-03-31", ""],
            "owner": ["r1", "r1", "r1"],
        },
        as_of=dt.date(2026, 4, 1),
    )
    assert got.dormant.tolist() == [True, False, True]
    assert got.named_acv.tolist() == [0.0, 100.0, 0.0]
    assert got.white_space_acv.tolist() == [110.0, 10.0, 110.0]
    assert got.bucket.tolist() == ["white_space", "named", "white_space"]
    assert got.protected_owner.tolist() == ["", "r1", ""]


def test_the_89th_day_is_not_dormant_and_the_90th_is():
    table = {"named_acv": [1.0, 1.0], "last_activity": ["2026-01-02", "2026-01-01"]}
    assert scores_of(table, as_of=dt.date(2026, 4, 1)).dormant.tolist() == [False, True]


def test_as_of_defaults_to_the_latest_activity_and_says_so():
    got = scores_of({"named_acv": [1.0, 1.0], "last_activity": ["2026-01-01", "2026-06-01"]})
    assert got.dormant.tolist() == [True, False]
    assert any("2026-06-01" in note for note in got.notes)


def test_an_empty_activity_column_makes_nobody_dormant():
    assert not scores_of({"acv": [1.0], "last_activity": [""]}).dormant.any()


def test_acv_splits_by_bucket_and_without_fit_all_is_named():
    got = scores_of({"acv": [80_000.0, 80_000.0, 10.0], "fit": [90, 10, 90]})
    assert got.bucket.tolist() == ["named", "white_space", "priority_inbound"]
    assert got.named_acv.tolist() == [80_000.0, 0.0, 0.0]
    assert got.white_space_acv.tolist() == [0.0, 80_000.0, 10.0]
    got = scores_of({"acv": [10.0]})
    assert got.named_acv.tolist() == [10.0]
    assert any("every account is named" in note for note in got.notes)


def test_one_part_and_acv_give_the_other_part():
    got = scores_of({"acv": [100.0, 100.0], "named_acv": [30.0, 120.0]})
    assert got.white_space_acv.tolist() == [70.0, 0.0]
    assert any("above acv in 1 accounts" in line for line in got.warnings)


def test_parts_that_do_not_add_up_are_pointed_out():
    got = scores_of({"acv": [100.0], "named_acv": [10.0], "white_space_acv": [10.0]})
    assert any("differs" in line for line in got.warnings)
    assert got.gross_load.tolist() == [10.0]
    assert got.acv.tolist() == [100.0]


def test_value_of_customers_and_prospects():
    got = scores_of(
        {
            "current_spend": [100.0, None, None, 0.0],
            "expansion": [20.0, None, 5.0, None],
            "first_year_deal": [999.0, 50.0, None, 40.0],
            "probability": [0.5, 0.5, None, None],
        }
    )
    assert got.acv.tolist() == [120.0, 25.0, 5.0, 40.0]


def test_no_money_counts_accounts():
    got = scores_of({"vertical": ["x", "y"]})
    assert got.acv.tolist() == [1.0, 1.0]
    assert any("no money" in note for note in got.notes)
    assert not got.warnings


def test_tiers_follow_acv_unless_given():
    got = scores_of({"acv": [100_001.0, 100_000.0, 24_999.0, 5.0], "tier": ["", "", "", "a"]})
    assert got.tier.tolist() == ["A", "B", "C", "A"]
    assert got.account_units.tolist() == [3.0, 2.0, 1.0, 3.0]
    assert got.visits.tolist() == [12.0, 6.0, 4.0, 12.0]


def test_given_visits_and_speeds_win():
    got = scores_of({"acv": [1.0, 1.0, 1.0], "visits": [7, None, 0], "density": ["urban", "rural", ""]})
    assert got.visits.tolist() == [7.0, 4.0, 0.0]
    assert got.speed_kmh.tolist() == [30.0, 80.0, 50.0]
    assert scores_of({"acv": [1.0], "speed_kmh": [65]}).speed_kmh.tolist() == [65.0]


def test_unknown_fit_is_filled_from_components_or_is_white_space():
    got = scores_of({"acv": [9e5, 9e5, 9e5], "fit": [None, 80, None], "firmographic": [90, 0, None]})
    np.testing.assert_array_equal(got.fit, [90.0, 80.0, np.nan])
    assert got.bucket.tolist() == ["named", "named", "white_space"]
    assert any("unknown for 1 accounts" in note for note in got.notes)


def test_unusual_tier_shares_are_reported():
    assert any("D-TIER-1" in line for line in scores_of({"acv": [1.0] * 10}).warnings)


def test_scores_are_frozen_and_pickle():
    got = scores_of({"acv": [1.0]})
    for each in (got, pickle.loads(pickle.dumps(got))):
        with pytest.raises(ValueError, match="read-only"):
            each.acv[0] = 2.0
        with pytest.raises(ValueError, match="read-only"):
            each.tier[0] = "A"


ROW = st.tuples(st.floats(0, 1e9), st.floats(0, 1e9), st.floats(0, 100) | st.none(), st.booleans(), st.integers(0, 400))


@given(st.lists(ROW, min_size=1, max_size=20))
def test_dormancy_moves_money_and_never_makes_or_loses_any(rows):
    base = np.datetime64("2026-01-31")
    got = scores_of(
        {
            "named_acv": [row[0] for row in rows],
            "white_space_acv": [row[1] for row in rows],
            "fit": [row[2] for row in rows],
            "partner": [row[3] for row in rows],
            "last_activity": [str(base - row[4]) for row in rows],
        }
    )
    np.testing.assert_allclose(got.named_acv + got.white_space_acv, got.acv)
    assert (got.gross_load <= 0.6 * got.acv + 1e-6).all()
    assert (got.gross_load >= 0.0).all()
    assert (got.named_acv[got.dormant] == 0.0).all()
    assert set(got.bucket) <= {"named", "priority_inbound", "white_space"}


@pytest.mark.parametrize("column", ["current_spend", "expansion", "first_year_deal"])
def test_any_money_of_a_deal_gives_accounts_their_value(column):
    got = scores_of({column: [500.0, 20.0]})
    assert got.acv.tolist() == [500.0, 20.0]
    assert f"acv derived from {column} (D-VALUE-1)" in got.notes


def test_spend_beside_a_given_value_is_said_to_be_unused():
    got = scores_of({"acv": [500.0], "current_spend": [20.0]})
    assert got.acv.tolist() == [500.0]
    assert "current_spend not used for the value: acv given (D-VALUE-1)" in got.notes


def test_a_fit_that_is_blank_everywhere_is_described_once():
    said = [note for note in scores_of({"acv": [1.0, 1.0], "fit": [None, None]}).notes if "fit" in note]
    assert said == ["no fit score: every account is named (D-BUCKET-1)"]


def test_accounts_without_any_component_of_fit_are_said_to_be_white_space():
    got = scores_of({"acv": [1.0, 1.0], "intent": [80.0, None]})
    assert any("fit is unknown for 1 accounts: they are white space" in note for note in got.notes)


def test_the_partner_discount_is_said():
    got = scores_of({"acv": [100.0, 100.0], "partner": ["yes", ""]})
    assert any("1 partner-sourced accounts count 67.5% of their ACV" in note for note in got.notes)
