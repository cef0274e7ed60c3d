import datetime as dt
import json
import pickle

import pytest

from territory_opt.errors import CriterionError, TerritoryOptWarning
from territory_opt.policy import Policy


def test_defaults_are_the_numbers_of_the_domain():
    policy = Policy()
    assert (policy.named_weight, policy.white_space_weight) == (0.6, 0.4)
    assert (policy.load_band, policy.tam_band, policy.cv_target) == (0.15, 0.15, 0.20)
    assert (policy.units_low, policy.units_high, policy.unit_weights) == (100, 150, (3, 2, 1))
    assert (policy.tier_a_acv, policy.tier_b_acv, policy.visits_by_tier) == (100_000, 25_000, (12, 6, 4))
    assert (policy.fit_threshold, policy.named_acv_threshold, policy.dormant_days) == (70, 75_000, 90)
    assert (policy.partner_discount, policy.travel_share, policy.selling_hours) == (0.325, 0.25, 4000)
    assert policy.speed_kmh == (30, 50, 80)


def test_every_number_names_its_rule():
    assert all(rule for name, _, rule in Policy().rules() if name != "as_of")


@pytest.mark.parametrize(
    ("name", "value", "rule"), [("partner_discount", 0.5, "D-PARTNER-1"), ("travel_share", 0.4, "D-TRAVEL-1")]
)
def test_a_value_outside_a_documented_range_warns_with_the_rule(name, value, rule):
    with pytest.warns(TerritoryOptWarning, match=rule):
        assert getattr(Policy(**{name: value}), name) == value


@pytest.mark.parametrize(
    "values",
    [
        {"named_weight": 0.7},
        {"load_band": 15},
        {"load_band": 0.0},
        {"partner_discount": -0.1},
        {"selling_hours": 0},
        {"friction_per_hour": float("nan")},
        {"speed_kmh": (30, 50)},
        {"speed_kmh": (30, 0, 80)},
        {"tier_b_acv": 200_000},
        {"units_low": 200},
        {"tier_shares": ((0.2, 0.1), (0.3, 0.4), (0.4, 0.5))},
        {"fit_weights": (1, 1, 1)},
        {"dormant_days": "90"},
        {"as_of": "2026-01-31"},
        {"dormant_days": True},
        {"unit_weights": (1e300, 2, 1)},
        {"friction_per_hour": 1e300},
        {"vertical_penalty": 1e16},
        {"tier_a_acv": 1e16},
        {"speed_kmh": (30, 1e-9, 80)},
    ],
)
def test_impossible_values_are_refused(values):
    with pytest.raises(CriterionError, match=next(iter(values))):
        Policy(**values)


def test_all_impossible_values_are_listed():
    with pytest.raises(CriterionError) as caught:
        Policy(load_band=2, selling_hours=-1)
    assert "load_band" in str(caught.value)
    assert "selling_hours" in str(caught.value)


def test_friction_can_be_switched_off():
    assert Policy(friction_per_hour=0.0).friction_per_hour == 0.0
    assert Policy().friction_per_hour is None


def test_replace_changes_a_copy_and_knows_its_names():
    policy = Policy()
    assert policy.replace(dormant_days=120).dormant_days == 120
    assert policy.dormant_days == 90
    with pytest.raises(CriterionError, match="dormant_day"):
        policy.replace(dormant_day=1)


def test_policies_survive_json_and_pickle():
    policy = Policy(as_of=dt.date(2026, 1, 31), unit_weights=(4, 2, 1), friction_per_hour=12.5)
    assert Policy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy
    assert pickle.loads(pickle.dumps(policy)) == policy
    with pytest.raises(CriterionError):
        Policy.from_dict({"bogus": 1})


def test_numbers_that_only_judge_leave_a_problems_fingerprint_as_it_was():
    # As written before the numbers of fairness were in the policy: files of then are read by fingerprint.
    before = (
        "Policy(named_weight=0.6, white_space_weight=0.4, load_band=0.15, tam_band=0.15, units_low=100.0, "
        "units_high=150.0, unit_weights=(3.0, 2.0, 1.0), tier_a_acv=100000.0, tier_b_acv=25000.0, "
        "tier_shares=((0.1, 0.2), (0.3, 0.4), (0.4, 0.5)), visits_by_tier=(12.0, 6.0, 4.0), "
        "speed_kmh=(30.0, 50.0, 80.0), selling_hours=4000.0, friction_per_hour=None, friction_share=0.5, "
        "time_zone_penalty_per_hour=0.0, language_penalty=0.0, vertical_penalty=0.0, partner_discount=0.325, "
        "dormant_days=90.0, as_of=None, travel_share=0.25, red_flag_driving_hours_month=30.0, cv_target=0.2, "
        "senior_years=3.0, junior_years=1.0, fit_threshold=70.0, named_acv_threshold=75000.0, "
        "fit_weights=(0.3333333333333333, 0.3333333333333333, 0.3333333333333333), white_space_untouched_days=182.0, "
        "white_space_contact_share=0.8, segment_mid_market=500000.0, segment_enterprise=5000000.0, named_mix=0.6, "
        "move_cost_share=0.05, seniority_hours=8.0, pooled_below=4, warn_below=6)"
    )
    assert Policy().asked() == before
    assert Policy(fair_tolerance=0.1, books_apart=0.4).asked() == before
    assert Policy(cv_target=0.1).asked() != before


def test_a_policy_written_before_it_had_numbers_of_fairness_is_read():
    old = {name: value for name, value in Policy(load_band=0.1).to_dict().items() if "fair" not in name}
    del old["significant_fall"], old["books_apart"], old["named_mix_room"]
    assert Policy.from_dict(old) == Policy(load_band=0.1)
    assert (Policy().fair_tolerance, Policy().fair_share, Policy().significant_fall) == (0.05, 0.8, 0.3)
    assert (Policy().books_apart, Policy().named_mix_room) == (0.5, 0.1)
