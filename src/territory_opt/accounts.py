"""The accounts to carve: one frozen, checked table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt._checks import check_parents, check_positions
from territory_opt._columns import Columns
from territory_opt._ingest import Draft, read_draft
from territory_opt._specs import ACCOUNT_COLUMNS
from territory_opt._spelling import INDUSTRIES, near_spellings
from territory_opt._text import close_matches
from territory_opt._typing import AnyArray, FloatArray, IntArray, TextArray, read_only
from territory_opt.errors import DataError, Issue
from territory_opt.quality import DataQuality
from territory_opt.time_zones import unknown_zones

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Accounts"]

_STRAY_DAYS = 366
_KNOWN = {"vertical": INDUSTRIES}


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """A frozen table of accounts; make it with :meth:`from_frame`.

    Parameters
    ----------
    account_id : ndarray of str
        Shape (n,); unique and not empty.
    columns : mapping of str to ndarray
        Canonical name to read-only (n,) array, only columns that are present: text as objects (``""`` missing),
        numbers as float64 (NaN missing), days as datetime64[D] (NaT missing), yes/no as bool. Money is in one
        currency unit per data set, ``lat`` and ``lon`` in degrees, ``probability`` in [0, 1], fit in 0-100.
    measures : tuple of str
        Extra additive numeric columns asked for.
    quality : DataQuality
        What was mapped, derived, defaulted and ignored.

    Examples
    --------
    >>> accounts = Accounts.from_frame({"Id": ["a", "b"], "ACV__c": [10_000, 20_000]})
    >>> len(accounts), accounts.number("acv").tolist()
    (2, [10000.0, 20000.0])
    """

    account_id: TextArray
    columns: Mapping[str, AnyArray]
    measures: tuple[str, ...] = ()
    quality: DataQuality = field(default_factory=lambda: DataQuality("accounts", 0))

    def __post_init__(self) -> None:
        object.__setattr__(self, "account_id", read_only(self.account_id))
        if not isinstance(self.columns, Columns):
            object.__setattr__(self, "columns", Columns(self.columns))

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        *,
        columns: Mapping[str, str | None] | None = None,
        measures: Sequence[str] = (),
    ) -> Accounts:
        """Read accounts from a frame.

        Parameters
        ----------
        frame : frame or mapping
            pandas, Polars, PyArrow, GeoPandas, or a mapping of name to values. Headers of Salesforce and HubSpot
            exports are recognised; case, spaces and punctuation do not count.
        columns : mapping of str to str or None, optional
            Canonical name to header, where recognition is not wanted; None as header leaves a column out.
        measures : sequence of str
            Headers of further numeric columns that add up over a book.

        Returns
        -------
        Accounts
            The checked table; ``quality`` says what was done to it.

        Raises
        ------
        DataError
            With every problem at once: no rows, no ids, missing or repeated ids, latitude outside [-90, 90], half a
            position, missing, negative, non-finite or implausible money, shares outside [0, 1], texts that are no
            number or could be two, unknown tiers, parents in a circle, repeated or ambiguous headers.

        Notes
        -----
        D-VALUE-1, D-BUCKET-1, D-TIER-1, D-DORMANT-1, D-PARTNER-1 name the columns. Blank cells of money that feeds
        the load are refused rather than read as 0; all other cells may be blank.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a", "a"], "acv": [1.0, -5.0], "fit": [150, 50]})
        Traceback (most recent call last):
            ...
        territory_opt.errors.DataError: accounts: 3 problems
          - row 0, column 'fit': fit 150 is outside [0, 100] (correct it or leave the cell empty)
          - row 1, column 'id': 'a' is already the id of row 0 (ids must be unique: merge the rows or rename one)
          - row 1, column 'acv': negative money -5 (at least 0; credits and corrections belong elsewhere)
        """
        wanted = (measures,) if isinstance(measures, str) else tuple(dict.fromkeys(measures))
        draft = read_draft(
            "accounts", frame, ACCOUNT_COLUMNS, columns=columns, measures=wanted, required=("account_id",)
        )
        _check(draft)
        draft.raise_issues()
        account_id = draft.columns.pop("account_id")
        return cls(account_id, Columns(draft.columns), wanted, draft.quality())

    def __reduce__(self) -> tuple[type[Accounts], tuple[Any, ...]]:
        # through __init__, because unpickled arrays are writeable again
        return type(self), (self.account_id, self.columns, self.measures, self.quality)

    @property
    def n_accounts(self) -> int:
        """Number of accounts.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a"]}).n_accounts
        1
        """
        return int(self.account_id.size)

    def __len__(self) -> int:
        return self.n_accounts

    def __repr__(self) -> str:
        return f"Accounts({self.n_accounts:,} accounts; {', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        return self.quality._repr_html_()

    def has(self, name: str) -> bool:
        """Whether the table has a column.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a"], "acv": [1]}).has("lat")
        False
        """
        return name == "account_id" or name in self.columns

    def _column(self, name: str) -> AnyArray:
        if name == "account_id":
            return self.account_id
        if name not in self.columns:
            near = close_matches(name, self.columns)
            hint = (
                f"did you mean {' or '.join(near)}?" if near else f"the table has {', '.join(self.columns) or 'none'}"
            )
            raise DataError("accounts", [Issue(None, name, "is not in the table", hint)])
        return self.columns[name]

    def text(self, name: str) -> TextArray:
        """Return a text column, ``""`` where missing; shape (n,).

        Raises
        ------
        DataError
            The column is not there or holds no text.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a"], "industry": ["Retail"]}).text("vertical").tolist()
        ['Retail']
        """
        column = self._column(name)
        if column.dtype != object:
            raise DataError("accounts", [Issue(None, name, "holds no text", "use number() or dates()")])
        return column

    def number(self, name: str) -> FloatArray:
        """Return a numeric or yes/no column as float64, NaN where missing; shape (n,).

        Raises
        ------
        DataError
            The column is not there or holds no numbers.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a"], "Industry": ["x"], "fit": [None]}).number("fit").tolist()
        [nan]
        """
        column = self._column(name)
        if column.dtype.kind not in "fb":
            raise DataError("accounts", [Issue(None, name, "holds no numbers", "use text() or dates()")])
        return np.asarray(column, np.float64)

    def dates(self, name: str) -> AnyArray:
        """Return a date column as datetime64[D], NaT where missing; shape (n,).

        Raises
        ------
        DataError
            The column is not there or holds no dates.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["a"], "last_activity": ["2026-01-31"]}).dates("last_activity")
        array(['2026-01-31'], dtype='datetime64[D]')
        """
        column = self._column(name)
        if column.dtype.kind != "M":
            raise DataError("accounts", [Issue(None, name, "holds no dates", "use text() or number()")])
        return column

    def index_of(self, account_id: str) -> int:
        """Return the position of one account.

        Raises
        ------
        DataError
            The account is not there; close spellings are named.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["A-17", "B-02"]}).index_of("B-02")
        1
        """
        at = np.flatnonzero(self.account_id == account_id)
        if at.size:
            return int(at[0])
        near = close_matches(str(account_id), self.account_id.tolist()[:50_000])
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "ids are case-sensitive texts"
        raise DataError("accounts", [Issue(None, "account_id", f"no account has the id {account_id!r}", hint)])

    def positions(self, account_ids: Sequence[str] | TextArray) -> IntArray:
        """Return the position of many accounts at once, -1 where an id is unknown.

        Examples
        --------
        >>> Accounts.from_frame({"id": ["A-17", "B-02"]}).positions(["B-02", "?"]).tolist()
        [1, -1]
        """
        at = {item: row for row, item in enumerate(self.account_id.tolist())}
        return np.array([at.get(item, -1) for item in account_ids], dtype=np.int64)

    def to_frame(self) -> pd.DataFrame:
        """Return the table as a pandas DataFrame, one row per account.

        Examples
        --------
        >>> list(Accounts.from_frame({"Id": ["a"], "ACV__c": [1]}).to_frame().columns)
        ['account_id', 'acv']
        """
        import pandas as pd

        data: dict[str, Any] = {"account_id": self.account_id.copy()}
        data.update({name: column.copy() for name, column in self.columns.items()})
        return pd.DataFrame(data)


def _check(draft: Draft) -> None:
    """Checks that need more than one column, and what the report should say about the whole."""
    columns = draft.columns
    draft.warnings += check_positions(columns, draft.headers, draft.issues)
    if "parent_id" in columns and "account_id" in columns:
        columns["parent_id"], notes = check_parents(
            columns["account_id"], columns["parent_id"], draft.headers["parent_id"], draft.issues
        )
        draft.notes += notes
    fit = columns.get("fit")
    if fit is not None and np.isfinite(fit).any() and np.nanmax(fit) <= 1.0:
        draft.warnings.append("fit is at most 1 everywhere: the scale is 0-100, and values are never rescaled")
    if "last_activity" in columns:
        days = np.unique(columns["last_activity"][~np.isnat(columns["last_activity"])])
        if days.size > 1 and (days[-1] - days[-2]).astype(int) > _STRAY_DAYS:
            draft.warnings.append(
                f"last_activity {days[-1]} is more than a year after the next latest, {days[-2]}: a typing error? "
                "It decides which accounts are dormant (set Policy.as_of)"
            )
    missing = {
        "position": np.isnan(columns["lat"]) if "lat" in columns else None,
        "fit": np.isnan(fit) if fit is not None else None,
        "last_activity": np.isnat(columns["last_activity"]) if "last_activity" in columns else None,
    }
    for name in ("vertical", "segment", "region", "owner", "name"):
        missing[name] = columns[name] == "" if name in columns else None
    for name in ("vertical", "segment", "region", "language", "country"):
        if name in columns:
            draft.warnings += [f"{name}: {found}" for found in near_spellings(columns[name], _KNOWN.get(name, ()))]
    if "time_zone" in columns:
        draft.warnings += unknown_zones(columns["time_zone"].tolist())
    for name, mask in missing.items():
        count = int(mask.sum()) if mask is not None else 0
        if count:
            draft.notes.append(f"{name} is missing in {count:,} of {draft.n_rows:,} rows")
