"""Pytest plugin: torch and numpy compute in one thread, as a site's own training does.

With a thread for each core in each of the test processes, the threads wait for each other in a
loop: one training took nine times the processor time.
"""

from __future__ import annotations

import os

# Both are imported later: this plugin is named in pyproject.toml, so it comes before every test.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
