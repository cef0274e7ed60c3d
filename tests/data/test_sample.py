import numpy as np
import pytest

from territory_opt.accounts import Accounts
from territory_opt.data import load_sample, make_sample, sample_frames
from territory_opt.data.cities import CITIES
from territory_opt.errors import CriterionError
from territory_opt.frames import read_csv, write_csv
from territory_opt.matching import match
from territory_opt.policy import Policy
from territory_opt.scoring import score


def test_equal_seeds_make_equal_samples():
    assert make_sample(200, 5, seed=3) == make_sample(200, 5, seed=3)
    assert make_sample(200, 5, seed=3) != make_sample(200, 5, seed=4)


def test_the_sample_fits_the_rules_of_account_units_and_mix():
    accounts, team = load_sample()
    scores = score(accounts, Policy())
    assert 115 <= scores.account_units.sum() / team.capacity.sum() <= 145
    assert 0.55 <= scores.named_acv.sum() / scores.acv.sum() <= 0.65
    assert scores.dormant.any()
    assert scores.partner.any()
    assert scores.gross_load.max() < 0.15 * scores.gross_load.sum() / team.capacity.sum()


def test_the_mess_is_reported_not_refused():
    accounts, team = load_sample()
    said = str(accounts.quality)
    for trace in (
        "blanks around 5 texts",
        "4 values written like '$",
        "position is missing in 16",
        "vertical is missing in 6",
        "name themselves as parent",
        "'retail' (3 rows) looks like 'Retail'",
    ):
        assert trace in said
    assert (team.positions(accounts.text("owner")) < 0).sum() > (accounts.text("owner") == "").sum()
    assert any(name.startswith("=") for name in accounts.text("name"))


def test_two_reps_work_part_time_and_the_first_vertical_is_served_by_all():
    _, team = load_sample()
    assert sorted(set(team.capacity.tolist())) == [0.8, 1.0]
    assert (team.capacity < 1.0).sum() == 2
    accounts, _ = load_sample()
    served = match(accounts, team, "vertical")
    assert served.serves[served.kinds.index("manufacturing")].all()
    assert served.serves.any(axis=1).all()


def test_accounts_are_near_real_cities():
    accounts, _ = load_sample()
    lat, lon = accounts.number("lat"), accounts.number("lon")
    known = np.isfinite(lat)
    cities = np.array([(city.lat, city.lon) for city in CITIES])
    gap = np.abs(cities[None, :, :] - np.stack([lat[known], lon[known]], axis=1)[:, None, :]).max(axis=2).min(axis=1)
    assert gap.max() < 3.0


def test_frames_hold_the_same_rows():
    accounts, reps = sample_frames(100, 4, seed=1)
    assert accounts.shape[0] == 100
    assert reps.shape[0] == 4


def test_the_sample_survives_csv(tmp_path):
    raw, _ = make_sample()
    write_csv(tmp_path / "accounts.csv", raw)
    accounts, _ = load_sample()
    again = Accounts.from_frame(read_csv(tmp_path / "accounts.csv")[0])
    assert again.account_id.tolist() == accounts.account_id.tolist()
    assert again.text("name").tolist() == accounts.text("name").tolist()
    for name in ("named_acv", "white_space_acv", "lat", "lon", "fit", "partner_sourced"):
        np.testing.assert_array_equal(again.number(name), accounts.number(name))


def test_any_size_loads():
    for n_accounts, n_reps in ((50, 2), (301, 3), (700, 45)):
        accounts, team = load_sample(n_accounts, n_reps, seed=n_accounts)
        assert (len(accounts), len(team)) == (n_accounts, n_reps)


def test_too_small_samples_are_refused():
    with pytest.raises(CriterionError):
        make_sample(10, 1)
