"""`/author/courses/<slug>/questions/<uuid>/`: one question of a quiz or a video, of any kind.

The form is kept only in the page until it is saved. Adding a choice or hint posts the form and
shows the page again, with or without scripts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from accounts.access import require_person, uuid_or_404
from authoring import course_package as packages
from authoring import open_questions, question_bank
from authoring.course_package import PackagedQuestion
from authoring.editor.form_parsing import AuthorForm, Row, apply_row_act, read_rows, write_clock
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.editor.questions import area_forms, forms, preview
from authoring.editor.questions.answer_forms import ANSWER_EDITORS
from authoring.editor.questions.bank_views import make_query
from authoring.editor.text_pictures import add_picture
from authoring.formats.attune.questions import skills_of
from authoring.versions import publication_checks
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.answers.numerals import PLAIN
from courses.question_types.registry import QUESTION_TYPES
from courses.rendering import course_html
from courses.timestamps import read_seconds

Json = dict[str, Any]
KIND_WORDS: Final = {kind: QUESTION_TYPES[kind].title for kind in ANSWER_EDITORS}
HINT_WORDS: Final = {
    "prompt": lazy("Guiding question"),
    "strategy": lazy("Strategy"),
    "worked_step": lazy("Worked step"),
    "scaffold": lazy("Sub-question"),
}
COMPARE_WORDS: Final = {
    "words": lazy("Words (capitals, spaces and full stops ignored)"),
    "cased": lazy("Words (capitals must match, spaces and full stops ignored)"),
    "string": lazy("Text (capitals and all spaces ignored)"),
    "arithmetic": lazy("Maths expression (x + 2 equals 2 + x)"),
}
GAP_WORDS: Final = {
    "text": lazy("Short answer"),
    "numeric": lazy("Numerical"),
    "choice": lazy("Choice from a list"),
}
REPLY_WORDS: Final = {
    "numeric": lazy("Numerical"),
    "text": lazy("Short answer"),
    "single": lazy("Choice from a list"),
}
RELATION_WORDS: Final = {"easier": lazy("easier: {question}"), "harder": lazy("harder: {question}")}


@dataclass(frozen=True, slots=True)
class VariantLink:
    """A link to a variant of the question, or from a variant to its question."""

    words: str
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def question(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Edit a question of the draft."""
    working = load_working_copy(request, slug)
    found = packages.find_question(working.course, working.package, code)
    if request.method != "POST":
        return _render(request, working, found, AuthorForm(forms.form_values(found.question)))
    return _handle_post(request, working, found)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def new_question(request: HttpRequest, slug: str) -> HttpResponse:
    """Create a question: `?unit=` with the video time `&t=`, a variant `?of=`, or `?in=bank`."""
    working = load_working_copy(request, slug)
    if not any(request.GET.get(name) for name in ("unit", "of", "in")):
        return redirect("authoring:builder", slug=slug)
    found = _blank_question(working, request.GET)
    if request.method == "POST":
        return _handle_post(request, working, found)
    typed = forms.new_form_values(found.question["type"]) | _time_values(
        found, request.GET.get("t", "")
    )
    named = skills_of(found.sibling or {}) or found.unit["skills"][:1]
    typed |= {f"skill-{name}": "on" for name in named} | {"tags": request.GET.get("tag", "")}
    typed |= {"relation": found.question["relation"]} if "relation" in found.question else {}
    return _render(request, working, found, AuthorForm(typed))


def _blank_question(working: WorkingCopy, query: Mapping[str, Any]) -> PackagedQuestion:
    """Return a blank question; raise a 404 for a unit that has no questions."""
    kind = query.get("kind", "single")
    blank = {
        "id": packages.new_ref("question"),
        "type": kind if kind in ANSWER_EDITORS else "single",
    }
    blank["prompt"] = ""
    if query.get("of"):
        of = packages.find_question(working.course, working.package, uuid_or_404(query["of"]))
        if of.in_bank:
            raise Http404
        relation = "harder" if query.get("relation") == "harder" else "easier"
        return PackagedQuestion(blank | {"relation": relation}, of.unit, of.question)
    if query.get("in"):
        return PackagedQuestion(blank, packages.bank_of(working.package))
    unit = packages.find_unit(working.course, working.package, uuid_or_404(query.get("unit", "")))
    if unit["kind"] not in publication_checks.ASKING:
        raise Http404
    return PackagedQuestion(blank, unit)


def _time_values(found: PackagedQuestion, t: str) -> Row:
    """Return the time at which the video pauses, and the half minute before it as its section."""
    at = read_seconds(t, PLAIN)
    if at is None or found.unit["kind"] != "video":
        return {}
    start = max(0.0, at - 30)
    stretch = {"from": write_clock(start), "to": write_clock(at)} if start < at else {}
    return {"time": write_clock(at), **stretch}


def _handle_post(
    request: HttpRequest, working: WorkingCopy, found: PackagedQuestion
) -> HttpResponse:
    typed = request.POST.dict()
    act = typed.pop("act", "save")
    if act == "remove":
        return _remove(request, working, found)
    if act == "move":
        return _move(request, working, found)
    changed = apply_row_act(typed, act, forms.blank_row)
    form = AuthorForm(
        forms.switch_kind(typed) if changed is None and act != "save" else changed or typed
    )
    sent = request.FILES.get("picture")
    if act == "picture" or (act == "save" and sent):
        form = add_picture(working.course, form, "prompt", sent)
    if act != "save" or form.errors:
        return _render(request, working, found, form)
    made = _read_question(working, found, form)
    if form.errors:
        return _render(request, working, found, form)
    ref = None if found.sibling is None else found.sibling["id"]
    try:
        save_draft(
            request,
            working.course,
            packages.with_question(working.package, found.unit["id"], made, ref),
        )
    except StaleDraft as stale:
        return _render(request, working, found, form, stale)
    return redirect_done(_url(working, made["id"]), "saved")


def _read_question(working: WorkingCopy, found: PackagedQuestion, form: AuthorForm) -> Json:
    """Read the question of the form; errors of the package's checks are shown above the form."""
    in_video = found.unit["kind"] == "video" and found.sibling is None
    skills = [row["slug"] for row in working.package["skills"]]
    length = float(found.unit["duration"]) if in_video else None
    tags = question_bank.count_tags(working.package)
    made = forms.read_question(form, found.question, skills, length, tags)
    if open_questions.is_open(made) and not open_questions.can_ask(found.unit):
        form.errors["kind"] = _(
            "Only a test can ask this. Make the quiz a test first, or add the question to the bank."
        )
    if form.errors:
        return made
    flaws = publication_checks.check_question(
        working.package, found.unit, _in_its_question(made, found)
    )
    if flaws:
        form.errors["form"] = flaws[0].text
    return made


def _in_its_question(made: Json, found: PackagedQuestion) -> Json:
    """Return the question that contains this variant, because both are checked together."""
    if found.sibling is None:
        return made
    others = [row for row in found.sibling.get("variants", ()) if row["id"] != made["id"]]
    return {**found.sibling, "variants": [*others, made]}


def _remove(request: HttpRequest, working: WorkingCopy, found: PackagedQuestion) -> HttpResponse:
    try:
        save_draft(request, working.course, packages.without_question(working.package, found.id))
    except StaleDraft as stale:
        return _render(
            request, working, found, AuthorForm(forms.form_values(found.question)), stale
        )
    return redirect_done(_unit_url(working, found), "removed", "questions")


def _move(request: HttpRequest, working: WorkingCopy, found: PackagedQuestion) -> HttpResponse:
    """Move the question as it was last saved to the bank, or from there to a quiz."""
    target = request.POST.get("target", "")
    if target not in question_bank.list_targets(working.package, found):
        raise Http404
    moved = question_bank.move_question(working.package, found, target)
    try:
        save_draft(request, working.course, moved)
    except StaleDraft as stale:
        form = AuthorForm(forms.form_values(found.question))
        return _render(request, working, found, form, stale)
    return redirect_done(_url(working, found.id), "moved")


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    found: PackagedQuestion,
    form: AuthorForm,
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    typed = form.typed
    context = {
        "asked": found,
        "in_video": found.unit["kind"] == "video" and found.sibling is None,
        "unit_url": _unit_url(working, found),
        "typed": typed,
        "errors": form.errors,
        "skills": [
            {"slug": row["slug"], "name": row["name"], "on": f"skill-{row['slug']}" in typed}
            for row in working.package["skills"]
        ],
        "ideas": working.package.get("misconceptions", ()),
        "rows": {name: read_rows(typed, name) for name in forms.LISTS},
        "kinds": KIND_WORDS,
        "answer_editor": ANSWER_EDITORS.get(typed.get("kind", "")),
        "hint_kinds": HINT_WORDS,
        "compares": COMPARE_WORDS,
        "gap_kinds": GAP_WORDS,
        "area_shapes": area_forms.SHAPE_WORDS,
        "replies": REPLY_WORDS,
        "levels": forms.LEVELS,
        "preview": preview.build_preview(typed, found.question, working.course.code),
        "preview_page": {"learner": False, "lang": working.package["language"]},
        "stored": any(each.id == found.id for each in packages.iterate_questions(working.package)),
        "links": _make_links(working, found),
        "known_tags": sorted(question_bank.count_tags(working.package), key=str.casefold),
        "targets": question_bank.list_targets(working.package, found),
        "new_url": reverse("authoring:question_new", args=[working.course.slug]),
        "code": packages.code_of(working.course, "question", found.id),
    }
    tab = "bank" if found.in_bank else "builder"
    return render_page(request, "question", working, tab, context, conflict)


def _make_links(working: WorkingCopy, found: PackagedQuestion) -> list[VariantLink]:
    if found.sibling is not None:
        words = _("Variant of: {question}").format(
            question=course_html.linear(found.sibling["prompt"])
        )
        return [VariantLink(words, _url(working, found.sibling["id"]))]
    return [
        VariantLink(_variant_words(row), _url(working, row["id"]))
        for row in found.question.get("variants", ())
    ]


def _variant_words(variant: Mapping[str, Any]) -> str:
    words = str(RELATION_WORDS[variant["relation"]])
    return words.format(question=course_html.linear(variant["prompt"]))


def _url(working: WorkingCopy, ref: str) -> str:
    code = packages.code_of(working.course, "question", ref)
    return reverse("authoring:question", args=[working.course.slug, code])


def _unit_url(working: WorkingCopy, found: PackagedQuestion) -> str:
    if found.in_bank:
        page = question_bank.find_page(working.package, found.id)
        return reverse("authoring:bank", args=[working.course.slug]) + make_query(page=page)
    code = packages.code_of(working.course, "unit", found.unit["id"])
    return reverse("authoring:unit", args=[working.course.slug, code])
