"""What every benchmark writes: JSON lines with machine and versions, and a table made from them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

PACKAGES = ("numpy", "scipy", "highspy", "pulp", "numba", "pandas")


def machine() -> dict[str, Any]:
    """Processor, cores, memory, Python and package versions, commit."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.split(":")[1].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0] if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gb": round(memory, 1),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "commit": commit.stdout.strip() or "none",
        "load_average": round(os.getloadavg()[0], 2),
    }


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Run, and return the answer with wall and processor seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return answer, {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - cpu}


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def append(path: Path, row: Mapping[str, Any]) -> None:
    """Append one line to a results file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as out:
        out.write(json.dumps({**row, **machine()}, sort_keys=True) + "\n")


def newest(path: Path, key: Callable[[Mapping[str, Any]], Any]) -> list[dict[str, Any]]:
    """Newest line per key, in the order the keys first came."""
    rows: dict[Any, dict[str, Any]] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        rows[key(row)] = row
    return list(rows.values())


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Markdown table."""
    head = list(header)
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)
