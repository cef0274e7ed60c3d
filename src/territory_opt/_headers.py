"""Which header of a table is which canonical column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from territory_opt._specs import LOOK_ALIKES, Spec
from territory_opt._text import close_matches, header_key
from territory_opt.errors import Issue

__all__ = ["Match", "match_headers"]

_EXACT, _STRONG, _WEAK = 0, 1, 2


@dataclass(slots=True)
class Match:
    """The outcome of :func:`match_headers`.

    Parameters
    ----------
    header : dict of str to str
        Canonical name to the header that holds it.
    ignored : list of str
        Headers that are not used.
    notes, warnings : list of str
        Choices made between headers; headers that look like a known column but are not read.
    issues : list of Issue
        Ambiguities and missing columns.
    """

    header: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def match_headers(
    headers: Sequence[str],
    specs: Sequence[Spec],
    *,
    explicit: Mapping[str, str | None],
    extra: Iterable[str] = (),
    required: Sequence[str] = (),
) -> Match:
    """Match headers to canonical columns by spelling.

    Parameters
    ----------
    headers : sequence of str
        The table's column names.
    specs : sequence of Spec
        The canonical columns.
    explicit : mapping of str to str or None
        Canonical name to header as the user says; None leaves a column out.
    extra : iterable of str
        Headers used as extra measures: not listed as ignored.
    required : sequence of str
        Canonical names that must be found.

    Returns
    -------
    Match
        The mapping, what was ignored and every problem.

    Notes
    -----
    Case, spaces, punctuation, accents and a trailing ``__c`` do not count. What the user says comes first; then the
    canonical spelling; then well-known spellings of CRM exports; then looser ones. Two headers of the same rank for
    one column are an error: the library does not guess.

    Examples
    --------
    >>> match_headers(["Id", "Fax"], [Spec("account_id", "id", ("id",))], explicit={}).header
    {'account_id': 'Id'}
    """
    match = Match()
    known = {spec.name: spec for spec in specs}
    taken: set[str] = set()
    for name, wanted in explicit.items():
        if name not in known:
            near = close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}?" if near else f"known columns: {', '.join(known)}"
            if wanted in known and name in headers:
                hint = f'canonical name first: columns={{"{wanted}": {name!r}}}'
            match.issues.append(Issue(None, None, f"columns= names {name!r}, which is no canonical column", hint))
        elif wanted is not None and wanted not in headers:
            near = close_matches(wanted, headers)
            hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"the table has {_listed(headers)}"
            match.issues.append(Issue(None, wanted, f"is not in the table, but columns= reads {name} from it", hint))
        elif wanted is not None:
            match.header[name] = wanted
            taken.add(wanted)
    free = [header for header in headers if header not in taken]
    ranked: dict[str, dict[int, list[str]]] = {}
    for header in free:
        name, rank = _rank(header, specs)
        if name and name not in explicit:
            ranked.setdefault(name, {}).setdefault(rank, []).append(header)
    measures = set(extra)
    for name, by_rank in ranked.items():
        best = min(by_rank)
        if len(by_rank[best]) > 1:
            both = " and ".join(map(repr, by_rank[best]))
            hint = f'say which with columns={{"{name}": {by_rank[best][0]!r}}}'
            match.issues.append(Issue(None, None, f"{both} can both be {name}", hint))
            continue
        match.header[name] = by_rank[best][0]
        others = [header for rank, group in by_rank.items() if rank > best for header in group]
        if others:
            match.notes.append(f"{name} read from {by_rank[best][0]!r}, not from {_listed(others)}")
    match.header = {spec.name: match.header[spec.name] for spec in specs if spec.name in match.header}
    used = set(match.header.values()) | measures
    match.ignored = [header for header in headers if header not in used]
    _say_about_ignored(match, headers, explicit)
    for name in required:
        if name not in match.header and not any(f" {name}" in issue.what for issue in match.issues):
            match.issues.append(_missing(known[name], match.ignored or list(headers)))
    return match


def _rank(header: str, specs: Sequence[Spec]) -> tuple[str, int]:
    key = header_key(header)
    for rank in (_EXACT, _STRONG, _WEAK):
        for spec in specs:
            spellings = (header_key(spec.name),) if rank == _EXACT else spec.strong if rank == _STRONG else spec.weak
            if key in spellings:
                return spec.name, rank
    return "", _WEAK


def _say_about_ignored(match: Match, headers: Sequence[str], explicit: Mapping[str, str | None]) -> None:
    for header in match.ignored:
        reason = LOOK_ALIKES.get(header_key(header))
        if reason and "acv" not in match.header and "acv" not in explicit:
            match.notes.append(f'{header!r} is {reason}: not used (columns={{"acv": {header!r}}} if you mean it)')
        stem, _, number = header.rpartition(".")
        if number.isdigit() and stem in headers:
            match.warnings.append(f"{header!r} looks like a second column {stem!r} that the reader renamed: not used")


def _missing(spec: Spec, headers: Sequence[str]) -> Issue:
    spellings = [spec.name, *spec.strong, *spec.weak]
    shown = ", ".join(spellings[:8]) + (", ..." if len(spellings) > 8 else "")
    near = {header: spelling for spelling in spellings for header in close_matches(spelling, headers, n=1)}
    hint = f"recognised spellings: {shown}"
    if near:
        hint = f'did you mean {next(iter(near))!r}? columns={{"{spec.name}": {next(iter(near))!r}}}; {hint}'
    elif headers:
        hint = f"the table has {_listed(headers)}; {hint}"
    return Issue(None, None, f"no column for {spec.name}", hint)


def _listed(headers: Sequence[str], n: int = 12) -> str:
    shown = ", ".join(map(repr, headers[:n]))
    return shown + (f" and {len(headers) - n} more" if len(headers) > n else "")
