"""`/author/courses/<slug>/units/<uuid>/`: the settings, files and questions of one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from authoring.editor import course_package as packages
from authoring.editor.form_parsing import Form, Row, acted, clock_of, rows_of
from authoring.editor.layout import desk_for, keep, on_to, page
from authoring.editor.units import forms, video_files
from authoring.media import uploads
from authoring.versions import publication_checks
from authoring.versions.drafts import Desk, Stale
from courses.models.unit import SCENARIOS
from courses.rendering import course_html

Json = dict[str, Any]
STEPS = {"up": -1, "down": 1}
# The names of the question kinds in a list.
TYPE_WORDS: Final = {
    "single": pgettext_lazy("kind of a question", "single choice"),
    "multiple": pgettext_lazy("kind of a question", "multiple choice"),
    "numeric": pgettext_lazy("kind of a question", "numerical"),
    "text": pgettext_lazy("kind of a question", "short answer"),
    "order": pgettext_lazy("kind of a question", "ordering"),
    "match": pgettext_lazy("kind of a question", "matching"),
    "cloze": pgettext_lazy("kind of a question", "fill in the gaps"),
}
SCENARIO_WORDS = dict(
    zip(
        SCENARIOS,
        (lazy("Quiz in the course"), lazy("Practice test"), lazy("Graded test")),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """A question in the unit's list."""

    id: str
    kind: str
    prompt: str
    url: str
    at: str
    hints: int
    variants: int
    first: bool
    last: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def unit(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show the unit of the draft; a POST of `act` changes it."""
    desk = desk_for(request, slug)
    found = packages.unit_of(desk.course, desk.package, code)
    if request.method != "POST":
        return _shown(request, desk, found, Form(forms.typed_of(found)))
    act = request.POST.get("act", "save")
    if act in video_files.ACTS or act.startswith("uncaption:"):
        return _file(request, desk, found, act)
    if act.startswith(("up:", "down:", "remove:")) and not act.count(":") > 1:
        return _questions(request, desk, found, act)
    return _words(request, desk, found, act)


def _words(request: HttpRequest, desk: Desk, found: Json, act: str) -> HttpResponse:
    """Save the texts and settings; other acts only show the page with the changed form."""
    typed = request.POST.dict()
    form = Form(acted(typed, act, _blank) or typed)
    if act not in ("save", "check"):
        return _shown(request, desk, found, form)
    changed = forms.read(found, form, [row["slug"] for row in desk.package["skills"]])
    if act == "check":
        form.errors.clear()
        return _shown(request, desk, found, form)
    return _kept(request, desk, changed, form, "saved")


def _file(request: HttpRequest, desk: Desk, found: Json, act: str) -> HttpResponse:
    form = Form(forms.typed_of(found))
    try:
        changed, done = video_files.changed(request, desk.course, found, act)
    except uploads.RefusedFile as refused:
        form.errors["captions" if act == "uncued" else act] = str(refused)
        return _shown(request, desk, found, form)
    return _kept(request, desk, changed, form, done, act.partition(":")[0])


def _questions(request: HttpRequest, desk: Desk, found: Json, act: str) -> HttpResponse:
    verb, _, ref = act.partition(":")
    form = Form(forms.typed_of(found))
    if verb == "remove":
        package = packages.without_question(desk.package, ref)
        changed = packages.unit_of(desk.course, package, _code(desk, found))
        return _kept(request, desk, changed, form, "removed", "questions")
    rows = packages.moved(found["questions"], ref, STEPS[verb])
    return _kept(request, desk, found | {"questions": rows}, form, "moved", f"{verb}-{ref}")


def _kept(
    request: HttpRequest, desk: Desk, changed: Json, form: Form, done: str, at: str = ""
) -> HttpResponse:
    """Save the unit if it has no errors; otherwise show them at their fields."""
    whole = packages.with_unit(desk.package, changed)
    if not form.errors and done == "saved" and not at:
        alone = {name: changed[name] for name in changed if name != "questions"}
        for flaw in publication_checks.of_unit(whole, alone):
            form.errors |= (
                {"form": flaw.text} if flaw.text != str(publication_checks.NO_FILE) else {}
            )
    if form.errors:
        return _shown(request, desk, changed, form)
    try:
        keep(request, desk.course, whole)
    except Stale as stale:
        return _shown(request, desk, changed, form, stale)
    return on_to(_url(desk, changed), done, at)


def _shown(
    request: HttpRequest, desk: Desk, found: Json, form: Form, conflict: Stale | None = None
) -> HttpResponse:
    context = {
        "unit": found,
        "typed": form.typed,
        "errors": form.errors,
        "skills": [
            {"slug": row["slug"], "name": row["name"], "on": f"skill-{row['slug']}" in form.typed}
            for row in desk.package["skills"]
        ],
        "chapters": rows_of(form.typed, "chapters"),
        "files": video_files.files_of(desk.course, found),
        "preview": course_html.reading(form.typed.get("body", "")),
        "lines": lines_of(desk, found),
        "scenarios": SCENARIO_WORDS,
        "ask_url": f"{reverse('authoring:question_new', args=[desk.course.slug])}"
        f"?unit={_code(desk, found)}",
        "length": clock_of(found["duration"]) if found.get("duration") else "",
    }
    return page(request, "unit", desk, "builder", context, conflict)


def lines_of(desk: Desk, found: Mapping[str, Any]) -> list[Line]:
    """Return the questions of a unit for its list."""
    rows = found.get("questions", ())
    return [
        Line(
            id=row["id"],
            kind=str(TYPE_WORDS[row["type"]]),
            prompt=course_html.linear(row["prompt"] or row.get("stem", "")) or _("No text"),
            url=reverse(
                "authoring:question",
                args=[desk.course.slug, packages.code_of(desk.course, "question", row["id"])],
            ),
            at=clock_of(row["time"]) if "time" in row else "",
            hints=len(row.get("hints", ())),
            variants=len(row.get("variants", ())),
            first=number == 0,
            last=number == len(rows) - 1,
        )
        for number, row in enumerate(rows)
    ]


def _blank(_: str) -> Row:
    return {"start": "", "end": "", "title": ""}


def _code(desk: Desk, found: Mapping[str, Any]) -> UUID:
    return packages.code_of(desk.course, "unit", found["id"])


def _url(desk: Desk, found: Mapping[str, Any]) -> str:
    return reverse("authoring:unit", args=[desk.course.slug, _code(desk, found)])
