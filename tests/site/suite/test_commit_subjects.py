"""CI refuses a commit whose subject is long or no imperative; it needs no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PERSON = {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER")
          for what, text in (("NAME", "Mia"), ("EMAIL", "mia@school.example"))}  # fmt: skip
ENVIRONMENT = {**os.environ, **PERSON, "GIT_CONFIG_GLOBAL": os.devnull}
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="Git is missing: install git")


def git(folder, *arguments):
    subprocess.run(["git", "-C", folder, *arguments], env=ENVIRONMENT, check=True)


@pytest.fixture
def commit(tmp_path):
    """Return `commit(subject)`, and the repository it adds to."""
    git(tmp_path, "init", "-q")

    def add(*subjects):
        for subject in subjects:
            git(tmp_path, "commit", "-q", "--allow-empty", "-m", subject)
        return tmp_path

    return add


def check(folder):
    """Return the exit status and the output of CI's check."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "commit_subjects.py", folder],
        env=ENVIRONMENT,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    "subject", ["Show missing captions", "Bring the clock back", "S" * 72, 'Revert "Add a page"']
)
def test_a_short_imperative_passes(commit, subject):
    assert check(commit(subject)) == (0, "")


@pytest.mark.parametrize(
    ("subject", "fault"),
    [
        ("S" * 73, "has 73 characters"),
        ("Added a page", "imperative"),
        ("Adding a page", "imperative"),
        ("add a page", "imperative"),
        ("fixup! Add a page", "imperative"),
    ],
)
def test_any_other_subject_is_refused(commit, subject, fault):
    status, output = check(commit("Begin", subject, "End"))

    assert status == 1
    assert fault in output.splitlines()[0]
    assert output.splitlines()[0].endswith(subject)


def test_merges_are_exempt(commit):
    folder = commit("Begin")
    git(folder, "checkout", "-q", "-b", "page")
    commit("Add a page")
    git(folder, "checkout", "-q", "-")
    git(folder, "merge", "-q", "--no-ff", "-m", "merging " * 20, "page")

    assert check(folder) == (0, "")


def test_a_shallow_clone_is_checked(commit, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    git(clone, "clone", "-q", "--depth=1", commit("added", "Show it").as_uri(), ".")

    assert check(clone) == (0, "")


def test_a_tree_without_history_passes(tmp_path):
    status, output = check(tmp_path)

    assert status == 0
    assert "no Git history" in output


def test_only_the_latest_commits_are_checked(commit):
    folder = commit("added")
    author = "committer Mia <mia@school.example> 1796000000 +0000\n"
    stream = "".join(
        f"commit refs/heads/pages\n{author}data 8\nAdd page\n{'from HEAD^0' * (not n)}\n"
        for n in range(49)
    )
    subprocess.run(
        ["git", "-C", folder, "fast-import", "--quiet"], input=stream, text=True, check=True
    )
    git(folder, "checkout", "-q", "pages")

    assert check(folder)[0] == 1
    assert check(commit("Add the last page"))[0] == 0


def test_ci_runs_the_check():
    assert "python3 .ci/commit_subjects.py\n" in (ROOT / ".ci" / "run").read_text()
