"""The judges' programs, each pinned and in an environment of its own: Python's or Node's.

Their libraries do not resolve with ours (an older, weaker wapiti would be chosen), and a judge
should not share what it judges.
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
    """A judge's program could not be made ready; the message says what was said."""


def program(name: str, home: Path) -> Path:
    """The judge's executable under `home`; made at the first use or after a new pin."""
    folder, pin = home / name, PINS[name]
    stamp = folder / "attune-pin"
    by_node = "@" in pin
    if not stamp.exists() or stamp.read_text() != pin:
        (_with_npm if by_node else _with_pip)(folder, pin)
        stamp.write_text(pin)
    return folder / ("node_modules/.bin" if by_node else "bin") / name


def _with_pip(folder: Path, pin: str) -> None:
    _run("a virtual environment", sys.executable, "-m", "venv", "--clear", str(folder))
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run(pin, *pip, "install", "--quiet", pin)


def _with_npm(folder: Path, pin: str) -> None:
    """Without the scripts of packages: one would fetch a browser, and there is one here."""
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
