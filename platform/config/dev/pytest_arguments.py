"""Which tests a command line asks for: our three words, and what is left for pytest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[3] / "tests"
# Options of pytest whose value may be a word that is the name of an app, too.
VALUED = frozenset({"-k", "-m", "-p", "-o"})
QUICK, LONG = "--quick", "--long"
# A whole run with fewer tests than this says so and fails (tests/plugins/skipped_tests.py): those
# that drive a browser are 3 %, so it fails without one.
LEAST_RUN = "--least-run=99"
# One process more than there are cores: the stories in the browser wait out real time, and half of
# every core lay idle.
SPREAD = ("-n", str(len(os.sched_getaffinity(0)) + 1), "--dist", "worksteal")


@dataclass(frozen=True, slots=True)
class Selection:
    """The arguments for pytest, and whether JavaScript and browser tests run too."""

    pytest: tuple[str, ...]
    scripts: bool
    browser: bool


def choose(arguments: Sequence[str]) -> Selection:
    """A named file or `-k` asks for some Python tests only, so the JavaScript ones stay out."""
    rest = _with_folders([each for each in arguments if each not in (QUICK, LONG)])
    marks = _marks(quick=QUICK in arguments, long=LONG in arguments)
    partial = bool(rest) and _names_some(rest)
    if marks and not _has(rest, "-m"):
        rest += ["-m", marks]
    if not partial:
        rest += [LEAST_RUN, *([] if _has(rest, "-n") else SPREAD)]
    return Selection(tuple(rest), not partial, QUICK not in arguments)


def _with_folders(arguments: Sequence[str]) -> list[str]:
    """Put the folder of its tests for the name of an app or of a part of the suite."""
    before = ["", *arguments]
    return [
        argument if option in VALUED else _folder_of(argument)
        for option, argument in zip(before, arguments, strict=False)
    ]


def _folder_of(argument: str) -> str:
    if not argument.isidentifier():
        return argument
    folders = [place / argument for place in (TESTS / "platform", TESTS)]
    found = [str(folder.relative_to(TESTS.parent)) for folder in folders if folder.is_dir()]
    return found[0] if found else argument


def _marks(*, quick: bool, long: bool) -> str:
    wanted = [] if long else ["not long"]
    return " and ".join(["not browser", *wanted] if quick else wanted)


def _has(arguments: Sequence[str], flag: str) -> bool:
    return any(argument.startswith(flag) for argument in arguments)


def _names_some(arguments: Sequence[str]) -> bool:
    paths = any(not a.startswith("-") and ("/" in a or a.endswith(".py")) for a in arguments)
    return paths or any(_has(arguments, flag) for flag in ("-k", "-m", "--lf", "--co"))
