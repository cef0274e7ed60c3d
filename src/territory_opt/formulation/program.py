"""An integer program as raw arrays: what every backend takes, with no solver in sight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from territory_opt._typing import AnyArray, BoolArray, FloatArray, read_only
from territory_opt.errors import DataError, Issue

__all__ = ["Block", "Int32Array", "IntegerProgram"]

Int32Array: TypeAlias = NDArray[np.int32]

_INT32_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Block:
    """A named slice of the rows or of the columns.

    Parameters
    ----------
    kind : {"rows", "columns"}
        What is sliced.
    name : str
        Name of the block (``"assign"``, ``"load"`` ...).
    start, stop : int
        The slice ``start:stop``.

    Examples
    --------
    >>> Block("rows", "assign", 0, 3).slice
    slice(0, 3, None)
    """

    kind: Literal["rows", "columns"]
    name: str
    start: int
    stop: int

    @property
    def slice(self) -> slice:
        """The block as a slice."""
        return slice(self.start, self.stop)

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True, slots=True, eq=False)
class IntegerProgram:
    """Minimise ``cost @ x + offset`` with ``row_lower <= A x <= row_upper`` and bounds on ``x``.

    Arrays are converted once, to the types solvers take as they are, and made read-only. Crossed bounds (lower
    above upper) are accepted: the program is then infeasible, which is a result and not an error.

    Parameters
    ----------
    cost : array_like, shape (m,)
        Objective coefficients.
    indptr, indices, values : array_like
        ``A`` by rows (CSR): row ``r`` has columns ``indices[indptr[r]:indptr[r + 1]]``.
    row_lower, row_upper : array_like, shape (r,)
        Row bounds, infinite where there is none.
    col_lower, col_upper : array_like, shape (m,)
        Column bounds, infinite where there is none.
    integrality : array_like, shape (m,)
        1 for integer columns, 0 for continuous ones.
    offset : float
        Constant of the objective.
    blocks : tuple of Block
        Named slices; rows and columns outside every block are called ``row_<r>`` and ``column_<c>``.

    Raises
    ------
    DataError
        With all problems at once: shapes that do not agree, coefficients that are not finite, column indices out
        of range or repeated in a row, blocks that overlap or leave the program.

    Examples
    --------
    >>> program = IntegerProgram(
    ...     cost=[2, 1], indptr=[0, 2], indices=[0, 1], values=[1, 1], row_lower=[1], row_upper=[1],
    ...     col_lower=[0, 0], col_upper=[1, 1], integrality=[1, 1], blocks=(Block("columns", "x", 0, 2),))
    >>> program
    IntegerProgram(1 rows, 2 columns (2 integer), 2 nonzeros)
    >>> program.objective([0, 1]), program.violation([1, 1]), list(program.column_names())
    (1.0, 1.0, ['x_0', 'x_1'])
    """

    cost: FloatArray
    indptr: AnyArray
    indices: AnyArray
    values: FloatArray
    row_lower: FloatArray
    row_upper: FloatArray
    col_lower: FloatArray
    col_upper: FloatArray
    integrality: AnyArray
    offset: float = 0.0
    blocks: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name in ("offset", "blocks"):
                continue
            dtype: Any = np.float64
            if field.name in ("indptr", "indices"):
                dtype = np.int32
                largest = np.max(getattr(self, field.name), initial=0)
                if largest > _INT32_MAX:
                    raise DataError("program", [Issue(None, field.name, f"{largest} exceeds 32 bits")])
            elif field.name == "integrality":
                dtype = np.uint8
            array = np.ascontiguousarray(getattr(self, field.name), dtype=dtype)
            object.__setattr__(self, field.name, read_only(array))
        object.__setattr__(self, "offset", float(self.offset))
        object.__setattr__(self, "blocks", tuple(self.blocks))
        issues = list(_shape_issues(self)) or list(_value_issues(self))
        issues += _block_issues(self)
        if issues:
            raise DataError("program", issues)

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.row_lower)

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        return len(self.cost)

    @property
    def n_nonzeros(self) -> int:
        """Number of stored coefficients."""
        return len(self.values)

    @property
    def is_integer(self) -> BoolArray:
        """Which columns must be whole numbers, shape (m,)."""
        whole: BoolArray = self.integrality != 0
        return whole

    def matrix(self) -> Any:
        """Return ``A`` as a :class:`scipy.sparse.csr_array` that shares the arrays."""
        from scipy.sparse import csr_array

        return csr_array((self.values, self.indices, self.indptr), shape=(self.n_rows, self.n_columns))

    def row_indices(self) -> Int32Array:
        """Row of every stored coefficient, shape (nonzeros,)."""
        return np.repeat(np.arange(self.n_rows, dtype=np.int32), np.diff(self.indptr))

    def activity(self, x: ArrayLike) -> FloatArray:
        """``A x``, shape (r,)."""
        result: FloatArray = self.matrix() @ np.asarray(x, dtype=np.float64)
        return result

    def objective(self, x: ArrayLike) -> float:
        """``cost @ x + offset``."""
        return float(self.cost @ np.asarray(x, dtype=np.float64)) + self.offset

    def violation(self, x: ArrayLike) -> float:
        """Largest violation of a row, a bound or integrality, 0 when ``x`` is feasible.

        A row violation is divided by ``max(1, abs(bound))``, so that one tolerance serves rows in units and in
        money.
        """
        values = np.asarray(x, dtype=np.float64)
        if values.shape != (self.n_columns,) or not np.isfinite(values).all():
            return float("inf")
        worst = 0.0
        for level, lower, upper in (
            (self.activity(values), self.row_lower, self.row_upper),
            (values, self.col_lower, self.col_upper),
        ):
            for excess, bound in ((lower - level, lower), (level - upper, upper)):
                scale = np.maximum(1.0, np.where(np.isfinite(bound), np.abs(bound), 1.0))
                worst = max(worst, float(np.max(excess / scale, initial=0.0)))
        whole = values[self.is_integer]
        return max(worst, float(np.max(np.abs(whole - np.rint(whole)), initial=0.0)))

    def block(self, name: str, kind: Literal["rows", "columns"] = "columns") -> Block:
        """Return the block called ``name``.

        Raises
        ------
        KeyError
            When there is none of that kind.
        """
        for block in self.blocks:
            if block.kind == kind and block.name == name:
                return block
        raise KeyError(f"no block of {kind} is called {name!r}")

    def column_names(self) -> Iterator[str]:
        """Names of the columns, generated one by one: ``<block>_<position in the block>``."""
        return _names(self.blocks, "columns", self.n_columns, "column")

    def row_names(self) -> Iterator[str]:
        """Names of the rows, generated one by one: ``<block>_<position in the block>``."""
        return _names(self.blocks, "rows", self.n_rows, "row")

    def write_mps(self, path: str | Path) -> Path:
        """Write the program as a free-format MPS file; an existing file is replaced in one step.

        Raises
        ------
        SolverError
            When HiGHS, which writes the file, refuses.
        """
        from territory_opt.formulation._write import write_program

        return write_program(self, Path(path), "mps")

    def write_lp(self, path: str | Path) -> Path:
        """Write the program as an LP file; an existing file is replaced in one step.

        Raises
        ------
        SolverError
            When HiGHS, which writes the file, refuses.
        """
        from territory_opt.formulation._write import write_program

        return write_program(self, Path(path), "lp")

    def __repr__(self) -> str:
        whole = int(self.is_integer.sum())
        size = f"{self.n_rows} rows, {self.n_columns} columns ({whole} integer), {self.n_nonzeros} nonzeros"
        return f"IntegerProgram({size})"


def _names(blocks: tuple[Block, ...], kind: str, total: int, rest: str) -> Iterator[str]:
    # Only characters that both the LP and the MPS format take.
    position = 0
    chosen = sorted((b for b in blocks if b.kind == kind and len(b)), key=lambda b: b.start)
    for block in chosen:
        yield from (f"{rest}_{i}" for i in range(position, block.start))
        name = "".join(c if c.isascii() and (c.isalnum() or c == ".") else "_" for c in block.name)
        if not name[:1].isalpha() or name[0] in "eE":  # a leading "e" reads as an exponent in LP files
            name = f"b_{name}"
        yield from (f"{name}_{i}" for i in range(len(block)))
        position = block.stop
    yield from (f"{rest}_{i}" for i in range(position, total))


def _shape_issues(program: IntegerProgram) -> Iterator[Issue]:
    for name in (f.name for f in fields(program) if f.name not in ("offset", "blocks")):
        if getattr(program, name).ndim != 1:
            yield Issue(None, name, "is not one-dimensional")
            return
    m, r = len(program.cost), len(program.row_lower)
    for name, expected in (
        ("col_lower", m),
        ("col_upper", m),
        ("integrality", m),
        ("row_upper", r),
        ("indptr", r + 1),
        ("values", len(program.indices)),
    ):
        found = len(getattr(program, name))
        if found != expected:
            yield Issue(None, name, f"has length {found}, {expected} is needed")


def _value_issues(program: IntegerProgram) -> Iterator[Issue]:
    for name in ("cost", "values"):
        bad = np.flatnonzero(~np.isfinite(getattr(program, name)))
        if len(bad):
            yield Issue(int(bad[0]), name, f"{len(bad)} coefficients are not finite")
    if not np.isfinite(program.offset):
        yield Issue(None, "offset", "is not finite")
    for name, forbidden in (
        ("row_lower", np.inf),
        ("col_lower", np.inf),
        ("row_upper", -np.inf),
        ("col_upper", -np.inf),
    ):
        array = getattr(program, name)
        bad = np.flatnonzero(np.isnan(array) | (array == forbidden))
        if len(bad):
            yield Issue(int(bad[0]), name, f"{len(bad)} bounds are nan or infinite on the wrong side")
    if np.max(program.integrality, initial=0) > 1:
        yield Issue(None, "integrality", "has values other than 0 and 1")
    steps = np.diff(program.indptr)
    if program.indptr[0] != 0 or program.indptr[-1] != len(program.indices) or (steps < 0).any():
        yield Issue(None, "indptr", "does not rise from 0 to the number of coefficients")
    elif np.min(program.indices, initial=0) < 0 or np.max(program.indices, initial=-1) >= program.n_columns:
        yield Issue(None, "indices", f"leave the columns 0..{program.n_columns - 1}")
    elif _repeats(program):
        yield Issue(None, "indices", "a column is named twice in a row", "add the coefficients up")


def _repeats(program: IntegerProgram) -> bool:
    # Sorted rows, which formulation makes, are settled without sorting.
    inside = np.ones(len(program.indices), dtype=bool)
    starts = program.indptr[:-1]
    inside[starts[starts < len(inside)]] = False
    if (np.diff(program.indices, prepend=np.int32(-1))[inside] > 0).all():
        return False
    key = program.row_indices().astype(np.int64) * max(program.n_columns, 1) + program.indices
    return len(np.unique(key)) < len(key)


def _block_issues(program: IntegerProgram) -> list[Issue]:
    issues = []
    for kind, total in (("rows", len(program.row_lower)), ("columns", len(program.cost))):
        end = 0
        seen: set[str] = set()
        for block in sorted((b for b in program.blocks if b.kind == kind), key=lambda b: (b.start, b.stop)):
            if not (end <= block.start <= block.stop <= total):
                issues.append(Issue(None, "blocks", f"{kind} block {block.name!r} overlaps or leaves 0..{total}"))
            if block.name in seen:
                issues.append(Issue(None, "blocks", f"two {kind} blocks are called {block.name!r}"))
            end = block.stop
            seen.add(block.name)
    return issues
