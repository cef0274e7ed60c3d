"""The statement of a carve: accounts, team, policy and criteria, frozen and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any

from numpy.typing import ArrayLike

from territory_opt._columns import Columns
from territory_opt._typing import FloatArray, IntArray, read_only
from territory_opt.accounts import Accounts
from territory_opt.criteria.base import Criterion, canonical_measure
from territory_opt.criteria.check import check_criteria, once_by_key
from territory_opt.criteria.costs import Costs
from territory_opt.criteria.defaults import default_criteria
from territory_opt.edits import Editing
from territory_opt.errors import CriterionError, DataError, Issue
from territory_opt.fingerprints import fingerprint
from territory_opt.friction import Friction, price_friction
from territory_opt.matching import Matching, match
from territory_opt.measures import Measure, account_measures
from territory_opt.owners import Owners, find_owners
from territory_opt.places import Places, TravelTime, locate
from territory_opt.policy import Policy
from territory_opt.problem_arrays import checked_measures, state_arrays
from territory_opt.scoring.score import Scores, score
from territory_opt.team import Team

__all__ = ["Problem"]


class Problem(Editing):
    """What is to be carved, and what a good carve is.

    Parameters
    ----------
    accounts, team : Accounts, Team
        The accounts, shape (n_accounts,), and the reps, shape (n_reps,).
    policy : Policy, optional
        Every number of the domain rules.
    criteria : iterable of criterion, optional
        None takes the domain defaults that the columns allow; :attr:`notes` says which, and why.
    travel_time : ndarray of shape (n_accounts, n_reps), or callable, optional
        Your own hours per visit, or a function of account and rep positions (integer arrays) that returns them.
    own_measures : mapping of str to array, optional
        Measures of your own, (n_accounts,) or (n_accounts, n_reps), in place of the library's of the same name.

    Attributes
    ----------
    accounts, team, policy, criteria
        As given; ``criteria`` is a tuple.
    scores : Scores
        Values, tiers, units and visits derived by the policy.
    measures : mapping of str to Measure
        Activity measures by name.
    places, owners : Places, Owners
        Positions and travel hours; current owners as positions in the team.
    notes : tuple of str
        What was derived, defaulted and inferred.

    Raises
    ------
    DataError
        If there are more reps than accounts, or an array of travel times or measures is unusable.
    CriterionError
        If criteria name accounts, reps, measures or columns that are not there; all are listed at once.

    Notes
    -----
    Frozen: every method that changes something returns a new problem. A problem says what is wanted; whether that
    is possible is a *result* of :func:`territory_opt.solve`.

    Examples
    --------
    >>> import territory_opt as topt
    >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b", "c", "d"], "acv": [9e4, 7e4, 8e4, 8e4]})
    >>> team = topt.Team.from_frame({"rep_id": ["r1", "r2"]})
    >>> problem = topt.Problem(accounts, team, criteria=[topt.Balance("tam", within=0.1)])
    >>> problem.n_accounts, problem.n_reps
    (4, 2)
    """

    accounts: Accounts
    team: Team
    policy: Policy
    criteria: tuple[Criterion, ...]
    scores: Scores
    places: Places
    owners: Owners
    notes: tuple[str, ...]
    _friction: Friction
    _travel_time: TravelTime | None
    _own_measures: Columns
    _matchings: dict[str, Matching]

    def __init__(
        self,
        accounts: Accounts,
        team: Team,
        *,
        policy: Policy | None = None,
        criteria: Iterable[Criterion] | None = None,
        travel_time: TravelTime | None = None,
        own_measures: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        policy = policy if policy is not None else Policy()
        if len(team) > len(accounts):
            what = f"{len(team)} reps for {len(accounts)} accounts: at least one book would be empty"
            raise DataError("team", [Issue(None, None, what, "remove reps, or add the missing accounts")])
        scores = score(accounts, policy)
        places = locate(accounts, team, scores, travel_time)
        owners = find_owners(accounts, team, scores)
        friction = price_friction(accounts, team, scores, places, policy)
        notes = [*scores.notes, *scores.warnings, *places.notes, *owners.notes, *friction.notes]
        state: dict[str, Any] = {
            "accounts": accounts,
            "team": team,
            "policy": policy,
            "scores": scores,
            "places": places,
            "owners": owners,
            "_friction": friction,
            "_travel_time": places.travel_time,
            "_own_measures": checked_measures(own_measures, len(accounts), len(team)),
            "_matchings": {},
        }
        self.__dict__.update(state)
        if criteria is None:
            chosen, said = default_criteria(self)
            notes.extend(said)
        else:
            chosen = once_by_key(criteria)
        self.__dict__["criteria"] = chosen
        self.__dict__["notes"] = tuple(notes)
        check_criteria(self)

    @classmethod
    def from_arrays(
        cls,
        cost: ArrayLike,
        *,
        measures: Mapping[str, ArrayLike] | None = None,
        lower: Mapping[str, ArrayLike] | None = None,
        upper: Mapping[str, ArrayLike] | None = None,
        eligible: ArrayLike | None = None,
    ) -> Problem:
        r"""State a problem by arrays alone; the objective is exactly the given cost.

        Parameters
        ----------
        cost : array of float, shape (n_accounts, n_reps)
            Minimised: the sum over accounts of the cost with their rep. Finite; negative numbers are allowed.
        measures : mapping of str to array, optional
            What accounts add to a book: shape (n_accounts,), or (n_accounts, n_reps) where it depends on the rep.
        lower, upper : mapping of str to float or array of shape (n_reps,), optional
            Least and most of a measure in every book. Infinite or left out: no limit.
        eligible : array of bool, shape (n_accounts, n_reps), optional
            True where the rep may have the account.

        Returns
        -------
        Problem
            Accounts ``a1, a2 ...``, reps ``r1, r2 ...`` with capacity 1; a :class:`Costs` criterion, and a
            :class:`Balance` or :class:`BookLimits` per limited measure.

        Raises
        ------
        DataError
            With every fault of every array at once.

        Notes
        -----
        :math:`\min \sum c_{ij} x_{ij}` with :math:`\sum_j x_{ij} = 1` and
        :math:`l_{mj} \le \sum_i a_{mij} x_{ij} \le u_{mj}`.

        Examples
        --------
        >>> import territory_opt as topt
        >>> problem = topt.Problem.from_arrays(
        ...     [[1, 5], [1, 4], [2, 2]], measures={"load": [3, 2, 2]}, upper={"load": [4, 5]})
        >>> topt.solve(problem).objective
        7.0
        """
        found = state_arrays(cost, measures, lower, upper, eligible)
        return cls(found.accounts, found.team, criteria=found.criteria, own_measures=found.own_measures)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Problem is frozen: use replace({name}=...) or with_criteria(...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("Problem is frozen")

    def __reduce__(self) -> tuple[Any, ...]:
        given = (self.accounts, self.team, self.policy, self.criteria, self._travel_time, self._own_measures)
        return _rebuild, (*given, self.notes)

    def __repr__(self) -> str:
        lines = [f"Problem: {self.n_accounts:,} accounts, {self.n_reps:,} reps"]
        lines += [f"  {'limit' if c.is_limit else 'cost '}  {c.describe()}" for c in self.criteria]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from territory_opt.report.notebook import problem_html

        return problem_html(self)

    @property
    def n_accounts(self) -> int:
        """Number of accounts."""
        return len(self.accounts)

    @property
    def n_reps(self) -> int:
        """Number of reps."""
        return len(self.team)

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """Activity measures by name."""
        friction, own = self._friction.active, self._own_measures
        return MappingProxyType(account_measures(self.accounts, self.scores, friction=friction, own=own))

    @property
    def own_measures(self) -> Mapping[str, FloatArray]:
        """Measures of one's own, shape (n_accounts,) or (n_accounts, n_reps) each."""
        return self._own_measures

    @property
    def arrays_only(self) -> bool:
        """True without tables: accounts of bare ids, with costs or measures of one's own."""
        own = self._own_measures or any(isinstance(c, Costs) for c in self.criteria)
        return bool(own) and not self.accounts.columns

    @property
    def has_travel(self) -> bool:
        """True when travel hours can be told."""
        return self.places.known

    @property
    def friction_per_hour(self) -> float:
        """Money that an hour of travel takes off a book's load (D-LOAD-4)."""
        return self._friction.per_hour

    @property
    def friction_is_travel(self) -> bool:
        """True when the coverage friction is a price per travel hour and nothing else."""
        return self._friction.travel_only

    @property
    def friction_kind_index(self) -> IntArray | None:
        """Kinds of accounts that cost every rep the same friction beyond travel, shape (n_accounts,).

        None where that friction does not depend on the rep.
        """
        return self._friction.kind_index

    @cached_property
    def selling_hours(self) -> FloatArray:
        """Selling hours a year of every rep, shape (n_reps,): the policy's full rep times capacity."""
        return read_only(self.policy.selling_hours * self.team.capacity)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything the answer depends on, as 64 hexadecimal digits."""
        return fingerprint(self)

    def measure(self, name: str) -> Measure:
        """Look up an activity measure.

        Raises
        ------
        CriterionError
            If there is none of that name; the message lists those there are.
        """
        if name not in self.measures:
            raise CriterionError(f"no measure {name!r}; there are: {', '.join(sorted(self.measures))}")
        return self.measures[name]

    def matching(self, attribute: str) -> Matching:
        """Which reps serve which accounts by an attribute (``vertical``, ``language`` ...)."""
        if attribute not in self._matchings:
            self._matchings[attribute] = match(self.accounts, self.team, attribute)
        return self._matchings[attribute]

    def hours(self, account_index: IntArray, rep_index: IntArray, home_index: IntArray | None = None) -> FloatArray:
        """Yearly travel hours of pairs, shape (m,); see :meth:`territory_opt.places.Places.hours`."""
        return self.places.hours(account_index, rep_index, home_index)

    def friction(self, account_index: IntArray, rep_index: IntArray, home_index: IntArray | None = None) -> FloatArray:
        """Coverage-friction penalty of pairs in money, shape (m,) (D-LOAD-4)."""
        hours = self.hours(account_index, rep_index, home_index)
        return self._friction.of(account_index, rep_index, hours)

    def friction_beyond_travel(self, account_index: IntArray, rep_index: IntArray) -> FloatArray:
        """Coverage friction of pairs without the price of travel hours, in money, shape (m,)."""
        return self._friction.beyond_travel(account_index, rep_index)

    def contribution(
        self, name: str, account_index: IntArray, rep_index: IntArray, home_index: IntArray | None = None
    ) -> FloatArray:
        """What accounts add to the books of reps.

        Parameters
        ----------
        name : str
            Measure.
        account_index, rep_index : ndarray of int, shape (m,)
            The pairs.
        home_index : ndarray of int, shape (n_reps,), optional
            Account position of each open home.

        Returns
        -------
        ndarray of float, shape (m,)
            In the unit of the measure. Load is 0.6 named + 0.4 white space - friction (D-LOAD-1).
        """
        measure = self.measure(name)
        if not measure.pair_dependent:
            return measure.base[account_index]
        if measure.table is not None:
            return measure.table[account_index, rep_index]
        if name == "travel_hours":
            return self.hours(account_index, rep_index, home_index)
        return measure.base[account_index] - self.friction(account_index, rep_index, home_index)

    def with_criteria(self, *criteria: Criterion) -> Problem:
        """Add criteria, or replace those of the same kind and measure.

        Examples
        --------
        >>> import territory_opt as topt
        >>> accounts = topt.Accounts.from_frame({"account_id": ["a", "b"], "acv": [9e4, 7e4]})
        >>> problem = topt.Problem(accounts, topt.Team.from_frame({"rep_id": ["r1", "r2"]}))
        >>> wide = problem.with_criteria(topt.Balance("load", within=0.3, of="mean"))
        >>> [c.within for c in wide.criteria if c.key == ("balance", "load")]
        [0.3]
        """
        added = {criterion.key: criterion for criterion in once_by_key(criteria)}
        kept = [added.pop(criterion.key, criterion) for criterion in self.criteria]
        return self.replace(criteria=(*kept, *added.values()))

    def without_criteria(self, *kinds: str) -> Problem:
        """Drop every criterion of a kind (``"travel"``) or of a kind and measure (``"balance:tam"``).

        Raises
        ------
        CriterionError
            If nothing matches.
        """
        kinds = tuple(":".join(canonical_measure(part) for part in kind.split(":")) for kind in kinds)
        kept = []
        matched: set[str] = set()
        for criterion in self.criteria:
            parts = [str(part) for part in criterion.key] if isinstance(criterion.key, tuple) else []
            names = {":".join(parts[:n]) for n in range(1, len(parts) + 1)}
            hit = names & set(kinds)
            matched |= hit
            if not hit:
                kept.append(criterion)
        missing = [kind for kind in kinds if kind not in matched]
        if missing:
            have = ", ".join(":".join(map(str, c.key)) for c in self.criteria if isinstance(c.key, tuple))
            raise CriterionError(f"no criterion {', '.join(missing)}; there are: {have}")
        return self.replace(criteria=tuple(kept))

    def replace(self, **changes: Any) -> Problem:
        """Return a problem with some of what it was made from replaced."""
        given = {
            "accounts": self.accounts,
            "team": self.team,
            "policy": self.policy,
            "criteria": self.criteria,
            "travel_time": self._travel_time,
            "own_measures": self._own_measures,
        }
        unknown = sorted(set(changes) - set(given))
        if unknown:
            raise CriterionError(f"Problem.replace has no {', '.join(unknown)}; it takes {', '.join(given)}")
        given.update(changes)
        return Problem(**given)  # type: ignore[arg-type]


def _rebuild(
    accounts: Accounts,
    team: Team,
    policy: Policy,
    criteria: tuple[Criterion, ...],
    travel_time: TravelTime | None,
    own_measures: Columns,
    notes: tuple[str, ...],
) -> Problem:
    problem = Problem(
        accounts, team, policy=policy, criteria=criteria, travel_time=travel_time, own_measures=own_measures
    )
    problem.__dict__["notes"] = notes  # Why criteria were chosen is not said again for criteria that are given.
    return problem
