"""Check what the schema of an Attune course cannot express: references, times, working draws."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop as _

from authoring import open_questions, opening_conditions, random_questions
from authoring.errors import BrokenPackage
from authoring.formats.attune import answer_validation
from authoring.formats.attune.questions import skills_of
from authoring.translatable_message import message
from courses import external_videos
from courses.answers import expressions
from courses.models.unit import KINDS
from courses.question_types.base import QuestionItem
from courses.question_types.registry import QUESTION_TYPES
from courses.questions import question_parameters

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

FILE = answer_validation.FILE
MOMENTS = ("opens_at", "due_at")
DRAWS_CHECKED = 20
NO_ADDRESS = _("expected the address of a video, such as https://vimeo.com/76979871")
Json = Mapping[str, Any]


def check(course: Any) -> None:
    """Raise BrokenPackage at the first error in the content of course.json."""
    _check_schema(course)
    _check_skills(course)
    _check_ids(course)
    _check_sections(course)
    _check_conditions(course["units"])
    _check_random_questions(course)
    _check_open_questions(course)
    misconceptions = {row["slug"] for row in course.get("misconceptions", ())}
    for place, question in iterate_questions(course):
        _check_question(place, question, misconceptions)


def iterate_questions(course: Json) -> Iterator[tuple[str, Json]]:
    """Yield each question and variant with its place in the file, then those of the bank."""
    for at, unit in enumerate(course["units"]):
        for number, question in enumerate(unit.get("questions", ())):
            place = f"units[{at}].questions[{number}] ({question['id']})"
            yield place, question
            for variant in question.get("variants", ()):
                yield f"{place}.variants ({variant['id']})", variant
    for number, question in enumerate(course.get("bank", ())):
        yield f"bank[{number}] ({question['id']})", question


def _with_variants(unit: Json) -> Iterator[Json]:
    for question in unit.get("questions", ()):
        yield question
        yield from question.get("variants", ())


@cache
def schema() -> dict[str, Any]:
    """Return the JSON schema of course.json, with the rules of each question type."""
    path = Path(__file__).with_name("course.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    reply = schema["$defs"]["reply"]
    reply["properties"]["type"] = {"enum": list(QUESTION_TYPES)}
    reply["allOf"] = [_type_rules(type) for type in QUESTION_TYPES.values()]
    return schema


def _type_rules(type: type[QuestionItem]) -> Json:
    named = {"properties": {"type": {"const": type.kind}}, "required": ["type"]}
    return {"if": named, "then": type.spec_rules()}


def _check_schema(course: Any) -> None:
    # Imported here, because only Authors need it in a web process.
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(schema()).iter_errors(course)), None)
    if error is None:
        return
    path = list(error.absolute_path)
    if path[:1] == ["units"] and len(path) > 1:
        _check_kind(course["units"][path[1]], path[:2])
    raise BrokenPackage(FILE, _place(path), _error_text(error))


def _error_text(error: ValidationError) -> str:
    if error.validator == "not":
        return _("is not allowed here")
    return error.message if len(error.message) < 300 else error.message[:300] + " …"


def _check_kind(unit: Any, path: Iterable[str | int]) -> None:
    """Check the kind first, because all other rules for a unit depend on it."""
    kind = unit.get("kind") if isinstance(unit, dict) else None
    if kind not in KINDS:
        what = message(_("expected kind video, external, reading or quiz, got {kind!r}"), kind=kind)
        raise BrokenPackage(FILE, _place(path), what)


def _place(path: Iterable[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)[1:]


def _check_skills(course: Json) -> None:
    """Require each prerequisite before its skill, which also excludes cycles."""
    known: set[str] = set()
    for at, skill in enumerate(course["skills"]):
        if skill["slug"] in known:
            raise BrokenPackage(
                FILE, f"skills[{at}]", message(_("{slug!r} occurs twice"), slug=skill["slug"])
            )
        for needed in skill.get("prerequisites", ()):
            if needed not in known:
                what = message(
                    _("expected the prerequisite {needed!r} before {slug!r}"),
                    needed=needed,
                    slug=skill["slug"],
                )
                raise BrokenPackage(FILE, f"skills[{at}]", what)
        known.add(skill["slug"])
    for at, unit in enumerate(course["units"]):
        asked = [slug for question in _with_variants(unit) for slug in skills_of(question)]
        _check_known(f"units[{at}]", {*unit["skills"], *asked} - known)
    for at, question in enumerate(course.get("bank", ())):
        _check_known(f"bank[{at}]", {*skills_of(question)} - known)


def _check_known(place: str, unknown: set[str]) -> None:
    for slug in sorted(unknown):
        what = message(_("refers to the unknown skill {slug!r}"), slug=slug)
        raise BrokenPackage(FILE, place, what)


def _check_ids(course: Json) -> None:
    seen: set[str] = set()
    units = ((f"units[{at}]", unit) for at, unit in enumerate(course["units"]))
    for place, row in [*units, *iterate_questions(course)]:
        if row["id"] in seen:
            raise BrokenPackage(
                FILE, place, message(_("the id {name!r} is used twice"), name=row["id"])
            )
        seen.add(row["id"])
    for at, unit in enumerate(course["units"]):
        _check_moments(f"units[{at}]", unit)
        if unit["kind"] == "video":
            _check_times(f"units[{at}]", unit)
        if unit["kind"] == "external" and not external_videos.is_accepted(unit["address"]):
            raise BrokenPackage(FILE, f"units[{at}].address", NO_ADDRESS)


def _check_sections(course: Json) -> None:
    """Require that each unit names a known section, and that the units follow their order."""
    sections = [row["id"] for row in course.get("sections", ())]
    for at, name in enumerate(sections):
        if name in sections[:at]:
            what = message(_("the id {name!r} is used twice"), name=name)
            raise BrokenPackage(FILE, f"sections[{at}]", what)
    reached = 0
    for at, unit in enumerate(course["units"]):
        name = unit.get("section", "")
        if name not in (sections or [""]):
            what = message(_("expected a section of the course, got {name!r}"), name=name)
            raise BrokenPackage(FILE, f"units[{at}]", what)
        place = sections.index(name) if sections else 0
        if place < reached:
            raise BrokenPackage(FILE, f"units[{at}]", _("expected the units of a section together"))
        reached = place


def _check_conditions(units: Sequence[Json]) -> None:
    """Require that a unit opens after an earlier one, which also excludes cycles."""
    for at in range(len(units)):
        if problem := opening_conditions.find_problem(units, at):
            raise BrokenPackage(FILE, f"units[{at}]", problem)


def _check_random_questions(course: Json) -> None:
    """Require that the bank has enough questions for each test that draws from it."""
    for at, unit in enumerate(course["units"]):
        if problem := random_questions.find_problem(unit, course.get("bank", ())):
            raise BrokenPackage(FILE, f"units[{at}]", problem)


def _check_open_questions(course: Json) -> None:
    """Require that only tests and the bank have questions that people mark."""
    bank = {"questions": course.get("bank", ()), "scenario": "graded"}
    places = [f"units[{at}]" for at in range(len(course["units"]))]
    for place, unit in zip([*places, "bank"], [*course["units"], bank], strict=True):
        if problem := open_questions.find_problem(unit):
            raise BrokenPackage(FILE, place, problem)


def _check_moments(place: str, unit: Json) -> None:
    try:
        found = [datetime.fromisoformat(unit[name]) for name in MOMENTS if name in unit]
    except ValueError as error:
        raise BrokenPackage(
            FILE, place, message(_("expected a date and time: {problem}"), problem=str(error))
        ) from error
    if len(found) == len(MOMENTS) and found[0] >= found[1]:
        raise BrokenPackage(FILE, place, _("expected opens_at before due_at"))


def _check_times(place: str, unit: Json) -> None:
    if unit["duration"] <= 0:
        raise BrokenPackage(FILE, place, _("expected a duration greater than 0"))
    for question in unit.get("questions", ()):
        start, end = question.get("jump_back", (-1, 0))
        if not start < end <= question["time"] <= unit["duration"]:
            what = _("expected jump_back before time, and time inside the video")
            raise BrokenPackage(FILE, f"{place} ({question['id']})", what)
    for chapter in unit.get("chapters", ()):
        if not chapter["start"] < chapter["end"] <= unit["duration"] + 1:
            raise BrokenPackage(
                FILE,
                place,
                message(
                    _("the chapter {title!r} must end after it starts and within the video"),
                    title=chapter["title"],
                ),
            )


def _check_question(place: str, question: Json, misconceptions: set[str]) -> None:
    for row in [*question.get("choices", ()), *question.get("wrong_answers", ())]:
        if row.get("misconception") not in {None, *misconceptions}:
            what = message(
                _("refers to the unknown misconception {name!r}"), name=row["misconception"]
            )
            raise BrokenPackage(FILE, place, what)
    if (100 * Fraction(str(question.get("points", 1)))).denominator != 1:
        raise BrokenPackage(FILE, place, _("expected points with at most two decimals"))
    if not question["prompt"] and "stem" not in question:
        raise BrokenPackage(FILE, place, _("expected a prompt or a stem"))
    answer_validation.check(place, question, question["prompt"])
    for number, hint in enumerate(question.get("hints", ()), 1):
        _check_hint(f"{place}.hints[{number - 1}]", number, hint)
    if "parameterised" in question:
        _check_draws(place, question["parameterised"])


def _check_hint(place: str, number: int, hint: Json) -> None:
    if any(needed >= number for needed in hint.get("needs", ())):
        raise BrokenPackage(FILE, place, _("requires a hint that does not come before it"))
    if "reply" in hint:
        answer_validation.check(place, hint["reply"], hint["text"])


def _check_draws(place: str, spec: Json) -> None:
    try:
        for seed in range(DRAWS_CHECKED):
            question_parameters.draw_question(spec, seed)
    except (question_parameters.BadVariant, expressions.BadExpression) as error:
        raise BrokenPackage(FILE, f"{place}.parameterised", str(error)) from error
