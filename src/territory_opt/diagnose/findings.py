"""What a diagnosis says: conflicts, relaxations, whales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from territory_opt.alignment import Alignment
from territory_opt.criteria.base import Criterion
from territory_opt.problem import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Conflict", "Diagnosis", "Relaxation", "Whale"]


@dataclass(frozen=True, slots=True, eq=False)
class Conflict:
    """Limits that no alignment keeps together, and whom they catch.

    Attributes
    ----------
    kind : str
        ``"stranded"`` (an account without a rep), ``"crowded"`` (accounts for too little room), ``"starved"`` (books
        that cannot be filled), ``"spread"`` (a middle pulled both ways), ``"packed"`` (too many large accounts),
        ``"torn"`` and ``"unmixed"`` (accounts to be kept apart), ``"forced"`` (moves that must happen), ``"joint"``
        (proven by a solver).
    criteria : tuple of criterion
        These alone have no alignment.
    sentence : str
        The conflict in words.
    account_id, rep_id : tuple of str
        Accounts and reps it is about; empty where it is about all.
    classes : tuple of str
        What the accounts have in common, such as ``"vertical Healthcare"``.
    numbers : tuple of (str, float)
        The amounts of the sentence by name.
    """

    kind: str
    criteria: tuple[Criterion, ...]
    sentence: str
    account_id: tuple[str, ...] = ()
    rep_id: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    numbers: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The conflict as JSON types."""
        return {
            "kind": self.kind,
            "criteria": [c.describe() for c in self.criteria],
            "sentence": self.sentence,
            "account_id": list(self.account_id),
            "rep_id": list(self.rep_id),
            "classes": list(self.classes),
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Relaxation:
    """A change that makes the problem possible.

    Attributes
    ----------
    criteria : tuple of criterion
        Criteria as they were; empty for a change of the team or of the accounts.
    change : str
        What to do, as a sentence.
    short : str
        The same in a few words.
    amount : float
        How much: the new edge of a band, accounts opened, reps added.
    unit : str
        What the amount counts.
    least : bool
        True when less is proven not to do, to the digits stated, with nothing else changed.
    verified : bool
        An alignment of the changed problem was found and re-scored.
    cost : str
        What it costs.
    problem : Problem
        The changed problem, ready to solve.
    alignment : Alignment or None
        An alignment that keeps every limit of ``problem``; it is not optimised.
    """

    criteria: tuple[Criterion, ...]
    change: str
    short: str
    amount: float
    unit: str
    least: bool
    verified: bool
    cost: str
    problem: Problem
    alignment: Alignment | None = None

    def to_dict(self) -> dict[str, Any]:
        """The relaxation as JSON types, without problem and alignment."""
        return {
            "criteria": [c.describe() for c in self.criteria],
            "change": self.change,
            "short": self.short,
            "amount": self.amount,
            "unit": self.unit,
            "least": self.least,
            "verified": self.verified,
            "cost": self.cost,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Whale:
    """An account, or a family, that is larger than any book it may go to can hold.

    Attributes
    ----------
    account_id : tuple of str
        The account, or the accounts of the family.
    measure : str
        What it is too large in.
    size, limit : float
        What it adds at the least, and the most that a book it may go to can hold.
    sentence : str
        Both in words.
    proposals : tuple of Relaxation
        As a house account, pooled, or with a book of its own; each with its effect.
    """

    account_id: tuple[str, ...]
    measure: str
    size: float
    limit: float
    sentence: str
    proposals: tuple[Relaxation, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The whale as JSON types."""
        return {
            "account_id": list(self.account_id),
            "measure": self.measure,
            "size": self.size,
            "limit": self.limit,
            "sentence": self.sentence,
            "proposals": [proposal.to_dict() for proposal in self.proposals],
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diagnosis:
    """Whether a problem can be solved, and if not, why not and what would help.

    Attributes
    ----------
    problem : Problem
        What was diagnosed.
    feasible : bool or None
        None when neither an alignment nor a proof was found in time.
    conflicts : tuple of Conflict
        Smallest first; empty unless ``feasible`` is False.
    relaxations : tuple of Relaxation
        Verified ones only: each makes the whole problem possible.
    whales : tuple of Whale
        Accounts larger than any book, with what could be done.
    alignment : Alignment or None
        An alignment that keeps every limit, when there is one; it is not optimised.
    seconds : float
        Wall-clock time.
    notes : tuple of str
        What was looked for and not found, and what was left out for lack of time.
    """

    problem: Problem
    feasible: bool | None
    conflicts: tuple[Conflict, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()
    whales: tuple[Whale, ...] = ()
    alignment: Alignment | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The diagnosis in one sentence or two."""
        from territory_opt.diagnose.display import sentence

        return sentence(self)

    def __repr__(self) -> str:
        return f"Diagnosis({self.sentence})"

    def __str__(self) -> str:
        from territory_opt.diagnose.display import text

        return text(self)

    def _repr_html_(self) -> str:
        from territory_opt.diagnose.display import html

        return html(self)

    def to_frame(self) -> pd.DataFrame:
        """One row per conflict and per relaxation: ``kind``, ``what``, ``amount``, ``unit``, ``least``, ``cost``."""
        from territory_opt.diagnose.display import frame

        return frame(self)

    def to_dict(self) -> dict[str, Any]:
        """The diagnosis as JSON types."""
        return {
            "feasible": self.feasible,
            "sentence": self.sentence,
            "conflicts": [conflict.to_dict() for conflict in self.conflicts],
            "relaxations": [relaxation.to_dict() for relaxation in self.relaxations],
            "whales": [whale.to_dict() for whale in self.whales],
            "seconds": self.seconds,
            "notes": list(self.notes),
        }
