"""Grades are rounded in one place: `courses.gradebook.percents` divides and rounds them."""

from __future__ import annotations

import ast
from pathlib import Path

PLATFORM = Path(__file__).resolve().parents[3] / "platform"
# Each module that computes, shows or exports a grade, a score or a test result.
GRADES = [
    "learner/courses/views.py",
    "learner/home/views.py",
    "learner/api/attempts.py",
    "learner/exams",
    "learner/questions/response_history.py",
    "courses/attempts.py",
    "courses/gradebook/attempt_scores.py",
    "courses/gradebook/course_totals.py",
    "courses/gradebook/learner_grades.py",
    "courses/gradebook/mark_notes.py",
    "courses/gradebook/grades.py",
    "courses/gradebook/regrade_credits.py",
    "courses/gradebook/regrade_notes.py",
    "courses/gradebook/regrade_preview.py",
    "courses/gradebook/regrades.py",
    "courses/gradebook/scores.py",
    "privacy/export/xapi.py",
    "teaching/grades",
    "teaching/marking",
]
# What these modules round besides grades: minutes of a time limit, video times, and typed points.
OF_TIMES = {
    "learner/exams/start_page.py: unit.time_limit_s // 60",
    "learner/exams/report.py: begin",
    "privacy/export/xapi.py: round(row.resume_s, 3)",
    "privacy/export/xapi.py: round(row.unit.video.duration_s, 3)",
    "teaching/marking/forms.py: 100 * reading.value",
    "teaching/grades/unit_date_views.py: unit.time_limit_s // 60",
    "teaching/grades/forms.py: unit.time_limit_s // 60",
}
ROUNDS = {"round", "floor", "ceil", "trunc", "quantize"}


def files():
    for name in GRADES:
        path = PLATFORM / name
        assert path.exists(), name
        yield from sorted(path.rglob("*.py")) if path.is_dir() else [path]


def own_rounding(path):
    """Find rounding in a module: calls, integer division, a scale of a hundred, and formats."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in ROUNDS:
                yield ast.unparse(node)
            case ast.BinOp(op=ast.FloorDiv()):
                yield ast.unparse(node)
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=100 | 100.0)):
                yield ast.unparse(node)
            case ast.BinOp(op=ast.Mult(), right=ast.Constant(value=100 | 100.0)):
                yield ast.unparse(node)
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=spec)])):
                if str(spec).endswith(("f", "%")):
                    yield ast.unparse(node.value)


def test_grade_code_rounds_with_the_shared_function():
    found = {
        f"{path.relative_to(PLATFORM)}: {code}" for path in files() for code in own_rounding(path)
    }
    assert found == OF_TIMES


def test_every_module_that_rounds_a_grade_is_in_the_list():
    """A module that imports the function handles grades, so its own lines must follow the rule."""
    listed = {path.relative_to(PLATFORM) for path in files()}
    importers = {
        path.relative_to(PLATFORM)
        for path in PLATFORM.rglob("*.py")
        if "from courses.gradebook.percents import" in path.read_text()
    }
    assert importers
    assert importers <= listed
