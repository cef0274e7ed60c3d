import numpy as np

from territory_opt.kernels.hilbert import hilbert_index


def test_every_cell_of_a_grid_has_its_own_place_and_neighbours_on_the_curve_touch():
    side = 16
    y, x = np.divmod(np.arange(side * side), side)
    out = np.empty(side * side, dtype=np.int64)
    hilbert_index((x + 0.5) / side, (y + 0.5) / side, out)
    order = np.argsort(out)
    assert np.unique(out).size == side * side
    steps = np.abs(np.diff(x[order])) + np.abs(np.diff(y[order]))
    assert (steps == 1).all()
