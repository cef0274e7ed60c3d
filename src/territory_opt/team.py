"""The reps who get books: one frozen, checked table."""

from __future__ import annotations

import warnings as python_warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._checks import check_ids, check_positions
from territory_opt._columns import Columns
from territory_opt._ingest import Draft, read_draft
from territory_opt._specs import REP_COLUMNS
from territory_opt._text import close_matches, text_array
from territory_opt._typing import AnyArray, FloatArray, IntArray, TextArray, read_only
from territory_opt.errors import CriterionError, DataError, Issue, TerritoryOptWarning
from territory_opt.quality import DataQuality
from territory_opt.time_zones import unknown_zones

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["SERVED", "Team"]

SERVED = {"vertical": "verticals", "segment": "segments", "region": "regions", "language": "languages"}


@dataclass(frozen=True, slots=True, eq=False)
class Team:
    """A frozen table of reps; make it with :meth:`from_frame` or :meth:`open`.

    Parameters
    ----------
    rep_id : ndarray of str
        Shape (k,); unique and not empty.
    columns : mapping of str to ndarray
        Canonical name to read-only (k,) array, only columns that are present.
    quality : DataQuality
        What was mapped, derived, defaulted and ignored.

    Attributes
    ----------
    capacity : ndarray
        Share of a full book, shape (k,); 1 where the table says nothing.
    lat, lon : ndarray
        Home in degrees, shape (k,); NaN where the rep has none (open: the library may choose it).
    tenure_years : ndarray
        Years, shape (k,); NaN where unknown.
    serves : mapping of str to tuple of frozenset of str
        For ``"vertical"``, ``"segment"``, ``"region"`` and ``"language"``, one set per rep, as spelled in the table;
        an empty set serves all.

    Examples
    --------
    >>> team = Team.from_frame({"Rep ID": ["r1", "r2"], "verticals": ["Retail; Energy", ""]})
    >>> sorted(team.serves["vertical"][0]), team.capacity.tolist()
    (['Energy', 'Retail'], [1.0, 1.0])
    """

    rep_id: TextArray
    columns: Mapping[str, AnyArray]
    quality: DataQuality = field(default_factory=lambda: DataQuality("team", 0))
    capacity: FloatArray = field(init=False)
    lat: FloatArray = field(init=False)
    lon: FloatArray = field(init=False)
    tenure_years: FloatArray = field(init=False)
    serves: Mapping[str, tuple[frozenset[str], ...]] = field(init=False)

    def __post_init__(self) -> None:
        columns = self.columns if isinstance(self.columns, Columns) else Columns(self.columns)
        unknown = np.full(self.rep_id.size, np.nan)
        object.__setattr__(self, "rep_id", read_only(self.rep_id))
        object.__setattr__(self, "columns", columns)
        capacity = columns.get("capacity", unknown)
        object.__setattr__(self, "capacity", read_only(np.where(np.isnan(capacity), 1.0, capacity)))
        for name in ("lat", "lon", "tenure_years"):
            object.__setattr__(self, name, read_only(columns.get(name, unknown)))
        served = {
            attribute: tuple(_split(text) for text in columns[plural].tolist())
            if plural in columns
            else (frozenset(),) * self.rep_id.size
            for attribute, plural in SERVED.items()
        }
        object.__setattr__(self, "serves", MappingProxyType(served))

    @classmethod
    def from_frame(cls, frame: Any, *, columns: Mapping[str, str | None] | None = None) -> Team:
        """Read reps from a frame.

        Parameters
        ----------
        frame : frame or mapping
            pandas, Polars, PyArrow, GeoPandas, or a mapping of name to values.
        columns : mapping of str to str or None, optional
            Canonical name to header, where recognition is not wanted; None as header leaves a column out.

        Returns
        -------
        Team
            The checked table; ``quality`` says what was done to it. Without ids the names serve as ids.

        Raises
        ------
        DataError
            With every problem at once: no reps, missing or repeated ids, capacity below 0.01 or above 10, latitude
            outside [-90, 90], half a position, negative or non-finite quota, repeated or ambiguous headers.

        Warns
        -----
        TerritoryOptWarning
            A capacity share above 1.

        Examples
        --------
        >>> Team.from_frame({"rep_id": ["r1"], "capacity": [0.0]})
        Traceback (most recent call last):
            ...
        territory_opt.errors.DataError: team: 1 problem
          - row 0, column 'capacity': capacity 0 is not above 0 (1 is a full book; drop a rep without one)
        """
        draft = read_draft("team", frame, REP_COLUMNS, columns=columns)
        _ids_from_names(draft)
        _check(draft)
        draft.raise_issues()
        rep_id = draft.columns.pop("rep_id")
        capacity = draft.columns.get("capacity")
        if capacity is not None and (capacity > 1.0).any():
            above = ", ".join(str(rep) for rep in rep_id[np.flatnonzero(capacity > 1.0)][:5])
            text = f"capacity is a share of a full book; above 1 for {above}"
            draft.warnings.append(text)
            python_warnings.warn(text, TerritoryOptWarning, stacklevel=2)
        return cls(rep_id, Columns(draft.columns), draft.quality())

    @classmethod
    def open(cls, n_reps: int) -> Team:
        """Return ``n_reps`` full reps without homes: the library chooses where they sit.

        Parameters
        ----------
        n_reps : int
            Number of books, at least 1.

        Raises
        ------
        CriterionError
            ``n_reps`` is below 1.

        Examples
        --------
        >>> Team.open(2).rep_id.tolist()
        ['Rep 1', 'Rep 2']
        """
        if n_reps < 1:
            raise CriterionError(f"a team needs at least 1 rep, not {n_reps}")
        return cls(
            text_array(f"Rep {number}" for number in range(1, n_reps + 1)),
            Columns({}),
            DataQuality("team", n_reps, defaulted=("every rep has a full book and no home",)),
        )

    def __reduce__(self) -> tuple[type[Team], tuple[Any, ...]]:
        # through __init__, because unpickled arrays are writeable again
        return type(self), (self.rep_id, self.columns, self.quality)

    @property
    def n_reps(self) -> int:
        """Number of reps.

        Examples
        --------
        >>> Team.open(3).n_reps
        3
        """
        return int(self.rep_id.size)

    def __len__(self) -> int:
        return self.n_reps

    def __repr__(self) -> str:
        return f"Team({self.n_reps:,} reps; {', '.join(self.columns) or 'no further columns'})"

    def _repr_html_(self) -> str:
        return self.quality._repr_html_()

    def has(self, name: str) -> bool:
        """Whether the table came with a column.

        Examples
        --------
        >>> Team.open(3).has("quota")
        False
        """
        return name == "rep_id" or name in self.columns

    def text(self, name: str) -> TextArray:
        """Return a text column, ``""`` where missing or when the table has none; shape (k,).

        Examples
        --------
        >>> Team.from_frame({"rep_id": ["r1"], "role": ["AE"]}).text("role").tolist()
        ['AE']
        """
        if name == "rep_id":
            return self.rep_id
        return self.columns.get(name, read_only(np.full(self.n_reps, "", dtype=object)))

    def number(self, name: str) -> FloatArray:
        """Return a numeric column, NaN where missing or when the table has none; shape (k,).

        Examples
        --------
        >>> Team.open(1).number("quota").tolist()
        [nan]
        """
        return self.columns.get(name, read_only(np.full(self.n_reps, np.nan)))

    @property
    def name(self) -> TextArray:
        """Name of every rep, the id where there is none; shape (k,).

        Examples
        --------
        >>> Team.open(1).name.tolist()
        ['Rep 1']
        """
        names = self.text("name")
        return read_only(np.where(names == "", self.rep_id, names).astype(object))

    @property
    def time_zone(self) -> TextArray:
        """Time zone of every rep, ``""`` where unknown; shape (k,).

        Examples
        --------
        >>> Team.from_frame({"rep_id": ["r1"], "tz": ["America/Denver"]}).time_zone.tolist()
        ['America/Denver']
        """
        return self.text("time_zone")

    @property
    def role(self) -> TextArray:
        """Role of every rep, ``""`` where unknown; shape (k,)."""
        return self.text("role")

    @property
    def manager(self) -> TextArray:
        """Manager of every rep, ``""`` where unknown; shape (k,)."""
        return self.text("manager")

    @property
    def quota(self) -> FloatArray:
        """Quota in money, NaN where unknown; shape (k,).

        Examples
        --------
        >>> Team.from_frame({"rep_id": ["r1"], "quota": ["$1,000,000"]}).quota.tolist()
        [1000000.0]
        """
        return self.number("quota")

    def index_of(self, rep_id: str) -> int:
        """Return the position of one rep.

        Raises
        ------
        DataError
            The rep is not there; close spellings are named.

        Examples
        --------
        >>> Team.open(3).index_of("Rep 2")
        1
        """
        at = np.flatnonzero(self.rep_id == rep_id)
        if at.size:
            return int(at[0])
        near = close_matches(str(rep_id), self.rep_id.tolist())
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "ids are case-sensitive texts"
        raise DataError("team", [Issue(None, "rep_id", f"no rep has the id {rep_id!r}", hint)])

    def positions(self, owners: Sequence[str] | TextArray) -> IntArray:
        """Return the position of the rep each text stands for: by id, else by a name that only one rep has.

        An id in other letter case counts where it can mean one rep only.

        Parameters
        ----------
        owners : sequence of str
            Ids or names, shape (n,). Blanks around do not count.

        Returns
        -------
        ndarray of int64
            Shape (n,); -1 where nobody in the team is meant.

        Examples
        --------
        >>> team = Team.from_frame({"rep_id": ["r1", "r2"], "name": ["Ann Lee", "Bo"]})
        >>> team.positions(["r2", "ann lee", "Zed"]).tolist()
        [1, 0, -1]
        """
        exact = {item: row for row, item in enumerate(self.rep_id.tolist())}
        # an id wins over a name
        loose = _once(self.text("name")) | _once(self.rep_id)
        seen = {owner: exact.get(owner, loose.get(str(owner).strip().casefold(), -1)) for owner in set(owners)}
        return np.array([seen[owner] for owner in owners], dtype=np.int64)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas DataFrame, one row per rep.

        Examples
        --------
        >>> list(Team.open(1).to_frame().columns)
        ['rep_id', 'capacity']
        """
        import pandas as pd

        data: dict[str, Any] = {"rep_id": self.rep_id.copy()}
        data.update({name: column.copy() for name, column in self.columns.items()})
        data["capacity"] = self.capacity.copy()
        return pd.DataFrame(data)


def _once(texts: TextArray) -> dict[str, int]:
    """Row of every text without regard to case; -1 where several rows share it."""
    rows: dict[str, int] = {}
    for row, text in enumerate(texts.tolist()):
        key = text.strip().casefold()
        if key:
            rows[key] = -1 if key in rows else row
    return rows


def _split(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.replace("|", ";").split(";") if part.strip())


def _ids_from_names(draft: Draft) -> None:
    if "rep_id" in draft.headers or draft.n_rows == 0:
        return
    if "name" in draft.headers:
        draft.columns["rep_id"] = draft.columns["name"].copy()
        draft.derived.append(f"rep_id taken from {draft.headers['name']!r}")
        check_ids(draft.columns["rep_id"], draft.headers["name"], draft.issues)
    elif not any("rep_id" in issue.what for issue in draft.issues):
        hint = "recognised spellings: rep_id, Id, User ID, Owner ID, sales_agent, name ..."
        draft.issues.append(Issue(None, None, "no column for rep_id or name", hint))


def _check(draft: Draft) -> None:
    columns = draft.columns
    draft.warnings += check_positions(columns, draft.headers, draft.issues)
    if "time_zone" in columns:
        draft.warnings += unknown_zones(columns["time_zone"].tolist())
    if "capacity" not in columns:
        draft.defaulted.append("capacity: every rep has a full book")
    elif np.isnan(columns["capacity"]).any():
        draft.defaulted.append(f"capacity: a full book for {int(np.isnan(columns['capacity']).sum()):,} reps")
    n_homeless = int(np.isnan(columns["lat"]).sum()) if "lat" in columns else draft.n_rows
    if n_homeless and draft.n_rows:
        draft.notes.append(f"{n_homeless:,} of {draft.n_rows:,} reps have no home")
