"""A table on a sheet: columns with values, or with a formula and the value it has now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from territory_opt.report.excel.labels import cell_text, formula_text

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["Column", "Sheet", "letter", "looked_up", "padded", "put"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes
    ----------
    key : str
        What formulas of the same table call it: ``[key]`` is the cell in the same row, ``[^key]`` the one above,
        ``[@key]`` all of them.
    title : str
        Heading.
    kind : str
        Style of the cells, a name of :class:`~territory_opt.report.excel.styles.Styles`.
    values : sequence
        One value per row; with a formula what it gives now. None leaves the cell empty.
    width : float
        Characters.
    formula : str
        Empty for plain values. ``{r}`` is the number of the row, ``{next}`` of the one below.
    name : str
        Name of the range of its cells, for formulas elsewhere; empty for none.
    hidden : bool
        True for a helper that people need not see.
    links : sequence of str
        Name of the sheet that each cell opens; empty for none.
    """

    key: str
    title: str
    kind: str
    values: Sequence[Any]
    width: float = 12.0
    formula: str = ""
    name: str = ""
    hidden: bool = False
    links: Sequence[str] = ()


def letter(index: int) -> str:
    """Return the letters of a column.

    Examples
    --------
    >>> letter(0), letter(27)
    ('A', 'AB')
    """
    found = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        found = chr(65 + rest) + found
    return found


def looked_up(name: str) -> str:
    """Formula of a list that follows edits: what a column of the accounts has in the row ``[at]``; empty without one.

    Examples
    --------
    >>> looked_up("acc_id")
    '=IF([at]=0,"",INDEX(acc_id,[at]))'
    """
    return f'=IF([at]=0,"",INDEX({name},[at]))'


def padded(values: Iterable[Any], n_rows: int) -> list[Any]:
    """Return values with empty ones behind them: rows kept free for edits.

    Examples
    --------
    >>> padded([1], 3)
    [1, '', '']
    """
    found = list(values)
    return found + [""] * (n_rows - len(found))


def put(sheet: Any, row: int, column: int, value: Any, style: Any = None, formula: str = "") -> None:
    """Write one cell: a formula with its value, a number, or a text that can be nothing but a text.

    Rows are written from top to bottom: those above the last one are on disk already.

    Parameters
    ----------
    sheet : xlsxwriter worksheet
        Where to.
    row, column : int
        From 0.
    value : float, int, str, bool or None
        None and "" leave an empty cell with its style.
    style : xlsxwriter format, optional
        How it looks.
    formula : str
        With a leading equals sign; empty for a plain value.

    Raises
    ------
    RuntimeError
        The cell could not be written: a mistake of this library.
    """
    if formula:
        shown = formula_text(value) if isinstance(value, str) else "" if value is None else value
        failed = sheet.write_formula(row, column, formula, style, shown)
    elif value is None or value == "":
        failed = sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        failed = sheet.write_string(row, column, cell_text(value), style)
    else:
        failed = sheet.write_number(row, column, value, style)
    if failed:
        # XlsxWriter says nothing when a row above the current one, or too long a text, is dropped.
        raise RuntimeError(f"cell {letter(column)}{row + 1} of {sheet.get_name()!r} was not written: code {failed}")


def _put_link(sheet: Any, row: int, column: int, text: str, styles: Styles, kind: str, target: str) -> None:
    """Write a text that opens another sheet; with its row, since nothing can be written to a row above the last."""
    if not target:
        put(sheet, row, column, text, styles[kind])
        return
    place = "internal:'" + target.replace("'", "''") + "'!A1"
    failed = sheet.write_url(row, column, place, styles["link"], cell_text(text), "Open the sheet of this book")
    if failed:
        raise RuntimeError(f"link {letter(column)}{row + 1} of {sheet.get_name()!r} was not written: code {failed}")


class Sheet:
    """A table under its heading rows, written row by row.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    columns : sequence of Column
        The table.
    head : int
        Row of the headings, from 0; the first record is the row below.
    """

    def __init__(self, book: Any, sheet: Any, styles: Styles, columns: Sequence[Column], head: int) -> None:
        self.book, self.sheet, self.styles = book, sheet, styles
        self.columns, self.head = tuple(columns), head
        self.n_rows = len(columns[0].values)
        self.at = {column.key: position for position, column in enumerate(self.columns)}

    def cells(self, key: str) -> str:
        """Range of a column's records, absolute and without the sheet."""
        name, first = letter(self.at[key]), self.head + 2
        return f"${name}${first}:${name}${first + max(self.n_rows, 1) - 1}"

    def frame(self) -> None:
        """Set what must be set before the first row: widths, frozen panes, print set-up, names of ranges."""
        for position, column in enumerate(self.columns):
            options = {"hidden": True} if column.hidden else {}
            self.sheet.set_column(position, position, column.width, None, options)
            if column.name:
                self.book.define_name(column.name, f"='{self.sheet.get_name()}'!{self.cells(column.key)}")
        self.sheet.repeat_rows(self.head)

    def write(self, *, filters: bool = True) -> None:
        """Write the headings and all records, with a filter on every heading unless told otherwise."""
        sheet, row = self.sheet, self.head
        tall = any(len(column.title) > 2 * column.width for column in self.columns if not column.hidden)
        sheet.set_row(row, 48 if tall else 34)
        for position, column in enumerate(self.columns):
            heading = "head_left" if column.kind in ("text", "input_text", "status", "link") else "head"
            put(sheet, row, position, column.title, self.styles[heading])
        writers = [self._writer(position, column) for position, column in enumerate(self.columns)]
        for record in range(self.n_rows):
            for write in writers:
                write(row + 1 + record, record)
        if self.n_rows and filters:
            shown = [position for position, column in enumerate(self.columns) if not column.hidden]
            sheet.autofilter(row, 0, row + self.n_rows, shown[-1] if shown else 0)

    def grey_out_spare(self, key: str) -> None:
        """Hide the numbers of rows that are kept free for edits: those whose ``key`` is empty."""
        first = self.head + 1
        rule = {
            "type": "formula",
            "criteria": f'=${letter(self.at[key])}{first + 1}=""',
            "format": self.styles["spare"],
        }
        self.sheet.conditional_format(first, 0, self.head + self.n_rows, 0, rule)

    def _writer(self, position: int, column: Column) -> Any:
        sheet, style, values = self.sheet, self.styles[column.kind], column.values
        if any(column.links):
            return lambda row, record: _put_link(
                sheet, row, position, values[record], self.styles, column.kind, column.links[record]
            )
        if not column.formula:
            return lambda row, record: put(sheet, row, position, values[record], style)
        text = column.formula
        for key, at in self.at.items():
            text = text.replace(f"[{key}]", f"{letter(at)}{{r}}").replace(f"[^{key}]", f"{letter(at)}{{above}}")
            text = text.replace(f"[@{key}]", self.cells(key))
        parts = text.split("{r}")

        def write(row: int, record: int) -> None:
            formula = str(row + 1).join(parts)
            if "{" in formula:
                formula = formula.replace("{above}", str(row)).replace("{next}", str(row + 2))
            value = values[record]
            if isinstance(value, str):
                value = formula_text(value)
            sheet.write_formula(row, position, formula, style, "" if value is None else value)

        return write
