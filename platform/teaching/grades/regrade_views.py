"""`/teach/<slug>/regrades/<unit>/`: regrade questions of a test that has been submitted.

A preview shows each grade that would change; only a previewed regrade can be applied.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person, uuid_or_404
from accounts.name_order import by_name
from courses.access import course_for_teacher
from courses.answers.numerals import current_language
from courses.gradebook import regrades
from courses.gradebook.regrade_preview import (
    GradeChange,
    RegradeChoice,
    RegradePreview,
    find_covered,
    preview,
)
from courses.models import Regrade, Unit
from courses.models.regrade import TREATMENTS, WITH_KEY
from courses.questions.question_spec import item_of
from teaching.grades import actions
from teaching.grades.forms import ONLY_QUESTION, RegradeForm, RegradeReasonForm
from teaching.grades.regrade_view_model import (
    TREATMENT_NOTES,
    QuestionLine,
    key_lines,
    question_line,
    question_lines,
    regrade_lines,
)
from teaching.grades.views import test_of
from teaching.layout import frame_of
from teaching.roster import PersonFace, class_of, face_of

CHANGED = _(
    "The preview has changed, because a learner submitted or another change was made "
    "while this page was open. Check the new preview, then confirm again."
)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A line of the preview."""

    who: PersonFace
    change: GradeChange


@dataclass(frozen=True, slots=True)
class RegradeDraft:
    """A choice with its preview and form; `problem` is the reason why it was not applied.

    `rows` are those of the people still in the course, by name, with lowered grades first.
    """

    choice: RegradeChoice
    preview: RegradePreview
    rows: tuple[ChangeRow, ...]
    form: RegradeReasonForm
    note: str
    problem: str = ""
    status: int = 200

    @property
    def others(self) -> int:
        """Return how many changed grades belong to people who left, whose names are not shown."""
        return len(self.preview.changes) - len(self.rows)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def regrade_list(request: HttpRequest, slug: str, unit: UUID) -> HttpResponse:
    """Show the questions and past regrades; a POST of `undo` undoes one of them."""
    course = course_for_teacher(current_user(request), slug)
    test = test_of(course, unit)
    if request.method == "POST":
        found = _find_regrade(test, request.POST.get("undo", ""))
        actions.undo_regrade(found, by=current_user(request), now=timezone.now())
        return redirect("teaching:regrades", slug=slug, unit=unit)
    context = {
        "teach": frame_of(course, "grades"),
        "unit": test,
        "lines": question_lines(test),
        "regrades": regrade_lines(test),
    }
    return render(request, "teaching/regrades.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def regrade_question(request: HttpRequest, slug: str, unit: UUID, question: UUID) -> HttpResponse:
    """Show one question. A `treatment` in the address shows a preview; a POST applies it."""
    course = course_for_teacher(current_user(request), slug)
    test = test_of(course, unit)
    line = question_line(test, question)
    if line is None:
        raise Http404
    form = RegradeForm(treatments_of(line), request.GET if "treatment" in request.GET else None)
    draft = _make_draft(request, test, line, form)
    if request.method == "POST" and draft is not None:
        draft = _apply(request, draft)
        if draft is None:
            return redirect("teaching:regrades", slug=slug, unit=unit)
    context = {
        "teach": frame_of(course, "grades"),
        "unit": test,
        "line": line,
        "form": form,
        "keys": key_lines(line),
        "key_now": "" if line.removed else item_of(line.question).correct_html(current_language()),
        "draft": draft,
        "only_question": ONLY_QUESTION,
    }
    status = draft.status if draft is not None else 200
    return render(request, "teaching/regrade.html", context, status=status)


def treatments_of(line: QuestionLine) -> list[str]:
    """Return the treatments that make sense: without a new key, none that grades by it."""
    return [name for name in TREATMENTS if line.has_new_key or name not in WITH_KEY]


def _find_regrade(unit: Unit, id: str) -> Regrade:
    rows = Regrade.objects.filter(pk=uuid_or_404(id), unit=unit)
    found = rows.select_related("unit__course").first()
    if found is None:
        raise Http404
    return found


def _make_draft(
    request: HttpRequest, unit: Unit, line: QuestionLine, form: RegradeForm
) -> RegradeDraft | None:
    """Return the previewed choice; None until a treatment is chosen."""
    if not form.is_valid():
        return None
    cleaned = form.cleaned_data
    choice = RegradeChoice(unit, line.question, cleaned["treatment"], cleaned["keeps_higher"])
    found, rows = _load_preview(choice)
    typed = request.POST if request.method == "POST" else None
    reason = RegradeReasonForm(found, typed)
    return RegradeDraft(choice, found, rows, reason, str(TREATMENT_NOTES[choice.treatment]))


def _load_preview(choice: RegradeChoice) -> tuple[RegradePreview, tuple[ChangeRow, ...]]:
    """Return the preview and its rows, sorted."""
    found = preview(choice, list(find_covered(choice)))
    here = class_of(choice.unit.course)
    named = ((face_of(each.learner), each) for each in found.changes if each.learner.pk in here)
    rows = [ChangeRow(face, change) for face, change in named if face is not None]
    ordered = by_name(rows, lambda row: row.who.name)
    return found, tuple(sorted(ordered, key=lambda row: not row.change.is_lower))


def _apply(request: HttpRequest, draft: RegradeDraft) -> RegradeDraft | None:
    """Apply the previewed regrade; else return the draft with the reason why it was not applied."""
    if not draft.form.is_valid():
        return replace(draft, problem=draft.form.problem(), status=422)
    reason, stamp = draft.form.cleaned_data["reason"], draft.form.cleaned_data["stamp"]
    try:
        actions.regrade(draft.choice, reason, stamp, by=current_user(request), now=timezone.now())
    except regrades.StalePreview:
        found, rows = _load_preview(draft.choice)
        return replace(draft, preview=found, rows=rows, problem=str(CHANGED), status=409)
    return None
