"""The books under forecast error (D-FAIR-3), against plain NumPy, problems rebuilt draw by draw, and theory."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import territory_opt as topt
from territory_opt.errors import CriterionError
from territory_opt.fairness import uncertainty_draws
from territory_opt.fairness.uncertainty_drivers import total_effect
from territory_opt.fairness.uncertainty_model import error_model
from territory_opt.metrics.draws import keys, log_normal

SEGMENTS = ["large", "small", "middle"]


def tables(n=40, k=5, seed=3, **columns):
    rng = np.random.default_rng(seed)
    named = rng.lognormal(10, 1, n).round(2)
    accounts = {
        "account_id": [f"a{i}" for i in range(n)],
        "named_acv": np.where(rng.random(n) < 0.7, named, 0.0),
        "white_space_acv": rng.lognormal(9.5, 1, n).round(2),
        # Given, so that they do not follow the money.
        "tier": rng.choice(["A", "B", "C"], n),
        "bucket": rng.choice(["named", "white_space"], n),
        "partner_sourced": (rng.random(n) < 0.3).astype(float),
        "segment": rng.choice(SEGMENTS, n),
        "lat": rng.uniform(40, 41, n),
        "lon": rng.uniform(-75, -74, n),
    } | columns
    reps = {
        "rep_id": [f"r{j}" for j in range(k)],
        "lat": rng.uniform(40, 41, k),
        "lon": rng.uniform(-75, -74, k),
        "capacity": rng.choice([0.6, 0.8, 1.0], k),
    }
    index = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    return accounts, reps, index


def judged(accounts, reps, index, *, criteria=(), **policy):
    rules = topt.Policy(**{"friction_per_hour": 40.0} | policy)
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts), topt.Team.from_frame(reps), policy=rules, criteria=list(criteria)
    )
    return topt.fairness(problem, topt.Alignment.from_index(problem, index))


def errors_of(report, *, sigma=0.3, correlation=0.3, draws=50, seed=1):
    """The errors of the documented model, one number at a time."""
    names, segment = np.unique(report.problem.accounts.text("segment").astype(str), return_inverse=True)
    own = log_normal(keys(seed, 0, segment.size), np.full(segment.size, sigma * np.sqrt(1 - correlation)), draws)
    shared = log_normal(keys(seed, 1, names.size), np.full(names.size, sigma * np.sqrt(correlation)), draws)
    return own * shared[segment]


BANDS = {
    "rules": (),
    "mean": (topt.Balance("load", within=0.2, of="mean"), topt.Balance("tam", within=0.1, of="median")),
    "target": (topt.Balance("load", within=0.2, of="target"), topt.Balance("tam", between=(1e5, 6e5))),
}


@pytest.mark.parametrize("bands", BANDS)
def test_every_draw_is_the_fairness_of_the_accounts_with_their_errors(bands: str) -> None:
    accounts, reps, index = tables()
    report = judged(accounts, reps, index, criteria=BANDS[bands])
    risk = report.under_uncertainty(draws=50)
    assert risk.measure_names == ("load", "tam", "named_acv", "white_space_acv")
    errors = errors_of(report)
    p_outside = {name: np.zeros(5) for name in ("load", "tam")}
    for d in range(50):
        drawn = accounts | {name: accounts[name] * errors[:, d] for name in ("named_acv", "white_space_acv")}
        again = judged(drawn, reps, index, criteria=BANDS[bands])
        for name in risk.measure_names:
            assert risk.measure(name).cv[d] == pytest.approx(again.measure(name).cv, rel=1e-9)
        for name, outside in p_outside.items():
            assert risk.measure(name).share_in_band[d] == pytest.approx(again.measure(name).share_in_band)
            outside += ~again.measure(name).inside / 50
    for name, outside in p_outside.items():
        np.testing.assert_allclose(risk.measure(name).p_outside, outside, atol=1e-12)


def test_intervals_and_chances_are_those_of_plain_numpy() -> None:
    report = judged(*tables())
    risk = report.under_uncertainty(sigma=0.4, draws=200, seed=5, correlation=0.5, level=0.8).measure("tam")
    errors = errors_of(report, sigma=0.4, correlation=0.5, draws=200, seed=5)
    worth = errors * report.problem.measure("tam").base[:, None]
    values = np.stack([worth[report.alignment.rep_index == j].sum(axis=0) for j in range(5)]) / report.capacity[:, None]
    cv = values.std(axis=0) / values.mean(axis=0)
    np.testing.assert_allclose(risk.cv, cv, rtol=1e-10)
    found = risk.interval("cv")
    assert (found.low, found.median, found.high) == pytest.approx(tuple(np.quantile(cv, [0.1, 0.5, 0.9])))
    assert found.point == report.measure("tam").cv
    assert risk.p_cv_under_target == (cv < 0.2).mean()
    np.testing.assert_allclose(risk.p_smallest, np.bincount(values.argmin(axis=0), minlength=5) / 200)
    np.testing.assert_allclose(risk.p_largest, np.bincount(values.argmax(axis=0), minlength=5) / 200)
    middle = (values * report.capacity[:, None]).sum(axis=0) / report.capacity.sum()
    low, median, high = np.quantile(values / middle - 1, [0.1, 0.5, 0.9], axis=1)
    np.testing.assert_allclose(risk.deviation_low, low, atol=1e-12)
    np.testing.assert_allclose(risk.deviation_median, median, atol=1e-12)
    np.testing.assert_allclose(risk.deviation_high, high, atol=1e-12)
    inside = np.abs(values / middle - 1) <= 0.15
    assert risk.p_all_in_band == inside.all(axis=0).mean()


@pytest.mark.parametrize(("segments", "factor"), [(["s", "s"], np.sqrt(2 * 0.7)), (["s", "t"], np.sqrt(2))])
def test_two_books_swap_places_as_often_as_two_normal_numbers(segments, factor) -> None:
    accounts = {"account_id": ["a", "b"], "acv": [80_000.0, 100_000.0], "segment": segments}
    report = judged(accounts, {"rep_id": ["x", "y"]}, [0, 1])
    risk = report.under_uncertainty(sigma=0.3, draws=40_000, correlation=0.3)
    expected = stats.norm.cdf(np.log(0.8) / (0.3 * factor))
    assert risk.measure("tam").p_largest[0] == pytest.approx(expected, abs=4.5 * np.sqrt(0.25 / 40_000))


def test_without_error_every_draw_is_the_forecast() -> None:
    report = judged(*tables(), criteria=[topt.Balance("tam", within=0.15, of="mean")])
    risk = report.under_uncertainty(sigma=0.0, draws=5)
    for row in risk.measures:
        point = report.measure(row.measure)
        np.testing.assert_allclose(row.cv, point.cv)
        assert row.drivers == () and row.shared_share is None
        for one in row.intervals:
            expected = getattr(point, one.statistic)
            assert (one.low is None) == (expected is None)
            if expected is not None:
                assert (one.low, one.median, one.high) == pytest.approx((expected,) * 3)
        np.testing.assert_allclose(row.deviation_median, point.deviation, atol=1e-12)
        if point.band is not None:
            np.testing.assert_array_equal(row.p_outside, ~point.inside)
            assert row.p_all_in_band == float(point.inside.all())


def test_a_book_the_evaluation_accepts_at_the_edge_is_inside_without_error(by_acv) -> None:
    report = by_acv([85.0 - 5e-5, 115.0 + 5e-5], criteria=[topt.Balance("tam", within=0.15, of="mean")])
    assert report.measure("tam").n_outside == 0
    assert report.under_uncertainty(sigma=0.0, draws=2).measure("tam").p_all_in_band == 1.0


def test_an_error_shared_by_everybody_changes_no_share() -> None:
    accounts, reps, index = tables(segment=["one"] * 40)
    report = judged(accounts, reps, index)
    risk = report.under_uncertainty(correlation=1.0, draws=100)
    np.testing.assert_allclose(risk.measure("tam").cv, report.measure("tam").cv, rtol=1e-9)
    assert risk.measure("tam").drivers == ()
    # Friction does not grow with the market, so the CV of the load does change.
    assert risk.measure("load").cv.std() > 1e-6


def test_sigma_may_differ_by_segment() -> None:
    report = judged(*tables())
    risk = report.under_uncertainty(sigma={"large": 0.0, "small": 0.5, "middle": 0.0}, draws=300)
    assert dict(zip(risk.segments, risk.sigma.tolist(), strict=True)) == {"large": 0.0, "small": 0.5, "middle": 0.0}
    row = risk.measure("tam")
    segment = report.problem.accounts.text("segment")
    assert [d.name for d in row.drivers if d.kind == "segment"] == ["small"]
    ids = report.problem.accounts.account_id.tolist()
    assert {segment[ids.index(d.name)] for d in row.drivers if d.kind == "account"} == {"small"}


def test_other_columns_can_share_the_error() -> None:
    report = judged(*tables())
    assert report.under_uncertainty(by="tier", draws=20).segments == ("A", "B", "C")


def test_the_same_seed_gives_the_same_errors_to_every_plan() -> None:
    accounts, reps, index = tables()
    plan, today = judged(accounts, reps, index), judged(accounts, reps, index[::-1].copy())
    one, two = plan.under_uncertainty(draws=30), plan.under_uncertainty(draws=60)
    assert one.to_dict() == plan.under_uncertainty(draws=30).to_dict()
    np.testing.assert_allclose(one.measure("tam").cv, two.measure("tam").cv[:30], rtol=1e-12)
    assert plan.under_uncertainty(draws=30, seed=2).to_dict() != one.to_dict()
    # The team's total does not depend on who holds what, when all have full capacity.
    full = reps | {"capacity": np.ones(5)}
    plan, today = judged(accounts, full, index), judged(accounts, full, index[::-1].copy())
    totals = []
    for report in (plan, today):
        model = error_model(report.problem, 0.3, correlation=0.3, by="segment", draws=30, seed=1)
        base = report.problem.measure("tam").base[None]
        drawn = uncertainty_draws.draw_books(base, np.zeros((1, 5)), report.alignment.rep_index, np.ones(5), model)
        totals.append(drawn.values[:, 0].sum(axis=0))
    np.testing.assert_allclose(totals[0], totals[1], rtol=1e-12)


@pytest.mark.parametrize("draws", [30, 31])
def test_compiled_and_plain_code_agree(monkeypatch, draws: int) -> None:
    report = judged(*tables(n=300, k=7, seed=9))
    plain = report.under_uncertainty(draws=draws)
    monkeypatch.setattr(uncertainty_draws, "COMPILED_FROM", 0)
    compiled = report.under_uncertainty(draws=draws)
    for name in plain.measure_names:
        one, two = plain.measure(name), compiled.measure(name)
        np.testing.assert_allclose(two.cv, one.cv, rtol=1e-4)
        np.testing.assert_allclose(two.deviation_high, one.deviation_high, atol=1e-5)
        assert [d.share for d in two.drivers] == pytest.approx([d.share for d in one.drivers], rel=1e-2)


@given(chunk=st.integers(1, 4000), seed=st.integers(0, 20))
@settings(max_examples=15, deadline=None)
def test_how_the_books_are_cut_up_changes_nothing(chunk: int, seed: int) -> None:
    report = judged(*tables(seed=seed))
    whole = report.under_uncertainty(draws=20).to_dict()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uncertainty_draws, "_CHUNK", chunk)
        patch.setattr(uncertainty_draws, "_PART", chunk)
        cut = report.under_uncertainty(draws=20).to_dict()
    assert close(cut, whole)


def close(one, two) -> bool:
    if isinstance(one, dict):
        return one.keys() == two.keys() and all(close(one[key], two[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(close, one, two))
    return one == pytest.approx(two, rel=1e-6, abs=1e-9) if isinstance(one, float) else one == two


def test_total_effects_are_those_of_a_brute_force_decomposition() -> None:
    accounts, reps, index = tables(n=9, k=3, seed=6)
    report = judged(accounts, reps, index, friction_per_hour=0.0)
    risk = report.under_uncertainty(sigma=0.4, draws=4000, correlation=0.4).measure("tam")
    rng = np.random.default_rng(0)
    n_draws, base = 60_000, report.problem.measure("tam").base
    names, segment = np.unique(report.problem.accounts.text("segment").astype(str), return_inverse=True)

    def cv_of(own, shared):
        sigma = 0.4
        errors = np.exp(sigma * (np.sqrt(0.4) * shared[segment] + np.sqrt(0.6) * own) - sigma**2 / 2)
        worth = base[:, None] * errors
        values = np.stack([worth[index == j].sum(axis=0) for j in range(3)]) / report.capacity[:, None]
        return values.std(axis=0) / values.mean(axis=0)

    own, shared = rng.normal(size=(9, n_draws)), rng.normal(size=(names.size, n_draws))
    before = cv_of(own, shared)
    shares = {driver.name: driver.share for driver in risk.drivers}
    for i in range(9):
        other = own.copy()
        other[i] = rng.normal(size=n_draws)
        expected = ((cv_of(other, shared) - before) ** 2).mean() / 2 / before.var()
        assert shares.get(f"a{i}", 0.0) == pytest.approx(expected, rel=0.15, abs=0.01)
    for s, name in enumerate(names):
        other = shared.copy()
        other[s] = rng.normal(size=n_draws)
        expected = ((cv_of(own, other) - before) ** 2).mean() / 2 / before.var()
        assert shares[name] == pytest.approx(expected, rel=0.15, abs=0.01)
    expected = ((cv_of(own, rng.normal(size=shared.shape)) - before) ** 2).mean() / 2 / before.var()
    assert risk.shared_share == pytest.approx(expected, rel=0.15)


def test_total_effects_of_a_sum_are_its_variance_shares() -> None:
    x, y, again = np.random.default_rng(1).normal(size=(3, 200_000))
    assert total_effect(3 * x + y, 3 * again + y) == pytest.approx(0.9, abs=0.01)
    assert total_effect(x * 0, y * 0) == 0.0


def test_the_one_account_that_is_half_a_book_is_the_driver() -> None:
    n = 60
    acv = np.full(n, 10_000.0)
    acv[17] = 200_000.0
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": acv, "segment": ["s"] * n}
    report = judged(accounts, {"rep_id": ["x", "y", "z"]}, np.arange(n) % 3)
    drivers = [d for d in report.under_uncertainty(draws=400).measure("tam").drivers if d.kind == "account"]
    assert (drivers[0].name, drivers[0].rep_id, drivers[0].value) == ("a17", "z", 200_000.0)
    assert drivers[0].share > 0.8 and len(drivers) == 10
    assert [d.share for d in drivers] == sorted((d.share for d in drivers), reverse=True)


def test_books_that_total_nothing_have_no_cv_and_say_so(by_acv) -> None:
    risk = by_acv([0.0, 0.0, 0.0]).under_uncertainty(draws=10)
    row = risk.measure("load")
    assert row.undefined == "every book is empty" and row.n_undefined == 10
    assert row.p_cv_under_target is None and row.interval("cv").low is None
    assert "Load has no coefficient of variation: every book is empty." in risk.findings
    np.testing.assert_allclose(row.p_smallest, 1 / 3)
    json.dumps(risk.to_dict(), allow_nan=False)
    assert "undefined" in str(risk)


def test_friction_above_the_load_leaves_some_draws_without_a_cv() -> None:
    accounts, reps, index = tables(n=12, k=2)
    gross = judged(accounts, reps, index, friction_per_hour=0.0).measure("load").totals.sum()
    hours = judged(accounts, reps, index).measure("travel_hours").totals.sum()
    report = judged(accounts, reps, index, friction_per_hour=gross / hours)
    row = report.under_uncertainty(draws=400).measure("load")
    assert 0 < row.n_undefined < 400
    assert row.undefined == f"the books total zero or less in {row.n_undefined} of 400 draws"
    assert np.isnan(row.cv).sum() == row.n_undefined
    assert row.p_cv_under_target == (row.cv < 0.2).mean()
    json.dumps(report.under_uncertainty(draws=400).to_dict(), allow_nan=False)


def test_one_rep_is_always_both_the_smallest_and_the_largest(by_acv) -> None:
    risk = by_acv([10.0]).under_uncertainty(draws=20)
    row = risk.measure("tam")
    assert row.p_smallest.tolist() == row.p_largest.tolist() == [1.0]
    assert (row.cv == 0.0).all() and row.drivers == () and row.p_all_in_band == 1.0
    assert "books most likely" not in str(risk)


def test_books_that_tie_share_the_chance(by_acv) -> None:
    row = by_acv([0.0, 0.0, 50.0, 90.0]).under_uncertainty(draws=20).measure("tam")
    assert row.p_smallest.tolist() == [0.5, 0.5, 0.0, 0.0]


TIED = [[0.1] * 30, [0.3] * 10, [0.2] * 15, [0.6, 0.4] * 3, [1.1, 1.9]]


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("options", [{"sigma": 0.0}, {"sigma": 0.3, "correlation": 1.0}])
def test_books_that_tie_by_different_accounts_share_the_chance(build, monkeypatch, compiled, options) -> None:
    acv = [value for book in TIED for value in book]
    index = [j for j, book in enumerate(TIED) for _ in book]
    assert len({sum(book) for book in TIED}) > 1  # the same total, but for rounding
    accounts = {"account_id": [f"a{i}" for i in range(len(acv))], "acv": acv}
    problem = build(accounts, {"rep_id": list("abcde"), "role": ["in", "out", "in", "out", "in"]})
    if compiled:
        monkeypatch.setattr(uncertainty_draws, "COMPILED_FROM", 0)
    report = topt.fairness(problem, topt.Alignment.from_index(problem, index))
    risk = report.under_uncertainty(draws=10, groups="role", **options)
    row = risk.measure("tam")
    assert row.p_smallest.tolist() == row.p_largest.tolist() == pytest.approx([0.2] * 5)
    # What varies is rounding: nothing drives it, and no group is below the team.
    assert row.drivers == () and row.shared_share is None
    for group in risk.group_rows:
        if group.measure == "tam":
            assert (group.p_below, group.p_lowest) == (0.0, 0.5)


def test_errors_multiply_a_table_of_ones_own() -> None:
    # Every account adds to a rep's book what the table says, so errors of one segment scale all books alike.
    rng = np.random.default_rng(5)
    worth = rng.uniform(1.0, 9.0, (12, 2))
    problem = topt.Problem.from_arrays(rng.random((12, 2)), measures={"load": worth}, upper={"load": [99.0, 99.0]})
    index = np.arange(12) % 2
    report = topt.fairness(problem, topt.Alignment.from_index(problem, index))
    with pytest.raises(CriterionError, match=r"no measure of the report is in money: name in measures=.*load"):
        report.under_uncertainty(draws=5)
    row = report.under_uncertainty(draws=60, measures=["load"]).measure("load")
    own = log_normal(keys(1, 0, 12), np.full(12, 0.3 * np.sqrt(0.7)), 60) * worth[np.arange(12), index][:, None]
    books = np.stack([own[index == j].sum(axis=0) for j in range(2)])
    np.testing.assert_allclose(row.cv, books.std(axis=0) / books.mean(axis=0), rtol=1e-9)
    shared = report.under_uncertainty(draws=60, measures=["load"], correlation=1.0).measure("load")
    np.testing.assert_allclose(shared.cv, report.measure("load").cv, rtol=1e-9)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"sigma": [0.3]}, r"sigma is \[0.3\]"),
        ({"measures": 5}, "measures=5 must be a list"),
        ({"level": True}, "level=True"),
        ({"draws": 10.0}, "draws is 10.0"),
    ],
)
def test_options_of_the_wrong_kind_are_refused_in_words(by_acv, option, said) -> None:
    with pytest.raises(CriterionError, match=said):
        by_acv([1.0, 2.0]).under_uncertainty(**({"draws": 5} | option))


def test_ten_thousand_books_are_judged(build) -> None:
    n, k = 30_000, 10_000
    accounts = {"account_id": [f"a{i}" for i in range(n)], "acv": np.random.default_rng(1).lognormal(10, 1, n).round(2)}
    problem = build(accounts, {"rep_id": [f"r{j}" for j in range(k)]})
    report = topt.fairness(problem, topt.Alignment.from_index(problem, np.arange(n) % k))
    risk = report.under_uncertainty(draws=20)
    assert risk.measure("tam").p_smallest.sum() == pytest.approx(1.0)
    assert len(risk.books()) == k * len(risk.measures)
    assert len(str(risk)) < 5_000 and len(risk._repr_html_()) < 10_000


def test_the_users_own_measure_errs_when_it_is_asked_for() -> None:
    accounts, reps, index = tables(revenue=np.linspace(1, 40, 40))
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts, measures=["revenue"]), topt.Team.from_frame(reps), criteria=[]
    )
    report = topt.fairness(problem, topt.Alignment.from_index(problem, index))
    assert "revenue" not in report.under_uncertainty(draws=5).measure_names
    risk = report.under_uncertainty(draws=5, measures=["revenue", "acv"])
    assert risk.measure_names == ("revenue", "tam") and risk.measure("acv").measure == "tam"
    errors = errors_of(report, draws=5)
    values = np.stack([(errors.T * np.linspace(1, 40, 40) * (index == j)).sum(axis=1) for j in range(5)])
    values /= report.capacity[:, None]
    np.testing.assert_allclose(risk.measure("revenue").cv, values.std(axis=0) / values.mean(axis=0))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sigma": -0.1}, "sigma is -0.1"),
        ({"sigma": 30}, "sigma is 30: it is a number from 0 to 3"),
        ({"sigma": float("nan")}, "sigma is nan"),
        ({"sigma": "high"}, "sigma is 'high'"),
        ({"sigma": {"large": 0.3, "tiny": 0.1}}, "names tiny.*no number for middle and small"),
        ({"correlation": 1.5}, "correlation is 1.5"),
        ({"draws": 1}, "draws is 1"),
        ({"draws": 10.0}, "draws is 10.0"),
        ({"seed": -1}, "seed is -1"),
        ({"level": 90}, "level=90"),
        ({"by": "colour"}, "no column 'colour'.*segment"),
        ({"measures": ["accounts"]}, "no error of the forecast ACV changes accounts"),
        ({"measures": []}, "measures is empty"),
        ({"measures": ["profit"]}, "no measure 'profit'"),
    ],
)
def test_an_impossible_parameter_is_refused(options, message) -> None:
    with pytest.raises(CriterionError, match=message):
        judged(*tables()).under_uncertainty(**options)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(CriterionError, match=r"correlation is 2.*draws is 0.*seed is -3.*sigma is 9"):
        judged(*tables()).under_uncertainty(sigma=9, correlation=2, draws=0, seed=-3)


def test_unknown_names_list_those_there_are() -> None:
    risk = judged(*tables()).under_uncertainty(draws=2)
    with pytest.raises(CriterionError, match="there are: load, tam"):
        risk.measure("travel_hours")
    with pytest.raises(CriterionError, match="there are: cv, gini"):
        risk.measure("tam").interval("variance")


def test_the_frames_have_their_documented_columns() -> None:
    risk = judged(*tables()).under_uncertainty(draws=20)
    head = "measure unit cv cv_low cv_median cv_high p_cv_under_target share_in_band share_in_band_low"
    head += " share_in_band_median share_in_band_high p_all_in_band shared_share n_undefined undefined"
    assert list(risk.to_frame().columns) == head.split()
    books = "measure rep_id rep_name deviation deviation_low deviation_median deviation_high"
    assert list(risk.books().columns) == f"{books} p_smallest p_largest p_outside".split()
    assert risk.books().query("measure == 'named_acv'")["p_outside"].isna().all()
    assert list(risk.drivers().columns) == ["measure", "kind", "name", "rep_id", "value", "share"]
    assert list(risk.intervals().columns) == ["measure", "statistic", "point", "low", "median", "high"]
    assert len(risk.intervals()) == 4 * 7
    quiet = judged(*tables()).under_uncertainty(sigma=0.0, draws=2)
    assert list(quiet.drivers().columns) == list(risk.drivers().columns) and not len(quiet.drivers())


def test_the_dictionary_is_versioned_json() -> None:
    value = judged(*tables()).under_uncertainty(draws=20).to_dict()
    assert json.loads(json.dumps(value, allow_nan=False)) == value
    assert (value["schema"], value["schema_version"]) == ("territory-opt/forecast-risk", 1)
    assert value["measures"][0]["books"][0]["rep_id"] == "r0"
    assert value["measures"][2]["books"][0]["p_outside"] is None


def test_the_report_pickles_and_its_arrays_stay_frozen() -> None:
    risk = judged(*tables()).under_uncertainty(draws=20)
    again = pickle.loads(pickle.dumps(risk))
    assert again.to_dict() == risk.to_dict()
    assert not again.measure("tam").cv.flags.writeable and not risk.measure("tam").cv.flags.writeable


def test_hostile_names_cannot_break_lines_or_markup(by_acv) -> None:
    names = ["<script>alert(1)</script>", "Bo\nX\x1b[31m", "\u202eevil\u202c", "שלום 😀"]
    risk = by_acv([100.0, 200.0, 300.0, 400.0], names=names).under_uncertainty(draws=50)
    text, html = str(risk), risk._repr_html_()
    assert "\x1b" not in text and "\u202e" not in text and "Bo\nX" not in text
    assert "<script>alert" not in html and "&lt;script&gt;" in html
    assert "שלום 😀" in html


def test_what_is_rare_is_not_called_impossible(by_acv) -> None:
    risk = by_acv([100.0, 100.0, 170.0]).under_uncertainty(sigma=0.1, draws=2000, correlation=0.0)
    assert 0.0 < risk.measure("tam").p_all_in_band < 0.005
    assert "All books are in their band in <1% of the draws" in " ".join(risk.findings)


def test_a_picture_is_drawn_unless_nothing_varies(by_acv) -> None:
    risk = by_acv([100.0, 120.0, 170.0]).under_uncertainty(draws=100)
    html = risk._repr_html_()
    assert html.count("<svg") == 1 and 'role="img"' in html and "target 20%" in html
    # Nothing is white space here, and a measure without a CV has no hill.
    assert html.count("<path") == len(risk.measures) - 1
    for still in (by_acv([0.0, 0.0]), by_acv([5.0])):
        assert "<svg" not in still.under_uncertainty(draws=5)._repr_html_()


def test_the_books_are_the_same_without_the_decomposition() -> None:
    report = judged(*tables())
    model = error_model(report.problem, 0.3, correlation=0.3, by="segment", draws=10, seed=1)
    given = report.problem.measure("tam").base[None], np.zeros((1, 5)), report.alignment.rep_index, report.capacity
    with_it, without = (
        uncertainty_draws.draw_books(*given, model),
        uncertainty_draws.draw_books(*given, model, decompose=False),
    )
    np.testing.assert_array_equal(with_it.values, without.values)
    assert with_it.moments.any() and not without.moments.any()


@given(seed=st.integers(0, 50), scale=st.sampled_from([1e-3, 0.5, 7.0, 1e6]))
@settings(max_examples=10, deadline=None)
def test_the_currency_changes_no_share_and_no_chance(seed: int, scale: float) -> None:
    accounts, reps, index = tables(seed=seed)
    rescaled = accounts | {name: accounts[name] * scale for name in ("named_acv", "white_space_acv")}
    one = judged(accounts, reps, index, friction_per_hour=0.0).under_uncertainty(draws=20)
    two = judged(rescaled, reps, index, friction_per_hour=0.0).under_uncertainty(draws=20)
    for row, other in zip(one.measures, two.measures, strict=True):
        np.testing.assert_allclose(row.cv, other.cv, rtol=1e-9)
        np.testing.assert_allclose(row.p_smallest, other.p_smallest)
        np.testing.assert_allclose(row.p_outside, other.p_outside)
        assert [d.share for d in row.drivers] == pytest.approx([d.share for d in other.drivers], rel=1e-6)


@given(seed=st.integers(0, 50), order=st.permutations(range(5)))
@settings(max_examples=10, deadline=None)
def test_the_order_of_the_reps_changes_nothing_but_the_order(seed: int, order: list[int]) -> None:
    accounts, reps, index = tables(seed=seed)
    moved = {name: np.asarray(column)[order] for name, column in reps.items()}
    one = judged(accounts, reps, index).under_uncertainty(draws=20)
    two = judged(accounts, moved, np.argsort(order)[index]).under_uncertainty(draws=20)
    for row, other in zip(one.measures, two.measures, strict=True):
        np.testing.assert_allclose(row.cv, other.cv, rtol=1e-9)
        np.testing.assert_allclose(row.p_largest[order], other.p_largest)
        np.testing.assert_allclose(row.deviation_high[order], other.deviation_high, atol=1e-12)


def test_more_numbers_than_memory_holds_are_refused(by_acv) -> None:
    report = by_acv([1.0] * 200)
    with pytest.raises(CriterionError, match=r"800,000,000 numbers, 6 GB: ask for fewer draws"):
        report.under_uncertainty(draws=1_000_000)


def test_groups_of_reps_are_compared_in_every_draw() -> None:
    accounts, reps, index = tables()
    report = judged(accounts, reps | {"role": ["field", "field", "inside", "inside", "field"]}, index)
    risk = report.under_uncertainty(draws=100, groups="role", level=0.8)
    worth = errors_of(report, draws=100) * report.problem.measure("tam").base[:, None]
    totals = np.stack([worth[index == j].sum(axis=0) for j in range(5)])
    full = totals / report.capacity[:, None]
    rows = {row.group: row for row in risk.group_rows if row.measure == "tam"}
    ratios = {}
    for name, member in {"field": [0, 1, 4], "inside": [2, 3]}.items():
        of_team = totals.sum(axis=0) / report.capacity.sum()
        ratios[name] = totals[member].sum(axis=0) / report.capacity[member].sum() / of_team
        row, cv = rows[name], full[member].std(axis=0) / full[member].mean(axis=0)
        expected = np.quantile(ratios[name], [0.1, 0.5, 0.9])
        assert (row.ratio_low, row.ratio_median, row.ratio_high) == pytest.approx(tuple(expected))
        assert row.p_below == (ratios[name] < 1).mean()
        assert (row.cv_low, row.cv_high) == pytest.approx(tuple(np.quantile(cv, [0.1, 0.9])))
        point = next(r for r in report.by("role").rows if r["group"] == name and r["measure"] == "tam")
        assert (row.ratio, row.cv, row.n_reps) == pytest.approx((point["ratio"], point["cv"], len(member)))
    assert rows["field"].p_lowest == (ratios["field"] < ratios["inside"]).mean()
    assert rows["field"].p_lowest + rows["inside"].p_lowest == pytest.approx(1.0)
    frame = risk.groups()
    assert len(frame) == 2 * 4 and list(frame.columns)[:4] == ["group", "measure", "n_reps", "ratio"]
    assert "Load by role, 80% of the draws" in str(risk) and "Load by role" in risk._repr_html_()
    assert risk.to_dict()["groups"][0]["group"] == "field"


def test_groups_need_a_column_of_the_team(by_acv) -> None:
    with pytest.raises(CriterionError, match=r"groups='role' is no column of the team; it has: capacity, name"):
        by_acv([1.0, 2.0]).under_uncertainty(draws=2, groups="role")
    plain = by_acv([1.0, 2.0]).under_uncertainty(draws=2)
    assert plain.groups_by == "" and not len(plain.groups())


def test_groups_of_empty_books_are_undefined_and_not_nan(by_acv) -> None:
    risk = by_acv([0.0, 0.0]).under_uncertainty(draws=4, groups="name")
    assert {row.ratio for row in risk.group_rows} == {None} == {row.p_below for row in risk.group_rows}
    json.dumps(risk.to_dict(), allow_nan=False)
    assert "undefined" in str(risk)
