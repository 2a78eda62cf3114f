"""Parses the arguments of `manage.py test`: three own words, and the rest for pytest."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parents[3] / "tests"
# pytest options whose value may look like the name of an app.
VALUED = frozenset({"-k", "-m", "-p", "-o"})
QUICK, LONG = "--quick", "--long"
# A full run with fewer tests (in %) fails (tests/plugins/skipped_tests.py). Tests that drive a
# browser are 3 %, so a run without a browser fails.
LEAST_RUN = "--least-run=99"
# Two processes more than there are cores, because browser tests wait in real time. On two cores the
# whole suite takes 37 minutes with four processes, 47 with three.
SPREAD = ("-n", str(len(os.sched_getaffinity(0)) + 2), "--dist", "worksteal")


@dataclass(frozen=True, slots=True)
class TestSelection:
    """The arguments for pytest, and whether JavaScript, browser and long tests run too."""

    pytest: tuple[str, ...]
    scripts: bool
    browser: bool
    long: bool


def select_tests(arguments: Sequence[str]) -> TestSelection:
    """Parse the arguments; a named file or `-k` selects Python tests only, without JavaScript."""
    rest = _with_folders([each for each in arguments if each not in (QUICK, LONG)])
    marks = _marks(quick=QUICK in arguments, long=LONG in arguments)
    partial = bool(rest) and _names_some(rest)
    if marks and not _has_option(rest, "-m"):
        rest += ["-m", marks]
    if not partial:
        rest += [LEAST_RUN, *([] if _has_option(rest, "-n") else SPREAD)]
    return TestSelection(tuple(rest), not partial, QUICK not in arguments, LONG in arguments)


def _with_folders(arguments: Sequence[str]) -> list[str]:
    """Replace the name of an app, or of a part of the suite, by the folder of its tests."""
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


def _has_option(arguments: Sequence[str], flag: str) -> bool:
    return any(argument.startswith(flag) for argument in arguments)


def _names_some(arguments: Sequence[str]) -> bool:
    paths = any(not a.startswith("-") and ("/" in a or a.endswith(".py")) for a in arguments)
    return paths or any(_has_option(arguments, flag) for flag in ("-k", "-m", "--lf", "--co"))
