"""What a sales leader should hear about the books: findings as sentences, most serious first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from territory_opt._typing import BoolArray, FloatArray
from territory_opt.criteria.book_limits import BookLimits
from territory_opt.evaluation import FEASIBILITY_TOLERANCE
from territory_opt.fairness.units import reps_needed
from territory_opt.fairness.wording import amount, count, joined, measure_title, measure_words, percent, plural
from territory_opt.scoring.tiers import TIERS

if TYPE_CHECKING:
    from territory_opt.fairness.report import FairnessReport

__all__ = ["advice_for"]


def advice_for(report: FairnessReport) -> tuple[str, ...]:
    """Say in sentences what stands out.

    Parameters
    ----------
    report : FairnessReport
        Everything else of the report, computed.

    Returns
    -------
    tuple of str
        One finding each, with the rule id; never empty: a fair carve is said to be one.
    """
    if report.problem.arrays_only:
        return (*_outside(report), *_limits(report)) or (_nothing(report),)
    found = [
        *_apart(report),
        *_outside(report),
        *_limits(report),
        *_spread(report),
        *_quota(report),
        *_units(report),
        *_travel(report),
        *_mix(report),
    ]
    if not found:
        found = [f"{_nothing(report)[:-1]}, and every coefficient of variation of D-CV-1 is under its target."]
    return (*found, *_prospects(report), *_head_count(report))


def _nothing(report: FairnessReport) -> str:
    """What is said where no book stands out: without a limit that is no merit of the books."""
    limited = any(isinstance(c, BookLimits) for c in report.problem.criteria)
    if limited or any(row.band is not None for row in report.measures):
        return "Every book is inside its bands."
    return "No band or limit says where a book should be."


def _apart(report: FairnessReport) -> Iterator[str]:
    if not report.apart:
        return
    worst = report.apart[0]
    more = f" {report.n_apart - 1:,} more {plural(report.n_apart - 1, 'pair is', 'pairs are')} as far apart."
    if worst.ratio is not None:
        how = f"is {worst.ratio:.2f} times that of {joined([worst.smaller_name])}"
    else:
        unit = report.measure(worst.measure).unit
        how = f"is {amount(worst.larger, unit)}, that of {joined([worst.smaller_name])} {amount(worst.smaller, unit)}"
    yield (
        f"The {measure_words(worst.measure)} of {joined([worst.larger_name])} {how}: two books "
        f"{percent(report.apart_from)} apart are a failure (D-LOAD-2).{more if report.n_apart > 1 else ''}"
    )


def _outside(report: FairnessReport) -> Iterator[str]:
    n_reps = len(report.rep_id)
    for row in report.measures:
        if row.band is None or not row.n_outside:
            continue
        books = [book for book in report.outside if book.measure == row.measure]
        # There is no share of a middle that is zero or below.
        shares = row.band.relative and row.band.reference > 0.0
        how_far = [percent(b.deviation, signed=True) if shares else amount(b.value, row.unit) for b in books]
        named = joined([f"{b.rep_name} {far}" for b, far in zip(books, how_far, strict=True)], at_most=3)
        rule = "" if row.band.rule == "criterion" else f" ({row.band.rule})"
        verb = plural(row.n_outside, "is", "are")
        yield (
            f"{measure_title(row.measure)}: {row.n_outside:,} of {count(n_reps, 'book')} {verb} not {row.band.words}: "
            f"{named}{rule}."
        )


def _limits(report: FairnessReport) -> Iterator[str]:
    for criterion in report.problem.criteria:
        if not isinstance(criterion, BookLimits):
            continue
        row, n_reps = report.measure(criterion.measure), len(report.rep_id)
        low, high = criterion.per_rep(n_reps)
        edges = [np.where(np.isfinite(edge), np.abs(edge), 0.0) for edge in (low, high)]
        over = np.maximum(low - row.totals, row.totals - high)
        out = np.flatnonzero(over > FEASIBILITY_TOLERANCE * np.maximum(np.maximum(*edges), 1.0))
        if out.size:
            named = joined([f"{report.rep_name[j]} {amount(float(row.totals[j]), row.unit)}" for j in out], at_most=3)
            verb = plural(out.size, "is", "are")
            yield (
                f"{measure_title(row.measure)}: {out.size:,} of {count(n_reps, 'book')} {verb} outside limits of their "
                f"own: {named}."
            )


def _spread(report: FairnessReport) -> Iterator[str]:
    for row in report.measures:
        if row.cv_target_met is False and row.measure in _CV_MEASURES and row.cv is not None:
            yield (
                f"{measure_title(row.measure)} varies by {percent(row.cv)} across books; "
                f"the target is under {percent(report.cv_target)} (D-CV-1)."
            )
        elif row.cv is None and row.measure in _CV_MEASURES:
            yield f"{measure_title(row.measure)} has no coefficient of variation: {row.undefined}."


def _quota(report: FairnessReport) -> Iterator[str]:
    found = report.attainment
    if found is not None and found.cv_target_met is False:
        yield f"{found.sentence}; the target is under {percent(report.cv_target)} (D-CV-1)."


# Workload, TAM, account count; and revenue, where the table was read with it as a measure.
_CV_MEASURES = ("load", "tam", "accounts", "account_units", "revenue", "current_spend")


def _units(report: FairnessReport) -> Iterator[str]:
    row, policy = report.measure("account_units"), report.problem.policy
    total, capacity = float(row.totals.sum()), float(report.capacity.sum())
    own_band = row.band is not None and row.band.rule == "criterion"
    one = f"{total:,.0f}" == "1"
    said = f"{total:,.0f} account {'unit is' if one else 'units are'}"
    # Where the rule is the band itself, the books below it are named already.
    if own_band and total < policy.units_low * capacity:
        yield (
            f"{said} {total / capacity:,.0f} per full rep, below {policy.units_low:g} on "
            f"average: they fill {count(int(total / policy.units_low + 1e-9), 'full book')} (D-UNITS-1)."
        )
    if total > policy.units_high * capacity * (1.0 + 1e-9):
        n_reps = reps_needed(total, policy.units_high)
        yield (
            f"{said} {total / capacity:,.0f} per full rep, above {policy.units_high:g} on "
            f"average: shifting C accounts inside the team cannot mend it, {n_reps:,} full reps would (D-UNITS-1)."
        )
        return
    for book in report.overloads[:3]:
        over = f"{joined([book.rep_name])} holds {amount(book.units)} account units of {amount(book.allowed)}: "
        if not book.shift:
            yield f"{over}no C account can be shifted, look at the B accounts (D-UNITS-1)."
            continue
        left = f", {amount(book.left_over)} units would remain over" if book.left_over else ""
        first = joined(book.shift, at_most=3)
        yield f"{over}shift {count(len(book.shift), 'C account')}, {first}{left} (D-UNITS-1)."
    if len(report.overloads) > 3:
        yield f"{len(report.overloads) - 3:,} more books are over their account units (D-UNITS-1)."


def _travel(report: FairnessReport) -> Iterator[str]:
    travel = report.travel
    if travel is None:
        return
    over = _worst(travel.over_share, travel.share)
    if over:
        named = joined([f"{report.rep_name[j]} {percent(float(travel.share[j]))}" for j in over], at_most=3)
        yield (
            f"{count(len(over), 'book')} {plural(len(over), 'spends', 'spend')} more than "
            f"{percent(travel.share_limit)} of selling hours on travel: {named} (D-TRAVEL-1)."
        )
    flags = _worst(travel.red_flag, travel.month)
    if flags:
        named = joined([f"{report.rep_name[j]} {travel.month[j]:.0f} h" for j in flags], at_most=3)
        yield (
            f"{count(len(flags), 'book')} {plural(len(flags), 'needs', 'need')} more than {travel.month_limit:g} "
            f"driving hours a month: {named}. Split {plural(len(flags), 'it', 'them')}, or move accounts to inside "
            "sales (D-TRAVEL-1)."
        )


def _worst(flagged: BoolArray, values: FloatArray) -> list[int]:
    """Positions that are flagged, largest value first."""
    position = np.flatnonzero(flagged)
    order: list[int] = position[np.argsort(-values[position], kind="stable")].tolist()
    return order


def _mix(report: FairnessReport) -> Iterator[str]:
    mix, tiers = report.mix, report.tiers
    room = report.problem.policy.named_mix_room
    if mix is not None and mix.team is not None and 0.0 < mix.team < 1.0 and abs(mix.team - mix.target) > room:
        yield (
            f"The team's ACV is {percent(mix.team, digits=0)} named and {percent(1 - mix.team, digits=0)} white space; "
            f"{percent(mix.target, digits=0)} named is usual (D-LOAD-3)."
        )
    parts = [
        f"{tier} {percent(share, digits=0)} (expected {percent(low, digits=0)} to {percent(high, digits=0)})"
        for tier, share, (low, high) in zip(TIERS, tiers.team, tiers.expected, strict=True)
        if tier in tiers.unexpected
    ]
    if parts:
        yield f"Tier shares are unusual: {joined(parts)} (D-TIER-1)."


def _prospects(report: FairnessReport) -> Iterator[str]:
    found, policy = report.white_space, report.problem.policy
    if found is None or not found.n_high_fit:
        return
    ranked = found.account_index
    untouched = ranked[report.problem.scores.fit[ranked] >= policy.fit_threshold]
    if found.on_target and not untouched.size:
        return
    first = ""
    if untouched.size:
        named = joined([str(a) for a in report.problem.accounts.account_id[untouched]], at_most=3)
        verb = plural(untouched.size, "is", "are")
        first = f"; {untouched.size:,} {verb} untouched for {policy.white_space_untouched_days:g} days: {named}"
    yield (
        f"{percent(found.contacted_share, digits=0)} of {count(found.n_high_fit, 'high-fit prospect')} had contact "
        f"within a year; at least {percent(policy.white_space_contact_share, digits=0)} should{first} (D-WHITE-1)."
    )


def _head_count(report: FairnessReport) -> Iterator[str]:
    policy, n_reps = report.problem.policy, len(report.rep_id)
    if n_reps < policy.pooled_below:
        yield (
            f"{count(n_reps, 'rep')}, fewer than {policy.pooled_below:g}: one pooled book is advised, with "
            "shared named accounts and white space of one's own (D-SEG-3)."
        )
    elif n_reps < policy.warn_below:
        yield (
            f"{count(n_reps, 'rep')}, fewer than {policy.warn_below:g}: for so small a team a carve is "
            "not known to beat plain geography (D-SEG-3)."
        )
