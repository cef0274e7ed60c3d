import zipfile

import numpy as np
import pytest

from territory_opt.errors import DataError
from territory_opt.importers import opportunities_to_accounts, read_crm_export

DEALS = {
    "opportunity_id": ["1", "2", "3", "4", "5", "6"],
    "sales_agent": ["Ann", "Ann", "Bo", "Bo", "Ann", "Cy"],
    "product": ["GTXPro", "GTX Pro", "GTX Pro", "GTX Pro", "MG", "MG"],
    "account": ["Acme", "Acme", "Acme", "", "Zeta", "Zetta"],
    "deal_stage": ["Won", "Lost", "Engaging", "Prospecting", "Closed Won", "Won"],
    "engage_date": ["2025-01-01", "2025-02-01", "2025-03-01", "", "2023-01-01", "2025-01-05"],
    "close_date": ["2025-06-01", "2025-06-02", "", "", "2023-06-01", "2025-05-01"],
    "close_value": [1000, 0, None, None, 70, 90],
}
ACCOUNTS = {"account": ["Acme", "Zeta"], "sector": ["technolgy", "retail"], "revenue": [1.0, 2.0]}
REPS = {"sales_agent": ["Ann", "Bo", "Dee"], "manager": ["M", "M", "M"]}


def test_deals_roll_up_to_accounts():
    accounts = opportunities_to_accounts(DEALS, accounts=ACCOUNTS, reps=REPS).accounts
    assert accounts.account_id.tolist() == ["Acme", "Zeta"]
    assert accounts.number("current_spend").tolist() == [1000.0, 0.0]
    # no deal of "GTX Pro" was won under that spelling, so the open one is worth the median of all won deals
    assert accounts.number("expansion").tolist() == [0.75 * 90.0, 0.0]
    assert accounts.number("fit").tolist() == [50.0, 100.0]
    assert accounts.text("owner").tolist() == ["Ann", "Ann"]
    assert accounts.dates("last_activity").astype(str).tolist() == ["2025-06-02", "2023-06-01"]
    assert accounts.number("n_deals_open").tolist() == [1.0, 0.0]
    assert accounts.text("vertical").tolist() == ["technolgy", "retail"]


def test_the_mess_is_reported_with_suggestions():
    read = opportunities_to_accounts(DEALS, accounts=ACCOUNTS, reps=REPS)
    said = "\n".join(read.quality.warnings)
    assert "1 of 6 deals have no account (0 won, 0 lost, 1 open; value 0)" in said
    assert "'GTXPro' (1 row) looks like 'GTX Pro'" in said
    assert "'Zetta', which is not in the account table: looks like 'Zeta'" in said
    assert "1 reps have no deals: Dee" in said
    assert "owners of deals are not in the team: Cy" in said
    assert "'technolgy' (1 row) looks like 'technology'" in "\n".join(read.accounts.quality.warnings)


def test_asked_corrections_are_applied_and_said():
    read = opportunities_to_accounts(
        DEALS, accounts=ACCOUNTS, reps=REPS, spellings={"technolgy": "technology", "Zetta": "Zeta", "GTXPro": "GTX Pro"}
    )
    assert read.accounts.text("vertical")[0] == "technology"
    assert read.accounts.number("current_spend").tolist() == [1000.0, 90.0]
    assert read.accounts.number("expansion").tolist() == [0.75 * 1000.0, 0.0]
    assert "GTXPro" not in "\n".join(read.quality.warnings)


def test_deals_alone_make_accounts_and_team():
    read = opportunities_to_accounts(DEALS)
    assert read.accounts.account_id.tolist() == ["Acme", "Zeta", "Zetta"]
    assert read.team.rep_id.tolist() == ["Ann", "Bo", "Cy"]


def test_wrong_deals_are_refused_all_at_once():
    wrong = dict(DEALS, deal_stage=["Won", "Eaten", "", "Won", "Won", "Won"], close_value=[-1, 0, 0, 0, 0, np.inf])
    with pytest.raises(DataError) as caught:
        opportunities_to_accounts(wrong)
    assert {(issue.row, issue.column) for issue in caught.value.issues} == {
        (0, "close_value"), (1, "deal_stage"), (5, "close_value"),
    }  # fmt: skip


def _csv(table):
    rows = zip(*table.values(), strict=True)
    return "\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in [tuple(table), *rows])


def test_an_export_reads_from_zip_and_folder_alike(tmp_path):
    tables = {
        "pipeline": DEALS,
        "accounts": ACCOUNTS,
        "teams": REPS,
        "products": {"product": ["GTX Pro", "MG"], "price": [1, 2]},
    }
    archive = tmp_path / "crm.zip"
    folder = tmp_path / "crm"
    folder.mkdir()
    with zipfile.ZipFile(archive, "w") as target:
        for name, table in tables.items():
            target.writestr(f"export/{name}.csv", _csv(table))
            (folder / f"{name}.csv").write_text(_csv(table))
    one, two = read_crm_export(archive), read_crm_export(folder)
    assert (
        one.accounts.number("current_spend").tolist() == two.accounts.number("current_spend").tolist() == [1000.0, 0.0]
    )
    assert "pipeline.csv read as opportunities" in one.quality.notes
    assert one.team.rep_id.tolist() == ["Ann", "Bo", "Dee"]


def test_an_export_without_deals_is_refused(tmp_path):
    (tmp_path / "accounts.csv").write_text(_csv(ACCOUNTS))
    with pytest.raises(DataError, match=r"accounts\.csv"):
        read_crm_export(tmp_path)
    (tmp_path / "no.zip").write_text("no zip")
    with pytest.raises(DataError, match="neither a folder nor a zip"):
        read_crm_export(tmp_path / "no.zip")


def test_what_the_accounts_table_says_itself_is_kept_and_the_deals_fill_its_blanks():
    own = {
        **ACCOUNTS,
        "Fit Score": [None, 42.0],
        "owner": ["", "Dee"],
        "expansion": [None, 5.0],
        "current_spend": [7.0, None],
        "last_activity": ["2026-01-01", ""],
    }
    read = opportunities_to_accounts(DEALS, accounts=own, reps=REPS)
    accounts = read.accounts
    assert accounts.number("fit").tolist() == [50.0, 42.0]
    assert accounts.text("owner").tolist() == ["Ann", "Dee"]
    assert accounts.number("expansion").tolist() == [0.75 * 90.0, 5.0]
    assert accounts.number("current_spend").tolist() == [7.0, 0.0]
    assert accounts.dates("last_activity").astype(str).tolist() == ["2026-01-01", "2023-06-01"]
    assert "fit: the accounts table gives it for 1 accounts; the deals fill the other 1" in read.quality.notes


def test_counts_of_deals_in_the_accounts_table_are_counted_again_and_said():
    read = opportunities_to_accounts(DEALS, accounts={**ACCOUNTS, "n_deals_won": [9, 9]}, reps=REPS)
    assert read.accounts.number("n_deals_won").tolist() == [1.0, 1.0]
    assert "accounts: 'n_deals_won' is counted from the deals, not read" in read.quality.notes
