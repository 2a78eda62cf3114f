"""First changes as patches: read, applied to a copy of the working tree, and checked there.

`<name>.patch` is the whole change but its translations, which are in `<name>.de.po`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Where people agree to it or the law allows it, a change has its own text in each language,
# for each age and for each country. The page of the legal profiles is made from their files.
NOT_COUNTED = (
    "platform/consent/notices/notice_texts/",
    "platform/consent/legal_profiles/",
    "docs/legal-profiles.md",
    "platform/locale/",
)
# What the change does, as opposed to its tests and pages.
PRODUCT = ("emotion/*", "interventions/*", "platform/*", "static/*", "templates/*")
# Compiled modules are copied, so that no check compiles the platform again.
LEFT_BEHIND = (
    ".git",
    ".venv",
    "node_modules",
    "vendor",
    "var",
    ".*_cache",
    ".hypothesis",
    "*.pyc.*",
)
SHARED = (".venv", "node_modules", "static/vendor")
# The run that started these tests has a database and folders of its own.
OWN_ENVIRONMENT = re.compile(r"(ATTUNE|BROKER|DATABASE|DJANGO|KEYSTORE|PYTEST)_")


class TooManyFiles(Exception):
    """The change touches more files than CONTRIBUTING.md promises, or a migration."""


class OutdatedPatch(Exception):
    """The code has moved, so the patch does not apply."""


class FailedCheck(Exception):
    """A command failed in the changed copy; the message has the end of its output."""


@dataclass(frozen=True, slots=True)
class FirstChange:
    """A change, the heading of its recipe in CONTRIBUTING.md, and what shows that it works."""

    name: str
    recipe: str
    most_files: int
    tests: tuple[str, ...]

    @property
    def patch(self) -> Path:
        return HERE / f"{self.name}.patch"

    @property
    def translations(self) -> Path:
        return HERE / f"{self.name}.de.po"


def check_size(change: FirstChange) -> None:
    """Raise TooManyFiles if the patch has too many files or a migration."""
    touched = list_files(change.patch)
    counted = [file for file in touched if not file.startswith(NOT_COUNTED)]
    if len(counted) > change.most_files:
        files = "\n".join(counted)
        raise TooManyFiles(
            f"{change.patch.name}: expected at most {change.most_files} files, "
            f"got {len(counted)}:\n{files}"
        )
    if migrations := [file for file in touched if "/migrations/" in file]:
        raise TooManyFiles(f"{change.patch.name}: expected no migration, got {migrations}")


def list_files(patch: Path) -> list[str]:
    done = _call(["git", "apply", "--numstat", str(patch)], HERE)
    return [line.split("\t")[2] for line in done.stdout.splitlines()]


def copy_tree(target: Path) -> None:
    """Copy the working tree, with all that is not committed yet; share what is installed."""
    shutil.copytree(ROOT, target, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    for name in SHARED:
        (target / name).symlink_to(ROOT / name)


def apply_patch(change: FirstChange, copy: Path, *, leave_out: Sequence[str] = ()) -> None:
    """Apply the patch where one line around each hunk is still there; raise OutdatedPatch."""
    excluded = [f"--exclude={pattern}" for pattern in leave_out]
    done = _call(["git", "apply", "-C1", "--verbose", *excluded, str(change.patch)], copy)
    if done.returncode:
        errors = done.stderr[done.stderr.find("error:") :]
        raise OutdatedPatch(
            f"{change.patch.name} no longer applies:\n{errors}"
            f'Make the change again by the recipe "{change.recipe}" of CONTRIBUTING.md, and '
            f"store it: git diff > tests/first_changes/{change.patch.name}"
        )


def check_catalogues(change: FirstChange, copy: Path) -> None:
    """Take the translations and check them, and that no model has changed."""
    _manage(copy, "translations", "--take", str(change.translations))
    _manage(copy, "translations", "check")
    _manage(copy, "makemigrations", "--check", "--dry-run")


def run_tests(change: FirstChange, copy: Path) -> None:
    """Run the tests of the change in the copy, on a database of their own."""
    _check([sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *change.tests], copy)


def _manage(copy: Path, *arguments: str) -> None:
    _check([sys.executable, "manage.py", *arguments], copy)


def _check(command: list[str], copy: Path) -> None:
    done = _call(command, copy)
    if done.returncode:
        said = (done.stdout + done.stderr)[-4000:]
        raise FailedCheck(f"{' '.join(command[1:])}: {done.returncode}\n{said}")


def _call(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, env=_environment(folder), check=False, capture_output=True, text=True
    )


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment without that of the running tests; git finds no repository above."""
    ours = {name: value for name, value in os.environ.items() if not OWN_ENVIRONMENT.match(name)}
    return ours | {"ATTUNE_LEND_POSTGRES": "", "GIT_CEILING_DIRECTORIES": str(folder.parent)}
