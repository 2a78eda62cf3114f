"""`/author/courses/<slug>/units/<uuid>/`: the settings, files and questions of one unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from authoring import course_package as packages
from authoring import opening_conditions, question_bank, random_questions
from authoring.editor.form_parsing import AuthorForm, Row, apply_row_act, read_rows, write_clock
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.editor.text_pictures import add_picture
from authoring.editor.units import forms, random_forms, video_files
from authoring.films.status_views import find_unfinished
from authoring.media import images
from authoring.outline import Outline, outline_of
from authoring.page_layouts.clutter import compare_page, load_layouts
from authoring.speech import draft_list, draft_requests
from authoring.versions import publication_checks
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.external_videos import find_site
from courses.models.unit import SCENARIOS
from courses.question_types.registry import QUESTION_TYPES
from courses.refused_file import RefusedFile
from courses.rendering import course_html

Json = dict[str, Any]
STEPS = {"up": -1, "down": 1}
SCENARIO_WORDS = dict(
    zip(
        SCENARIOS,
        (lazy("Quiz in the course"), lazy("Practice test"), lazy("Graded test")),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question in the unit's list."""

    id: str
    kind: str
    prompt: str
    url: str
    at: str
    hints: int
    variants: int
    tags: tuple[str, ...]
    first: bool
    last: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def unit(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show the unit of the draft; a POST of `act` changes it."""
    working = load_working_copy(request, slug)
    found = packages.find_unit(working.course, working.package, code)
    if request.method != "POST":
        return _render(request, working, found, AuthorForm(forms.form_values(found)))
    act = request.POST.get("act", "save")
    if act in video_files.ACTS or act.startswith("uncaption:"):
        return _handle_file(request, working, found, act)
    if found["kind"] == "video" and (act == "speech" or act.startswith("unspeech:")):
        return _handle_speech(request, working, found, act)
    if act.startswith(("up:", "down:", "remove:")) and not act.count(":") > 1:
        return _handle_questions(request, working, found, act)
    return _handle_settings(request, working, found, act)


def _handle_settings(
    request: HttpRequest, working: WorkingCopy, found: Json, act: str
) -> HttpResponse:
    """Save the texts and settings; other acts only show the page with the changed form."""
    typed = request.POST.dict()
    form = AuthorForm(apply_row_act(typed, act, _blank_row) or typed)
    if found["kind"] == "reading" and (act == "picture" or request.FILES.get("picture")):
        form = add_picture(working.course, form, "body", request.FILES.get("picture"))
        if form.errors:
            return _render(request, working, found, form)
    if act not in ("save", "check"):
        return _render(request, working, found, form)
    slugs = [row["slug"] for row in working.package["skills"]]
    changed = forms.read_unit(found, form, slugs, _list_earlier(working, found))
    if act == "check":
        form.errors.clear()
        return _render(request, working, found, form)
    return _save(request, working, changed, form, "saved")


def _handle_file(request: HttpRequest, working: WorkingCopy, found: Json, act: str) -> HttpResponse:
    form = AuthorForm(forms.form_values(found))
    try:
        changed, done = video_files.apply_act(request, working.course, found, act)
    except RefusedFile as refused:
        form.errors["captions" if act == "uncued" else act] = str(refused)
        return _render(request, working, found, form)
    return _save(request, working, changed, form, done, act.partition(":")[0])


def _handle_speech(
    request: HttpRequest, working: WorkingCopy, found: Json, act: str
) -> HttpResponse:
    """Ask for captions from the sound, or remove a draft; the draft of the course stays."""
    code = _code(working, found)
    if act != "speech":
        lang, _sep, state = act.removeprefix("unspeech:").partition(":")
        draft_requests.remove(working.course, code, lang, state)
        return redirect(f"{_url(working, found)}#captions")
    form, lang = AuthorForm(forms.form_values(found)), request.POST.get("speech", "")
    by, now = current_user(request), timezone.now()
    try:
        draft_requests.ask(working.course, code, found, lang, by=by, now=now)
    except RefusedFile as refused:
        form.errors["speech"] = str(refused)
        return _render(request, working, found, form)
    return redirect_done(_url(working, found), "asked", "captions")


def _handle_questions(
    request: HttpRequest, working: WorkingCopy, found: Json, act: str
) -> HttpResponse:
    verb, _, ref = act.partition(":")
    form = AuthorForm(forms.form_values(found))
    if verb == "remove":
        package = packages.without_question(working.package, ref)
        changed = packages.find_unit(working.course, package, _code(working, found))
        return _save(request, working, changed, form, "removed", "questions")
    rows = packages.move_row(found["questions"], ref, STEPS[verb])
    return _save(request, working, found | {"questions": rows}, form, "moved", f"{verb}-{ref}")


def _save(
    request: HttpRequest,
    working: WorkingCopy,
    changed: Json,
    form: AuthorForm,
    done: str,
    at: str = "",
) -> HttpResponse:
    """Save the unit if it has no errors; otherwise show them at their fields."""
    whole = packages.with_unit(working.package, changed)
    if not form.errors and done == "saved" and not at:
        # A test may be saved before the bank has enough questions for it.
        apart = ("questions", "random_questions")
        alone = {name: changed[name] for name in changed if name not in apart}
        for flaw in publication_checks.check_unit(whole, alone):
            form.errors |= (
                {"form": flaw.text} if flaw.text != str(publication_checks.NO_FILE) else {}
            )
    if form.errors:
        return _render(request, working, changed, form)
    try:
        save_draft(request, working.course, whole)
    except StaleDraft as stale:
        return _render(request, working, changed, form, stale)
    return redirect_done(_url(working, changed), done, at)


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    found: Json,
    form: AuthorForm,
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    context = {
        "unit": found,
        "typed": form.typed,
        "errors": form.errors,
        "skills": [
            {"slug": row["slug"], "name": row["name"], "on": f"skill-{row['slug']}" in form.typed}
            for row in working.package["skills"]
        ],
        "earlier": _list_earlier(working, found),
        "chapters": read_rows(form.typed, "chapters"),
        "film": find_unfinished(working.course, _code(working, found), current_user(request))
        if found["kind"] == "video"
        else None,
        "files": video_files.files_of(working.course, found),
        "speech": draft_list.make_panel(
            working.course, _code(working, found), found, working.package["language"]
        )
        if found["kind"] == "video"
        else None,
        "preview": course_html.reading(
            images.link_images(form.typed.get("body", ""), working.course.code)
        ),
        "asks": found["kind"] in publication_checks.ASKING,
        "site": find_site(form.typed.get("address", "")),
        "lines": make_rows(working, found),
        "scenarios": SCENARIO_WORDS,
        **_random_context(working, found, form),
        "clutter": compare_page(load_layouts(working.course), working.package, found),
        "ask_url": f"{reverse('authoring:question_new', args=[working.course.slug])}"
        f"?unit={_code(working, found)}",
        "length": write_clock(found["duration"]) if found.get("duration") else "",
    }
    return render_page(request, "unit", working, "builder", context, conflict)


def _random_context(working: WorkingCopy, found: Json, form: AuthorForm) -> Json:
    """Return the rows of the random questions, the tags they may name, and what is wrong."""
    bank = working.package.get("bank", ())
    problem = None if form.errors else random_questions.find_problem(found, bank)
    rows = read_rows(form.typed, random_forms.NAME)
    counts = {row.get("tag", ""): 0 for row in rows} | question_bank.count_tags(working.package)
    tags = sorted((tag for tag in counts if tag), key=str.casefold)
    return {
        "random_rows": rows,
        "random_tags": {tag: f"{tag} ({counts[tag]})" for tag in tags},
        "random_problem": "" if problem is None else str(problem),
    }


def make_rows(working: WorkingCopy, found: Mapping[str, Any]) -> list[QuestionRow]:
    """Return the questions of a unit for its list."""
    rows = found.get("questions", ())
    return [
        QuestionRow(
            id=row["id"],
            kind=str(QUESTION_TYPES[row["type"]].name),
            prompt=course_html.linear(row["prompt"] or row.get("stem", "")) or _("No text"),
            url=reverse(
                "authoring:question",
                args=[working.course.slug, packages.code_of(working.course, "question", row["id"])],
            ),
            at=write_clock(row["time"]) if "time" in row else "",
            hints=len(row.get("hints", ())),
            variants=len(row.get("variants", ())),
            tags=tuple(row.get("tags", ())),
            first=number == 0,
            last=number == len(rows) - 1,
        )
        for number, row in enumerate(rows)
    ]


def _list_earlier(working: WorkingCopy, found: Mapping[str, Any]) -> Outline:
    return opening_conditions.list_earlier(outline_of(working.package), found["id"])


def _blank_row(name: str) -> Row:
    if name == random_forms.NAME:
        return dict(random_forms.BLANK)
    return {"start": "", "end": "", "title": ""}


def _code(working: WorkingCopy, found: Mapping[str, Any]) -> UUID:
    return packages.code_of(working.course, "unit", found["id"])


def _url(working: WorkingCopy, found: Mapping[str, Any]) -> str:
    return reverse("authoring:unit", args=[working.course.slug, _code(working, found)])
