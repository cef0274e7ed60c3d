"""Published instances: read as published, refused with every fault and its line."""

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest

import territory_opt as topt
from territory_opt.instances import read_instance

DATA = next(
    (up / "shared" / "data" / "literature" for up in Path(__file__).parents if (up / "shared" / "data").is_dir()),
    Path("none"),
)
TINY = "2 3\n 1 1 2\n 5 4 3\n 3 2 2\n 3 2 2\n 4 5\n"
OTHER = "2 2\n 7 1\n 2 9\n 1 1\n 1 1\n 2 2\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="instance.txt"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_costs_weights_and_capacities_are_read_by_agent(written):
    problem = read_instance(written(TINY), "gap")
    assert (problem.n_accounts, problem.n_reps) == (3, 2)
    found = topt.evaluate(problem, topt.Alignment.from_index(problem, [1, 0, 0]))
    assert found.objective == 5 + 1 + 2
    assert found.books["weight"].tolist() == [4.0, 3.0]
    assert found.feasible
    assert not topt.evaluate(problem, topt.Alignment.from_index(problem, [0, 0, 1])).feasible


def test_line_breaks_do_not_count(written):
    flowing = read_instance(written(" ".join(TINY.split()[:4]) + "\n" + "\n".join(TINY.split()[4:])), "gap")
    assert flowing.fingerprint == read_instance(written(TINY), "gap").fingerprint


def test_the_published_objective_is_minimised_and_profits_are_minus_it(written):
    file = written(OTHER)
    assert topt.solve(read_instance(file, "gap")).objective == 2 + 1
    assert topt.solve(read_instance(file, "gap", sense="max")).objective == -(7 + 9)


def test_one_of_several_problems_is_chosen_by_index(written):
    file = written(f" 2 \n{TINY}\n{OTHER}")
    assert read_instance(file, "gap", index=0).n_accounts == 3
    assert read_instance(file, "gap", index=1).n_accounts == 2
    with pytest.raises(topt.CriterionError, match="index=0 to index=1"):
        read_instance(file, "gap")
    for index in (2, -1, True):
        with pytest.raises(topt.CriterionError, match="holds 2 problems"):
            read_instance(file, "gap", index=index)


def test_every_fault_is_told_with_its_line(written):
    text = "2 3\n 1 x 2\n 5 4 nan\n 3 -2 2\n 3 2 2\n 4 -5\n"
    with pytest.raises(topt.DataError) as caught:
        read_instance(written(text), "gap")
    told = str(caught.value)
    for part in ("line 2: 'x'", "line 3: 'nan'", "line 4: weight -2", "line 6: capacity -5"):
        assert part in told
    assert len(caught.value.issues) == 4


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "holds no numbers"),
        ("2 3\n1 1 2\n", "ends at line 2 with 3 numbers"),
        (TINY + "9 9\n", "line 7: 2 numbers too many"),
        ("2.5 3\n", "line 1: the number of agents"),
        ("0 3\n", "at least 1"),
        ("2\n" + TINY, "where the number of agents of problem 1 should follow"),
        ("1000000 1000000\n1\n", "more than 50,000,000 pairs"),
        ("3\n", "the number of items"),
    ],
)
def test_a_file_of_another_length_is_refused(written, text, part):
    with pytest.raises(topt.DataError, match=part):
        read_instance(written(text), "gap", index=0)


def test_a_missing_file_and_a_binary_one_are_data_errors(tmp_path):
    with pytest.raises(topt.DataError, match="cannot be read"):
        read_instance(tmp_path / "none", "gap")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\xd8")
    with pytest.raises(topt.DataError, match="not a text file"):
        read_instance(tmp_path / "binary", "gap")


def test_a_format_that_is_not_read_and_a_stray_parameter_are_refused(written):
    for other in ("cpmp", "hess", "hop", "ctdp"):
        with pytest.raises(topt.UnsupportedError, match="'gap', 'partition'"):
            read_instance(written(TINY), other)
    with pytest.raises(topt.CriterionError, match="takes index and sense, not k"):
        read_instance(written(TINY), "gap", k=2)
    with pytest.raises(topt.CriterionError, match="sense"):
        read_instance(written(TINY), "gap", sense="most")


def smallest_largest(numbers, k):
    return min(
        np.bincount(where, weights=numbers, minlength=k).max()
        for where in itertools.product(range(k), repeat=len(numbers))
    )


def test_bisection_on_the_largest_book_ends_at_the_counted_optimum(written):
    rng = np.random.default_rng(3)
    for k in (2, 3):
        numbers = rng.integers(3, 60, 7)
        file = written("# made for this test\n" + "\n".join(map(str, numbers)) + "\n\n", f"{k}.txt")
        low = int(read_instance(file, "partition", k=k).criteria[1].between[1])
        high = int(numbers.sum())
        while low < high:
            middle = (low + high) // 2
            result = topt.solve(read_instance(file, "partition", k=k, largest=middle))
            if result.has_alignment:
                high = int(result.evaluation.books["size"].max())
            else:
                assert result.termination.reason is topt.Reason.INFEASIBLE
                low = middle + 1
        assert high == smallest_largest(numbers, k)


def test_numbers_that_cannot_be_partitioned_are_told_with_their_lines(written):
    with pytest.raises(topt.DataError) as caught:
        read_instance(written("5\n-3\n2.5\n4 4\nx\n"), "partition", k=2)
    told = str(caught.value)
    for part in ("line 2: -3", "line 3: 2.5", "line 4 holds 2 numbers", "line 5: 'x'"):
        assert part in told
    with pytest.raises(topt.CriterionError, match="k="):
        read_instance(written("5\n3\n"), "partition")
    with pytest.raises(topt.CriterionError, match="largest"):
        read_instance(written("5\n3\n"), "partition", k=2, largest=np.nan)


@pytest.mark.skipif(not (DATA / "gap").is_dir(), reason="the literature instances are not beside this repository")
@pytest.mark.parametrize("name", ["gap1-0", "gap5-3", "a05100"])
def test_the_best_known_value_is_reached_and_proven(name):
    with (DATA / "best_known.csv").open() as rows:
        best = {row["instance"]: float(row["best_known"]) for row in csv.DictReader(rows) if row["family"] == "gap"}
    result = topt.solve(read_instance(DATA / "gap" / name, "gap"), gap=0.0, time_limit=60)
    assert result.objective == best[name]
    assert result.termination.reason is topt.Reason.OPTIMAL
