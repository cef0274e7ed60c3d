"""A book is explained by its numbers and its moves."""

import numpy as np
import pytest

import territory_opt as topt


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_came_and_went_is_the_difference_to_today(solved, seed):
    result = solved(seed)
    problem = result.problem
    owner, reps = problem.owners.rep_index, result.alignment.rep_index
    for j, rep in enumerate(problem.team.rep_id):
        book = result.explain_rep(rep)
        came = {problem.accounts.index_of(move.account_id) for move in book.came}
        went = {problem.accounts.index_of(move.account_id) for move in book.went}
        assert came == set(np.flatnonzero((reps == j) & (owner != j)).tolist())
        assert went == set(np.flatnonzero((reps != j) & (owner == j)).tolist())
        assert book.n_kept == int(((reps == j) & (owner == j)).sum())
        assert book.n_accounts == int((reps == j).sum())


def test_the_own_cost_of_a_move_is_the_change_of_the_objective_when_it_is_undone(solved):
    moves = 0
    for seed in range(4):
        result = solved(seed)
        problem = result.problem
        for rep in problem.team.rep_id:
            for move in result.explain_rep(rep).came:
                reps = result.alignment.rep_index.copy()
                reps[problem.accounts.index_of(move.account_id)] = problem.team.index_of(move.from_id)
                back = topt.evaluate(problem, topt.Alignment.from_index(problem, reps))
                assert move.own == pytest.approx(result.objective - back.objective)
                assert move.why
                moves += 1
    assert moves >= 4


def test_lines_are_the_totals_and_the_limits_of_the_bands(solved):
    result = solved(0)
    line = next(line for line in result.explain_rep("r1").lines if line.measure == "tam")
    books = result.evaluation.books["tam"]
    assert line.total == books[1]
    assert line.median == np.median(books)
    assert (line.low, line.high) == (pytest.approx(0.75 * books.mean()), pytest.approx(1.25 * books.mean()))
    assert line.against_median == pytest.approx(books[1] / np.median(books) - 1)


def test_the_nearest_alternative_is_the_cheapest_by_explain(solved):
    result = solved(2)
    for near in result.explain_rep("r0").near:
        best = result.explain(near.account_id).alternatives[0]
        assert (near.rep_id, near.estimate) == (best.rep_id, pytest.approx(best.estimate))


def test_a_rep_reads_as_text_html_and_frame(solved):
    result = solved(0)
    book = result.explain_rep("r0")
    assert str(book).startswith("r0: ")
    assert "Book against the team" in book._repr_html_()
    frame = book.to_frame()
    assert len(frame) == len(book.came) + len(book.went)
    assert set(frame["direction"]) <= {"came", "went"}
    with pytest.raises(topt.DataError, match="no rep has the id"):
        result.explain_rep("nobody")


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"upper": {"effort": 60}}, "at most 60"),
        ({"lower": {"effort": 5}}, "at least 5"),
        ({"lower": {"effort": 5}, "upper": {"effort": [60, 70, 80]}}, "5 to 60"),
    ],
)
def test_limits_of_one_side_and_of_every_book_are_told(limits, said):
    rng = np.random.default_rng(8)
    problem = topt.Problem.from_arrays(
        rng.integers(1, 9, (9, 3)), measures={"effort": rng.integers(5, 15, 9).astype(float)}, **limits
    )
    book = topt.solve(problem, gap=0.0).explain_rep("r1")
    line = next(line for line in book.lines if line.measure == "effort")
    assert said in str(book) and said in book._repr_html_()
    assert (line.low is None) == ("lower" not in limits) and (line.high is None) == ("upper" not in limits)
    # A table of bare ids has no money: only what was given is told.
    assert {line.measure for line in book.lines} == {"effort", "accounts"}
    assert "none of which had an owner in the team" in str(book)


def test_a_cap_on_travel_is_a_limit_of_the_book(solved):
    result = solved(1, extra=[topt.Travel(share_at_most=0.05)])
    line = next(line for line in result.explain_rep("r1").lines if line.measure == "travel_hours")
    assert line.low is None and line.high == pytest.approx(200.0)
