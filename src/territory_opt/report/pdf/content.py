"""What the paper of one book says, gathered as plain texts before anything is drawn."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._text import close_matches
from territory_opt._typing import FloatArray, IntArray
from territory_opt.errors import DataError, Issue
from territory_opt.fairness.wording import amount, clean, count, measure_title, percent
from territory_opt.report.formulas import formulas
from territory_opt.report.show_math import stands
from territory_opt.report.verdict import verdict
from territory_opt.result import Result

if TYPE_CHECKING:
    from territory_opt.fairness import FairnessReport
    from territory_opt.fairness.measure import MeasureFairness

__all__ = ["BookPaper", "Grid", "book_paper"]

_INPUTS = ("Load of a book", "Per full rep", "TAM of a book", "Account units", "Travel hours", "Coverage friction")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of texts.

    Attributes
    ----------
    head : tuple of str
        Headings.
    rows : tuple of tuple of str
        Cells.
    widths : tuple of float
        Relative widths.
    right : frozenset of int
        Columns of numbers.
    marked : frozenset of int
        Rows that call for attention.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    right: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class BookPaper:
    """Everything on the paper.

    Attributes
    ----------
    rep_id, rep_name, manager : str
        Whose book; the manager is empty when the team does not say.
    headline : str
        The load against the team in one sentence.
    facts : tuple of (str, str)
        Name and value: capacity, plan, proof.
    team : Grid
        The book against the team, per measure.
    changes : tuple of (str, Grid)
        Accounts that come, and accounts that go; empty when nobody owns anything today.
    no_changes : str
        Why there is no table of changes; empty when there is one.
    accounts : Grid
        The book.
    rules : Grid
        How the numbers are computed.
    limits : tuple of str
        What the plan was held to.
    fingerprint : str
        SHA-256 of plan, rep and accounts.
    """

    rep_id: str
    rep_name: str
    manager: str
    headline: str
    facts: tuple[tuple[str, str], ...]
    team: Grid
    changes: tuple[tuple[str, Grid], ...]
    no_changes: str
    accounts: Grid
    rules: Grid
    limits: tuple[str, ...]
    fingerprint: str


def book_paper(source: Result | FairnessReport, rep: str) -> BookPaper:
    """Gather what the paper of one rep says.

    Parameters
    ----------
    source : Result or FairnessReport
        A result with an alignment, or the report of any alignment.
    rep : str
        Id of the rep.

    Raises
    ------
    NoAlignmentError
        The result has no alignment.
    DataError
        No rep has the id; near spellings are named.

    Notes
    -----
    D-SIGN-1: inputs, weights, book, load against the median. D-CHAL-1: every input of the formulas is visible.
    """
    report = source.fairness() if isinstance(source, Result) else source
    if rep not in report.rep_id:
        near = close_matches(str(rep), report.rep_id)
        hint = f"did you mean {' or '.join(map(repr, near))}?" if near else "use an id of the team"
        raise DataError("team", [Issue(None, "rep_id", f"no rep has the id {rep!r}", hint)])
    j = report.rep_id.index(rep)
    problem, alignment = report.problem, report.alignment
    mine = np.flatnonzero(alignment.rep_index == j)
    proof: tuple[tuple[str, str], ...] = ()
    if isinstance(source, Result):
        proof = (("Proof", f"{verdict(source).headline}. {verdict(source).detail}"),)
    changes, no_changes = _changes(report, j, mine)
    manager = problem.team.text("manager")[j] if problem.team.has("manager") else ""
    return BookPaper(
        rep_id=clean(rep),
        rep_name=report.rep_name[j],
        manager=clean(str(manager)),
        headline=_headline(report.main, j),
        facts=(
            ("Accounts", f"{mine.size:,} of {problem.n_accounts:,}, in {count(len(report.rep_id), 'book')}"),
            ("Capacity", f"{percent(float(report.capacity[j]))} of a full book"),
            *_travel(report, j),
            *proof,
        ),
        team=_team(report, j),
        changes=changes,
        no_changes=no_changes,
        accounts=_accounts(report, j, mine),
        rules=Grid(
            ("What", "How", "With"),
            tuple((f.name, f.formula, f.note) for f in formulas(problem) if f.name in _INPUTS),
            (3.0, 5.0, 8.0),
        ),
        limits=tuple(clean(criterion.describe()) for criterion in problem.criteria),
        fingerprint=_fingerprint(report, j, mine),
    )


def _headline(load: MeasureFairness, j: int) -> str:
    value = amount(float(load.values[j]), load.unit)
    per = "" if load.values[j] == load.totals[j] else f", {value} per full rep"
    said = f"{measure_title(load.measure)} {amount(float(load.totals[j]), load.unit)}{per}"
    if load.band is None:
        return f"{said}."
    against = stands(load).removesuffix(" of the books")
    place = f"{percent(float(load.deviation[j]), signed=True, digits=1)} against the team {against}"
    inside = "inside" if load.inside[j] else "OUTSIDE"
    return f"{said}: {place}, {inside} the band ({load.band.words})."


def _travel(report: FairnessReport, j: int) -> tuple[tuple[str, str], ...]:
    """Share of selling hours and driving hours a month, each against its limit (D-TRAVEL-1)."""
    travel = report.travel
    if travel is None:
        return ()
    parts = (
        (
            f"{percent(float(travel.share[j]), digits=1)} of selling hours",
            travel.over_share[j],
            percent(travel.share_limit),
        ),
        (f"{travel.month[j]:,.0f} driving hours a month", travel.red_flag[j], f"{travel.month_limit:g}"),
    )
    words = [f"{said} ({'ABOVE' if over else 'at most'} {limit})" for said, over, limit in parts]
    return (("Travel", ", ".join(words)),)


def _team(report: FairnessReport, j: int) -> Grid:
    # Totals per full rep say nothing new in a team of full reps.
    part_time = bool((report.capacity != 1.0).any())
    rows, marked = [], set()
    for number, row in enumerate(report.measures):
        band, words = row.band, ""
        if band is not None:
            words = "in band" if row.inside[j] else "below" if row.values[j] < band.low else "above"
            if not row.inside[j]:
                marked.add(number)
        # A book is compared with what its band is around, as everywhere in the report.
        middle = row.mean if band is None else band.reference
        name = stands(row).removesuffix(" of the books")
        against = percent(float(row.deviation[j]), signed=True, digits=1) if middle > 0 else ""
        cells = [
            measure_title(row.measure),
            _number(float(row.totals[j]), row.unit),
            *([_number(float(row.values[j]), row.unit)] if part_time else []),
            f"{name} {_number(middle, row.unit)}",
            against,
            f"{_number(row.min, row.unit)} to {_number(row.max, row.unit)}",
            "" if band is None else band.words,
            words,
        ]
        rows.append(tuple(cells))
    full: tuple[str, ...] = ("Per full rep",) if part_time else ()
    team = "Team per full rep" if part_time else "Team"
    head = ("Measure", "Your book", *full, team, "Against it", "Smallest to largest", "Band", "Status")
    widths = (2.8, 2.2, *(2.2 for _ in full), 3.2, 1.7, 3.6, 3.6, 1.6)
    return Grid(head, tuple(rows), widths, frozenset(range(1, 4 + len(full))), frozenset(marked))


def _accounts(report: FairnessReport, j: int, mine: IntArray) -> Grid:
    """The book, largest load first."""
    problem = report.problem
    load = _added(report, report.main.measure, mine, j)
    order = np.argsort(-load, kind="stable")
    account = mine[order]
    columns: list[tuple[str, list[str], float, bool]] = [
        ("#", [f"{n:,}" for n in range(1, account.size + 1)], 0.9, True),
        ("Account ID", _texts(problem.accounts.account_id, account), 2.6, False),
    ]
    if problem.accounts.has("name"):
        columns.append(("Account", _texts(problem.accounts.text("name"), account), 5.4, False))
    if problem.arrays_only:
        columns += [
            (measure_title(name), _numbers(_added(report, name, account, j), "units"), 2.1, True)
            for name in problem.own_measures
        ]
    else:
        columns += [
            ("Tier", _texts(problem.scores.tier, account), 0.9, False),
            ("Named ACV", _numbers(problem.scores.named_acv[account], "money"), 2.1, True),
            ("White space", _numbers(problem.scores.white_space_acv[account], "money"), 2.1, True),
        ]
        if problem.has_travel:
            columns.append(("Travel h", _numbers(_added(report, "travel_hours", account, j), "hours"), 1.4, True))
        columns += [
            ("Load", _numbers(load[order], "money"), 2.1, True),
            ("Units", _numbers(_added(report, "account_units", account, j), "units"), 1.1, True),
        ]
    if report.change is not None:
        columns.append(("Today", [_owner(report, i, j) for i in account.tolist()], 2.6, False))
    return Grid(
        tuple(column[0] for column in columns),
        tuple(zip(*(column[1] for column in columns), strict=True)),
        tuple(column[2] for column in columns),
        frozenset(at for at, column in enumerate(columns) if column[3]),
    )


def _added(report: FairnessReport, measure: str, account: IntArray, j: int) -> FloatArray:
    """What accounts add to a measure of the book of one rep."""
    reps = np.full(account.size, j)
    return report.problem.contribution(measure, account, reps, report.alignment.home_index)


def _changes(report: FairnessReport, j: int, mine: IntArray) -> tuple[tuple[tuple[str, Grid], ...], str]:
    if report.change is None:
        return (), "The tables do not say who owns accounts today."
    problem, reps = report.problem, report.alignment.rep_index
    owner = problem.owners.rep_index
    gained = mine[owner[mine] != j]
    lost = np.flatnonzero((owner == j) & (reps != j))
    found = []
    for title, side, rows, words in (
        ("Accounts that come", "From", gained, [_owner(report, i, j) for i in gained.tolist()]),
        ("Accounts that go", "To", lost, [report.rep_name[reps[i]] for i in lost.tolist()]),
    ):
        if rows.size:
            found.append((f"{title}: {rows.size:,}", _change_grid(report, rows, side, words)))
    return tuple(found), "" if found else "Nothing changes: every account of the book is yours today."


def _change_grid(report: FairnessReport, rows: IntArray, side: str, words: list[str]) -> Grid:
    problem = report.problem
    order = np.argsort(-problem.scores.acv[rows], kind="stable")
    rows = rows[order]
    columns: list[tuple[str, list[str], float]] = [("Account ID", _texts(problem.accounts.account_id, rows), 2.6)]
    if problem.accounts.has("name"):
        columns.append(("Account", _texts(problem.accounts.text("name"), rows), 6.0))
    columns += [
        ("Tier", _texts(problem.scores.tier, rows), 0.9),
        (side, [words[at] for at in order.tolist()], 4.0),
        ("ACV", _numbers(problem.scores.acv[rows], "money"), 2.2),
    ]
    return Grid(
        tuple(column[0] for column in columns),
        tuple(zip(*(column[1] for column in columns), strict=True)),
        tuple(column[2] for column in columns),
        frozenset({len(columns) - 1}),
    )


def _owner(report: FairnessReport, account: int, j: int) -> str:
    owner = int(report.problem.owners.rep_index[account])
    if owner == j:
        return "yours"
    if owner >= 0:
        return report.rep_name[owner]
    given = report.problem.accounts.text("owner")[account] if report.problem.accounts.has("owner") else ""
    return f"{clean(str(given))} (left)" if str(given).strip() else "nobody"


def _fingerprint(report: FairnessReport, j: int, mine: IntArray) -> str:
    """One number for what is signed: another account, rep, rule or input gives another."""
    digest = hashlib.sha256(report.problem.fingerprint.encode())
    for text in (report.rep_id[j], *sorted(map(str, report.alignment.account_id[mine]))):
        digest.update(f"\x1f{text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _texts(values: object, rows: IntArray) -> list[str]:
    return [clean(str(value)) for value in np.asarray(values, dtype=object)[rows].tolist()]


def _numbers(values: object, unit: str) -> list[str]:
    return [_number(value, unit) for value in np.asarray(values, dtype=np.float64).tolist()]


def _number(value: float, unit: str) -> str:
    """A number to sign: in full, not shortened."""
    digits = 1 if unit == "hours" or (abs(value) < 1_000 and value != round(value)) else 0
    return f"{value + 0.0:,.{digits}f}"
