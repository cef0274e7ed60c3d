"""Least-change re-solves against every alignment of tiny problems."""

import itertools
import math

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.resolve import resolve
from territory_opt.resolve import resolve as resolve_function
from territory_opt.resolve.resolve import Resolved

CRITERIA = {
    "target": lambda: [topt.Balance("tam", within=0.35, of="target")],
    "mean": lambda: [topt.Balance("load", within=0.5, of="mean")],
    "median": lambda: [topt.Balance("tam", within=0.4, of="median")],
    "between": lambda: [topt.Balance("accounts", between=(1, 4)), topt.Disruption("acv", weight=0.01)],
    "elastic": lambda: [topt.Balance("tam", within=0.1, of="target", weight=0.01)],
    "capped": lambda: [topt.Disruption("acv", at_most=0.5), topt.Balance("accounts", between=(1, 4))],
    "caps": lambda: [
        topt.Disruption("acv", at_most=0.6),
        topt.Disruption("accounts", at_most=0.5),
        topt.Balance("accounts", between=(1, 4)),
    ],
    "limits": lambda: [topt.BookLimits("tam", lower=[6e4, 0, 3e4], upper=[2e5, np.inf, 1.5e5])],
    "costs": lambda: [
        topt.Costs(np.random.default_rng(8).uniform(-90, 90, (6, 3)), weight=2.0),
        topt.Balance("accounts", between=(1, 4)),
    ],
    "apart": lambda: [topt.Apart([("A0", "A1")]), topt.Balance("accounts", between=(1, 5))],
    "families": lambda: [topt.Together([("A0", "A1"), ("A2", "A3")]), topt.Balance("accounts", between=(1, 5))],
    "rules": lambda: [topt.Eligible("vertical"), topt.Forbid([("A1", "R1")]), topt.Lock({"A2": "R1"})],
    "variation": lambda: [topt.Variation("tam", at_most=0.25), topt.Variation("accounts", at_most=0.6)],
    "misfits": lambda: [topt.Eligible("vertical", weight=50.0), topt.Balance("tam", within=0.5, of="target")],
}


def tables(seed, n=6, k=3):
    rng = np.random.default_rng(seed)
    accounts = {
        "account_id": [f"A{i}" for i in range(n)],
        "acv": np.round(rng.uniform(2e4, 9e4, n)),
        "lat": rng.uniform(39, 41, n),
        "lon": rng.uniform(-90, -88, n),
        "owner": [f"R{j}" for j in rng.integers(0, k, n)],
        "vertical": rng.choice(["x", "y"], n),
    }
    team = {
        "rep_id": [f"R{j}" for j in range(k)],
        "lat": rng.uniform(39, 41, k),
        "lon": rng.uniform(-90, -88, k),
        "verticals": ["x;y", "x;y", "x"][:k],
        "capacity": rng.choice([0.8, 1.0], k),
    }
    return accounts, team


def edited(kind, seed):
    """An edited problem, and a start whose last rep has left and whose last account is new."""
    accounts, team = tables(seed)
    before = {name: values[:-1] for name, values in accounts.items()}
    wide = {
        name: [*values, extra] for (name, values), extra in zip(team.items(), ["gone", 40, -89, "", 1.0], strict=True)
    }
    old = topt.Problem(topt.Accounts.from_frame(before), topt.Team.from_frame(wide), criteria=[topt.Travel(weight=1.0)])
    rng = np.random.default_rng(seed + 100)
    start = topt.Alignment.from_index(old, rng.integers(0, 4, old.n_accounts))
    policy = topt.Policy(friction_per_hour=20.0 if kind == "mean" else 0.0)
    new = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame(team), policy=policy,
        criteria=[topt.Travel(weight=1.0), *CRITERIA[kind]()],
    )  # fmt: skip
    return new, start


def allowed(problem):
    """Pairs that no rule of the statement excludes, worked out from the statement alone."""
    ok = np.ones((problem.n_accounts, problem.n_reps), dtype=bool)
    for criterion in problem.criteria:
        if not criterion.is_limit:
            continue
        for i, j in itertools.product(range(problem.n_accounts), range(problem.n_reps)):
            account, rep = f"A{i}", f"R{j}"
            if isinstance(criterion, topt.Forbid) and (account, rep) in criterion.pairs:
                ok[i, j] = False
            if isinstance(criterion, topt.Lock) and dict(criterion.pairs).get(account, rep) != rep:
                ok[i, j] = False
            if isinstance(criterion, topt.Eligible):
                served = problem.team.serves["vertical"][j]
                ok[i, j] &= not served or problem.accounts.text("vertical")[i] in served
    family = np.arange(problem.n_accounts)
    for criterion in problem.criteria:
        if isinstance(criterion, topt.Together):
            for group in criterion.groups:
                rows = [int(account[1:]) for account in group]
                family[rows] = family[rows].min()
                ok[rows] = ok[rows].all(axis=0)
    return ok


def truth(problem, start):
    """Objective and moves of every alignment that keeps every limit."""
    ok = allowed(problem)
    before = np.full(problem.n_accounts, -1)
    for i, account in enumerate(problem.accounts.account_id):
        if account in start.account_id:
            rep = start.owner_of(account)
            j = int(rep[1:]) if rep != "gone" else -1
            before[i] = j if j >= 0 and ok[i, j] else -1
    found = []
    for reps in itertools.product(range(problem.n_reps), repeat=problem.n_accounts):
        index = np.array(reps)
        score = topt.evaluate(problem, topt.Alignment.from_index(problem, index))
        if score.feasible:
            found.append((score.objective, int(((before >= 0) & (before != index)).sum())))
    return np.array(found).reshape(-1, 2)


@pytest.fixture(params=["whole", "nearby"])
def method(request, monkeypatch):
    if request.param == "nearby":
        import sys

        monkeypatch.setattr(sys.modules["territory_opt.resolve.resolve"], "_WHOLE_PAIRS", 0)
    return request.param


@pytest.mark.parametrize("kind", CRITERIA)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_answer_is_the_best_within_the_moves_and_the_bound_holds(kind, seed, method) -> None:
    problem, start = edited(kind, seed)
    every = truth(problem, start)
    for limit in (0, 1, 2, None):
        result = resolve(problem, start=start, moves_at_most=limit, gap=0.0)
        within = every[every[:, 1] <= (math.inf if limit is None else limit)]
        if len(within):
            best = within[:, 0].min()
            assert result.bound <= best + 1e-6 * max(1.0, abs(best))
        if result.has_alignment:
            assert len(within)
            assert result.objective >= best - 1e-6 * max(1.0, abs(best))
            assert limit is None or result.n_moved <= limit
            assert topt.evaluate(problem, result.alignment).feasible
        if method == "whole":
            assert result.has_alignment == bool(len(within))
            if len(within):
                assert result.objective == pytest.approx(best, rel=1e-6)
                assert result.termination.reason is topt.Reason.OPTIMAL
            else:
                assert result.termination.reason is topt.Reason.INFEASIBLE
                if len(every):
                    assert result.fewest_moves == result.fewest_moves_proven == every[:, 1].min()
        elif not len(within) and len(every):
            assert result.fewest_moves_proven <= every[:, 1].min()
            assert not result.fewest_moves < every[:, 1].min()


def arrays(seed, shift=0.0):
    """Costs below zero, a measure that depends on the rep, limits per book, barred pairs, and nothing else."""
    rng = np.random.default_rng(seed)
    effort = np.round(rng.uniform(1, 9, (6, 3)), 2)
    return topt.Problem.from_arrays(
        rng.uniform(-50, 10, (6, 3)) + shift,
        measures={"effort": effort, "count": np.ones(6)},
        lower={"count": 1}, upper={"effort": [16, 18, 20], "count": [3, 4, 4]},
        eligible=np.where(np.arange(18).reshape(6, 3) == 4, False, True),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_problem_of_arrays_is_resolved_by_its_own_costs_and_limits(seed, method) -> None:
    problem = arrays(seed)
    start = topt.Alignment.from_index(problem, [0, 0, 1, 1, 2, 2])
    scores = [
        (
            topt.evaluate(problem, topt.Alignment.from_index(problem, index)),
            int((index != start.rep_index).sum()),
        )
        for index in map(np.array, itertools.product(range(3), repeat=6))
    ]
    for limit in (1, 3, None):
        within = [s.objective for s, moves in scores if s.feasible and (limit is None or moves <= limit)]
        result = resolve(problem, start=start, moves_at_most=limit, gap=0.0)
        if within:
            assert result.bound <= min(within) + 1e-9
            assert not result.has_alignment or result.objective >= min(within) - 1e-9
            if limit is None:
                assert result.objective == pytest.approx(min(within))
                assert result.gap < 0.2
        else:
            assert not result.has_alignment


@pytest.mark.parametrize("kind", CRITERIA)
def test_least_moves_comes_before_the_objective_when_asked(kind, method) -> None:
    problem, start = edited(kind, 3)
    every = truth(problem, start)
    result = resolve(problem, start=start, moves_at_most=None, prefer="least_moves", gap=0.0)
    if not len(every):
        assert not result.has_alignment
        return
    fewest = every[:, 1].min()
    assert result.fewest_moves_proven <= fewest
    if method == "whole":
        assert result.n_moved == result.fewest_moves == result.fewest_moves_proven == fewest
        assert result.objective == pytest.approx(every[every[:, 1] == fewest][:, 0].min(), rel=1e-6)
    elif result.has_alignment:
        assert result.n_moved >= fewest


def test_changes_say_who_moved_and_why() -> None:
    problem, start = edited("between", 1)
    result = resolve(problem, start=start, moves_at_most=1, gap=0.0)
    changes = result.changes
    assert isinstance(result, Resolved)
    assert list(changes.columns) == ["account_id", "from_rep", "to_rep", "why", "acv"]
    assert set(changes["account_id"][changes["why"] == "new account"]) == {"A5"}
    gone = {a for a in start.account_id if start.owner_of(a) == "gone"}
    assert set(changes["account_id"][changes["why"] == "rep left"]) == gone
    assert (changes["why"] == "moved").sum() == result.n_moved <= 1
    assert result.n_placed == 1 + len(gone)
    assert any("'gone'" in note for note in result.notes)
    assert any("'A5'" in note for note in result.notes)


def test_nothing_changes_when_nothing_was_edited() -> None:
    accounts, team = tables(4)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame(team), criteria=[topt.Travel(weight=1.0)]
    )
    solved = topt.solve(problem, gap=0.0)
    result = resolve(problem, start=solved.alignment, gap=0.0)
    assert result.n_moved == result.n_placed == 0
    assert result.changes.empty
    assert result.objective == pytest.approx(solved.objective)


def test_a_rule_that_takes_an_account_from_its_rep_is_a_placement_not_a_move() -> None:
    accounts, team = tables(5)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame(team), criteria=[topt.Travel(weight=1.0)]
    )
    start = topt.Alignment.from_index(problem, np.zeros(6, dtype=np.int64))
    stricter = problem.with_criteria(topt.Forbid([("A3", "R0")]))
    result = resolve(stricter, start=start, moves_at_most=0)
    assert (result.n_moved, result.n_placed) == (0, 1)
    assert result.changes["why"].tolist() == ["rule excludes its rep"]


def test_a_kept_manual_move_stays() -> None:
    accounts, team = tables(6)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame(team), criteria=[topt.Travel(weight=1.0)]
    )
    start = topt.solve(problem, gap=0.0).alignment
    to = "R1" if start.owner_of("A0") != "R1" else "R2"
    moved = topt.Alignment.from_frame(
        problem, {"account_id": start.account_id, "rep_id": [to, *start.rep_id[start.rep_index[1:]]]}
    )
    result = resolve(problem.with_criteria(topt.Lock({"A0": to})), start=moved, moves_at_most=2)
    assert result.alignment.owner_of("A0") == to


@pytest.mark.parametrize(
    "wrong",
    [
        {"moves_at_most": -1},
        {"moves_at_most": 1.5},
        {"moves_at_most": True},
        {"prefer": "cheap"},
        {"time_limit": float("nan")},
        {"gap": -0.1},
        {"seed": -1},
        {"threads": 0},
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(wrong) -> None:
    problem, start = edited("between", 1)
    with pytest.raises(topt.CriterionError, match=next(iter(wrong))):
        resolve_function(problem, start=start, **wrong)


def test_a_start_that_is_no_alignment_is_refused() -> None:
    problem, _ = edited("between", 1)
    with pytest.raises(topt.CriterionError, match=r"start is a Result; .*result\.alignment"):
        resolve_function(problem, start=topt.solve(problem, gap=0.5))


def test_a_cancel_ends_the_search_without_an_exception(method) -> None:
    problem, start = edited("target", 1)
    cancel = topt.Cancel()
    cancel.request()
    result = resolve(problem, start=start, cancel=cancel)
    assert result.has_alignment or result.termination.limit is topt.Limit.INTERRUPTED


def test_open_homes_stay_where_they_were() -> None:
    accounts, _ = tables(7, n=8)
    del accounts["owner"]
    problem = topt.Problem(topt.Accounts.from_frame(accounts), topt.Team.open(3), criteria=[topt.Travel(weight=1.0)])
    start = topt.solve(problem).alignment
    fewer = problem.replace(accounts=topt.Accounts.from_frame({name: v[:-1] for name, v in accounts.items()}))
    result = resolve(fewer, start=start, moves_at_most=1)
    for rep, home in enumerate(start.home_index):
        if home < 7:
            assert result.alignment.home_index[rep] == home
    assert (result.alignment.home_index >= 0).all()
    more = problem.replace(team=topt.Team.open(4))
    grown = resolve(more, start=start, moves_at_most=4)
    assert (grown.alignment.home_index >= 0).all()
    assert any("homes" in note for note in grown.notes)


def test_hostile_names_come_through_unharmed() -> None:
    names = ["=1+1|cmd", "<script>alert(1)</script>", "A\u202eB", "' OR 1=1 --", "\N{PILE OF POO}", "a,b"]
    accounts = {"account_id": names, "acv": [5e4] * 6}
    reps = ["@rep", "<b>r</b>", "r\u00e9p"]
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame({"rep_id": reps}),
        criteria=[topt.Balance("accounts", between=(1, 4))],
    )  # fmt: skip
    start = topt.Alignment.from_index(problem, [0, 0, 1, 1, 2, 2])
    smaller = problem.replace(team=topt.Team.from_frame({"rep_id": reps[:2]}))
    result = resolve(smaller, start=start, moves_at_most=0)
    assert set(result.changes["account_id"]) == set(names[4:])
    assert any(repr("r\u00e9p") in note for note in result.notes)


def test_a_resolved_result_pickles_and_goes_to_json() -> None:
    import pickle

    from territory_opt.records import result_from_json

    problem, start = edited("between", 2)
    result = resolve(problem, start=start, moves_at_most=2, gap=0.0)
    again = pickle.loads(pickle.dumps(result))
    assert again.n_moved == result.n_moved
    assert again.changes.equals(result.changes)
    assert result_from_json(problem, result.to_json()).objective == pytest.approx(result.objective)
    assert str(result)
    assert "2 moves" in " ".join(result.notes)


def test_the_seed_decides(method) -> None:
    problem, start = edited("target", 2)
    one, two = (resolve(problem, start=start, moves_at_most=2, seed=5) for _ in range(2))
    assert one.has_alignment == two.has_alignment
    if one.has_alignment:
        assert one.alignment == two.alignment


def test_a_resolve_begins_from_the_prices_of_the_carve(method, monkeypatch) -> None:
    import sys

    problem, _ = edited("target", 1)
    whole = topt.solve(problem, solver="lagrangian", gap=0.0, time_limit=10)
    prices = whole.alignment.multipliers
    assert prices.measures == ("tam",)
    assert prices.settled
    assert not prices.per_unit.flags.writeable
    less = problem.without_reps("R0").with_criteria(topt.Balance("tam", within=0.9, of="target"))
    calls = []
    monkeypatch.setattr(sys.modules["territory_opt.resolve.nearby"], "engine_prices", lambda *a: calls.append(a))
    result = resolve(less, start=whole.alignment, moves_at_most=None, gap=0.0)
    assert not calls
    kept = result.alignment.multipliers
    assert np.array_equal(kept.per_unit, prices.per_unit[1:])
    assert not kept.settled
    assert (result.asked.solver, result.asked.start) == ("resolve", True)
    more = problem.with_reps({"rep_id": ["R9"], "lat": [40.0], "lon": [-89.0]})
    grown = resolve(more.with_criteria(topt.Balance("tam", within=0.9, of="target")), start=whole.alignment)
    assert grown.alignment.multipliers.per_unit[3] == pytest.approx(prices.per_unit.mean())


def test_without_prices_the_engine_is_asked_and_what_it_says_is_kept() -> None:
    from territory_opt.resolve.carried import carry_over
    from territory_opt.resolve.items import lay_items
    from territory_opt.resolve.nearby import Nearby
    from territory_opt.solvers.attempt import Request

    problem, start = edited("target", 2)
    carried = carry_over(problem, start, 1)
    method = Nearby(problem, lay_items(problem, carried), carried.home_index, carried.multipliers)
    found = method.solve(3.0, Request(deadline=math.inf, gap=0.0, seed=1, threads=1, started=0.0))
    assert carried.multipliers is None
    assert found.multipliers.measures == ("tam",)
    assert np.isfinite(found.multipliers.per_unit).all()


def test_an_answer_with_few_moves_is_improved_in_the_time_that_is_left(monkeypatch) -> None:
    from territory_opt.solvers.attempt import Attempt

    problem, start = edited("between", 1)
    every = truth(problem, start)
    calls = []
    from territory_opt.resolve.whole import Whole

    solve = Whole.solve

    def lost_at_first(self, limit, request):
        calls.append(request.start)
        return Attempt(None) if len(calls) == 1 else solve(self, limit, request)

    monkeypatch.setattr(Whole, "solve", lost_at_first)
    result = resolve(problem, start=start, moves_at_most=6, gap=0.0)
    assert len(calls) == 2
    assert calls[1] is not None
    assert result.objective == pytest.approx(every[every[:, 1] <= 6][:, 0].min(), rel=1e-6)
    assert result.termination.reason is topt.Reason.OPTIMAL


def test_the_search_by_columns_keeps_a_start_that_is_within_the_limit() -> None:
    from territory_opt.resolve.carried import carry_over
    from territory_opt.resolve.items import lay_items
    from territory_opt.resolve.nearby import Nearby
    from territory_opt.solvers.attempt import Request

    problem, start = edited("between", 2)
    best = resolve(problem, start=start, moves_at_most=None, gap=0.0)
    carried = carry_over(problem, start, 1)
    method = Nearby(problem, lay_items(problem, carried), carried.home_index)
    cancel = topt.Cancel()
    cancel.request()
    request = Request(math.inf, 0.0, 1, 1, 0.0, cancel=cancel, start=best.alignment.rep_index)
    found = method.solve(math.inf, request)
    assert np.array_equal(found.rep_index, best.alignment.rep_index)


def test_a_limit_on_variation_that_is_just_kept_is_no_reason_to_move():
    # 51 and 49 vary by exactly 2%: a program that is certain to keep the limit has no room for it.
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [51e3, 49e3]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.02)])
    start = topt.Alignment.from_index(problem, [0, 1])
    result = resolve(problem, start=start, moves_at_most=0)
    assert result.has_alignment
    assert result.n_moved == 0


def test_a_limit_on_variation_too_large_for_a_whole_program_is_refused(monkeypatch):
    import sys

    monkeypatch.setattr(sys.modules["territory_opt.resolve.resolve"], "CORE_UNTIL_PAIRS", 3)
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [51e3, 49e3]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    problem = topt.Problem(accounts, team, criteria=[topt.Variation("tam", at_most=0.02)])
    with pytest.raises(topt.UnsupportedError, match="cannot keep a limit on variation"):
        resolve(problem, start=topt.Alignment.from_index(problem, [0, 1]))
