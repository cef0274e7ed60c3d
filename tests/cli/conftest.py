"""Small tables on disk, and two ways to run the command line on them."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from territory_opt.cli.app import app
from territory_opt.frames import write_csv


@pytest.fixture
def run():
    """Run a command in this process; the answer has exit_code and output."""
    runner = CliRunner()

    def call(*arguments):
        return runner.invoke(app, [str(argument) for argument in arguments], prog_name="territory-opt")

    return call


@pytest.fixture
def start():
    """Start a command in a process of its own."""

    def call(*arguments, **environment):
        return subprocess.Popen(
            [sys.executable, "-m", "territory_opt.cli", *map(str, arguments)],
            env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    return call


@pytest.fixture
def make_tables(tmp_path):
    """Write seeded tables as CSV; further columns replace or follow those made here."""

    def make(n_accounts=30, n_reps=3, **columns):
        rng = np.random.default_rng(5)
        accounts = {
            "account_id": [f"A-{i}" for i in range(n_accounts)],
            "name": [f"Account {i}" for i in range(n_accounts)],
            "acv": rng.uniform(2e4, 6e4, n_accounts).round(-2).tolist(),
            "lat": rng.uniform(38, 42, n_accounts).round(4).tolist(),
            "lon": rng.uniform(-90, -84, n_accounts).round(4).tolist(),
            "owner": [f"R-{i % n_reps}" for i in range(n_accounts)],
        } | columns
        reps = {
            "rep_id": [f"R-{j}" for j in range(n_reps)],
            "name": [f"Rep {j}" for j in range(n_reps)],
            "lat": rng.uniform(38, 42, n_reps).round(4).tolist(),
            "lon": rng.uniform(-90, -84, n_reps).round(4).tolist(),
        }
        paths = (tmp_path / "accounts.csv", tmp_path / "reps.csv")
        write_csv(paths[0], {name: values for name, values in accounts.items() if values is not None})
        write_csv(paths[1], reps)
        return paths

    return make


@pytest.fixture
def tables(make_tables) -> tuple[Path, Path]:
    """Thirty accounts and three reps."""
    return make_tables()
