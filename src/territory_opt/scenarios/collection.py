"""Scenarios of one problem: added, solved, compared, and kept in one file."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from territory_opt.compare import Comparison, compare
from territory_opt.criteria import Criterion
from territory_opt.errors import CriterionError
from territory_opt.events import Cancel, OnEvent
from territory_opt.fairness.wording import joined
from territory_opt.scenarios.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from territory_opt.alignment import Alignment
    from territory_opt.problem import Problem
    from territory_opt.result import Result

__all__ = ["Scenarios"]

# The objective is that of the scenario's own criteria: those of two scenarios do not compare.
_HEAD = ("scenario", "outcome", "own objective", "gap", "fingerprint", "description")
_STYLE = "<style>.topt-s tr>:nth-child(2),.topt-s tr>:nth-child(n+5){text-align:left}</style>"


class Scenarios:
    """What-ifs of one problem.

    Parameters
    ----------
    problem : Problem
        Tables, policy, and the criteria that every scenario is scored by when they are compared.
    scenarios : iterable of Scenario, optional
        With different names.

    Raises
    ------
    CriterionError
        Two scenarios have one name.

    Notes
    -----
    Frozen: every verb returns new scenarios. Each scenario has a fingerprint of tables, policy, criteria and settings,
    so that a file tells whether it still answers the question.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": list("abcd"), "acv": [9e4, 7e4, 8e4, 8e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.2)])
    >>> whatifs = topt.Scenarios(problem).add("as asked").add("tight", topt.Balance("tam", within=0.01))
    >>> whatifs = whatifs.solve()
    >>> whatifs.names, whatifs["tight"].result.evaluation.books["tam"].tolist()
    (('as asked', 'tight'), [160000.0, 160000.0])
    """

    __slots__ = ("_all", "_problem")

    def __init__(self, problem: Problem, scenarios: Iterable[Scenario] = ()) -> None:
        listed = tuple(scenarios)
        names = [scenario.name for scenario in listed]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CriterionError(f"two scenarios are called {joined(twice)}")
        object.__setattr__(self, "_problem", problem)
        object.__setattr__(self, "_all", {scenario.name: scenario for scenario in listed})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Scenarios are frozen: add(...), remove(...) and solve(...) return new ones")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problem, tuple(self))

    @property
    def problem(self) -> Problem:
        """What they are scenarios of."""
        found: Problem = self._problem  # type: ignore[attr-defined]
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Their names, in order."""
        return tuple(scenario.name for scenario in self)

    @property
    def results(self) -> dict[str, Result]:
        """Answers of those that are solved, by name; also answers without an alignment."""
        return {scenario.name: scenario.result for scenario in self if scenario.result is not None}

    def __len__(self) -> int:
        return len(self._all)  # type: ignore[attr-defined]

    def __iter__(self) -> Iterator[Scenario]:
        return iter(self._all.values())  # type: ignore[attr-defined]

    def __getitem__(self, name: str) -> Scenario:
        try:
            found: Scenario = self._all[name]  # type: ignore[attr-defined]
        except KeyError:
            raise CriterionError(f"no scenario {name!r}; there are: {', '.join(self.names) or 'none'}") from None
        return found

    def add(
        self,
        name: str,
        *criteria: Criterion,
        without: Iterable[str] = (),
        description: str = "",
        solver: str = "auto",
        time_limit: float = 60.0,
        gap: float = 1e-3,
        seed: int = 1,
        threads: int = 1,
    ) -> Scenarios:
        """Add a scenario: the problem's criteria, some left out, some added or replaced.

        Parameters
        ----------
        name : str
            A new name.
        *criteria : criterion
            Added, or put in place of those of the same kind and measure.
        without : iterable of str
            Kinds to leave out first, as in :meth:`Problem.without_criteria`.
        description : str
            What it is for.
        solver, time_limit, gap, seed, threads
            As in :func:`territory_opt.solve`.

        Raises
        ------
        CriterionError
            The name is taken, or criteria or settings are impossible.
        """
        if name in self.names:
            raise CriterionError(f"there is a scenario {name!r} already; remove it first")
        if isinstance(without, str):
            raise CriterionError(f"without is a list of kinds: without=[{without!r}]")
        asked = self.problem.without_criteria(*without) if (without := tuple(without)) else self.problem
        asked = asked.with_criteria(*criteria) if criteria else asked
        new = Scenario(name, asked.criteria, description, solver, time_limit, gap, seed, threads)
        return Scenarios(self.problem, (*self, new))

    def remove(self, name: str) -> Scenarios:
        """Return the scenarios without one.

        Raises
        ------
        CriterionError
            There is none of that name.
        """
        gone = self[name]
        return Scenarios(self.problem, (scenario for scenario in self if scenario is not gone))

    def solve(
        self, *names: str, again: bool = False, on_event: OnEvent | None = None, cancel: Cancel | None = None
    ) -> Scenarios:
        """Solve the scenarios, those without an answer by default.

        Parameters
        ----------
        *names : str
            Which; default all.
        again : bool
            Also those that have an answer.
        on_event, cancel
            As in :func:`territory_opt.solve`; once cancelled, no further scenario is begun.

        Returns
        -------
        Scenarios
            With results, also for those that are infeasible.
        """
        from territory_opt.solve import solve

        wanted = {self[name].name for name in (names or self.names)}
        done = []
        for scenario in self:
            stopped = cancel is not None and cancel.requested
            if scenario.name in wanted and (again or scenario.result is None) and not stopped:
                result = solve(
                    scenario.of(self.problem),
                    solver=scenario.solver,
                    time_limit=scenario.time_limit,
                    gap=scenario.gap,
                    seed=scenario.seed,
                    threads=scenario.threads,
                    on_event=on_event,
                    cancel=cancel,
                )
                scenario = replace(scenario, result=result)
            done.append(scenario)
        return Scenarios(self.problem, done)

    def compare(self, plans: Mapping[str, Alignment | Result] | None = None, *, base: str | None = None) -> Comparison:
        """Lay the answers side by side, scored by the criteria of :attr:`problem`.

        Parameters
        ----------
        plans : mapping of str to Alignment or Result, optional
            Further plans, put first: today's, or one made by hand.
        base : str, optional
            The plan that differences are against; default the first.

        Returns
        -------
        Comparison
            See :func:`territory_opt.compare`; scenarios without an alignment are named in its notes.

        Raises
        ------
        CriterionError
            Fewer than two plans have an alignment, or a name is there twice.
        """
        given = dict(plans or {})
        twice = sorted(set(given) & set(self.names))
        if twice:
            raise CriterionError(f"a plan has the name of a scenario: {joined(twice)}")
        found = {name: result for name, result in self.results.items() if result.has_alignment}
        missing = [scenario.name for scenario in self if scenario.name not in found]
        if len(given) + len(found) < 2:
            none = f"; without an alignment: {joined(missing)} (solve() first)" if missing else ""
            raise CriterionError(f"{len(given) + len(found)} plan to compare, and it takes two{none}")
        table = compare({**given, **found}, self.problem, base=base)
        if missing:
            told = [f"{name}: {self._outcome(self[name])}" for name in missing]
            table = replace(table, notes=(*table.notes, f"no alignment, and not compared: {'; '.join(told)}"))
        return table

    def save(self, path: str | Path) -> Path:
        """Write all scenarios with their answers to one JSON file, whole or not at all; the tables are not in it.

        Raises
        ------
        UnsupportedError
            A criterion that a file cannot keep.
        """
        from territory_opt.scenarios.file import write_scenarios

        return write_scenarios(path, self.problem, self)

    @classmethod
    def load(cls, path: str | Path, problem: Problem) -> Scenarios:
        """Read scenarios back, and score their alignments again.

        Parameters
        ----------
        path : str or Path
            A file that :meth:`save` wrote.
        problem : Problem
            Gives the tables and the policy, which must be those of the file; the criteria are taken from the file.

        Raises
        ------
        DataError
            The file cannot be read, is of other tables, or was changed.
        """
        from territory_opt.scenarios.file import read_scenarios

        return cls(*read_scenarios(path, problem))

    def to_frame(self) -> pd.DataFrame:
        """One row per scenario.

        Returns
        -------
        pandas.DataFrame
            Columns name, description, outcome, objective and gap (by its own criteria), seconds, solver, seed,
            fingerprint.
        """
        import pandas as pd

        rows = []
        for one in self:
            result = one.result
            known = result is not None and result.has_alignment
            rows.append(
                {
                    "name": one.name,
                    "description": one.description,
                    "outcome": self._outcome(one),
                    "objective": result.objective if known and result else None,
                    "gap": result.gap if known and result and math.isfinite(result.gap) else None,
                    "seconds": None if result is None else result.seconds,
                    "solver": one.solver if result is None else result.solver,
                    "seed": one.seed,
                    "fingerprint": one.fingerprint(self.problem),
                }
            )
        names = ("name", "description", "outcome", "objective", "gap", "seconds", "solver", "seed", "fingerprint")
        kinds = {"objective": "Float64", "gap": "Float64", "seconds": "Float64", "seed": "Int64"}
        return pd.DataFrame({n: pd.Series([row[n] for row in rows], dtype=kinds.get(n, object)) for n in names})

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        from territory_opt.fairness.display import text_table

        if not len(self):
            return "No scenarios yet: add(name, criteria...)"
        return "\n".join(text_table(_HEAD, self._rows(), n_left=2))

    def _repr_html_(self) -> str:
        from territory_opt.fairness.display import html_table

        return f'{_STYLE}<div class="topt-f topt-s">{html_table(_HEAD, self._rows(), "Scenarios")}</div>'

    def _rows(self) -> list[tuple[str, ...]]:
        from territory_opt.fairness.wording import clean, percent

        rows: list[tuple[str, ...]] = []
        for one in self:
            result, objective, gap = one.result, "", ""
            if result is not None and result.has_alignment:
                objective = f"{result.objective:,.6g}"
                gap = percent(result.gap, digits=2) if math.isfinite(result.gap) else "unknown"
            mark = one.fingerprint(self.problem)[:12]
            rows.append((one.name, self._outcome(one), objective, gap, mark, clean(one.description)))
        return rows

    @staticmethod
    def _outcome(scenario: Scenario) -> str:
        if scenario.result is None:
            return "not solved"
        return str(replace(scenario.result.termination, detail=""))
