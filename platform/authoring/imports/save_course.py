"""Write a draft over the existing rows of the same course, matched by the package's names.

What the package no longer contains is retired and not deleted, because Responses refer to it.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import models

from authoring.course_draft import CourseDraft, QuestionDraft
from authoring.imports.save_units import store_units
from courses.models import (
    Course,
    Hint,
    Misconception,
    Question,
    QuestionSkill,
    Skill,
    SkillPrerequisite,
    Unit,
)
from courses.models.question import CONTENT_COLUMNS, REPLY_COLUMNS

Row = TypeVar("Row", bound=models.Model)
BATCH = 500
_QUESTION_COLUMNS = [
    "in_bank",
    "tags",
    "position",
    "group",
    "difficulty",
    *CONTENT_COLUMNS,
    "relation",
    "time_s",
    "jump_from_s",
    "jump_to_s",
    "source_note",
]
_HINT_COLUMNS = [
    "question",
    "position",
    "kind",
    "title",
    "text",
    "html",
    "linear",
    "other_text",
    "other_html",
    "needs",
    "reply_kind",
    "source_note",
    *REPLY_COLUMNS,
]


def first_course_code(slug: str) -> UUID:
    """Return the code of a course imported under `slug`: the same on each site."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"attune:course/{slug}")


def store_course(draft: CourseDraft, *, now: datetime) -> Course:
    """Write the draft; the caller must hold a transaction."""
    code = first_course_code(draft.slug)
    course, _ = Course.objects.update_or_create(
        slug=draft.slug,
        defaults={**draft.columns, "imported_at": now},
        create_defaults={**draft.columns, "imported_at": now, "code": code},
    )
    skills = _store_skills(course, draft)
    _store_misconceptions(course, draft.misconceptions)
    units = store_units(course, draft.units, skills)
    _store_questions(course, draft, units, skills)
    return course


def _store_skills(course: Course, draft: CourseDraft) -> dict[str, Skill]:
    rows = [
        Skill(
            code=uuid.uuid5(course.code, f"skill/{row.ref}"),
            course=course,
            ref=row.ref,
            slug=row.slug,
            name=row.name,
            description=row.description,
            description_html=row.description_html,
        )
        for row in draft.skills
    ]
    skills = {
        row.ref: row for row in _upsert(Skill, rows, "slug name description description_html")
    }
    SkillPrerequisite.objects.filter(skill__course=course).delete()
    SkillPrerequisite.objects.bulk_create(
        SkillPrerequisite(skill=skills[row.ref], needs=skills[needed])
        for row in draft.skills
        for needed in row.needs
    )
    return skills


def _store_misconceptions(course: Course, found: Mapping[str, str]) -> None:
    Misconception.objects.filter(course=course).exclude(slug__in=found).delete()
    Misconception.objects.bulk_create(
        [Misconception(course=course, slug=slug, description=text) for slug, text in found.items()],
        update_conflicts=True,
        unique_fields=["course", "slug"],
        update_fields=["description"],
    )


def _store_questions(
    course: Course, draft: CourseDraft, units: Mapping[str, Unit], skills: Mapping[str, Skill]
) -> None:
    """Retire all questions, then write those of the draft: places first, as variants refer to
    them.
    """
    course.questions.update(unit=None, position=None, in_bank=False)
    placed = [(units[unit.ref], row) for unit in draft.units for row in unit.questions]
    drafts = [*placed, *((None, row) for row in draft.bank)]
    stored: dict[str, Question] = {}
    for variants in (False, True):
        rows = [
            _question(course, unit, row, stored)
            for unit, row in drafts
            if bool(row.sibling) is variants
        ]
        columns = " ".join(["unit", "sibling", *_QUESTION_COLUMNS])
        stored |= {row.ref: row for row in _upsert(Question, rows, columns)}
    _store_asks(stored, (row for _, row in drafts), skills)
    _store_hints(course, stored, (row for _, row in drafts))


def _question(
    course: Course, unit: Unit | None, row: QuestionDraft, stored: Mapping[str, Question]
) -> Question:
    """Return the row of a question; one without a unit is in the bank."""
    return Question(
        code=uuid.uuid5(course.code, f"question/{row.ref}"),
        course=course,
        unit=unit,
        in_bank=unit is None,
        ref=row.ref,
        sibling=stored[row.sibling] if row.sibling else None,
        **row.columns,
    )


def _store_asks(
    stored: Mapping[str, Question], drafts: Iterable[QuestionDraft], skills: Mapping[str, Skill]
) -> None:
    QuestionSkill.objects.filter(question__in=[row.pk for row in stored.values()]).delete()
    QuestionSkill.objects.bulk_create(
        [
            QuestionSkill(question=stored[row.ref], skill=skills[skill])
            for row in drafts
            for skill in row.skills
        ],
        batch_size=BATCH,
    )


def _store_hints(
    course: Course, stored: Mapping[str, Question], drafts: Iterable[QuestionDraft]
) -> None:
    rows = [
        Hint(
            code=uuid.uuid5(stored[row.ref].code, f"hint/{hint.ref}"),
            question=stored[row.ref],
            ref=hint.ref,
            position=hint.position,
            kind=hint.kind,
            title=hint.title,
            text=hint.text,
            html=hint.html,
            linear=hint.linear,
            other_text=hint.other_text,
            other_html=hint.other_html,
            needs=list(hint.needs),
            source_note=hint.source_note,
            **hint.reply,
        )
        for row in drafts
        for hint in row.hints
    ]
    old = Hint.objects.filter(question__course=course)
    old.exclude(code__in=[row.code for row in rows]).delete()
    _upsert(Hint, rows, " ".join(_HINT_COLUMNS), unique=("code",))


def _upsert(
    model: type[Row], rows: list[Row], columns: str, *, unique: tuple[str, ...] = ("course", "ref")
) -> list[Row]:
    """Insert or update by the unique columns; return the rows with their keys."""
    return model._default_manager.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=list(unique),
        update_fields=columns.split(),
    )
