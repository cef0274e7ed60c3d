"""Owners: found by id, then by a name that is not shared; dormant accounts move freely."""

import territory_opt as topt


def make(owners, reps=None, **columns):
    n = len(owners)
    accounts = topt.Accounts.from_frame(
        {"account_id": [f"a{i}" for i in range(n)], "acv": [1e5] * n, "owner": owners, **columns}
    )
    team = topt.Team.from_frame(reps or {"rep_id": ["r1", "r2"], "name": ["Ann Lee", "Bo"]})
    return topt.Problem(accounts, team, criteria=[])


def test_owners_match_by_id_and_by_name_whatever_the_case():
    found = make(["r2", "Ann Lee", " ann lee ", "", "gone"]).owners
    assert found.rep_index.tolist() == [1, 0, 0, -1, -1]
    assert found.known


def test_a_name_that_two_reps_share_names_neither():
    found = make(["Ann", "r1"], {"rep_id": ["r1", "r2"], "name": ["Ann", "Ann"]}).owners
    assert found.rep_index.tolist() == [-1, 0]


def test_an_id_wins_over_a_name():
    found = make(["r1", "r2"], {"rep_id": ["r1", "r2"], "name": ["r2", "r1"]}).owners
    assert found.rep_index.tolist() == [0, 1]


def test_owners_who_left_are_counted_and_named():
    notes = " ".join(make(["r1", "x", "x", "y"]).owners.notes)
    assert "1 of 4 accounts have an owner in the team" in notes
    assert "3 accounts belong to 2 owners not in the team ('x', 'y')" in notes


def test_without_the_column_nobody_owns_anything():
    accounts = topt.Accounts.from_frame({"account_id": ["a", "b"]})
    owners = topt.Problem(accounts, topt.Team.open(2), criteria=[]).owners
    assert not owners.known
    assert owners.notes == ()


def test_dormant_accounts_move_freely_but_keep_their_owner_for_a_lock():
    problem = make(
        ["r1", "r1", "r2"],
        named_acv=[1e5] * 3,
        last_activity=["2026-01-01", "2026-12-30", "2026-12-30"],
    )
    assert problem.owners.rep_index.tolist() == [0, 0, 1]
    assert problem.owners.protected_index.tolist() == [-1, 0, 1]
    moved = problem.replace(criteria=[topt.Disruption("accounts", weight=1.0)])
    assert topt.evaluate(moved, topt.Alignment.from_index(moved, [1, 0, 1])).objective == 0.0
    assert topt.evaluate(moved, topt.Alignment.from_index(moved, [0, 1, 1])).objective == 1.0
    locked = problem.replace(criteria=[topt.Lock(["a0"])])
    assert topt.solve(locked).alignment.owner_of("a0") == "r1"


def test_an_owner_spelled_nearly_like_a_rep_is_pointed_out_and_not_corrected():
    found = make(["Ann Le", "Ann Le", "Bo"]).owners
    assert found.rep_index.tolist() == [-1, -1, 1]
    assert "'Ann Le' (2 accounts) looks like 'Ann Lee' of the team" in " ".join(found.notes)
    assert "looks like" not in " ".join(make(["r3", "r1"]).owners.notes)


def test_an_owner_column_that_matches_nobody_is_a_warning():
    notes = " ".join(make(["u-17", "u-18"]).owners.notes)
    assert "warning: nobody in the owner column is in the team, whose ids read like 'r1'" in notes
    assert "warning" not in " ".join(make(["", ""]).owners.notes)
