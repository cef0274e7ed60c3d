"""Every backend passes the suite that the package ships; solvers that are not installed are skipped."""

import pytest

from territory_opt.solvers.base import Feature, ProgramOptions, ProgramReason
from territory_opt.solvers.highs import HighsBackend
from territory_opt.solvers.registry import available_solvers, get_backend
from territory_opt.testing import BACKEND_CASES, check_backend

NAMED = ("highs", "scip", "pulp:PULP_CBC_CMD", "pulp:HiGHS", "pulp:SCIP_PY", "pulp:GLPK_CMD")
SOLVERS = tuple(dict.fromkeys((*NAMED, *available_solvers())))


@pytest.mark.parametrize("case", BACKEND_CASES, ids=str)
@pytest.mark.parametrize("solver", SOLVERS)
def test_backend(solver, case):
    try:
        backend = get_backend(solver)
    except ImportError as error:
        pytest.skip(str(error))
    if not case.applies(backend):
        pytest.skip(f"{solver} has no {case.needs}")
    case.check(backend)


class _Liar:
    """Says that the first point it is asked about is optimal."""

    name = "liar"
    features = frozenset({Feature.BOUND})

    def is_available(self):
        return True

    def solve(self, program, options=None, *, on_event=None, cancel=None):
        from territory_opt.solvers.base import ProgramOutcome

        x = program.col_lower
        return ProgramOutcome(x, program.objective(x), program.objective(x), ProgramReason.OPTIMAL)


def test_a_backend_that_lies_is_caught_with_every_failed_claim_named():
    with pytest.raises(AssertionError, match="liar fails") as caught:
        check_backend(_Liar())
    assert "infeasible_is_an_outcome" in str(caught.value)
    assert "enumerated_programs_are_solved" in str(caught.value)


def test_cases_have_names_of_their_own():
    names = [case.name for case in BACKEND_CASES]
    assert len(set(names)) == len(names)
    assert HighsBackend().solve(_nothing(), ProgramOptions()).reason is ProgramReason.OPTIMAL


def _nothing():
    from territory_opt.testing.programs import dense_program

    return dense_program([1.0], [[1.0]], [0.0], [1.0])
