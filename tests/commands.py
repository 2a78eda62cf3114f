"""A command of ours in a process of its own, which knows nothing of the test around it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OF_THE_TEST = ("DATABASE", "KEYSTORE", "ATTUNE_", "REDIS", "PYTEST", "DJANGO")


def run_apart(folder, *arguments, timeout=900):
    """What it printed and how it ended; its data lie in the folder."""
    clean = {k: v for k, v in os.environ.items() if not any(part in k for part in OF_THE_TEST)}
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=ROOT,
        env={**clean, "ATTUNE_VAR": str(folder), "ATTUNE_NO_BOOTSTRAP": "1"},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
