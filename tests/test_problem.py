"""Problem: what it refuses, what it derives, and that it cannot be changed."""

import pickle

import numpy as np
import pytest

import territory_opt as topt

TABLE = {
    "account_id": ["a1", "a2", "a3", "a4"],
    "acv": [90_000.0, 70_000, 80_000, 80_000],
    "lat": [40.0, 41, 42, 43],
    "lon": [-90.0, -91, -92, -93],
    "owner": ["r1", "r2", "gone", ""],
    "vertical": ["retail", "energy", "", "retail"],
}
REPS = {"rep_id": ["r1", "r2"], "lat": [40.0, 42], "lon": [-90.0, -92], "tenure_years": [5.0, 1.0]}


def make(criteria=(), table=None, reps=None, **options):
    accounts = topt.Accounts.from_frame({**TABLE, **(table or {})}, measures=options.pop("measures", ()))
    return topt.Problem(accounts, topt.Team.from_frame({**REPS, **(reps or {})}), criteria=criteria, **options)


# tables that make no problem


def test_no_reps_are_refused():
    with pytest.raises(topt.DataError, match="the table has no rows"):
        topt.Team.from_frame({"rep_id": []})


def test_a_capacity_of_zero_is_refused():
    with pytest.raises(topt.DataError, match=r"capacity 0 is not above 0"):
        make(reps={"capacity": [1.0, 0.0]})


def test_more_reps_than_accounts_are_refused():
    team = topt.Team.open(5)
    with pytest.raises(topt.DataError, match="5 reps for 4 accounts: at least one book would be empty"):
        topt.Problem(topt.Accounts.from_frame(TABLE), team)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, -1.0])
def test_money_that_is_no_amount_is_refused_before_it_reaches_a_problem(value):
    with pytest.raises(topt.DataError, match="row 1, column 'acv'"):
        make(table={"acv": [1.0, value, 1, 1]})


# criteria that name what is not there


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        (topt.Balance("lod", within=0.1), r"no measure 'lod' \(did you mean 'load'\?\); there are: account_units"),
        (topt.Disruption("travel_hours", weight=1.0), "the measure depends on the rep; use 'acv' or 'accounts'"),
        (topt.Lock({"a1": "R1"}), "Lock: no rep 'R1' for account 'a1'"),
        (topt.Lock({"a1": "rr1"}), r"Lock: no rep 'rr1' for account 'a1' \(did you mean 'r1'\?\)"),
        (topt.Lock(["a9"]), "Lock: no account 'a9'"),
        (topt.Lock(["a3"]), r"account 'a3' has no owner in the team; name the rep: Lock\(\{'a3': 'rep'\}\)"),
        (topt.Forbid([("a1", "rr")]), "Forbid: no rep 'rr'"),
        (topt.Eligible("language"), r"Eligible\('language'\) needs the column 'language' of the accounts"),
        (topt.Eligible(np.ones((4, 3), dtype=bool)), r"the mask has shape \(4, 3\); the problem has \(4, 2\)"),
        (topt.Together("parent_id"), r"Together\('parent_id'\) needs that column"),
        (topt.Together("acv"), "the column holds numbers or dates, not names"),
        (topt.Together([["a1", "b1"]]), "Together: no account 'b1'"),
        (topt.Apart([("a1", "b1")]), "Apart: no account 'b1'"),
        (topt.Seniority("Z"), "no account has tier 'Z'; there are: B"),
        (topt.Balance("travel_hours", within=0.1, of="target"), "has no target before the carve"),
    ],
)
def test_criteria_that_name_what_is_not_there_are_refused_with_a_hint(criterion, message):
    with pytest.raises(topt.CriterionError, match=message):
        make([criterion])


def test_all_faults_of_all_criteria_are_listed_at_once():
    with pytest.raises(topt.CriterionError, match="3 problems in the criteria") as caught:
        make([topt.Balance("x", within=0.1), topt.Lock({"a9": "r1", "a1": "r9"})])
    assert all(part in str(caught.value) for part in ("'x'", "'a9'", "'r9'"))


def test_one_account_locked_to_two_reps_is_refused():
    lock = topt.Lock(["a1"])
    both = pickle.loads(pickle.dumps(lock))
    object.__setattr__(both, "pairs", (("a1", "r1"), ("a1", "r2")))
    with pytest.raises(topt.CriterionError, match="'a1' is locked to 'r1' and to 'r2'"):
        make([both])


def test_travel_without_coordinates_is_refused():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [1.0, 2]})
    for criterion in (topt.Travel(weight=1), topt.Balance("travel_hours", within=0.1)):
        with pytest.raises(topt.CriterionError, match="needs coordinates"):
            topt.Problem(accounts, topt.Team.open(2), criteria=[criterion])


def test_disruption_without_owners_and_seniority_without_tenure_are_refused():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [1.0, 2]})
    with pytest.raises(topt.CriterionError, match="needs the column 'owner'"):
        topt.Problem(accounts, topt.Team.open(2), criteria=[topt.Disruption(weight=1)])
    with pytest.raises(topt.CriterionError, match="needs the column 'tenure_years'"):
        topt.Problem(accounts, topt.Team.open(2), criteria=[topt.Seniority("A")])


def test_what_is_no_criterion_is_refused():
    with pytest.raises(topt.CriterionError, match="'balance' is not a criterion"):
        make(["balance"])
    with pytest.raises(topt.CriterionError, match=r"criteria is a list: criteria=\[Balance"):
        make(topt.Balance("load", within=0.1))


# measures


def test_a_column_of_the_user_is_a_measure():
    problem = make(measures=["doors"], table={"doors": [1, 2, 3, 4]})
    assert problem.measure("doors").base.tolist() == [1, 2, 3, 4]
    assert problem.measure("doors").integer


@pytest.mark.parametrize("name", ["load", "tam", "travel_hours", "account_units", "accounts"])
def test_a_column_must_not_take_the_name_of_a_computed_measure(name):
    with pytest.raises(topt.DataError, match="is the name of one that the library computes"):
        _ = make(measures=[name], table={name: [1.0, 2, 3, 4]}).measures


def test_load_is_gross_load_less_friction():
    problem = make(policy=topt.Policy(friction_per_hour=2.0))
    accounts, reps = np.arange(4), np.array([0, 1, 0, 1])
    gross, hours = problem.scores.gross_load, problem.hours(accounts, reps)
    np.testing.assert_allclose(problem.contribution("load", accounts, reps), gross - 2.0 * hours)
    np.testing.assert_array_equal(problem.contribution("travel_hours", accounts, reps), hours)
    assert not make(policy=topt.Policy(friction_per_hour=0.0)).measure("load").pair_dependent


def test_an_unknown_measure_is_refused_with_those_there_are():
    with pytest.raises(topt.CriterionError, match="no measure 'x'; there are: account_units, accounts, acv"):
        make().measure("x")


# defaults


def kinds(problem):
    return [type(c).__name__ + ":" + str(c.key[1]) for c in problem.criteria]


def test_default_criteria_follow_the_columns_and_are_noted_with_their_rule():
    problem = make(criteria=None, reps={"verticals": ["retail", ""]})
    assert kinds(problem) == [
        "Balance:load", "Balance:tam", "Balance:account_units", "Eligible:vertical", "Travel:term", "Disruption:tam",
        "Seniority:A",
    ]  # fmt: skip
    notes = "\n".join(problem.notes)
    for rule in ("D-LOAD-2", "D-TAM-1", "D-UNITS-1", "D-TRAVEL-2", "D-SENIOR-1"):
        assert rule in notes
    bare = topt.Problem(topt.Accounts.from_frame({"account_id": ["a", "b"]}), topt.Team.open(2))
    assert kinds(bare) == ["Balance:load"]


def test_default_units_are_100_to_150_when_the_team_can_meet_them():
    accounts = topt.Accounts.from_frame({"account_id": [f"a{i}" for i in range(250)], "acv": [1_000.0] * 250})
    fits = topt.Problem(accounts, topt.Team.open(2))
    assert next(c for c in fits.criteria if c.key == ("balance", "account_units")).between == (100, 150)
    wide = topt.Problem(accounts, topt.Team.open(10))
    assert next(c for c in wide.criteria if c.key == ("balance", "account_units")).within == pytest.approx(0.2)


# values


def test_a_problem_cannot_be_changed_but_replaced():
    problem = make()
    with pytest.raises(AttributeError, match=r"use replace\(criteria=...\)"):
        problem.criteria = ()
    with pytest.raises(AttributeError, match="frozen"):
        del problem.criteria
    with pytest.raises(topt.CriterionError, match=r"Problem.replace has no criterias; it takes accounts, team"):
        problem.replace(criterias=[])
    assert problem.replace(policy=topt.Policy(load_band=0.1)).policy.load_band == 0.1


def test_with_criteria_replaces_by_kind_and_measure_and_adds_the_rest():
    problem = make([topt.Balance("tam", within=0.1), topt.Travel(weight=1), topt.Lock({"a1": "r1"})])
    changed = problem.with_criteria(
        topt.Balance("tam", within=0.3), topt.Travel(share_at_most=0.5), topt.Lock({"a2": "r2"})
    )
    assert kinds(changed)[:2] == ["Balance:tam", "Travel:term"]
    assert len(changed.criteria) == 5
    assert changed.criteria[0].within == 0.3


def test_without_criteria_drops_a_kind_or_a_kind_and_measure():
    problem = make([topt.Balance("tam", within=0.1), topt.Balance("load", within=0.1), topt.Travel(weight=1)])
    assert kinds(problem.without_criteria("balance:tam")) == ["Balance:load", "Travel:term"]
    assert kinds(problem.without_criteria("balance")) == ["Travel:term"]
    with pytest.raises(topt.CriterionError, match="no criterion lock; there are: balance:tam"):
        problem.without_criteria("lock")


def test_the_fingerprint_tells_any_change_apart_and_nothing_else():
    base = make([topt.Balance("tam", within=0.1)])
    assert base.fingerprint == make([topt.Balance("tam", within=0.1)]).fingerprint
    mask = np.ones((4, 2), dtype=bool)
    other = mask.copy()
    other[0, 0] = False
    prints = {
        base.fingerprint,
        make([topt.Balance("tam", within=0.2)]).fingerprint,
        make([topt.Balance("tam", within=0.1)], table={"acv": [90_001.0, 7e4, 8e4, 8e4]}).fingerprint,
        make([topt.Balance("tam", within=0.1)], reps={"tenure_years": [5.0, 2.0]}).fingerprint,
        make([topt.Balance("tam", within=0.1)], policy=topt.Policy(load_band=0.2)).fingerprint,
        make([topt.Eligible(mask)]).fingerprint,
        make([topt.Eligible(other)]).fingerprint,
        make([], travel_time=np.ones((4, 2))).fingerprint,
        make([], travel_time=np.full((4, 2), 2.0)).fingerprint,
        make([], travel_time=lambda i, j: np.ones(len(i))).fingerprint,
        make([], travel_time=lambda i, j: np.full(len(i), 3.0)).fingerprint,
    }
    assert len(prints) == 11


def test_pickling_gives_an_equal_problem():
    problem = make(None, reps={"verticals": ["retail", ""]}, travel_time=np.ones((4, 2)))
    again = pickle.loads(pickle.dumps(problem))
    assert again.fingerprint == problem.fingerprint
    assert again.criteria == problem.criteria
    assert again.notes == problem.notes


def test_repr_is_one_line_per_criterion():
    text = repr(make([topt.Balance("tam", within=0.1), topt.Travel(weight=1)]))
    assert text.splitlines() == [
        "Problem: 4 accounts, 2 reps",
        "  limit  TAM of every book within 10% of the mean",
        "  cost   minimise travel hours (weight 1)",
    ]


def test_a_criterion_stated_twice_in_one_list_is_refused():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [1.0] * 4})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    hard, soft = topt.Balance("acv", within=0.15), topt.Balance("tam", within=0.05, weight=1.0)
    with pytest.raises(topt.CriterionError, match="stated twice"):
        topt.Problem(accounts, team, criteria=[hard, soft])
    mask = np.ones((4, 2), dtype=bool)
    other = mask.copy()
    other[0, 0] = False
    with pytest.raises(topt.CriterionError, match="join two masks with &"):
        topt.Problem(accounts, team, criteria=[topt.Eligible(mask), topt.Eligible(other)])


def test_acv_and_tam_are_one_measure_when_criteria_are_replaced():
    accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [1.0] * 4})
    problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    wide = problem.with_criteria(topt.Balance("acv", within=0.5))
    assert [c.within for c in wide.criteria if c.key == ("balance", "tam")] == [0.5]
    assert not [c for c in wide.without_criteria("balance:acv").criteria if c.key == ("balance", "tam")]


def test_partner_sourced_value_is_a_measure_where_the_table_tells_it():
    table = {"account_id": ["a", "b"], "acv": [9e4, 7e4]}
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    told = topt.Problem(topt.Accounts.from_frame({**table, "partner_sourced": [True, False]}), team)
    assert told.measure("partner_acv").base.tolist() == [9e4, 0.0]
    assert "partner_acv" not in topt.Problem(topt.Accounts.from_frame(table), team).measures


def test_expansion_alone_is_money_to_balance():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "expansion": [9e4, 7e4]})
    problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
    assert ("balance", "tam") in [criterion.key for criterion in problem.criteria]
