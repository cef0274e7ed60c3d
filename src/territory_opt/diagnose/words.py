"""Conflicts in words, with names and numbers."""

from __future__ import annotations

import numpy as np

from territory_opt._typing import IntArray
from territory_opt.criteria.balance import Balance
from territory_opt.criteria.base import Criterion
from territory_opt.criteria.eligibility import Eligible, Seniority
from territory_opt.criteria.grouping import Together
from territory_opt.criteria.ownership import Lock
from territory_opt.diagnose.findings import Conflict
from territory_opt.diagnose.proofs import Crowded, Forced, Packed, Proof, Spread, Starved, Stranded, Torn, Unmixed
from territory_opt.diagnose.view import Band, View
from territory_opt.fairness.wording import amount, clean, count, joined, measure_title, percent, plural

__all__ = ["as_conflict", "number", "spoken"]

_SHOWN_REPS = 4
_MOST_CLASSES = 3


def spoken(measure: str) -> str:
    """Return the name of a measure inside a sentence.

    Examples
    --------
    >>> spoken("account_units"), spoken("tam")
    ('account units', 'TAM')
    """
    title = measure_title(measure)
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def number(value: float, unit: str = "") -> str:
    """Return a number so that small differences stay visible: four digits of money, whole small numbers in full."""
    if unit == "money" or abs(value) >= 1e6:
        return amount(value, unit)
    if abs(value - round(value)) < 1e-4:
        return f"{round(value) + 0.0:,.0f}"
    return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def as_conflict(proof: Proof, view: View) -> Conflict:
    """State a proof.

    Parameters
    ----------
    proof : Proof
        That holds in the view.
    view : View
        The limits it needs, and no more.

    Returns
    -------
    Conflict
        With a sentence that names accounts, reps and amounts.
    """
    kind = type(proof).__name__.lower()
    reps = proof.reps(view)
    classes = _classes(view, proof.accounts)
    sentence, numbers = _sentence(proof, view, classes)
    problem = view.problem
    everyone = len(proof.accounts) == problem.n_accounts
    all_reps = len(reps) == problem.n_reps
    return Conflict(
        kind=kind,
        criteria=view.criteria,
        sentence=sentence,
        account_id=() if everyone else tuple(map(str, problem.accounts.account_id[proof.accounts])),
        rep_id=() if all_reps else tuple(map(str, problem.team.rep_id[reps])),
        classes=tuple(classes),
        numbers=tuple(numbers.items()),
    )


def _sentence(proof: Proof, view: View, classes: list[str]) -> tuple[str, dict[str, float]]:
    if isinstance(proof, Crowded):
        return _crowded(proof, view, classes)
    if isinstance(proof, Starved):
        return _starved(proof, view)
    if isinstance(proof, Spread):
        return _spread(proof, view, classes)
    if isinstance(proof, Packed):
        return _packed(proof, view, classes)
    if isinstance(proof, Forced):
        moved, owned = proof.amounts(view)
        text = (
            f"{count(len(proof.accounts), 'account')} must leave {plural(len(proof.accounts), 'its', 'their')} owner: "
            f"{percent(moved / owned if owned else 0.0)} of owned {spoken(proof.criterion.measure)} moves, and "
            f"{percent(proof.criterion.at_most)} may"
        )
        return text, {"moves": moved, "owned": owned}
    if isinstance(proof, Stranded):
        return _stranded(proof, view)
    if isinstance(proof, Unmixed):
        n, k = len(view.rows(proof.accounts)), len(proof.reps(view))
        who = _names(view, proof.accounts)
        text = f"{n} accounts are all to be kept apart, and {count(k, 'rep')} may have them ({who})"
        return text, {"accounts": n, "reps": k}
    assert isinstance(proof, Torn)
    return f"accounts of one family are to be kept apart: {_names(view, proof.accounts)}", {}


def _crowded(proof: Crowded, view: View, classes: list[str]) -> tuple[str, dict[str, float]]:
    band = view.band(proof.criterion)
    assert band is not None
    reps, needed = proof.reps(view), proof.amount(band, view)
    held = float(band.ceiling()[reps].sum())
    each = _largest(band, reps)
    fit = f"at most {number(each, band.unit)} each, {number(held, band.unit)} fit"
    if band.each is not None and np.ptp(band.ceiling()[reps]) > 0:
        fit = f"by the limits of their books {number(held, band.unit)} fit"
    elif band.each is None and (np.ptp(band.capacity[reps]) > 0 or band.capacity[reps[0]] != 1.0):
        fit = f"at {number(each, band.unit)} a full book, {number(held, band.unit)} fit"
    much = _much(needed, band.measure, band.unit)
    text = f"{_who(view, proof.accounts, classes)}: {much} for {_reps(view, reps)}; {fit}"
    return text, {"amount": needed, "fits": held, "reps": len(reps), "at_most": each}


def _starved(proof: Starved, view: View) -> tuple[str, dict[str, float]]:
    band = view.band(proof.criterion)
    assert band is not None
    reps, reach = proof.rep_index, proof.amount(band, view)
    needed = float(band.floor()[reps].sum())
    if len(reps) == view.problem.n_reps:
        who, verb = f"all {count(len(reps), 'book')}", "there is"
    else:
        who, verb = (
            f"{plural(len(reps), 'the book', 'the books')} of {_names(view, reps, reps=True)}",
            "within reach is",
        )
    text = (
        f"{who} {plural(len(reps), 'needs', 'need')} {_much(needed, band.measure, band.unit)} at the least, and all "
        f"{verb} {number(reach, band.unit)}"
    )
    return text, {"needed": needed, "reach": reach, "reps": len(reps)}


def _spread(proof: Spread, view: View, classes: list[str]) -> tuple[str, dict[str, float]]:
    band = view.band(proof.criterion)
    assert band is not None
    assert isinstance(proof.criterion, Balance)
    lowest, highest = proof.middles(band, view)
    of = proof.criterion.of
    high = f"the total keeps the {of} of {spoken(band.measure)} at {number(lowest, band.unit)} or more"
    if len(proof.accounts) and lowest > band.middle[0]:
        high = (
            f"{_who(view, proof.accounts, classes)} for {_reps(view, proof.reps(view))} need a {of} of "
            f"{spoken(band.measure)} of {number(lowest, band.unit)} or more"
        )
    low = f"the total allows {number(highest, band.unit)} at the most"
    if len(proof.rep_index) and highest < band.middle[1]:
        poorest = _names(view, proof.rep_index, reps=True)
        low = f"with all they may have {poorest} can follow {number(highest, band.unit)} at the most"
    return f"{high}, and {low}", {"middle_at_least": lowest, "middle_at_most": highest}


def _packed(proof: Packed, view: View, classes: list[str]) -> tuple[str, dict[str, float]]:
    band = view.band(proof.criterion)
    assert band is not None
    n, room, reps = len(view.rows(proof.accounts)), proof.room(band, view), proof.reps(view)
    book = "in the largest book" if band.each is not None else "a full book"
    text = (
        f"{n} accounts of {number(proof.size, band.unit)} {spoken(band.measure)} or more for {_reps(view, reps)}; "
        f"at most {number(_largest(band, reps), band.unit)} {book}, {room} of them fit"
    )
    return text, {"accounts": n, "fits": room, "reps": len(reps), "size": proof.size}


def _largest(band: Band, reps: IntArray) -> float:
    """What a full book may hold at the most; where every book has its own limit, the largest of these reps' books."""
    return band.high * band.middle[1] if band.each is None else float(band.ceiling()[reps].max())


def _stranded(proof: Stranded, view: View) -> tuple[str, dict[str, float]]:
    row = int(view.groups.index[proof.accounts[0]])
    family = view.members(np.array([row]))
    others = np.setdiff1d(proof.accounts, family)
    also = f"; so with {count(len(others), 'other account')} ({_names(view, others)})" if len(others) else ""
    rules = "; ".join(c.describe() for c in view.criteria)
    numbers = {"accounts": float(len(proof.accounts))}
    reps = np.flatnonzero(view.allowed[row])
    if not len(reps):
        return f"no rep may have {_account(view, family)}: {rules}{also}", numbers
    # Rules leave it some reps, but it is too large for their books.
    for band in view.bands:
        if band.positive and not view.fits(band, band.ceiling())[row, reps].any():
            size, limit = view.closest(band, row)
            much, room = _much(size, band.measure, band.unit), number(limit, band.unit)
            who = f"{_account(view, family)} is larger than any book it may go to"
            text = f"{who}: {much}, and {room} fit in the one that comes closest"
            return text + also, {**numbers, "amount": size, "fits": limit}
    return f"no rep may have {_account(view, family)}: each of its books breaks one of {rules}{also}", numbers


def _much(value: float, measure: str, unit: str) -> str:
    if measure == "accounts":
        return count(round(value), "account")
    return f"{number(value, unit)} {spoken(measure)}"


def _reps(view: View, reps: IntArray) -> str:
    n = len(reps)
    if n == view.problem.n_reps:
        return f"all {count(n, 'rep')}" if n > 1 else "the only rep"
    if n == 0:
        return "no rep"
    text = count(n, "eligible rep")
    return f"{text} ({_names(view, reps, reps=True)})" if n <= _SHOWN_REPS else text


def _account(view: View, accounts: IntArray) -> str:
    first = str(view.problem.accounts.account_id[accounts[0]])
    if len(accounts) > 1:
        return f"the family of account {clean(first)} ({len(accounts)} accounts)"
    said = [f"{c.attribute.replace('_', ' ')} {clean(view.problem.accounts.text(c.attribute)[accounts[0]])}"
            for c in view.criteria if isinstance(c, Eligible) and c.mask is None]  # fmt: skip
    return f"account {clean(first)}" + (f" ({', '.join(said)})" if said else "")


def _names(view: View, index: IntArray, *, reps: bool = False) -> str:
    ids = view.problem.team.name[index] if reps else view.problem.accounts.account_id[index]
    return joined([str(name) for name in ids], at_most=_SHOWN_REPS)


def _who(view: View, accounts: IntArray, classes: list[str]) -> str:
    if len(accounts) == view.problem.n_accounts:
        return "all accounts"
    if classes:
        return joined([text.split(" ", 1)[1] if text.startswith("vertical ") else text for text in classes])
    if len(accounts) == 1:
        return _account(view, accounts)
    return f"{count(len(accounts), 'account')} ({_names(view, accounts)})"


def _classes(view: View, accounts: IntArray) -> list[str]:
    """What these accounts have in common that decides who may have them."""
    if not len(accounts) or len(accounts) == view.problem.n_accounts:
        return []
    found: list[str] = []
    for criterion in view.criteria:
        found += _shared(view, criterion, accounts)
    return found


def _shared(view: View, criterion: Criterion, accounts: IntArray) -> list[str]:
    problem = view.problem
    if isinstance(criterion, Eligible) and criterion.mask is None:
        texts = [clean(text) for text in problem.accounts.text(criterion.attribute)[accounts]]
        kinds = {text.casefold(): text for text in reversed(texts)}
        if "" not in kinds and len(kinds) <= _MOST_CLASSES:
            return [f"{criterion.attribute.replace('_', ' ')} {text}" for _, text in sorted(kinds.items())]
    if isinstance(criterion, Seniority) and (problem.scores.tier[accounts] == criterion.tier).all():
        return [f"tier {criterion.tier}"]
    if isinstance(criterion, Lock):
        locked = set(problem.accounts.positions([account for account, _ in criterion.pairs]).tolist())
        together = any(isinstance(c, Together) for c in view.criteria)
        if not together and locked.issuperset(accounts.tolist()):
            return [f"{count(len(accounts), 'locked account')}"]
    return []
