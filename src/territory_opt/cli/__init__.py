"""The command line ``territory-opt``; the only part that prints, and the only one that imports typer."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line on ``sys.argv``; the process exits with a code of :class:`territory_opt.cli.exits.Exit`."""
    import io
    import sys

    from territory_opt.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that this terminal cannot write must not end a carve: it is written by number.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="territory-opt")
