"""Export and import: the second export equals the first, except for what was counted as lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings

from authoring.formats import csv, gift, moodle, olx, qti, registry
from authoring.formats.attune import validation
from authoring.formats.course_builder import Package
from courses.questions import gap_marks
from tests.fixtures.media_files import LocalFolder
from tests.platform.authoring.formats import random_courses

NAMES = ["olx", "qti", "qti22", "qti3", "moodle", "gift", "csv"]
HELD = {
    "olx": {"single", "multiple", "numeric", "text"},
    "qti": set(random_courses.KINDS),
    "moodle": set(random_courses.KINDS),
    "gift": {"single", "multiple", "numeric", "text", "match"},
    "csv": set(random_courses.KINDS),
}
READERS = {"olx": olx, "qti": qti, "moodle": moodle, "gift": gift, "csv": csv}
HELD["qti22"] = HELD["qti3"] = HELD["qti"]


def export_files(name, package, folder: Path):
    """Return the files that an export writes, and the left-out content."""
    files, left_out = registry.FORMATS[name].write(package, LocalFolder(folder))
    for place, content in files.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8", newline="")
    return files, +left_out


def read_again(folder: Path):
    package = Package(folder, "by-chance")
    name = registry.detect_format(package).name
    return name, READERS[name].read(package, None)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(package=random_courses.packages())
def test_a_second_export_is_the_first(name, package):
    validation.check(package)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        files, _ = export_files(name, package, Path(first))
        if not any(
            row["type"] in HELD[name] for unit in package["units"] for row in unit["questions"]
        ):
            return
        form, (found, left_out) = read_again(Path(first))
        assert form == name.rstrip("23")
        validation.check(found)
        again, _ = export_files(name, found, Path(second))
    assert again == files
    assert not any("question left out" in what for what in +left_out)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15, deadline=None)
@given(package=random_courses.packages())
def test_each_supported_question_round_trips(name, package):
    with tempfile.TemporaryDirectory() as folder:
        export_files(name, package, Path(folder))
        kept = [row for unit in package["units"] for row in unit["questions"]
                if row["type"] in HELD[name]]  # fmt: skip
        if not kept:
            return
        _, (found, _) = read_again(Path(folder))
    back = {row["id"]: row for unit in found["units"] for row in unit["questions"]}
    for row in kept:
        assert comparable_question(back[row["id"]]) == comparable_question(row)
        assert find_comparisons(back[row["id"]], name) == find_comparisons(row, name)


@pytest.mark.parametrize("compare", [{}, {"compare": "string"}])
@pytest.mark.parametrize("name", NAMES)
def test_an_answer_compared_as_text_is_counted(name, compare, tmp_path):
    """Other formats compare words; without a method an answer is compared as text."""
    gap = {"id": "g1", "kind": "text", "answer": "a", **compare}
    both = ({"type": "text", "answer": "a", **compare}, {"type": "cloze", "parts": [gap]})
    rows = [
        {"id": f"q{n}", "skills": ["area"], "prompt": "x [[g1]]", **each}
        for n, each in enumerate(both)
    ]
    unit = {"id": "u", "kind": "quiz", "title": "U", "skills": ["area"], "questions": rows}
    package = {"slug": "c", "title": "C", "language": "en", "units": [unit],
               "skills": [{"slug": "area", "name": "Area", "prerequisites": []}]}  # fmt: skip
    _, left_out = export_files(name, package, tmp_path)
    counted = sum(count for what, count in left_out.items() if "comparison method" in what)
    # OLX has no gaps, and a CSV names the method of an answer, but none of a gap.
    assert counted == {"olx": 1, "csv": 1}.get(name, 2)


def find_comparisons(row, name):
    """Return how typed answers are compared, where the format can say it."""
    asked = [] if name == "gift" else [row]
    gaps = [] if name in ("gift", "csv") else row.get("parts", ())
    return [one["compare"] for one in (*asked, *gaps) if "compare" in one]


def comparable_question(row):
    """Return what a Learner sees, without the ids of choices and gaps."""
    parts = {part["id"]: part for part in row.get("parts", ())}
    choices = [
        (
            one["text"],
            one.get("correct"),
            one.get("feedback", ""),
            parts.get(one.get("match"), {}).get("text"),
        )
        for one in row.get("choices", ())
    ]
    answer = float(row["answer"]) if row["type"] == "numeric" else row.get("answer")
    more = (answer, row.get("accepted", []), row.get("tolerance", 0) * 1.0)
    numbers = range(1, len(row.get("parts", ())) + 1)
    prompt = (
        gap_marks.rename_gaps(row["prompt"], numbers) if row["type"] == "cloze" else row["prompt"]
    )
    return row["type"], prompt, choices, more, row.get("explanation", "")
