"""External programs that some parts need, and how to get them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

# Chromium without window rendering: a quarter less work, and no prompts to answer.
HEADLESS_SHELL = "chromium-headless-shell"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ADVICE = (
    "Get it with `apt-get install chromium` (Debian), your system's package manager, or "
    "`.venv/bin/python -m playwright install chromium`; or name one in CHROMIUM."
)


def find_chromium() -> str | None:
    """Return the browser for the browser tests: configured, installed, or fetched by playwright."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in BROWSERS:
        found = shutil.which(name)
        if found:
            return found
    fetched = sorted(
        (Path.home() / ".cache" / "ms-playwright").glob("chromium-*/chrome-linux*/chrome")
    )
    return str(fetched[-1]) if fetched else None


def find_any_chromium() -> str | None:
    """Return the full browser, else the headless one."""
    return find_chromium() or shutil.which(HEADLESS_SHELL)


def read_version(program: str) -> str:
    """Return the first line of `program --version`; "" if it cannot run."""
    try:
        done = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode:
        return ""
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[0] if lines else ""
