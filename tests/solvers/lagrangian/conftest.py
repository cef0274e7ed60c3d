"""Makes the helpers beside these tests, and the benchmark generator, importable."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
for folder in (HERE, HERE.parents[2] / "benchmarks" / "engine"):
    sys.path.insert(0, str(folder))
