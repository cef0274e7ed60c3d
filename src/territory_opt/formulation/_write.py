"""Programs as MPS and LP files, written by HiGHS to a temporary file that then takes the place of the old one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from territory_opt.errors import DataError, Issue, SolverError

if TYPE_CHECKING:
    from territory_opt.formulation.program import IntegerProgram

__all__ = ["write_program"]


def write_program(program: IntegerProgram, path: Path, suffix: str) -> Path:
    """Write ``program`` to ``path`` in the format ``suffix`` (``"mps"`` or ``"lp"``), atomically.

    Raises
    ------
    SolverError
        When HiGHS refuses to write.
    DataError
        When the folder is missing.
    OSError
        When the folder cannot be written to.
    """
    import highspy

    if not path.parent.is_dir():
        raise DataError("program", [Issue(None, None, f"there is no folder {str(path.parent)!r}", "make it first")])
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.n_columns, program.n_rows
    lp.col_cost_, lp.offset_ = program.cost, program.offset
    lp.col_lower_, lp.col_upper_ = program.col_lower, program.col_upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = program.n_columns, program.n_rows
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.indptr, program.indices
    lp.a_matrix_.value_ = program.values
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in program.integrality]
    lp.col_names_, lp.row_names_ = list(program.column_names()), list(program.row_names())

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    if model.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the program")
    # HiGHS picks the format by the extension, so the temporary file carries it whatever the final name is.
    temporary = path.with_name(f".{path.name}.{uuid4().hex}.{suffix}")
    temporary.touch(exist_ok=False)  # HiGHS 1.14 crashes on a path it cannot open; here that is an OSError
    try:
        if model.writeModel(str(temporary)) == highspy.HighsStatus.kError:
            raise SolverError(f"HiGHS could not write {path}")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path
