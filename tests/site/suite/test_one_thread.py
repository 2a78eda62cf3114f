"""The processes of the tests, and those they start, compute in one thread."""

from __future__ import annotations

import subprocess
import sys

import pytest

COUNTS = {
    "torch": "import torch; print(torch.get_num_threads())",
    "numpy": "import numpy, threadpoolctl as t; print(max(p['num_threads'] "
    "for p in t.threadpool_info()))",
}


@pytest.mark.parametrize("library", COUNTS)
def test_no_test_computes_in_more_than_one_thread(library):
    done = subprocess.run(
        [sys.executable, "-c", COUNTS[library]], capture_output=True, text=True, check=True
    )
    assert done.stdout == "1\n"
