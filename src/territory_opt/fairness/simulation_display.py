"""The fairness simulation as text and as a notebook table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from territory_opt.fairness.display import html_table, text_table
from territory_opt.fairness.wording import amount, clean, count, percent

if TYPE_CHECKING:
    from territory_opt.fairness.outlook import RepOutlook
    from territory_opt.fairness.simulation import FairnessSimulation

__all__ = ["as_html", "as_text", "headline"]

_HEAD = ("rep", "verdict", "change", "TAM today", "TAM proposed", "quota", "TAM per quota", "load")
_ORDER = ("worse", "equal", "better", "new", "none")
_MOST = 40
_TALK = "One-to-ones, and the case for compensation protection (D-TRANS-2):"


def headline(simulation: FairnessSimulation) -> str:
    """Return the outcome in one sentence.

    Parameters
    ----------
    simulation : FairnessSimulation
        The outcome.
    """
    share = simulation.share_equal_or_better
    if share is None:
        return "Fairness simulation: nobody has a book today, so nobody can be judged"
    passed = "passed" if simulation.passed else "not passed"
    return (
        f"Fairness simulation {passed}: {percent(share, digits=0)} of {count(len(simulation.judged), 'rep')} equal or "
        f"better, {percent(simulation.share_needed, digits=0)} needed (D-FAIR-1)"
    )


def as_text(simulation: FairnessSimulation) -> str:
    """Return the verdicts, the worst first, the cases for protection and the notes."""
    lines = [headline(simulation), _counts(simulation), "", *text_table(_HEAD, _rows(simulation), n_left=2)]
    lines += _more(len(simulation.reps), "to_frame()")
    cases = simulation.one_to_ones
    if cases:
        lines += ["", _TALK]
        lines += [f"- {clean(rep.rep_name)}: {simulation.case_for(rep)}" for rep in cases[:_MOST]]
        lines += _more(len(cases), "one_to_ones")
    lines += ["", *(f"Note: {note}" for note in simulation.notes)] if simulation.notes else []
    return "\n".join(lines)


def as_html(simulation: FairnessSimulation) -> str:
    """Return the same as HTML; every name is escaped."""
    table = html_table(_HEAD, _rows(simulation), headline(simulation))
    table += "".join(f"<p>{line}</p>" for line in _more(len(simulation.reps), "to_frame()"))
    cases = simulation.one_to_ones
    listed = "".join(
        f"<li><bdi>{escape(clean(rep.rep_name))}</bdi>: {escape(simulation.case_for(rep))}</li>"
        for rep in cases[:_MOST]
    )
    listed += "".join(f"<li>{line}</li>" for line in _more(len(cases), "one_to_ones"))
    talk = f"<p>{_TALK}</p><ul>{listed}</ul>" if cases else ""
    notes = "".join(f"<li>{escape(note)}</li>" for note in simulation.notes)
    counts = f"<p>{escape(_counts(simulation))}</p>"
    return f'<div class="topt-f">{table}{counts}{talk}<ul>{notes}</ul></div>'


def _more(n: int, where: str) -> list[str]:
    return [f"... {n - _MOST:,} more in .{where}"] if n > _MOST else []


def _counts(simulation: FairnessSimulation) -> str:
    parts = [f"{simulation.n(verdict):,} {verdict}" for verdict in _ORDER[:4] if simulation.n(verdict)]
    text = f"{', '.join(parts)}; a change of up to {percent(simulation.tolerance)} counts as equal."
    if simulation.median_load is not None:
        today = simulation.median_load_before
        before = "" if today is None else f"{amount(today, 'money')} today, "
        text += f" Median load per full rep: {before}{amount(simulation.median_load, 'money')} proposed."
    return text


def _rows(simulation: FairnessSimulation) -> list[tuple[str, ...]]:
    ranked = sorted(simulation.reps, key=lambda rep: (_ORDER.index(rep.verdict), rep.change or 0.0))
    return [_cells(rep) for rep in ranked[:_MOST]]


def _cells(rep: RepOutlook) -> tuple[str, ...]:
    return (
        clean(rep.rep_name),
        rep.verdict,
        "" if rep.change is None else percent(rep.change, signed=True, digits=0),
        amount(rep.tam_before, "money") if rep.n_before else "no book",
        amount(rep.tam, "money"),
        "none" if rep.quota is None else amount(rep.quota, "money"),
        _two(rep.coverage_before, rep.coverage),
        _loads(rep),
    )


def _two(before: float | None, after: float | None) -> str:
    if after is None:
        return ""
    return f"{after:.2f}" if before is None else f"{before:.2f} to {after:.2f}"


def _loads(rep: RepOutlook) -> str:
    """Load per full rep, today and proposed."""
    if rep.load is None:
        return ""
    after = amount(rep.load, "money")
    return after if rep.load_before is None else f"{amount(rep.load_before, 'money')} to {after}"
