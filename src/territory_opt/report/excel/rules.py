"""The sheet of rules: every number that can be changed, and what it was in the plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from territory_opt.report.excel.plan import Plan
from territory_opt.report.excel.table import Column, Sheet, put

if TYPE_CHECKING:
    from territory_opt.report.excel.styles import Styles

__all__ = ["NAME", "Rule", "rules_of", "write_rules"]

NAME = "Rules"
_FIRST = 4
_KINDS = {"share": "_percent", "money": "_money", "number": ""}


@dataclass(frozen=True, slots=True)
class Rule:
    """One number.

    Attributes
    ----------
    name : str
        Name of its cell in formulas; empty for a heading.
    title : str
        What it is.
    value : float
        What it was in the plan.
    kind : str
        ``"share"``, ``"money"`` or ``"number"``.
    note : str
        Unit or remark, with the rule id.
    watch : str
        Formula of the remark, when it depends on what is entered; empty for a plain one.
    """

    name: str
    title: str
    value: float
    kind: str
    note: str
    watch: str = ""


def rules_of(plan: Plan) -> list[tuple[str, list[Rule]]]:
    """List the rules by heading.

    Parameters
    ----------
    plan : Plan
        Its policy and criteria.

    Returns
    -------
    list of (str, list of Rule)
        In the order of the sheet.

    Notes
    -----
    D-LOAD-1, D-LOAD-2, D-LOAD-4, D-PARTNER-1, D-TAM-1, D-UNITS-1, D-TRAVEL-1, D-CV-1.
    """
    problem, policy = plan.problem, plan.problem.policy
    sums = "the two weights sum to 100% (D-LOAD-1)"
    watch = f'=IF(ABS(weight_named+weight_white-1)<1E-9,"{sums}","THE TWO WEIGHTS MUST SUM TO 100% (D-LOAD-1)")'
    load = [
        Rule("weight_named", "Weight of named ACV", policy.named_weight, "share", sums, watch),
        Rule("weight_white", "Weight of white-space ACV", policy.white_space_weight, "share", "D-LOAD-1"),
    ]
    if problem.scores.partner.any():
        note = "of the ACV of a partner-sourced account does not count in the load (D-PARTNER-1)"
        load.append(Rule("partner_discount", "Partner discount", policy.partner_discount, "share", note))
    if problem.has_travel:
        note = "money taken off the load for an hour of travel a year; 0 switches friction off (D-LOAD-4)"
        load.append(Rule("friction_price", "Price of a travel hour", problem.friction_per_hour, "money", note))
    units = [
        Rule(f"units_{tier.lower()}", f"Units of a tier {tier} account", value, "number", "D-UNITS-1")
        for tier, value in zip("ABC", policy.unit_weights, strict=True)
    ]
    bands = [rule for shown in plan.measures for rule in _band_rules(shown)]
    limits = [Rule("cv_target", "Variation (CV) to stay under", policy.cv_target, "share", "D-CV-1")]
    if problem.has_travel:
        limits += [
            Rule("selling_hours", "Selling hours a year of a full rep", policy.selling_hours, "number", "D-LOAD-4"),
            Rule("travel_limit", "Travel share of selling hours, at most", policy.travel_share, "share", "D-TRAVEL-1"),
            Rule(
                "driving_limit",
                "Driving hours a month, at most",
                policy.red_flag_driving_hours_month,
                "number",
                "above it, split the book or move it to inside sales (D-TRAVEL-1)",
            ),
        ]
    return [("Load", load), ("Account units", units), ("Bands, per full rep", bands), ("Targets", limits)]


def _band_rules(shown: Any) -> Iterator[Rule]:
    band = shown.band
    if band is None:
        return
    source = "stated for this plan" if band.rule == "criterion" else band.rule
    if band.of:
        note = f"either side of the {band.of} ({source})"
        yield Rule(f"band_{shown.key}", f"{shown.title}: band", band.within, "share", note)
        return
    for side, value, word in (("low", band.low, "at least"), ("high", band.high, "at most")):
        if np.isfinite(value):
            yield Rule(f"rule_{side}_{shown.key}", f"{shown.title}: {word}", value, "number", source)


def write_rules(book: Any, sheet: Any, styles: Styles, plan: Plan) -> None:
    """Write the sheet.

    Parameters
    ----------
    book, sheet : xlsxwriter workbook and worksheet
        Where to.
    styles : Styles
        How cells look.
    plan : Plan
        What to write.
    """
    groups = rules_of(plan)
    first = _FIRST + sum(len(rules) + 2 for _, rules in groups) + 1
    people = Sheet(book, sheet, styles, _people(plan), head=first)
    people.frame()
    for position, width in enumerate((40, 14, 14, 24)):
        sheet.set_column(position, position, width)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(3, 1)
    sheet.write_string(0, 0, "Rules", styles["title"])
    remark = "Change a yellow number: load, deviation and status follow on every sheet."
    sheet.write_string(1, 0, remark, styles["remark"])
    sheet.write_string(2, 0, "Numbers that differ from the plan", styles["bold"])
    put(sheet, 2, 1, 0, styles["fact_whole"], "=" + _count_changed(groups, people, plan.distances))
    book.define_name("n_rules_changed", f"='{NAME}'!$B$3")
    row = _FIRST
    for heading, rules in groups:
        for position, text in enumerate((heading, "Now", "In the plan", "")):
            sheet.write_string(row, position, text, styles["section_right" if position in (1, 2) else "section"])
        for rule in rules:
            row += 1
            end = _KINDS[rule.kind]
            put(sheet, row, 0, rule.title, styles["text"])
            sheet.write_number(row, 1, rule.value, styles["input" + end])
            sheet.write_number(row, 2, rule.value, styles["was" + end])
            put(sheet, row, 3, rule.note, styles["note"], rule.watch)
            book.define_name(rule.name, f"='{NAME}'!$B${row + 1}")
        row += 2
    sheet.write_string(first - 1, 0, "Reps", styles["section"])
    # The place in this list is the number of the book: it must not be sorted.
    people.write(filters=False)
    edited = {"type": "formula", "format": styles["edited"]}
    last = first + people.n_rows
    sheet.conditional_format(
        _FIRST, 1, last, 1, edited | {"criteria": f"=AND(ISNUMBER($C{_FIRST + 1}),$B{_FIRST + 1}<>$C{_FIRST + 1})"}
    )
    share = {"validate": "decimal", "criteria": "between", "minimum": 1e-6, "maximum": 1e6}
    share |= {"error_title": "Capacity", "error_message": "A share of a full book, above 0."}
    sheet.data_validation(first + 1, 1, last, 1, share)


def _count_changed(groups: list[tuple[str, list[Rule]]], people: Sheet, distances: bool) -> str:
    """How many numbers are not those of the plan: what its proof no longer speaks of."""
    parts, row = [], _FIRST
    for _, rules in groups:
        if rules:
            parts.append(f"SUMPRODUCT((B{row + 2}:B{row + 1 + len(rules)}<>C{row + 2}:C{row + 1 + len(rules)})*1)")
        row += len(rules) + 2
    pairs = [("capacity", "capacity_plan")]
    pairs += [("home_lat", "home_lat_plan"), ("home_lon", "home_lon_plan")] if distances else []
    parts += [f"SUMPRODUCT(({people.cells(now)}<>{people.cells(was)})*1)" for now, was in pairs]
    return "+".join(parts)


def _people(plan: Plan) -> list[Column]:
    team = plan.problem.team
    capacity = team.capacity.tolist()
    columns = [
        Column("rep", "Rep", "text", plan.labels, 40, name="reps"),
        Column("capacity", "Capacity, share of a full book", "input", capacity, 14, name="rep_capacity"),
        Column("capacity_plan", "In the plan", "was", capacity, 14),
        Column("id", "Rep ID", "text", [str(rep) for rep in team.rep_id], 24),
    ]
    if plan.distances:
        for axis, values in zip(("lat", "lon"), plan.homes, strict=True):
            title = "Home latitude" if axis == "lat" else "Home longitude"
            known = [value if np.isfinite(value) else None for value in values.tolist()]
            columns.append(Column(f"home_{axis}", title, "input_degrees", known, 12, name=f"rep_{axis}"))
            columns.append(Column(f"home_{axis}_plan", "In the plan", "was_degrees", known, 12))
    return columns
