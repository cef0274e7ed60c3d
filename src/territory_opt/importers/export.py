"""A CRM export as it arrives: a zip file or a folder of CSV files, told apart by their headers."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from territory_opt._csv_read import csv_columns
from territory_opt._text import header_key
from territory_opt._typing import AnyArray
from territory_opt.errors import DataError, Issue
from territory_opt.importers.crm import CrmImport, opportunities_to_accounts

__all__ = ["read_crm_export"]

_STAGE = frozenset({"dealstage", "stagename", "stage"})
_ACCOUNT = frozenset({"account", "accountname", "accountid", "company", "companyname"})
_REP = frozenset({"salesagent", "rep", "repid", "salesrep", "userid"})
_PRODUCT = frozenset({"product", "productname", "name"})
_PRICE = frozenset({"price", "salesprice", "listprice", "unitprice"})
_MOST_BYTES = 1 << 30


def read_crm_export(path: str | os.PathLike[str], *, spellings: Mapping[str, str] | None = None) -> CrmImport:
    """Read a zip file or folder of CSV files into accounts and a team.

    Parameters
    ----------
    path : path-like
        A zip file or a folder that holds a table of opportunities, and perhaps one of accounts and one of reps.
    spellings : mapping of str to str, optional
        Corrections to apply: see :func:`opportunities_to_accounts`.

    Returns
    -------
    CrmImport
        Accounts, team and the report of the export's mess.

    Raises
    ------
    DataError
        Nothing readable, no opportunities, or more than one table of a kind; problems of the tables themselves.

    Notes
    -----
    Opportunities have a stage and an account; accounts have an account and no stage; reps have a rep and neither.
    """
    tables: dict[str, dict[str, AnyArray]] = {}
    notes: list[str] = []
    issues: list[Issue] = []
    other: list[str] = []
    origin: dict[str, str] = {}
    for name, raw in _files(Path(path)):
        columns, said = csv_columns(raw, name)
        notes += [f"{name}: {line}" for line in said]
        kind = _kind(columns)
        if not kind:
            other.append(name)
        elif kind in tables:
            issues.append(Issue(None, None, f"{name} and {origin[kind]} both look like {kind}", "keep one of them"))
        else:
            tables[kind], origin[kind] = columns, name
    if "opportunities" not in tables:
        found = ", ".join([*origin.values(), *other]) or "no CSV file"
        issues.append(Issue(None, None, "no table with a stage and an account", f"found: {found}"))
    if issues:
        raise DataError(str(path), issues)
    read = opportunities_to_accounts(
        tables["opportunities"],
        accounts=tables.get("accounts"),
        reps=tables.get("reps"),
        products=tables.get("products"),
        spellings=spellings,
    )
    notes += [f"{name} read as {kind}" for kind, name in origin.items()]
    notes += [f"{name} not used" for name in other]
    quality = read.quality.merge(type(read.quality)("export", 0, notes=tuple(notes)))
    return CrmImport(read.accounts, read.team, quality)


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for file in sorted(path.rglob("*.csv")):
            yield file.name, file.read_bytes()
        return
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".csv")]
            # what a zip claims to hold may be far more than memory
            if sum(info.file_size for info in members) > _MOST_BYTES:
                raise DataError(
                    str(path), [Issue(None, None, "holds more than 1 GiB of CSV", "unpack it and read the tables")]
                )
            for info in members:
                yield Path(info.filename).name, archive.read(info)
    except (OSError, zipfile.BadZipFile) as error:
        problem = Issue(None, None, f"is neither a folder nor a zip file: {error}", "check the path")
        raise DataError(str(path), [problem]) from None


def _kind(columns: Mapping[str, AnyArray]) -> str:
    keys = {header_key(name) for name in columns}
    if keys & _STAGE and keys & _ACCOUNT:
        return "opportunities"
    if keys & _ACCOUNT and not keys & _STAGE:
        return "accounts"
    if keys & _REP:
        return "reps"
    return "products" if keys & _PRODUCT and keys & _PRICE else ""
