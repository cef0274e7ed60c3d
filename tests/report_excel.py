"""Small teams with everything a workbook can show, and an engine that shares nothing with the library."""

from __future__ import annotations

import os
import warnings
from typing import Any

import numpy as np
import openpyxl

import territory_opt as topt

# Progress bars of the engine.
os.environ.setdefault("TQDM_DISABLE", "1")

Cell = tuple[str, str]


def small_tables(n: int = 18, k: int = 3, seed: int = 3) -> tuple[dict[str, Any], dict[str, Any]]:
    """Accounts and reps with partners, dormant accounts, owners who left, part-timers and an unknown place."""
    rng = np.random.default_rng(seed)
    accounts = {
        "account_id": [f"a{i}" for i in range(n)],
        "name": [f"Account {i}" for i in range(n)],
        "acv": rng.lognormal(10.5, 1, n).round(2),
        "fit": rng.uniform(40, 100, n),
        "owner": [["r0", "r1", "r2", "gone", ""][i % 5] for i in range(n)],
        "vertical": rng.choice(["health", "retail"], n).tolist(),
        "lat": [None, *rng.uniform(38, 42, n - 1)],
        "lon": [None, *rng.uniform(-90, -84, n - 1)],
        "partner_sourced": rng.choice([True, False], n),
        "last_activity": rng.choice(["2026-01-01", "2025-01-01"], n).tolist(),
        "machines": rng.integers(0, 9, n).astype(float),
    }
    reps = {
        "rep_id": [f"r{j}" for j in range(k)],
        # Names that a careless look-up takes for patterns, or for each other.
        "name": ["Ana*", "ANA?", "a~b", "=1+1"][:k],
        "capacity": [1.0, 0.8, 0.5, 1.2][:k],
        "lat": [39.0, 40.0, None, 41.0][:k],
        "lon": [-86.0, -88.0, None, -89.0][:k],
    }
    return accounts, reps


def small_report(
    policy: topt.Policy | None = None,
    criteria: list[Any] | None = None,
    rep_index: Any = None,
    tables: tuple[Any, Any] | None = None,
    capacity: list[float] | None = None,
    travel_time: Any = None,
) -> topt.FairnessReport:
    accounts, reps = tables if tables is not None else small_tables()
    if capacity is not None:
        reps = reps | {"capacity": capacity}
    problem = topt.Problem(
        topt.Accounts.from_frame(accounts, measures=["machines"] if "machines" in accounts else []),
        topt.Team.from_frame(reps),
        policy=policy if policy is not None else topt.Policy(friction_per_hour=50.0),
        criteria=criteria if criteria is not None else CRITERIA,
        travel_time=travel_time,
    )
    n, k = problem.n_accounts, problem.n_reps
    index = np.arange(n) % k if rep_index is None else rep_index
    homes = np.where(problem.places.open_reps, np.arange(k) + 1, -1)
    return topt.fairness(problem, topt.Alignment.from_index(problem, index, homes))


CRITERIA = [
    topt.Balance("load", within=0.3, of="median"),
    topt.Balance("tam", within=0.2, of="target"),
    topt.Balance("account_units", between=(9, np.inf)),
    topt.Balance("machines", within=0.25, of="mean"),
]


def values_of(path: Any) -> dict[Cell, Any]:
    """Stored values of a workbook, empty cells left out."""
    return {place: value for place, (value, _) in _cells(path).items() if value not in (None, "")}


def formulas_of(path: Any) -> dict[Cell, str]:
    """Formulas of a workbook."""
    return {place: text for place, (_, text) in _cells(path).items() if text}


def _cells(path: Any) -> dict[Cell, tuple[Any, str]]:
    with warnings.catch_warnings():
        # openpyxl does not keep data bars of Excel 2010; values and formulas are all that is read here.
        warnings.simplefilter("ignore", UserWarning)
        stored, written = openpyxl.load_workbook(path, data_only=True), openpyxl.load_workbook(path)
    found = {}
    for sheet in written:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None:
                    text = str(cell.value) if cell.data_type == "f" else ""
                    found[sheet.title, cell.coordinate] = (stored[sheet.title][cell.coordinate].value, text)
    return found


class Engine:
    """The package ``formulas``: reads the file, ignores its stored values, and computes every formula anew."""

    def __init__(self, path: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import formulas

            self.name = path.name
            self.model = formulas.ExcelModel().loads(str(path)).finish(circular=False)

    def calculate(self, edits: dict[Cell, Any] | None = None) -> dict[str, Any]:
        """Values by upper-case place, after the edits."""
        inputs = {self.place(*cell): value for cell, value in (edits or {}).items()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solution = self.model.calculate(inputs=inputs or None)
        return {key.upper(): self._plain(value) for key, value in solution.items() if isinstance(key, str)}

    def place(self, sheet: str, cell: str) -> str:
        return f"'[{self.name}]{sheet.upper()}'!{cell}"

    def read(self, values: dict[str, Any], sheet: str, cell: str) -> Any:
        return values[self.place(sheet, cell).upper()]

    @staticmethod
    def _plain(value: Any) -> Any:
        array = getattr(value, "value", value)
        first = array[0, 0] if getattr(array, "ndim", 0) == 2 else array
        return first.item() if hasattr(first, "item") else first


def header(path: Any, sheet: str, row: int = 4) -> dict[str, str]:
    """Letter of the first column of every heading."""
    found = {}
    for (name, cell), value in values_of(path).items():
        letters = cell.rstrip("0123456789")
        if name == sheet and cell == f"{letters}{row}":
            found.setdefault(str(value), letters)
    return found


def same(found: Any, wanted: Any) -> bool:
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return abs(found - wanted) <= 1e-7 * max(1.0, abs(wanted))
    return (found in (None, "", 0) and wanted in (None, "", 0)) or found == wanted
