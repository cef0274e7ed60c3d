"""What a change of an alignment does is judged by every limit on books, as evaluation judges it."""

import numpy as np
import pandas as pd
import pytest

import territory_opt as topt
from explain.enumerated import make
from territory_opt.effect import book_edges

LIMITS = {
    "within": topt.Balance("tam", within=0.2),
    "median": topt.Balance("tam", within=0.2, of="median"),
    "between": topt.Balance("tam", between=(90_000, 110_000)),
    "one side": topt.Balance("tam", between=(-np.inf, 110_000)),
    "own": topt.BookLimits("tam", upper=[90_000, 120_000, 100_000]),
    "travel": topt.Travel(share_at_most=0.02),
    "a small edge": topt.Balance("accounts", between=(0.0, 0.5)),
}


@pytest.mark.parametrize("kind", LIMITS)
def test_a_book_is_inside_its_edges_exactly_when_evaluation_says_so(kind):
    rng = np.random.default_rng(4)
    problem = make(0).replace(criteria=[LIMITS[kind]])
    name = "travel_hours" if kind == "travel" else LIMITS[kind].measure
    verdicts = set()
    for _ in range(60):
        found = topt.evaluate(problem, topt.Alignment.from_index(problem, rng.integers(0, 3, 7)))
        low, high = book_edges(problem, name, found.books[name], forgiven=True)
        inside = bool(((found.books[name] >= low) & (found.books[name] <= high)).all())
        assert inside == found.feasible
        verdicts.add(inside)
    assert kind == "a small edge" or len(verdicts) == 2


def test_the_tightest_of_several_limits_counts_and_none_is_none():
    problem = make(0).replace(criteria=[LIMITS["between"], LIMITS["own"]])
    book = np.full(3, 1e5)
    low, high = book_edges(problem, "tam", book)
    assert low.tolist() == [90_000] * 3 and high.tolist() == [90_000, 110_000, 100_000]
    assert book_edges(problem, "load", book) is None
    assert book_edges(problem, "tam", book, only=LIMITS["travel"]) is None


def test_an_effect_shows_limits_of_every_book_and_a_cap_on_travel():
    problem = make(0).replace(criteria=[LIMITS["own"], LIMITS["travel"]])
    before = topt.Alignment.from_index(problem, [0, 1, 2, 0, 1, 2, 0])
    effect = topt.move_effect(problem, before, before.move("a0", "r1"))
    frame = effect.to_frame().set_index(["measure", "rep_id"])
    assert frame.loc[("tam", "r0"), "high"] == 90_000 and frame.loc[("tam", "r1"), "high"] == 120_000
    assert frame.loc[("travel_hours", "r1"), "high"] == pytest.approx(80.0)
    assert bool(frame.loc[("tam", "r1"), "in_band_after"]) == (effect.after.books["tam"][1] <= 120_000)
    assert pd.isna(frame.loc[("load", "r0"), "in_band_before"]) and np.isinf(frame.loc[("load", "r0"), "high"])
