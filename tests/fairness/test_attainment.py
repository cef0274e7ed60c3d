"""Quota attainment is told where quotas are, and said to be missing where they are not."""

from __future__ import annotations

import json

import numpy as np
import pytest

import territory_opt as topt

ACCOUNTS = {"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 2e4]}


def report(build, reps: dict, accounts: dict | None = None, **policy) -> topt.FairnessReport:
    problem = build(accounts or ACCOUNTS, reps, **policy)
    index = np.arange(problem.n_accounts) % problem.n_reps
    return topt.fairness(problem, topt.Alignment.from_index(problem, index))


def test_the_cv_of_tam_over_quota_is_that_of_the_ratios(build) -> None:
    found = report(build, {"rep_id": ["x", "y"], "quota": [1e5, 5e4]})
    ratios = np.array([1.7, 1.8])  # 170k over 100k, 90k over 50k
    assert found.attainment.measure == "tam"
    assert found.attainment.books == pytest.approx(tuple(ratios))
    assert found.attainment.cv == pytest.approx(ratios.std() / ratios.mean())
    assert found.attainment.cv_target_met and not found.attainment.why
    assert "TAM per unit of quota varies by 2.9% across books." in str(found)
    assert "TAM per unit of quota" in found._repr_html_()
    assert not any("quota" in sentence for sentence in found.advice)


def test_attainment_that_varies_too_much_is_advice(build) -> None:
    found = report(build, {"rep_id": ["x", "y"], "quota": [1e5, 1e4]})
    assert found.attainment.cv_target_met is False
    (said,) = [s for s in found.advice if "quota" in s]
    assert said.endswith("across books; the target is under 20% (D-CV-1).")
    assert not any(
        "quota" in s for s in report(build, {"rep_id": ["x", "y"], "quota": [1e5, 1e4]}, cv_target=0.9).advice
    )


def test_revenue_is_what_a_book_brings_where_it_is_a_measure() -> None:
    table = ACCOUNTS | {"revenue": [10.0, 20.0, 30.0, 40.0]}
    accounts = topt.Accounts.from_frame(table, measures=["revenue"])
    team = topt.Team.from_frame({"rep_id": ["x", "y"], "quota": [40.0, 30.0]})
    problem = topt.Problem(accounts, team, criteria=[])
    found = topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1, 0, 1]))
    assert found.attainment.measure == "revenue"
    assert found.attainment.books == pytest.approx((1.0, 2.0))


@pytest.mark.parametrize(
    ("quota", "why"),
    [(None, "no rep has a quota"), ([0.0, 0.0], "no rep has a quota"), ([5.0, None], "only one rep has a quota")],
)
def test_without_quotas_it_is_said_why_there_is_none(build, quota, why: str) -> None:
    found = report(build, {"rep_id": ["x", "y"]} | ({} if quota is None else {"quota": quota}))
    assert found.attainment.cv is None and found.attainment.cv_target_met is None
    assert found.attainment.why.startswith(why)
    assert "quota" not in str(found)
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["quota_attainment"]["why"].startswith(why)


def test_reps_without_a_quota_are_left_out_by_name(build) -> None:
    found = report(build, {"rep_id": ["x", "y", "z"], "name": ["Ana", "Bo", "Cy"], "quota": [1e5, None, 5e4]})
    assert found.attainment.books[1] is None
    assert found.attainment.why == "no quota for Bo"


def test_books_worth_nothing_have_no_attainment(build) -> None:
    found = report(build, {"rep_id": ["x", "y"], "quota": [1.0, 1.0]}, {"account_id": ["a", "b"], "acv": [0.0, 0.0]})
    assert found.attainment.cv is None and "zero" in found.attainment.why


def test_a_problem_of_arrays_has_no_quotas() -> None:
    problem = topt.Problem.from_arrays([[1.0, 2.0], [2.0, 1.0]], measures={"m": [1.0, 1.0]}, upper={"m": 2.0})
    assert topt.fairness(problem, topt.Alignment.from_index(problem, [0, 1])).attainment is None
