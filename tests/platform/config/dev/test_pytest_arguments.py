"""Which tests `manage.py test` runs for which arguments."""

from __future__ import annotations

import pytest

from config.dev.pytest_arguments import LEAST_RUN, SPREAD, select_tests


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        ([], "not long"),
        (["--quick"], "not browser and not long"),
        (["--quick", "--long"], "not browser"),
    ],
)
def test_the_words_choose_by_mark(words, marks):
    assert select_tests(words).pytest == ("-m", marks, LEAST_RUN, *SPREAD)


def test_long_runs_everything():
    assert select_tests(["--long"]).pytest == (LEAST_RUN, *SPREAD)


def test_all_other_words_go_to_pytest():
    chosen = select_tests(["-x", "--quick", "--durations=5"])
    assert chosen.pytest[:2] == ("-x", "--durations=5")
    assert chosen.scripts


@pytest.mark.parametrize("words", [["-k", "mastery"], ["tests/emotion"], ["-m", "long"], ["--lf"]])
def test_some_tests_only_means_python_only(words):
    assert not select_tests(words).scripts


def test_marks_of_the_caller_stand():
    assert select_tests(["-m", "browser"]).pytest == ("-m", "browser")


def test_quick_needs_no_browser():
    assert select_tests([]).browser
    assert not select_tests(["--quick"]).browser


def test_what_long_tests_need_is_fetched_for_them_alone():
    assert select_tests(["--long"]).long
    assert not select_tests(["tests/platform/authoring"]).long


def test_a_run_that_says_how_to_spread_is_left_as_it_is():
    assert select_tests(["-n0"]).pytest == ("-n0", "-m", "not long", LEAST_RUN)
    assert "-n" not in select_tests(["-k", "gate"]).pytest


@pytest.mark.parametrize(
    ("words", "folder"),
    [
        (["teaching"], "tests/platform/teaching"),
        (["-x", "consent"], "tests/platform/consent"),
        (["emotion"], "tests/emotion"),
        (["browser"], "tests/browser"),
    ],
)
def test_the_name_of_an_app_or_a_part_runs_its_tests_alone(words, folder):
    chosen = select_tests(words)
    assert chosen.pytest[: len(words)] == (*words[:-1], folder)
    assert not chosen.scripts


@pytest.mark.parametrize("words", [["-k", "consent"], ["nothing_here"], ["--lf", "teaching.py"]])
def test_a_word_for_pytest_is_left_as_it_is(words):
    assert select_tests(words).pytest[: len(words)] == tuple(words)
