"""D-FAIR-1 and D-FAIR-2: who is better off, who is to be talked to, and what is said to them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import territory_opt as topt

# Today: r0 has 400, r1 100, r2 nothing; 100 belongs to somebody who left.
ACCOUNTS = {
    "account_id": list("abcdef"),
    "acv": [100e3, 100e3, 100e3, 100e3, 100e3, 100e3],
    "owner": ["r0", "r0", "r0", "r0", "r1", "gone"],
}
REPS = {"rep_id": ["r0", "r1", "r2"], "name": ["Ana", "Bo", "Cy"]}


@pytest.fixture
def simulate(build):
    def run(plan=(0, 0, 1, 1, 1, 2), accounts=ACCOUNTS, reps=REPS, **options):
        problem = build(accounts, reps)
        return topt.simulate_fairness(problem, topt.Alignment.from_index(problem, list(plan)), **options)

    return run


def test_the_verdict_compares_the_proposed_with_todays_book(simulate) -> None:
    found = simulate()
    assert [rep.verdict for rep in found.reps] == ["worse", "better", "new"]
    assert found.reps[0].change == pytest.approx(-0.5)
    assert found.reps[1].change == pytest.approx(2.0)
    assert (found.reps[0].n_before, found.reps[0].n_accounts) == (4, 2)


def test_a_rep_without_a_book_today_is_listed_and_not_counted(simulate) -> None:
    found = simulate()
    assert found.share_equal_or_better == pytest.approx(0.5)
    assert found.passed is False
    assert any("no book today for Cy" in note for note in found.notes)
    assert any("1 account without an owner in the team" in note for note in found.notes)


def test_a_change_up_to_the_tolerance_is_equal_and_beyond_it_is_not(build) -> None:
    accounts = {"account_id": ["a", "b", "c"], "acv": [100e3, 95e3, 5e3], "owner": ["r0", "r1", "r0"]}
    problem = build(accounts, {"rep_id": ["r0", "r1"]})
    plan = topt.Alignment.from_index(problem, [0, 1, 1])
    assert [rep.verdict for rep in topt.simulate_fairness(problem, plan).reps] == ["equal", "better"]
    tight = topt.simulate_fairness(problem, plan, tolerance=0.04)
    assert [rep.verdict for rep in tight.reps] == ["worse", "better"]


def test_exactly_the_tolerance_is_still_equal(build) -> None:
    # 100 to 105 and 100 to 95: five percent, which no binary fraction is.
    accounts = {"account_id": list("abc"), "acv": [100e3, 95e3, 5e3], "owner": ["r0", "r1", "r1"]}
    problem = build(accounts, {"rep_id": ["r0", "r1"]})
    found = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [0, 1, 0]))
    assert [rep.verdict for rep in found.reps] == ["equal", "equal"]
    assert [rep.change for rep in found.reps] == pytest.approx([0.05, -0.05])


def test_eighty_percent_is_a_pass(build) -> None:
    accounts = {"account_id": list("abcde"), "acv": [1e5] * 5, "owner": ["r0", "r1", "r2", "r3", "r4"]}
    accounts = {
        name: [*values, extra] for (name, values), extra in zip(accounts.items(), ["f", 1e5, "r4"], strict=True)
    }
    problem = build(accounts, {"rep_id": [f"r{j}" for j in range(5)]})
    found = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [0, 1, 2, 3, 4, 0]))
    assert found.share_equal_or_better == pytest.approx(0.8)
    assert found.passed is True
    assert (
        topt.simulate_fairness(
            problem, topt.Alignment.from_index(problem, [0, 1, 2, 3, 4, 0]), share_needed=0.81
        ).passed
        is False
    )


def test_tam_per_quota_decides_where_a_quota_is_known(simulate) -> None:
    reps = REPS | {"quota": [100e3, 100e3, None]}
    # Ana keeps half her book with half her quota: nothing changes for her.
    found = simulate(reps=reps, quota=[50e3, 300e3, 80e3])
    assert [rep.verdict for rep in found.reps] == ["equal", "equal", "new"]
    assert found.reps[0].basis == "tam per quota"
    assert found.reps[0].coverage_before == pytest.approx(4.0)
    assert found.reps[0].coverage == pytest.approx(4.0)


def test_a_missing_or_zero_quota_falls_back_to_tam_and_is_said(simulate) -> None:
    found = simulate(reps=REPS | {"quota": [100e3, 0.0, None]})
    assert [rep.basis for rep in found.reps] == ["tam per quota", "tam", "tam"]
    assert "no quota for Bo and Cy: their TAM is compared alone" in found.notes


def test_proposed_quotas_without_todays_are_not_called_none(simulate) -> None:
    found = simulate(quota=[100e3, 100e3, 100e3])
    assert {rep.basis for rep in found.reps} == {"tam"}
    assert found.notes[0].startswith("no rep has a quota today and in the proposal")
    assert simulate().notes[0] == "no rep has a quota: TAM is compared alone; give the team a quota column"


def test_a_book_that_falls_by_thirty_percent_is_shown_against_the_median(simulate) -> None:
    ana = simulate().reps[0]
    assert ana.falls
    # Load is 0.6 + 0.4 of a book without a split: 400 against a median of 250 today, 200 of 200 proposed.
    assert ana.load_before / ana.load == pytest.approx(2.0)
    assert ana.load_against_median_before == pytest.approx(400 / 250)
    assert ana.load_against_median == pytest.approx(1.0)
    assert "against a team median of" in ana.why


def test_a_fall_below_the_threshold_is_not_called_significant(build) -> None:
    accounts = {"account_id": list("abcd"), "acv": [71e3, 29e3, 50e3, 50e3], "owner": ["r0", "r0", "r1", "r1"]}
    problem = build(accounts, {"rep_id": ["r0", "r1"]})
    plan = topt.Alignment.from_index(problem, [0, 1, 1, 1])
    assert not topt.simulate_fairness(problem, plan).reps[0].falls
    assert topt.simulate_fairness(problem, plan, significant=0.29).reps[0].falls


def test_one_to_ones_are_the_worse_off_with_the_case_for_protection(simulate) -> None:
    found = simulate()
    assert [rep.rep_name for rep in found.one_to_ones] == ["Ana"]
    case = found.case_for(found.one_to_ones[0])
    assert "Commission protection for the first quarter (D-TRANS-2)" in case
    assert "compensation guarantee for 6 months at the average of the previous 12 months" in case
    assert "Ana" in str(found)


def test_without_owners_nobody_is_judged_and_that_is_said(build) -> None:
    problem = build({"account_id": ["a", "b"], "acv": [1e5, 1e5]}, {"rep_id": ["r0", "r1"]})
    found = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [0, 1]))
    assert found.share_equal_or_better is None and found.passed is None
    assert "nobody can be judged" in " ".join(found.notes)
    assert "nobody can be judged" in str(found)


def test_a_book_of_worthless_accounts_has_no_percentage(build) -> None:
    accounts = {"account_id": ["a", "b"], "acv": [0.0, 1e5], "owner": ["r0", "r1"]}
    problem = build(accounts, {"rep_id": ["r0", "r1"]})
    found = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [1, 0]))
    assert (found.reps[0].verdict, found.reps[0].change) == ("better", None)
    assert (found.reps[1].verdict, found.reps[1].change) == ("worse", -1.0)


def test_frame_and_dict_have_no_nan(simulate) -> None:
    found = simulate(reps=REPS | {"quota": [100e3, None, None]})
    frame = found.to_frame()
    assert frame.loc[1, "coverage"] is pd.NA
    assert list(frame["verdict"]) == ["worse", "better", "new"]
    assert "NaN" not in json.dumps(found.to_dict(), allow_nan=False)


def test_names_are_escaped(simulate) -> None:
    found = simulate(reps=REPS | {"name": ["<b>Ana</b>", "Bo", "Cy"]})
    assert "<b>Ana" not in found._repr_html_()
    assert "&lt;b&gt;Ana" in found._repr_html_()


@pytest.mark.parametrize(
    "option",
    [
        {"tolerance": -0.1},
        {"tolerance": float("nan")},
        {"tolerance": "5%"},
        {"share_needed": 80},
        {"significant": 2},
    ],
)
def test_shares_out_of_range_are_refused(simulate, option) -> None:
    with pytest.raises(topt.CriterionError, match="must be a share"):
        simulate(**option)


@pytest.mark.parametrize("quota", [[1.0], [1.0, -2.0, 3.0], [1.0, np.inf, 1.0], ["x", 1.0, 1.0]])
def test_unusable_quotas_are_refused(simulate, quota) -> None:
    with pytest.raises(topt.DataError, match="quota"):
        simulate(quota=quota)


def test_ten_thousand_reps_do_not_make_a_page_of_megabytes(build) -> None:
    n = 10_000
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": [1e4] * n, "owner": [f"r{i // 2}" for i in range(n)]}
    problem = build(accounts, {"rep_id": [f"r{j}" for j in range(n)]})
    found = topt.simulate_fairness(problem, topt.Alignment.from_index(problem, np.arange(n)))
    text, html = str(found), found._repr_html_()
    assert found.n("worse") == 5_000
    for shown in (text, html):
        assert len(shown) < 40_000
        assert "... 9,960 more in .to_frame()" in shown and "... 4,960 more in .one_to_ones" in shown


def test_the_policy_sets_the_shares_and_an_argument_wins(build) -> None:
    table = {"account_id": list("abcd"), "acv": [100.0, 100.0, 100.0, 92.0], "owner": ["x", "x", "y", "y"]}

    def run(policy: dict, **options) -> topt.FairnessSimulation:
        problem = build(table, {"rep_id": ["x", "y"]}, **policy)
        return topt.simulate_fairness(problem, topt.Alignment.from_index(problem, [0, 1, 1, 0]), **options)

    asked = {"fair_tolerance": 0.01, "fair_share": 0.5, "significant_fall": 0.04}
    plain, ours, both = run({}), run(asked), run(asked, tolerance=0.2, share_needed=0.9, significant=0.5)
    assert (plain.tolerance, plain.share_needed, plain.significant) == (0.05, 0.8, 0.3)
    assert [rep.verdict for rep in plain.reps] == ["equal", "equal"]
    assert [rep.verdict for rep in ours.reps] == ["worse", "better"] and ours.passed
    assert [[rep.falls for rep in run.reps] for run in (plain, ours)] == [[False, False], [True, False]]
    assert (both.tolerance, both.share_needed, both.significant) == (0.2, 0.9, 0.5)
