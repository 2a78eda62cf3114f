"""The judges' programs, each pinned and in a virtual environment of its own.

Their libraries do not resolve with ours (an older, weaker wapiti would be chosen), and a judge
should not share what it judges.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PINS = {
    "wapiti": "wapiti3==3.2.3",
    "schemathesis": "schemathesis==4.32.5",
    "bandit": "bandit==1.9.4",
    "detect-secrets": "detect-secrets==1.5.0",
    "pip-audit": "pip-audit==2.10.1",
}


class NoTool(Exception):
    """A judge's program could not be made ready; the message says what pip said."""


def program(name: str, home: Path) -> Path:
    """The judge's executable under `home`; made at the first use or after a new pin."""
    folder, pin = home / name, PINS[name]
    stamp = folder / "attune-pin"
    if not stamp.exists() or stamp.read_text() != pin:
        _run("a virtual environment", sys.executable, "-m", "venv", "--clear", str(folder))
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
        _run(pin, *pip, "install", "--quiet", pin)
        stamp.write_text(pin)
    return folder / "bin" / name


def _run(what: str, *command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NoTool(f"could not make {what}: {(done.stderr or done.stdout).strip()[-500:]}")
