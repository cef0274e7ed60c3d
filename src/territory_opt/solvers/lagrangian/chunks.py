"""Work cut into a fixed number of chunks, so that the answer does not depend on the number of threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

__all__ = ["Workers", "chunk_edges"]

Result = TypeVar("Result")

_GROUPS_PER_CHUNK = 2_000
_MOST_CHUNKS = 2


def chunk_edges(n_groups: int) -> list[tuple[int, int]]:
    """Return the (first, last) groups of every chunk; depends on the size only, never on the threads.

    Examples
    --------
    >>> chunk_edges(5)
    [(0, 5)]
    """
    n_chunks = min(max(n_groups // _GROUPS_PER_CHUNK, 1), _MOST_CHUNKS)
    edge = [n_groups * c // n_chunks for c in range(n_chunks + 1)]
    return list(pairwise(edge))


class Workers:
    """Runs a function over chunks, in order, on as many threads as asked for.

    The compiled loops release the interpreter lock, so threads are enough and no memory is copied.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def run(self, job: Callable[[int, int, int], Result], n_groups: int) -> Iterator[Result]:
        """Yield ``job(chunk, first, last)`` for every chunk, in chunk order."""
        edges = chunk_edges(n_groups)
        if self._pool is None or len(edges) == 1:
            for c, (first, last) in enumerate(edges):
                yield job(c, first, last)
            return
        futures = [self._pool.submit(job, c, first, last) for c, (first, last) in enumerate(edges)]
        for future in futures:
            yield future.result()

    def close(self) -> None:
        """Release the threads."""
        if self._pool is not None:
            self._pool.shutdown()


@contextmanager
def workers(threads: int) -> Iterator[Workers]:
    """Open workers for the length of a block."""
    team = Workers(threads)
    try:
        yield team
    finally:
        team.close()
