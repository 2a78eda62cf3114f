"""The preview next to the form of a question: as its learners will see it, without an answer.

It is made from the form as typed, finished or not, and shown with the learner's own templates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions import forms
from authoring.formats.attune.questions import question_draft
from authoring.media import images
from courses.models import Question
from courses.question_types.answer_fields import AnswerField
from courses.question_types.base import QuestionItem
from courses.questions.areas import Area, read_area
from courses.questions.question_spec import item_of
from courses.rendering import course_html

CODE = "preview"


@dataclass(frozen=True, slots=True)
class PreviewOption:
    """One choice; `label` is for screen readers, with maths in linear form."""

    id: str
    html: str
    label: str


@dataclass(frozen=True, slots=True)
class QuestionPreview:
    """An unanswered question, as the learner's templates show it."""

    item: QuestionItem
    stem_html: str
    options: tuple[PreviewOption, ...]
    fields: tuple[AnswerField, ...]
    explanation: str
    hints: tuple[str, ...]
    areas: tuple[Area, ...] = ()
    code: str = CODE

    @property
    def kind(self) -> str:
        return self.item.kind

    @property
    def cased(self) -> bool:
        return self.item.needs_capitals

    @property
    def prompt_html(self) -> str:
        return self.stem_html + self.item.lead_html

    @property
    def tail_html(self) -> str:
        return self.item.tail_html

    @property
    def template(self) -> str:
        return f"learner/questions/_{self.item.widget}.html"

    @property
    def units(self) -> tuple[str, ...]:
        return tuple(unit.name for unit in self.item.units)


def build_preview(
    typed: Mapping[str, str], before: Mapping[str, Any], course: UUID
) -> QuestionPreview | None:
    """Return the question of an unsaved form; None until it has some text and valid kinds."""
    form = AuthorForm(dict(typed))
    spec = images.link_images(forms.read_question(form, {"id": CODE, **before}, [], None), course)
    has_kinds = not any(name.rpartition("-")[2] == "kind" for name in form.errors)
    if not has_kinds or not (spec.get("prompt") or spec.get("stem")):
        return None
    choices = [row for row in spec.get("choices", ()) if row["text"]]
    draft = question_draft({**spec, "choices": choices, "hints": []}, [], Counter(), {})
    question = Question(**draft.columns)
    item = item_of(question)
    return QuestionPreview(
        item=item,
        stem_html=question.stem_html,
        options=tuple(
            PreviewOption(row.id, row.html, row.linear)
            for row in (item.choices if item.has_options else ())
        ),
        fields=item.build_fields({}, CODE),
        explanation=question.explanation_html,
        hints=tuple(
            course_html.inline(row["text"]) for row in spec.get("hints", ()) if row.get("text")
        ),
        # An area is seen as soon as it is drawn, before it has a name.
        areas=tuple(read_area(row["area"]) for row in spec.get("choices", ()) if "area" in row),
    )
