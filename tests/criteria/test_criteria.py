"""Criteria as values: what each refuses, its words, equality, pickling."""

import copy
import math
import pickle

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.criteria import Criterion

MASK = np.array([[True, False], [True, True]])

EVERY = [
    (
        topt.Balance("load", within=0.15, of="median"),
        ("balance", "load"),
        True,
        "load of every book within 15% of the median",
    ),
    (
        topt.Balance("account_units", between=(100, 150)),
        ("balance", "account_units"),
        True,
        "account units of every book between 100 and 150 per full book",
    ),
    (
        topt.Balance("tam", within=0.1, weight=2),
        ("balance", "tam"),
        False,
        "TAM of every book within 10% of the mean (elastic, weight 2)",
    ),
    (topt.Travel(weight=1), ("travel", "term"), False, "minimise travel hours (weight 1)"),
    (topt.Travel(share_at_most=0.25), ("travel", "limit"), True, "travel at most 25% of selling hours in every book"),
    (
        topt.Disruption("acv", at_most=0.2),
        ("disruption", "tam", "limit"),
        True,
        "at most 20% of owned ACV changes owner",
    ),
    (
        topt.Disruption("acv", weight=3),
        ("disruption", "tam", "term"),
        False,
        "minimise ACV that changes owner (weight 3)",
    ),
    (
        topt.Variation("acv", at_most=0.2),
        ("variation", "tam"),
        True,
        "coefficient of variation of ACV across books at most 20%",
    ),
    (topt.Lock(["a", "b"]), ("lock", (("a", None), ("b", None))), True, "2 accounts locked to their owners"),
    (topt.Lock(["a", "b"], rep="r"), ("lock", (("a", "r"), ("b", "r"))), True, "2 accounts locked to named reps"),
    (topt.Lock({"a": "r"}), ("lock", (("a", "r"),)), True, "1 account locked to a named rep"),
    (topt.Forbid([("a", "r")]), ("forbid", (("a", "r"),)), True, "1 forbidden pair of account and rep"),
    (topt.Eligible("time_zone"), ("eligible", "time_zone"), True, "reps serve the time zone of their accounts"),
    (
        topt.Eligible(MASK, weight=2),
        ("eligible", "mask"),
        False,
        "accounts go only where the mask allows (preferred, weight 2)",
    ),
    (topt.Together("parent_id"), ("together", "parent_id"), True, "accounts with the same parent_id stay together"),
    (topt.Together([["a", "b"]]), ("together", (("a", "b"),)), True, "1 group of accounts stay together"),
    (topt.Apart([("a", "b")]), ("apart", (("a", "b"),)), True, "1 pair of accounts kept apart"),
    (topt.Seniority("A", min_years=3), ("seniority", "A"), True, "tier A accounts with reps of at least 3 years"),
    (
        topt.Seniority("A", min_years=3, weight=8),
        ("seniority", "A"),
        False,
        "tier A accounts with reps of at least 3 years (preferred, weight 8)",
    ),
]


@pytest.mark.parametrize(("criterion", "key", "is_limit", "words"), EVERY, ids=[w for *_, w in EVERY])
def test_every_criterion_is_a_value_with_a_key_and_words(criterion, key, is_limit, words):
    assert isinstance(criterion, Criterion)
    assert criterion.key == key
    assert criterion.is_limit is is_limit
    assert criterion.describe() == words
    for twin in (pickle.loads(pickle.dumps(criterion)), copy.deepcopy(criterion)):
        assert twin == criterion
        assert hash(twin) == hash(criterion)
        assert repr(twin) == repr(criterion)
    assert criterion != "something else"
    assert all(criterion != other for other, *_ in EVERY if other is not criterion)
    with pytest.raises((AttributeError, TypeError)):  # slots say the latter of a name they do not have
        criterion.weight = 1.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: topt.Balance("load"), "give either within= .* or between="),
        (lambda: topt.Balance("load", within=0.1, between=(1, 2)), "give either within= .* or between="),
        (lambda: topt.Balance("load", within=15), r"within=15 must be a share between 0 and 1; did you mean 0.15\?"),
        (lambda: topt.Balance("load", within=-0.1), "must be a share between 0 and 1"),
        (lambda: topt.Balance("load", within=math.nan), "must be a share between 0 and 1"),
        (lambda: topt.Balance("load", within=0.1, of="mode"), "of='mode' must be 'target', 'mean' or 'median'"),
        (lambda: topt.Balance("load", between=(2, 1)), r"must be \(low, high\) with low <= high"),
        (lambda: topt.Balance("load", between=(math.nan, 1)), r"must be \(low, high\)"),
        (lambda: topt.Balance("load", between=(math.inf, math.inf)), r"must be \(low, high\)"),
        (lambda: topt.Balance("load", between=(1, 2, 3)), r"must be \(low, high\)"),
        (lambda: topt.Balance("load", between=(-math.inf, math.inf)), "says nothing"),
        (lambda: topt.Balance("load", within=0.1, weight=math.inf), "weight=inf must be a finite number"),
        (lambda: topt.Balance("load", within=0.1, weight=-1), "weight=-1 must be a finite number"),
        (
            lambda: topt.Balance("load", within=0.1, of="median", weight=1),
            "an elastic band needs of='mean' or 'target'",
        ),
        (lambda: topt.Variation("tam", at_most=0), r"above 0, as 0.2 for 20%; for equal books use Balance"),
        (lambda: topt.Variation("tam", at_most=-0.1), "must be a finite number above 0"),
        (lambda: topt.Variation("tam", at_most=math.nan), "must be a finite number above 0"),
        (lambda: topt.Variation("tam", at_most=math.inf), "must be a finite number above 0"),
        (lambda: topt.Variation("tam", at_most=True), "must be a finite number above 0"),
        (lambda: topt.Travel(), "Travel needs a hard limit or weight=: it would otherwise say nothing"),
        (lambda: topt.Travel(weight=1, share_at_most=0.2), "a hard limit or a weighted term, never both"),
        (lambda: topt.Travel(share_at_most=25), r"did you mean 0.25\?"),
        (lambda: topt.Travel(weight=math.nan), "weight=nan must be a finite number"),
        (lambda: topt.Disruption(), r"Disruption\('acv'\) needs a hard limit or weight="),
        (lambda: topt.Disruption(weight=1, at_most=0.1), "never both"),
        (lambda: topt.Disruption(at_most=20), r"did you mean 0.2\?"),
        (lambda: topt.Lock("a"), r"give a list of account ids, as in Lock\(\['a'\]\)"),
        (lambda: topt.Lock([]), "no accounts given"),
        (lambda: topt.Lock({"a": "r"}, rep="r"), "not both"),
        (lambda: topt.Forbid([]), "no pairs given"),
        (lambda: topt.Forbid(["ab"]), "'ab' is not a pair of ids"),
        (lambda: topt.Forbid([("a", "b", "c")]), "is not a pair of ids"),
        (lambda: topt.Eligible("colour"), "'colour' is not one of vertical, segment, language, time_zone, region"),
        (lambda: topt.Eligible(np.ones(3, dtype=bool)), "a mask must be an array of bool with shape"),
        (lambda: topt.Eligible(np.ones((2, 2))), "a mask must be an array of bool"),
        (lambda: topt.Eligible("vertical", weight=-1), "weight=-1 must be a finite number"),
        (lambda: topt.Together([["a"]]), "every group needs at least two account ids"),
        (lambda: topt.Together([]), "every group needs at least two"),
        (lambda: topt.Apart([("a", "a")]), "'a' cannot be apart from itself"),
        (lambda: topt.Seniority("A", min_years=math.nan), "min_years=nan must be a finite number"),
        (lambda: topt.Seniority("A", min_years=-1), "min_years=-1"),
    ],
)
def test_what_contradicts_itself_is_refused(make, message):
    with pytest.raises(topt.CriterionError, match=message):
        make()


def test_a_mask_is_copied_and_cannot_be_changed():
    mask = MASK.copy()
    criterion = topt.Eligible(mask)
    mask[0, 1] = True
    assert not criterion.mask[0, 1]
    for held in (criterion, pickle.loads(pickle.dumps(criterion))):
        with pytest.raises(ValueError, match="read-only"):
            held.mask[0, 1] = True


@pytest.mark.parametrize(
    ("between", "words"),
    [
        ((-math.inf, 120), "at most 120 per full book"),
        ((80, math.inf), "at least 80 per full book"),
        ((1_250_000, 2_500_000), "between 1,250,000 and 2,500,000 per full book"),
    ],
)
def test_a_band_open_on_one_side_is_said_in_digits_without_infinity(between, words):
    assert topt.Balance("white_space_acv", between=between).describe() == f"white-space ACV of every book {words}"


def test_a_measure_that_is_no_name_is_refused_in_words():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [2.0, 1.0]})
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    with pytest.raises(topt.CriterionError, match="no measure None"):
        topt.Problem(accounts, team, criteria=[topt.Variation(None, at_most=0.1)])
