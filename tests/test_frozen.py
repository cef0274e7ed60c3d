"""Arrays of frozen values stay read-only on the way through pickle and copy."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields

import numpy as np
import pytest

import territory_opt as topt


def problem() -> topt.Problem:
    accounts = {"account_id": ["a", "b"], "acv": [9e4, 7e4], "owner": ["r1", "r2"], "lat": [40, 41], "lon": [-75, -76]}
    team = topt.Team.from_frame({"rep_id": ["r1", "r2"], "lat": [40.0, 41.0], "lon": [-75.0, -76.0]})
    return topt.Problem(topt.Accounts.from_frame(accounts), team)


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy], ids=["pickle", "deepcopy"])
@pytest.mark.parametrize("part", ["alignment", "places", "owners"])
def test_a_copy_is_as_frozen_as_what_was_copied(part: str, again) -> None:
    asked = problem()
    value = topt.Alignment.from_index(asked, [1, 0]) if part == "alignment" else getattr(asked, part)
    copied = again(value)
    arrays = {spec.name: getattr(copied, spec.name) for spec in fields(copied)}
    arrays = {name: array for name, array in arrays.items() if isinstance(array, np.ndarray)}
    assert arrays
    assert not [name for name, array in arrays.items() if array.flags.writeable]
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, getattr(value, name))
