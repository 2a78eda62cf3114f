"""The command of every training: a process of its own, one thread, fixed kernels."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# The same order of sums on every x86 processor, so that the digest is the same too.
PINNED = {
    "ATEN_CPU_CAPABILITY": "default",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "MKL_CBWR": "COMPATIBLE",
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "X86_V3,X86_V4,AVX512_ICL,AVX512_SPR",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}
# Instead of a data folder: the data comes over standard input and is on no disk.
FROM_STDIN = "-"


def command(recipe: str, out: Path, data: str = "") -> list[str]:
    """Return the process's arguments; `data` is a folder or `FROM_STDIN`, "" for none."""
    words = [sys.executable, "-m", "emotion.training", recipe, str(out)]
    return [*words, data] if data else words


def environment() -> dict[str, str]:
    return {**os.environ, **PINNED}
