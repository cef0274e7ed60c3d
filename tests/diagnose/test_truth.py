"""Against enumeration: feasible cases never yield conflicts, conflicts are infeasible on their own, ways out work."""

import numpy as np
import pytest

import territory_opt as topt
from ground_truth import Case, Truth, random_case
from territory_opt.diagnose.proofs import needed_limits
from territory_opt.diagnose.search import find_proofs
from territory_opt.diagnose.view import Facts


def only(case, criteria):
    return Case(case.accounts, case.reps, list(criteria), case.per_hour, case.measures, case.travel_time, case.policy)


def answer(case, criteria=None):
    return Truth(case if criteria is None else only(case, criteria)).answer()


@pytest.mark.parametrize("block", range(3))
def test_a_diagnosis_agrees_with_enumeration(block):
    n_infeasible = 0
    for seed in range(1000 + 15 * block, 1015 + 15 * block):
        case = random_case(seed)
        truth = answer(case)
        if truth.unsure:
            continue
        problem = case.problem()
        found = topt.diagnose(problem, time_limit=20)
        assert found.feasible == (truth.n_feasible > 0), (seed, found)
        if found.feasible:
            assert not found.conflicts and not found.relaxations
            assert topt.evaluate(problem, found.alignment).feasible
            continue
        n_infeasible += 1
        assert found.conflicts and found.relaxations, seed
        for conflict in found.conflicts:
            assert answer(case, conflict.criteria).n_feasible == 0, (seed, conflict)
        for way in found.relaxations:
            assert way.verified
            assert topt.evaluate(way.problem, way.alignment).feasible, (seed, way)
    assert n_infeasible >= 2


def test_proofs_never_err_and_need_every_limit_they_name():
    n_proofs = 0
    for seed in range(2000, 2060):
        case = random_case(seed)
        view = Facts(case.problem()).view()
        proofs = find_proofs(view)
        if not proofs:
            continue
        n_proofs += 1
        truth = answer(case)
        assert truth.n_feasible == 0 or truth.unsure, (seed, proofs)
        for proof in proofs[:2]:
            needed = needed_limits(proof, view)
            assert proof.holds(view.facts.view(needed))
            assert not any(proof.holds(view.facts.view(needed).without(c)) for c in needed)
    assert n_proofs >= 10


@pytest.mark.parametrize("seed", range(2100, 2112))
def test_less_than_the_least_number_does_not_do(seed):
    case = random_case(seed, kinds=["between", "mean"])
    problem = case.problem()
    for way in topt.diagnose(problem, time_limit=20).relaxations:
        if not way.least or len(way.criteria) != 1 or not isinstance(way.criteria[0], topt.Balance):
            continue
        (old,) = way.criteria
        (new,) = (c for c in way.problem.criteria if c.key == old.key)
        step = 0.002 * max(1.0, abs(way.amount)) if old.between is None else 0.02 * abs(way.amount)
        if old.between is None:
            tighter = topt.Balance(old.measure, within=max(old.within, new.within - step), of=old.of)
        else:
            low = new.between[0] if new.between[0] == old.between[0] else min(old.between[0], new.between[0] + step)
            high = new.between[1] if new.between[1] == old.between[1] else max(old.between[1], new.between[1] - step)
            tighter = topt.Balance(old.measure, between=(low, high))
        truth = answer(case, [tighter if c is old else c for c in case.criteria])
        assert truth.n_feasible == 0 or truth.unsure, (seed, way)


def test_the_fewest_accounts_to_open_are_the_fewest():
    rng = np.random.default_rng(5)
    n_checked = 0
    for _ in range(6):
        verticals = rng.choice(["x", "y"], 6).tolist()
        table = {"account_id": list("abcdef"), "acv": rng.integers(1, 9, 6).astype(float), "vertical": verticals}
        team = topt.Team.from_frame({"rep_id": ["r", "s"], "verticals": ["x", "y"]})
        rules = [topt.Eligible("vertical"), topt.Balance("tam", within=0.2)]
        problem = topt.Problem(topt.Accounts.from_frame(table), team, criteria=rules)
        found = topt.diagnose(problem, time_limit=20)
        ways = [way for way in found.relaxations if way.unit == "accounts" and way.criteria == (rules[0],)]
        if found.feasible or not ways:
            continue
        acv = np.asarray(table["acv"])
        own = np.array([0 if v == "x" else 1 for v in verticals])
        fewest = 7
        for bits in range(64):
            reps = np.array([bits >> i & 1 for i in range(6)])
            books = np.bincount(reps, weights=acv, minlength=2)
            if (np.abs(books - acv.sum() / 2) <= 0.2 * acv.sum() / 2 * (1 + 1e-9)).all():
                fewest = min(fewest, int((reps != own).sum()))
        assert ways[0].amount == fewest and ways[0].least
        n_checked += 1
    assert n_checked >= 2
