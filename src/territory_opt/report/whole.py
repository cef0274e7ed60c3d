"""Files of bytes that are the old one or complete, never half of it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["whole_file"]


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Give a file to write to, which takes the place of the target when all went well and is gone when not.

    Parameters
    ----------
    target : Path
        What the file becomes.

    Yields
    ------
    Path
        An empty file beside the target, so that taking its place is one step.

    Raises
    ------
    OSError
        The folder does not exist or cannot be written to; before any work is done.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with whole_file(Path(folder, "a.bin")) as path:
    ...         _ = path.write_bytes(b"x")
    ...     [file.name for file in Path(folder).iterdir()]
    ['a.bin']
    """
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    # Not mkstemp, whose files are private: a report is as readable as any new file of its owner.
    temporary.open("xb").close()
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
