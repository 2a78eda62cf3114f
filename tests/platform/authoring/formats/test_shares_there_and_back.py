"""Shares of the points come back as they were, or the loss report counts them."""

from __future__ import annotations

import tempfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.formats.attune import validation
from tests.platform.authoring.formats.test_there_and_back import export_files, read_again

FORMATS = ["olx", "gift", "moodle", "qti", "qti3"]
# A rounded share of Moodle has five decimal places.
NEAR = Fraction(1, 1000)
SHARES = st.sampled_from([5, 10, 20, 25, 30, 40, 50, 60, 70, 75, 80, 90])


@st.composite
def singles(draw):
    shares = draw(st.lists(st.none() | SHARES, min_size=1, max_size=4))
    choices = [{"id": "a", "text": "Right one", "correct": True}]
    for number, share in enumerate(shares):
        choice = {"id": f"w{number}", "text": f"Wrong {number}", "correct": False}
        choices.append(choice if share is None else choice | {"share": share})
    return {"type": "single", "choices": draw(st.permutations(choices))}


@st.composite
def multiples(draw):
    first = draw(SHARES)
    wrong = draw(st.lists(st.none() | SHARES, min_size=1, max_size=3))
    rows = [
        {"id": "a", "text": "Right one", "correct": True, "share": first},
        {"id": "b", "text": "Right two", "correct": True, "share": 100 - first},
    ]
    for number, share in enumerate(wrong):
        row = {"id": f"w{number}", "text": f"Wrong {number}", "correct": False}
        rows.append(row | {"share": -(share or 100)})
    return {"type": "multiple", "partial_credit": True, "choices": draw(st.permutations(rows))}


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=20, deadline=None)
@given(question=singles() | multiples())
def test_key_comes_back_and_shares_do_or_are_counted(name, question):
    row = {"id": "q1", "prompt": "Which?", "skills": ["slope"], **question}
    package = make_package(row)
    validation.check(package)
    with tempfile.TemporaryDirectory() as folder:
        _, lost_out = export_files(name, package, Path(folder))
        _, (found, lost_in) = read_again(Path(folder))
    validation.check(found)
    (back,) = (row for unit in found["units"] for row in unit["questions"])
    assert {one["text"]: one["correct"] for one in back["choices"]} == {
        one["text"]: one["correct"] for one in row["choices"]
    }
    if not lost_out + lost_in:
        there, again = shares_by_text(row), shares_by_text(back)
        assert bool(back.get("partial_credit")) == bool(row.get("partial_credit"))
        assert all(abs(there[text] - again[text]) < NEAR for text in there), (there, again)


def shares_by_text(row):
    right = sum(one["correct"] for one in row["choices"])
    several = row["type"] == "multiple"

    def share(choice):
        if "share" in choice:
            return Fraction(str(choice["share"])) / 100
        return Fraction(1, right) if choice["correct"] else Fraction(-several, right)

    return {one["text"]: share(one) for one in row["choices"]}


def make_package(row):
    unit = {"id": "quiz-1", "kind": "quiz", "title": "A quiz", "skills": ["slope"]}
    head = {"format": "attune-course", "format_version": "1.1", "slug": "by-chance"}
    skills = [{"slug": "slope", "name": "Slope", "prerequisites": []}]
    units = [unit | {"questions": [row]}]
    return {**head, "title": "Shares", "language": "en", "skills": skills, "units": units}
