"""What `manage.py test` runs for which words."""

from __future__ import annotations

import pytest

from operations.selection import SPREAD, choose


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        ([], "not long"),
        (["--quick"], "not browser and not long"),
        (["--quick", "--long"], "not browser"),
    ],
)
def test_the_words_choose_by_mark(words, marks):
    assert choose(words).pytest == ("-m", marks, *SPREAD)


def test_long_runs_everything():
    assert choose(["--long"]).pytest == SPREAD


def test_all_other_words_go_to_pytest():
    chosen = choose(["-x", "--quick", "--durations=5"])
    assert chosen.pytest[:2] == ("-x", "--durations=5")
    assert chosen.scripts


@pytest.mark.parametrize("words", [["-k", "mastery"], ["tests/emotion"], ["-m", "long"], ["--lf"]])
def test_some_tests_only_means_python_only(words):
    assert not choose(words).scripts


def test_marks_of_the_caller_stand():
    assert choose(["-m", "browser"]).pytest == ("-m", "browser")


def test_quick_needs_no_browser():
    assert choose([]).browser
    assert not choose(["--quick"]).browser


def test_a_run_that_says_how_to_spread_is_left_as_it_is():
    assert choose(["-n0"]).pytest == ("-n0", "-m", "not long")
    assert "-n" not in choose(["-k", "gate"]).pytest
