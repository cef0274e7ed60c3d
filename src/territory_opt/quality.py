"""What was read from a table, and what had to be derived, defaulted or left aside."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["DataQuality"]

_SECTIONS = (
    ("warnings", "Look at"),
    ("derived", "Derived"),
    ("defaulted", "Defaulted"),
    ("notes", "Noted"),
)
_STYLE = (
    "<style>.topt-dq{font:14px/1.45 system-ui,sans-serif;max-width:62em;border:1px solid #8884;border-radius:8px;"
    "padding:.8em 1em}.topt-dq h4{margin:0 0 .4em;font-size:15px}.topt-dq dl{display:grid;"
    "grid-template-columns:max-content 1fr;gap:.25em 1em;margin:0}.topt-dq dt{opacity:.7}.topt-dq dd{margin:0}"
    ".topt-dq dd p{margin:0 0 .15em;text-align:left}.topt-dq .warnings{border-left:3px solid #d97706;"
    "padding-left:.6em}.topt-dq code{font-size:12px;background:#8882;border-radius:3px;padding:0 .3em}</style>"
)


@dataclass(frozen=True, slots=True)
class DataQuality:
    """The data-quality report of one table.

    Parameters
    ----------
    table : str
        ``"accounts"``, ``"team"`` ...
    n_rows : int
        Number of rows read; none is ever dropped silently.
    mapped : tuple of (canonical name, header)
        Which header was read as which column.
    derived, defaulted : tuple of str
        Values computed from other columns; values assumed because a column or a cell is missing.
    ignored : tuple of str
        Headers that were not used.
    notes, warnings : tuple of str
        What was cleaned on the way; what somebody should look at.

    Examples
    --------
    >>> print(DataQuality("accounts", 2, mapped=(("account_id", "Id"),), ignored=("Fax",)))
    accounts: 2 rows
      Mapped: account_id <- Id
      Not used: Fax
    """

    table: str
    n_rows: int
    mapped: tuple[tuple[str, str], ...] = ()
    derived: tuple[str, ...] = ()
    defaulted: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """True when there is nothing to look at.

        Examples
        --------
        >>> DataQuality("team", 3).clean
        True
        """
        return not self.warnings

    def merge(self, other: DataQuality) -> DataQuality:
        """Return one report with the findings of both, each said once.

        Parameters
        ----------
        other : DataQuality
            A later report on the same rows; its table name and row count give way to this one's.

        Returns
        -------
        DataQuality
            The combined report.

        Examples
        --------
        >>> both = DataQuality("accounts", 2, notes=("a",)).merge(DataQuality("import", 9, notes=("a", "b")))
        >>> both.table, both.n_rows, both.notes
        ('accounts', 2, ('a', 'b'))
        """
        return DataQuality(
            table=self.table,
            n_rows=self.n_rows,
            mapped=tuple(dict.fromkeys(self.mapped + other.mapped)),
            derived=tuple(dict.fromkeys(self.derived + other.derived)),
            defaulted=tuple(dict.fromkeys(self.defaulted + other.defaulted)),
            ignored=tuple(dict.fromkeys(self.ignored + other.ignored)),
            notes=tuple(dict.fromkeys(self.notes + other.notes)),
            warnings=tuple(dict.fromkeys(self.warnings + other.warnings)),
        )

    def _heading(self) -> str:
        return f"{self.table}: {self.n_rows:,} row{'' if self.n_rows == 1 else 's'}"

    def __str__(self) -> str:
        lines = [self._heading()]
        if self.mapped:
            pairs = [name if name == header else f"{name} <- {header}" for name, header in self.mapped]
            lines.append(f"  Mapped: {', '.join(pairs)}")
        if self.ignored:
            lines.append(f"  Not used: {', '.join(self.ignored)}")
        for attribute, title in _SECTIONS:
            lines += [f"  {title}: {entry}" for entry in getattr(self, attribute)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = []
        for attribute, title in _SECTIONS:
            entries = getattr(self, attribute)
            if entries:
                body = "".join(f"<p>{escape(entry)}</p>" for entry in entries)
                rows.append(f'<dt>{title}</dt><dd class="{attribute}">{body}</dd>')
        if self.mapped:
            pairs = " ".join(
                f"<code>{escape(name if name == header else f'{name} ← {header}')}</code>"
                for name, header in self.mapped
            )
            rows.append(f"<dt>Mapped</dt><dd>{pairs}</dd>")
        if self.ignored:
            rows.append("<dt>Not used</dt><dd>" + " ".join(f"<code>{escape(h)}</code>" for h in self.ignored) + "</dd>")
        body = f"<dl>{''.join(rows)}</dl>" if rows else "<p>Nothing to report.</p>"
        return f'{_STYLE}<div class="topt-dq"><h4>{escape(self._heading())}</h4>{body}</div>'
