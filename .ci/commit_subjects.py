"""Checks the subjects of the last 50 commits of a checkout: `commit_subjects.py [FOLDER]`.

A subject has at most 72 characters and begins with an imperative verb: capitalised, not a
participle. Merges are exempt, because Git names them. A shallow clone has fewer commits.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LONGEST, LATEST = 72, 50
PARTICIPLE = re.compile(r"\w+(?:ed|ing)\b")
# Imperatives that look like participles.
IMPERATIVES = frozenset(
    {"Bring", "Embed", "Exceed", "Feed", "Need", "Ping", "Proceed", "Seed", "Shed", "String"}
)


def main(root: Path) -> int:
    """Report each faulty subject; return the exit status."""
    if not (root / ".git").exists():
        sys.stderr.write("ci: no Git history here, so no commit subject was checked\n")
        return 0
    faults = [
        f"{commit} {fault}: {subject}"
        for commit, subject in read_log(root)
        for fault in find_faults(subject)
    ]
    for fault in faults:
        sys.stderr.write(f"ci: {fault}\n")
    if faults:
        sys.stderr.write("ci: reword with `git commit --amend` or `git rebase -i`\n")
    return int(bool(faults))


def read_log(root: Path) -> list[list[str]]:
    """Return [short hash, subject] of each commit."""
    # The folder may belong to another account than CI's.
    git = ("git", "-c", "safe.directory=*", "-C", str(root))
    log = subprocess.run(
        [*git, "log", f"-{LATEST}", "--no-merges", "--format=%h %s"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [line.split(" ", 1) for line in log.stdout.splitlines()]


def find_faults(subject: str) -> Iterator[str]:
    """Yield what is wrong, as a sentence about the commit."""
    first = subject.split(" ", 1)[0]
    if len(subject) > LONGEST:
        yield f"has {len(subject)} characters, more than {LONGEST}"
    if not first[:1].isupper() or (first not in IMPERATIVES and PARTICIPLE.match(first)):
        yield "does not begin with a capitalised imperative verb"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1])))
