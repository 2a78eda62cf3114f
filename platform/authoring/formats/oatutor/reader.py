"""Reads an OATutor content pool into a draft: a lesson is a quiz, a problem's step a question."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from accounts.name_order import by_name
from authoring.course_draft import CourseDraft, QuestionDraft, SkillDraft, UnitDraft
from authoring.errors import BrokenPackage, load_json
from authoring.formats.oatutor.problems import OatutorProblem, problem_drafts
from authoring.media.storage import MediaShelf
from authoring.slugs import Slugs, add_free_number, slug
from authoring.translatable_message import message

POOL = "content-pool"
SKILLS = "skillModel.json"
LONGEST_REF = 120
LONGEST_TITLE = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
Json = Mapping[str, Any]
Tell = Callable[[int, int], None]


def slug_of(course: str) -> str:
    return f"oatutor-{slug(course.split(':')[-1])}"


def course_names(root: Path) -> list[str]:
    """Return the courses that the problems of the pool name."""
    return by_name({course_of(root, name) for name in _names(root)}, str)


def course_of(root: Path, name: str) -> str:
    """Return the course that a problem names; BrokenPackage where the name cannot be used."""
    file = f"{POOL}/{name}/{name}.json"
    problem = load_json(root, file)
    course = problem.get("courseName") if isinstance(problem, dict) else None
    title = _tidy(course) if isinstance(course, str) else ""
    if not 0 < len(title) <= LONGEST_TITLE or _CONTROL.search(title):
        what = message(_("expected a course name of at most {most} characters"), most=LONGEST_TITLE)
        raise BrokenPackage(file, "courseName", what)
    return title


def _tidy(course: str) -> str:
    return " ".join(course.split())


def read(root: Path, course: str, shelf: MediaShelf, tell: Tell) -> CourseDraft:
    """Return the draft of one course of the pool; call `tell(done, total)` after each problem."""
    left_out: Counter[str] = Counter()
    names = [name for name in _names(root) if course_of(root, name) == course]
    model = _skill_model(root)
    lessons: dict[tuple[str, str], list[QuestionDraft]] = defaultdict(list)
    for done, name in enumerate(names, 1):
        problem = OatutorProblem.load(root, name)
        lessons[problem.lesson] += problem_drafts(problem, model, shelf, left_out)
        tell(done, len(names))
    units = _units(lessons)
    _note_left_out(root, course, names, shelf, left_out)
    return CourseDraft(
        slug=slug_of(course),
        columns=_columns(root, course),
        skills=_skills(units),
        misconceptions={},
        units=units,
        left_out=left_out,
    )


def _names(root: Path) -> list[str]:
    names = [path.name for path in (root / POOL).iterdir() if path.is_dir()]
    if not names:
        raise BrokenPackage(POOL, "", _("expected problems, found none"))
    return sorted(names, key=lambda name: _natural_key((name,)))


def _natural_key(key: Iterable[str]) -> list[list[tuple[int, str]]]:
    """Return a sort key that puts 1.2 before 1.10."""
    return [
        [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text)]
        for text in key
    ]


def _skill_model(root: Path) -> Mapping[str, list[str]]:
    model = load_json(root, SKILLS)
    if not isinstance(model, dict) or not all(isinstance(row, list) for row in model.values()):
        raise BrokenPackage(SKILLS, "", _("expected a list of skills for each step"))
    return model


def _units(lessons: Mapping[tuple[str, str], list[QuestionDraft]]) -> tuple[UnitDraft, ...]:
    """Return the lessons in the order of their names; repeated ids get a number."""
    taken: set[str] = set()
    return tuple(_unit(key, lessons[key], taken) for key in sorted(lessons, key=_natural_key))


def _unit(key: tuple[str, str], questions: list[QuestionDraft], taken: set[str]) -> UnitDraft:
    title, lesson = key
    ref = _free_ref(lesson, taken)
    placed = tuple(
        replace(row, ref=_free_ref(row.ref, taken), columns={**row.columns, "position": place})
        for place, row in enumerate(questions, 1)
    )
    skills = dict.fromkeys(skill for row in placed for skill in row.skills)
    return UnitDraft(ref=ref, kind="quiz", title=title, skills=tuple(skills), questions=placed)


def _free_ref(ref: str, taken: set[str]) -> str:
    free = add_free_number(ref, taken, LONGEST_REF)
    taken.add(free)
    return free


def _skills(units: Iterable[UnitDraft]) -> tuple[SkillDraft, ...]:
    """Return the raw skill names as skills: a readable name, and a slug that is safe in a URL."""
    slugs = Slugs()
    refs = dict.fromkeys(skill for unit in units for skill in unit.skills)
    return tuple(SkillDraft(ref, slugs.take(ref, "skill"), _skill_name(ref)) for ref in refs)


def _skill_name(ref: str) -> str:
    """Make a readable name; a leading `and`, left from a split list, is dropped."""
    words = re.sub(r"\s+", " ", ref.replace("_", " ").replace("**", "^")).strip(" .:")
    words = words.removeprefix("and ")
    return (words[:1].upper() + words[1:])[:200] or "Skill"


def _columns(root: Path, title: str) -> dict[str, Any]:
    plan = _plan(root, title)
    subject = title.split(":")[-1].strip()
    url, licence = _address_and_name(plan.get("courseLicense"))
    book_url, book = _address_and_name(plan.get("courseOER"))
    language = plan.get("language")
    return {
        "title": subject or title,
        "description": "",
        "language": language if isinstance(language, str) and language else "en",
        "level": "",
        "minutes": None,
        "authors": [],
        "sections": [],
        "licence_name": licence[:80],
        "licence_url": url[:300],
        "attribution": " · ".join(part for part in (book, book_url, licence) if part),
    }


def _address_and_name(cell: object) -> tuple[str, str]:
    """Split `address <name>` into both; return empty texts where the package has none."""
    if not isinstance(cell, str) or not cell.strip():
        return "", ""
    found = re.fullmatch(r"(?:(https?://\S+)\s*)?(?:<(.*)>)?", cell.strip())
    return (found[1] or "", (found[2] or "").strip()) if found else ("", cell.strip())


def _plan(root: Path, title: str) -> Json:
    if not (root / "coursePlans.json").is_file():
        return {}
    plans = load_json(root, "coursePlans.json")
    rows = (plan for plan in plans if isinstance(plan, dict)) if isinstance(plans, list) else ()
    return next((plan for plan in rows if _tidy(str(plan.get("courseName"))) == title), {})


def _note_left_out(
    root: Path, course: str, names: list[str], shelf: MediaShelf, left_out: Counter[str]
) -> None:
    folders = [root / POOL / name / "figures" for name in names]
    pictures = (path.relative_to(root) for folder in folders for path in folder.glob("*"))
    left_out[_("image that no imported text uses")] += sum(
        not shelf.contains(path.as_posix()) for path in pictures
    )
    if (root / "bkt-params").is_dir():
        left_out[
            _(
                "bkt-params file (default values, not fitted ones; this site makes its own "
                "estimates of mastery)"
            )
        ] += 1
    plan = _plan(root, course)
    if plan:
        lessons = [row for row in plan.get("lessons") or () if isinstance(row, dict)]
        goals = sum(len(lesson.get("learningObjectives") or ()) for lesson in lessons)
        left_out[_("mastery goal of a lesson in coursePlans.json")] += goals
