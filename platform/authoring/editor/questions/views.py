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
from authoring.editor import course_package as packages
from authoring.editor.course_package import Asked
from authoring.editor.form_parsing import Form, Row, acted, clock_of, rows_of
from authoring.editor.layout import desk_for, keep, on_to, page
from authoring.editor.questions import forms
from authoring.formats.attune.questions import skills_of
from authoring.versions import publication_checks
from authoring.versions.drafts import Desk, Stale
from courses.answers.numerals import PLAIN
from courses.models.question import KINDS
from courses.rendering import course_html
from courses.timestamp_parser import read_seconds

Json = dict[str, Any]
KIND_WORDS: Final = dict(
    zip(
        KINDS,
        (
            lazy("Single choice"),
            lazy("Multiple choice (several correct)"),
            lazy("Numerical"),
            lazy("Short answer"),
            lazy("Ordering"),
            lazy("Matching"),
            lazy("Fill in the gaps"),
        ),
        strict=True,
    )
)
HINT_WORDS: Final = {
    "prompt": lazy("Guiding question"),
    "strategy": lazy("Strategy"),
    "worked_step": lazy("Worked step"),
    "scaffold": lazy("Sub-question"),
}
COMPARE_WORDS: Final = {
    "words": lazy("Words (capitals, spaces and full stops ignored)"),
    "": lazy("Exactly as written"),
    "string": lazy("Text (spaces at the start and end ignored)"),
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
class Link:
    """A link to a variant of the question, or from a variant to its question."""

    words: str
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def question(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Edit a question of the draft."""
    desk = desk_for(request, slug)
    found = packages.asked_of(desk.course, desk.package, code)
    if request.method != "POST":
        return _shown(request, desk, found, Form(forms.typed_of(found.question)))
    return _answer(request, desk, found)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Create a question: in `?unit=`, at the video time `&t=`, or as a variant of `&of=`."""
    desk = desk_for(request, slug)
    if not request.GET.get("unit") and not request.GET.get("of"):
        return redirect("authoring:builder", slug=slug)
    found = _begun(desk, request.GET)
    if request.method == "POST":
        return _answer(request, desk, found)
    typed = forms.begun(found.question["type"]) | _moment(found, request.GET.get("t", ""))
    named = skills_of(found.sibling or {}) or found.unit["skills"][:1]
    typed |= {f"skill-{name}": "on" for name in named}
    typed |= {"relation": found.question["relation"]} if "relation" in found.question else {}
    return _shown(request, desk, found, Form(typed))


def _begun(desk: Desk, asked: Mapping[str, Any]) -> Asked:
    """Return a blank question; raise a 404 for a unit that has no questions."""
    kind = asked.get("kind", "single")
    blank = {"id": packages.new_ref("question"), "type": kind if kind in KINDS else "single"}
    blank["prompt"] = ""
    if asked.get("of"):
        of = packages.asked_of(desk.course, desk.package, uuid_or_404(asked["of"]))
        relation = "harder" if asked.get("relation") == "harder" else "easier"
        return Asked(blank | {"relation": relation}, of.unit, of.question)
    unit = packages.unit_of(desk.course, desk.package, uuid_or_404(asked.get("unit", "")))
    if unit["kind"] == "reading":
        raise Http404
    return Asked(blank, unit)


def _moment(found: Asked, t: str) -> Row:
    """Return the time at which the video pauses, and the half minute before it as its section."""
    at = read_seconds(t, PLAIN)
    if at is None or found.unit["kind"] != "video":
        return {}
    start = max(0.0, at - 30)
    stretch = {"from": clock_of(start), "to": clock_of(at)} if start < at else {}
    return {"time": clock_of(at), **stretch}


def _answer(request: HttpRequest, desk: Desk, found: Asked) -> HttpResponse:
    typed = request.POST.dict()
    act = typed.pop("act", "save")
    if act == "remove":
        return _removed(request, desk, found)
    changed = acted(typed, act, forms.blank)
    form = Form(forms.with_kind(typed) if changed is None and act != "save" else changed or typed)
    if act != "save":
        return _shown(request, desk, found, form)
    made = _read(desk, found, form)
    if form.errors:
        return _shown(request, desk, found, form)
    ref = None if found.sibling is None else found.sibling["id"]
    try:
        keep(
            request, desk.course, packages.with_question(desk.package, found.unit["id"], made, ref)
        )
    except Stale as stale:
        return _shown(request, desk, found, form, stale)
    return on_to(_url(desk, made["id"]), "saved")


def _read(desk: Desk, found: Asked, form: Form) -> Json:
    """Read the question of the form; errors of the package's checks are shown above the form."""
    in_video = found.unit["kind"] == "video" and found.sibling is None
    skills = [row["slug"] for row in desk.package["skills"]]
    length = float(found.unit["duration"]) if in_video else None
    made = forms.read(form, found.question, skills, length)
    if form.errors:
        return made
    flaws = publication_checks.of_question(desk.package, found.unit, _alone(made, found))
    if flaws:
        form.errors["form"] = flaws[0].text
    return made


def _alone(made: Json, found: Asked) -> Json:
    """Return the question that contains this variant, because both are checked together."""
    if found.sibling is None:
        return made
    others = [row for row in found.sibling.get("variants", ()) if row["id"] != made["id"]]
    return {**found.sibling, "variants": [*others, made]}


def _removed(request: HttpRequest, desk: Desk, found: Asked) -> HttpResponse:
    try:
        keep(request, desk.course, packages.without_question(desk.package, found.id))
    except Stale as stale:
        return _shown(request, desk, found, Form(forms.typed_of(found.question)), stale)
    return on_to(_unit_url(desk, found), "removed", "questions")


def _shown(
    request: HttpRequest, desk: Desk, found: Asked, form: Form, conflict: Stale | None = None
) -> HttpResponse:
    typed = form.typed
    context = {
        "asked": found,
        "in_video": found.unit["kind"] == "video" and found.sibling is None,
        "unit_url": _unit_url(desk, found),
        "typed": typed,
        "errors": form.errors,
        "skills": [
            {"slug": row["slug"], "name": row["name"], "on": f"skill-{row['slug']}" in typed}
            for row in desk.package["skills"]
        ],
        "ideas": desk.package.get("misconceptions", ()),
        "rows": {name: rows_of(typed, name) for name in forms.LISTS},
        "kinds": KIND_WORDS,
        "hint_kinds": HINT_WORDS,
        "compares": COMPARE_WORDS,
        "gap_kinds": GAP_WORDS,
        "replies": REPLY_WORDS,
        "levels": forms.LEVELS,
        "preview": course_html.inline(typed.get("prompt", "")),
        "stored": any(each.id == found.id for each in packages.all_asked(desk.package)),
        "links": _links(desk, found),
        "new_url": reverse("authoring:question_new", args=[desk.course.slug]),
        "code": packages.code_of(desk.course, "question", found.id),
    }
    return page(request, "question", desk, "builder", context, conflict)


def _links(desk: Desk, found: Asked) -> list[Link]:
    if found.sibling is not None:
        words = _("Variant of: {question}").format(
            question=course_html.linear(found.sibling["prompt"])
        )
        return [Link(words, _url(desk, found.sibling["id"]))]
    return [Link(_beside(row), _url(desk, row["id"])) for row in found.question.get("variants", ())]


def _beside(variant: Mapping[str, Any]) -> str:
    words = str(RELATION_WORDS[variant["relation"]])
    return words.format(question=course_html.linear(variant["prompt"]))


def _url(desk: Desk, ref: str) -> str:
    code = packages.code_of(desk.course, "question", ref)
    return reverse("authoring:question", args=[desk.course.slug, code])


def _unit_url(desk: Desk, found: Asked) -> str:
    code = packages.code_of(desk.course, "unit", found.unit["id"])
    return reverse("authoring:unit", args=[desk.course.slug, code])
