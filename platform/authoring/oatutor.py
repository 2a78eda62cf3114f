"""Reads an OATutor content pool into a draft: a lesson is a quiz, a problem's step a question."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.broken import BrokenPackage, load_json
from authoring.drafts import CourseDraft, QuestionDraft, SkillDraft, UnitDraft
from authoring.oatutor_problems import Problem, problem_drafts
from authoring.oatutor_skills import skill_drafts
from authoring.shelf import Shelf

POOL = "content-pool"
SKILLS = "skillModel.json"
ATTRIBUTION = (
    "Problems from {book} (CC BY 4.0); hints and scaffolds by OATutor, "
    "CAHLR/OATutor-Content (CC BY 4.0)."
)
Json = Mapping[str, Any]
Tell = Callable[[int, int], None]


def slug_of(root: Path) -> str:
    return _slug(_course_name(root))


def read(root: Path, shelf: Shelf, tell: Tell) -> CourseDraft:
    """The draft; `tell(done, total)` is called after each problem."""
    left_out: Counter[str] = Counter()
    names = _names(root)
    model = _skill_model(root)
    lessons: dict[tuple[str, str], list[QuestionDraft]] = defaultdict(list)
    for done, name in enumerate(names, 1):
        problem = Problem.load(root, name)
        lessons[problem.lesson] += problem_drafts(problem, model, shelf, left_out)
        tell(done, len(names))
    units = tuple(_unit(key, lessons[key]) for key in sorted(lessons, key=_natural))
    _note_left_out(root, shelf, left_out)
    title = _course_name(root)
    return CourseDraft(
        slug=_slug(title),
        columns=_columns(root, title),
        skills=_skills(units),
        misconceptions={},
        units=units,
        left_out=left_out,
    )


def _names(root: Path) -> list[str]:
    names = [path.name for path in (root / POOL).iterdir() if path.is_dir()]
    if not names:
        raise BrokenPackage(POOL, "", _("expected problems, found none"))
    return sorted(names, key=lambda name: _natural((name,)))


def _natural(key: Iterable[str]) -> list[list[tuple[int, str]]]:
    """Sorts 1.2 before 1.10."""
    return [
        [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]
        for text in key
    ]


def _course_name(root: Path) -> str:
    name = _names(root)[0]
    file = f"{POOL}/{name}/{name}.json"
    problem = load_json(root, file)
    found = problem.get("courseName") if isinstance(problem, dict) else None
    if not isinstance(found, str) or not found.strip():
        raise BrokenPackage(file, "courseName", _("expected the name of the course"))
    return found.strip()


def _slug(title: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", title.split(":")[-1].lower()).strip("-")
    return f"oatutor-{words}"[:80].rstrip("-")


def _skill_model(root: Path) -> Mapping[str, list[str]]:
    model = load_json(root, SKILLS)
    if not isinstance(model, dict) or not all(isinstance(row, list) for row in model.values()):
        raise BrokenPackage(SKILLS, "", _("expected a list of skills for each step"))
    return model


def _unit(key: tuple[str, str], questions: list[QuestionDraft]) -> UnitDraft:
    title, ref = key
    placed = tuple(
        QuestionDraft(row.ref, row.skills, {**row.columns, "position": place}, row.hints)
        for place, row in enumerate(questions, 1)
    )
    skills = dict.fromkeys(skill for row in placed for skill in row.skills)
    return UnitDraft(ref=ref, kind="quiz", title=title, skills=tuple(skills), questions=placed)


def _skills(units: Iterable[UnitDraft]) -> tuple[SkillDraft, ...]:
    return skill_drafts(dict.fromkeys(skill for unit in units for skill in unit.skills))


def _columns(root: Path, title: str) -> dict[str, Any]:
    plan = _plan(root, title)
    subject = title.split(":")[-1].strip()
    book = f"{title.split(':')[0]} {subject} 2e"
    return {
        "title": f"{subject}: practice",
        "description": f"Practice problems with hints and scaffolds for {subject}.",
        "language": plan.get("language", "en"),
        "level": "",
        "minutes": None,
        "authors": ["OpenStax", "OATutor"],
        "licence_name": "CC BY 4.0",
        "licence_url": str(plan.get("courseLicense", "")).split(" ")[0],
        "attribution": ATTRIBUTION.format(book=book),
    }


def _plan(root: Path, title: str) -> Json:
    if not (root / "coursePlans.json").is_file():
        return {}
    plans = load_json(root, "coursePlans.json")
    return next((plan for plan in plans if plan.get("courseName", "").strip() == title), {})


def _note_left_out(root: Path, shelf: Shelf, left_out: Counter[str]) -> None:
    pictures = (path.relative_to(root) for path in (root / POOL).glob("*/figures/*"))
    left_out[_("picture that no kept text names")] += sum(
        not shelf.holds(path.as_posix()) for path in pictures
    )
    if (root / "bkt-params").is_dir():
        left_out[_("bkt-params file (defaults, not fits; mastery is our own)")] += 1
    plan = _plan(root, _course_name(root))
    if plan:
        goals = sum(len(lesson.get("learningObjectives", ())) for lesson in plan["lessons"])
        left_out[_("mastery goal of a lesson in coursePlans.json")] += goals
