"""Results of tiny problems, solved to proof once."""

import pytest

import territory_opt as topt
from explain.enumerated import make


@pytest.fixture(scope="session")
def solved():
    known = {}

    def get(seed, **options):
        key = (seed, repr(options))
        if key not in known:
            known[key] = topt.solve(make(seed, **options), gap=0.0, time_limit=20)
            assert known[key].termination.reason is topt.Reason.OPTIMAL
        return known[key]

    return get
