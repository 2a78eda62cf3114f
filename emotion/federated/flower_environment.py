"""Flower's own environment, created at the first use: 240 MB, a minute or two."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

WANTED = Path(__file__).with_name("flower") / "requirements.txt"


def find_python(folder: Path) -> Path:
    """Return the environment's Python under `folder`; recreate it if its packages changed."""
    digest = hashlib.sha256(WANTED.read_bytes()).hexdigest()[:12]
    found = folder / f"flower-{digest}" / "bin" / "python"
    ready = found.parents[1] / "ready"
    if not ready.is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", found.parents[1]], check=True)
        install = ["-m", "pip", "install", "--quiet", "--no-compile", "-r", str(WANTED)]
        subprocess.run([str(found), *install], check=True)
        ready.touch()
    return found
