"""The scanners' programs, each pinned and in its own Python or Node environment.

Their libraries conflict with ours (an older, weaker wapiti would be chosen), and a scanner should
not share code with what it scans.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

PINS = {
    "wapiti": "wapiti3==3.2.3",
    "schemathesis": "schemathesis==4.32.5",
    "bandit": "bandit==1.9.4",
    "detect-secrets": "detect-secrets==1.5.0",
    "pip-audit": "pip-audit==2.10.1",
    "lighthouse": "lighthouse@12.8.2",
}


class NoTool(Exception):
    """A scanner's program could not be installed; the message is its installer's output."""


def install_program(name: str, home: Path) -> Path:
    """Return the scanner's executable under `home`; install it at first use or after a new pin."""
    folder, pin = home / name, PINS[name]
    stamp = folder / "attune-pin"
    by_node = "@" in pin
    if not stamp.exists() or stamp.read_text() != pin:
        (_install_with_npm if by_node else _install_with_pip)(folder, pin)
        stamp.write_text(pin)
    return folder / ("node_modules/.bin" if by_node else "bin") / name


def _install_with_pip(folder: Path, pin: str) -> None:
    _run("a virtual environment", sys.executable, "-m", "venv", "--clear", str(folder))
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run(pin, *pip, "install", "--quiet", pin)


def _install_with_npm(folder: Path, pin: str) -> None:
    """Install without the packages' scripts: one would fetch a browser, and one is installed."""
    npm = shutil.which("npm")
    if npm is None:
        raise NoTool(f"{pin} needs Node.js and npm on the path")
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    _run(pin, npm, "install", *quiet, "--prefix", str(folder), pin)


def _run(what: str, *command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoTool(f"could not make {what}: {(done.stderr or done.stdout).strip()[-500:]}")
