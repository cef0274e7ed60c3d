"""An integer program is validated once, frozen, and written to files that read back the same."""

import numpy as np
import pytest

from territory_opt.errors import DataError
from territory_opt.formulation.program import Block, IntegerProgram

INF = np.inf


def small(**changes):
    parts = {
        "cost": [3.0, 1.0, 2.0],
        "indptr": [0, 2, 4],
        "indices": [0, 1, 1, 2],
        "values": [1.0, 1.0, 2.0, -1.0],
        "row_lower": [1.0, -INF],
        "row_upper": [1.0, 4.0],
        "col_lower": [0.0, 0.0, 0.0],
        "col_upper": [1.0, 1.0, INF],
        "integrality": [1, 1, 0],
        "offset": 10.0,
        "blocks": (Block("columns", "x", 0, 2), Block("rows", "e load:1", 1, 2)),
    }
    return IntegerProgram(**{**parts, **changes})


def test_arrays_are_frozen_and_typed_for_solvers():
    program = small()
    assert program.indptr.dtype == program.indices.dtype == np.int32
    with pytest.raises(ValueError, match="read-only"):
        program.cost[0] = 1.0
    with pytest.raises(AttributeError):
        program.offset = 1.0


def test_objective_activity_and_violation_are_of_the_point_given():
    program = small()
    assert program.objective([1, 0, 0.5]) == 14.0
    assert program.activity([0, 1, 0.5]).tolist() == [1.0, 1.5]
    assert program.violation([0, 1, 0.5]) == 0.0
    assert program.violation([0.5, 0.5, 0.0]) == 0.5
    assert program.violation([1, 1, 0]) == 1.0
    assert program.violation([0, 1, np.nan]) == INF
    assert program.violation([0, 1]) == INF


def test_names_are_the_blocks_and_safe_in_files():
    program = small()
    assert list(program.column_names()) == ["x_0", "x_1", "column_2"]
    assert list(program.row_names()) == ["row_0", "b_e_load_1_0"]
    assert program.block("x").slice == slice(0, 2)
    with pytest.raises(KeyError, match="no block of rows"):
        program.block("x", "rows")


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"cost": [1.0, np.nan, 0.0]}, "not finite"),
        ({"offset": INF}, "not finite"),
        ({"col_upper": [1.0, 1.0]}, "length 2, 3 is needed"),
        ({"indptr": [0, 2]}, "length 2, 3 is needed"),
        ({"indptr": [0, 3, 2]}, "does not rise"),
        ({"indices": [0, 1, 1, 3]}, "leave the columns"),
        ({"indices": [0, 1, 2, 2]}, "named twice"),
        ({"row_lower": [INF, 0.0]}, "wrong side"),
        ({"col_upper": [1.0, -INF, 1.0]}, "wrong side"),
        ({"integrality": [1, 2, 0]}, "other than 0 and 1"),
        ({"blocks": (Block("rows", "a", 0, 2), Block("rows", "b", 1, 2))}, "overlaps"),
        ({"blocks": (Block("rows", "a", 0, 1), Block("rows", "a", 1, 2))}, "two rows blocks"),
        ({"blocks": (Block("columns", "a", 2, 9),)}, "leaves"),
        ({"indptr": [0, 2, 2**31]}, "32 bits"),
        ({"cost": [[1.0, 2.0, 3.0]]}, "one-dimensional"),
    ],
)
def test_bad_arrays_are_refused_by_name(changes, what):
    with pytest.raises(DataError, match=what):
        small(**changes)


def test_all_problems_are_reported_at_once():
    with pytest.raises(DataError) as caught:
        small(cost=[np.nan, 0, 0], integrality=[7, 0, 0], blocks=(Block("rows", "a", 0, 9),))
    assert len(caught.value.issues) == 3


def test_crossed_bounds_are_a_program_not_an_error():
    assert small(row_lower=[2.0, -INF]).violation([1, 0, 0]) > 0


def test_a_program_without_rows_or_columns_is_a_program():
    empty = np.zeros(0)
    program = IntegerProgram(empty, [0], empty, empty, empty, empty, empty, empty, empty)
    assert (program.n_rows, program.n_columns, program.violation(empty)) == (0, 0, 0.0)


@pytest.mark.parametrize("suffix", ["mps", "lp"])
def test_written_files_read_back_as_the_same_program(tmp_path, suffix):
    import highspy

    program = small()
    path = tmp_path / f"program.{suffix}.txt"
    path.write_text("old")
    written = program.write_mps(path) if suffix == "mps" else program.write_lp(path)
    assert [p.name for p in tmp_path.iterdir()] == [written.name]
    readable = tmp_path / f"copy.{suffix}"
    readable.write_bytes(path.read_bytes())
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    assert model.readModel(str(readable)) == highspy.HighsStatus.kOk
    lp = model.getLp()
    order = [lp.col_names_.index(name) for name in program.column_names()]
    assert np.asarray(lp.col_cost_)[order].tolist() == program.cost.tolist()
    assert np.asarray(lp.col_upper_)[order].tolist() == program.col_upper.tolist()
    assert lp.offset_ == program.offset
    model.run()
    assert model.getInfo().objective_function_value == pytest.approx(11.0)


def test_a_folder_that_is_not_there_leaves_nothing_behind(tmp_path):
    with pytest.raises(DataError, match="make it first"):
        small().write_lp(tmp_path / "absent" / "program.lp")
    assert list(tmp_path.iterdir()) == []
