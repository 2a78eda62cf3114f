"""How a training is started anywhere here: a process of its own, one thread, fixed kernels."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# The same sums in the same order on every x86 processor, so that the digest is the same too.
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
# In place of a folder of data: it comes over standard input, and lies on no disk.
OVER_INPUT = "-"


def command(recipe: str, out: Path, data: str = "") -> list[str]:
    """The process's words; `data` is a folder or `OVER_INPUT`, "" where the recipe needs none."""
    words = [sys.executable, "-m", "emotion.training", recipe, str(out)]
    return [*words, data] if data else words


def environment() -> dict[str, str]:
    return {**os.environ, **PINNED}
