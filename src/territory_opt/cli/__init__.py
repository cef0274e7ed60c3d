"""The command line ``territory-opt``; the only part that prints, and the only one that imports typer."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line on ``sys.argv``; the process exits with a code of :class:`territory_opt.cli.exits.Exit`."""
    from territory_opt.cli.app import app

    app(prog_name="territory-opt")
