"""A whale is named, and each thing that could be done with it is verified."""

import numpy as np

import territory_opt as topt

from .test_diagnose import build


def test_a_whale_can_be_a_house_account_pooled_or_a_book_of_its_own():
    values = [90.0, 12, 11, 13, 12, 11, 13]
    found = topt.diagnose(build(values, 4, [topt.Balance("tam", within=0.15)]))
    (whale,) = found.whales
    assert whale.account_id == ("a0",) and whale.measure == "tam"
    assert whale.size == 90 and whale.limit == 46  # 1.15 x 162 / 4 = 46.6, of whole amounts
    shorts = {way.short for way in whale.proposals}
    assert "a book of its own" in shorts
    for way in whale.proposals:
        assert way.verified and topt.evaluate(way.problem, way.alignment).feasible
    own = next(way for way in whale.proposals if way.short == "a book of its own")
    assert own.problem.n_accounts == 6 and own.problem.n_reps == 3


def test_the_pool_counts_in_every_book():
    values = [40.0, 10, 10, 10, 10]
    found = topt.diagnose(build(values, 2, [topt.Balance("tam", between=(0, 39))]))
    assert not any(way.short == "pooled over the team" for way in found.whales[0].proposals)
    values = [50.0, 10, 10, 10, 10]
    found = topt.diagnose(build(values, 2, [topt.Balance("tam", between=(0, 45))]))
    pooled = next(way for way in found.whales[0].proposals if way.short == "pooled over the team")
    (band,) = pooled.problem.criteria
    assert band.between == (-25, 20)
    assert "25 TAM" in pooled.cost


def test_a_family_can_be_a_whale_and_rules_that_name_it_go_with_it():
    values = [20.0, 20, 20, 10, 10, 10, 10]
    limits = [
        topt.Together([["a0", "a1", "a2"]]),
        topt.Balance("tam", between=(0, 45)),
        topt.Forbid([("a0", "r0"), ("a3", "r0")]),
        topt.Apart([("a0", "a4")]),
    ]
    found = topt.diagnose(build(values, 3, limits))
    assert found.whales[0].account_id == ("a0", "a1", "a2")
    house = next(way for way in found.whales[0].proposals if "house" in way.short)
    assert house.problem.n_accounts == 4
    assert [type(c).__name__ for c in house.problem.criteria] == ["Balance", "Forbid"]


def books_of(problem, alignment, name, pool=(), reps=()):
    """Totals of a measure with some accounts shared by capacity among some reps, account by account."""
    capacity = problem.team.capacity
    book = np.zeros(problem.n_reps)
    inside = dict(zip(alignment.account_id.tolist(), alignment.to_frame()["rep_id"].tolist(), strict=True))
    for i, account in enumerate(problem.accounts.account_id.tolist()):
        for j, rep in enumerate(problem.team.rep_id.tolist()):
            amount = float(problem.contribution(name, np.array([i]), np.array([j]))[0])
            if account in pool:
                book[j] += amount * capacity[j] / capacity[list(reps)].sum() if j in reps else 0.0
            elif inside[account] == rep:
                book[j] += amount
    return book / capacity


def market(n=40, *, whale=400.0, k=4, **reps):
    rng = np.random.default_rng(11)
    table = {
        "account_id": [f"a{i}" for i in range(n)],
        "named_acv": [whale * 1000, *(rng.integers(15, 30, n - 1) * 1000.0)],
        "white_space_acv": np.zeros(n),
        "visits": np.full(n, 2.0),
        "speed_kmh": np.full(n, 60.0),
        "lat": rng.uniform(38, 42, n),
        "lon": rng.uniform(-90, -84, n),
        "owner": [f"r{i % k}" for i in range(n)],
        "vertical": ["x", *(["y"] * (n - 1))],
    }
    team = {"rep_id": [f"r{j}" for j in range(k)], "lat": [38.5, 39.5, 40.5, 41.5], "lon": [-88.0] * k, **reps}
    return table, team


def test_a_pool_keeps_a_band_around_the_median_with_friction_in_the_load():
    table, team = market(whale=900.0, capacity=[1.0, 0.8, 1.0, 0.6])
    problem = topt.Problem(
        topt.Accounts.from_frame(table),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=20.0),
        criteria=[topt.Balance("load", within=0.15, of="median"), topt.Balance("accounts", within=0.4)],
    )
    found = topt.diagnose(problem, time_limit=20)
    pooled = next(way for way in found.relaxations if way.short == "pooled over the team")
    full = books_of(problem, pooled.alignment, "load", pool=("a0",), reps=range(4))
    middle = np.median(full)
    assert (np.abs(full - middle) <= 0.15 * middle * (1 + 1e-6)).all()
    count = books_of(problem, pooled.alignment, "accounts", pool=("a0",), reps=range(4))
    assert (np.abs(count - 40 / 3.4) <= 0.4 * 40 / 3.4 * (1 + 1e-6)).all()


def test_only_reps_who_may_have_it_share_a_pool_or_get_a_book_of_its_own():
    table, team = market(whale=420.0, verticals=["y", "x;y", "y", "x;y"])
    problem = topt.Problem(
        topt.Accounts.from_frame(table),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=[topt.Balance("tam", between=(0, 400_000)), topt.Eligible("vertical")],
    )
    found = topt.diagnose(problem, time_limit=20)
    ways = {way.short: way for way in found.whales[0].proposals}
    pooled = ways["pooled over the team"]
    assert "the 2 reps who may have it" in pooled.change
    full = books_of(problem, pooled.alignment, "tam", pool=("a0",), reps=(1, 3))
    assert full.max() <= 400_000 * (1 + 1e-6)
    own = ways["a book of its own"]
    # a0 is owned by r0, who does not serve its vertical.
    assert not {"r1", "r3"} <= set(own.problem.team.rep_id.tolist())
    assert {"r0", "r2"} <= set(own.problem.team.rep_id.tolist())


def test_the_owner_keeps_a_whale_where_that_can_be():
    table, team = market()
    table["owner"][0] = "r2"
    problem = topt.Problem(
        topt.Accounts.from_frame(table),
        topt.Team.from_frame(team),
        policy=topt.Policy(friction_per_hour=0.0),
        criteria=[topt.Balance("tam", within=0.15), topt.Disruption("acv", at_most=0.9)],
    )
    own = next(way for way in topt.diagnose(problem, time_limit=20).relaxations if way.short == "a book of its own")
    assert "(r2)" in own.change and "r2" not in own.problem.team.rep_id.tolist()
    assert "400k TAM" in own.cost and "average full book of the others" in own.cost


def test_seven_whales_are_all_taken_care_of():
    values = [90.0] * 7 + [10.0] * 40
    found = topt.diagnose(build(values, 10, [topt.Balance("tam", between=(0, 60))]), time_limit=20)
    assert len(found.whales) == 7
    house = next(way for way in found.relaxations if way.short == "7 house accounts")
    assert house.problem.n_accounts == 40
    assert "and 2 more whales" in str(found)


def test_a_band_below_every_account_makes_no_whales():
    found = topt.diagnose(build([10.0] * 60, 3, [topt.Balance("tam", between=(0, 5))]))
    assert found.feasible is False and not found.whales


def test_a_problem_of_arrays_has_its_whales_too():
    rng = np.random.default_rng(2)
    amounts = np.array([80.0, *rng.integers(5, 12, 11)])
    problem = topt.Problem.from_arrays(
        rng.integers(1, 9, (12, 3)), measures={"effort": np.repeat(amounts[:, None], 3, axis=1)}, upper={"effort": 60}
    )
    house = next(way for way in topt.diagnose(problem).relaxations if way.short == "a house account")
    assert house.problem.n_accounts == 11 and topt.evaluate(house.problem, house.alignment).feasible


def test_a_pool_keeps_a_limit_on_variation_with_the_shares_in():
    # Two of three reps may share the whale: the third has to make up for it, however even the rest is by itself.
    values = [24.5, *[1.0] * 24]
    limits = [
        topt.Balance("tam", within=0.5),
        topt.Variation("tam", at_most=0.1),
        topt.Eligible(np.array([[True, True, False], *[[True] * 3] * 24])),
    ]
    problem = build(values, 3, limits)
    found = topt.diagnose(problem, time_limit=20)
    ways = {way.short: way for way in found.whales[0].proposals}
    books = np.bincount(ways["pooled over the team"].alignment.rep_index, minlength=3) + np.array([12.25, 12.25, 0])
    assert books.std() <= 0.1 * books.mean()
    assert "a book of its own" in ways
