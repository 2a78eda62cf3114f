"""`/author/courses/<slug>/captions/<uuid>/<lang>/`: the captions of a video, cue by cue.

A page shows a part of them, so that a long video stays quick to edit; the rest is unchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_person
from authoring import course_package as packages
from authoring.editor.form_parsing import AuthorForm, Row, read_rows, with_rows, write_clock
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.editor.units import caption_cues as edited
from authoring.editor.units import caption_text, video_files
from authoring.media import captions
from authoring.speech import draft_requests
from authoring.speech.models import SpeechDraft
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.media.media_store import open_store
from courses.refused_file import RefusedFile

Json = dict[str, Any]
PER_PAGE: Final = 80
# `?text` shows the captions as one text.
TEXT: Final = "text"
_SPAN: Final = re.compile(r"[0-9a-f]{16} (\d{0,12})-(\d{0,12})")


@dataclass(frozen=True, slots=True)
class EditedTrack:
    """The captions of one language, and the part of them on this page.

    With a `draft` they were drafted by a speech model, and are not in the course.
    """

    unit: Json
    row: Json
    cues: list[Json]
    first: int
    draft: SpeechDraft | None = None

    @property
    def part(self) -> list[Json]:
        return self.cues[self.first : self.first + PER_PAGE]

    @property
    def later(self) -> int | None:
        after = self.first + PER_PAGE
        return after if after < len(self.cues) else None

    @property
    def earlier(self) -> int | None:
        return max(0, self.first - PER_PAGE) if self.first else None

    @property
    def span(self) -> str:
        """The digest of all cues, and the time of this page's part in ms: "" from or to an end."""
        digest = sha256(captions.write_vtt(self.cues).encode()).hexdigest()[:16]
        since = _to_ms(self.part[0]) if self.first and self.part else ""
        until = _to_ms(self.cues[self.later]) if self.later is not None else ""
        return f"{digest} {since}-{until}"

    def replace_part(self, cues: list[Json], span: str) -> list[Json]:
        """Return all cues with these in place of the part that had this `span`."""
        opened = _SPAN.fullmatch(span)
        if opened is None or span == self.span:
            return [*self.cues[: self.first], *cues, *self.cues[self.first + PER_PAGE :]]
        # Another author has changed them since, so that their numbers mean other cues.
        since, until = (int(time) if time else None for time in opened.groups())
        before = [cue for cue in self.cues if since is not None and _to_ms(cue) < since]
        after = [cue for cue in self.cues if until is not None and _to_ms(cue) >= until]
        return [*before, *cues, *after]


def _to_ms(cue: Json) -> int:
    return int(1000 * cue["start"] + 0.5)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def track(request: HttpRequest, slug: str, code: UUID, lang: str) -> HttpResponse:
    """Show the cues; a POST of `act` saves, splits, merges or shifts them, or undoes that."""
    working = load_working_copy(request, slug)
    found = load_track(working, code, lang, request.GET.get("from", "0"))
    if request.method != "POST":
        rows = edited.form_rows(found.part)
        return _render(request, working, found, AuthorForm(with_rows({}, "cues", rows)))
    act = request.POST.get("act", "save")
    if act in REPLACERS:
        return REPLACERS[act](request, working, found)
    form = AuthorForm(request.POST.dict())
    rows = read_rows(form.typed, "cues")
    changed = _change_rows(form, rows, act)
    if changed is None:
        return _save_form(request, working, found, form)
    if changed != rows:
        form.typed = {**form.typed, "before": edited.write_rows(rows)}
    form.typed = with_rows(form.typed, "cues", edited.expand_pasted(form, changed))
    return _render(request, working, found, form)


def _change_rows(form: AuthorForm, rows: list[Row], act: str) -> list[Row] | None:
    """Return the rows after a button that saves nothing; None for one that saves."""
    if act == "shift":
        return _shift(form, rows)
    if act == "undo":
        restored = edited.restore_rows(form.typed.get("before", ""))
        return rows if restored is None else restored
    return edited.apply_act(rows, act)


@require_safe
@require_person
def download(request: HttpRequest, slug: str, code: UUID, lang: str) -> HttpResponse:
    """Send the captions of the draft as a file."""
    found = load_track(load_working_copy(request, slug), code, lang)
    name = f"{found.unit['id']}.{lang}.vtt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = captions.write_vtt(found.cues)
    return HttpResponse(text, content_type="text/vtt; charset=utf-8", headers=headers)


def load_track(working: WorkingCopy, code: UUID, lang: str, first: str = "0") -> EditedTrack:
    """Load the captions, or a draft of them; raise a 404 for a language that has neither."""
    unit = packages.find_unit(working.course, working.package, code)
    rows = unit.get("files", {}).get("captions", ())
    row = next((row for row in rows if row["lang"] == lang), None)
    at = int(first) if first.isdecimal() else 0
    if row is None:
        draft = draft_requests.find_draft(working.course, code, lang)
        if draft is None:
            raise Http404
        row = {"lang": lang, "label": draft.label}
        return EditedTrack(unit, row, draft.cues, min(at, len(draft.cues)), draft)
    cues = _read_cues(f"{working.course.code}/{row['src']}")
    return EditedTrack(unit, row, cues, min(at, len(cues)))


def _read_cues(name: str) -> list[Row]:
    """Return the cues of a published file; none if it is gone."""
    try:
        return captions.read_vtt(open_store().read_bytes(name).decode())
    except FileNotFoundError:
        return []


def _save_form(
    request: HttpRequest, working: WorkingCopy, found: EditedTrack, form: AuthorForm
) -> HttpResponse:
    cues = edited.read_cues(form, read_rows(form.typed, "cues"), found.unit["duration"])
    if form.errors:
        return _render(request, working, found, form)
    whole = found.replace_part(cues, form.typed.get("span", ""))
    whole.sort(key=lambda cue: cue["start"])
    return _save_cues(request, working, found, whole, form)


def _replace_from_file(
    request: HttpRequest, working: WorkingCopy, found: EditedTrack
) -> HttpResponse:
    form = AuthorForm(with_rows({}, "cues", edited.form_rows(found.part)))
    try:
        cues, done = video_files.read_captions(request.FILES.get("file"), found.unit["duration"])
    except RefusedFile as refused:
        form.errors["file"] = str(refused)
        return _render(request, working, found, form)
    return _save_cues(request, working, found, cues, form, done)


def _replace_from_text(
    request: HttpRequest, working: WorkingCopy, found: EditedTrack
) -> HttpResponse:
    form = AuthorForm(request.POST.dict())
    try:
        cues = caption_text.read_text(form.typed.get("text", ""), found.unit["duration"])
    except caption_text.CaptionTextError as error:
        form.errors["text"] = str(error)
        return _render(request, working, found, form)
    return _save_cues(request, working, found, cues, form)


REPLACERS: Final = {"file": _replace_from_file, "text": _replace_from_text}


def _save_cues(
    request: HttpRequest,
    working: WorkingCopy,
    found: EditedTrack,
    cues: list[Json],
    form: AuthorForm,
    done: str = "saved",
) -> HttpResponse:
    try:
        done = _store(request, working, found, cues, done)
    except StaleDraft as stale:
        return _render(request, working, found, form, stale)
    except draft_requests.ChangedMeanwhile:
        form.errors["form"] = _(
            "The captions were changed meanwhile. Copy what you changed, and reload this page."
        )
        return _render(request, working, found, form)
    lang = found.row["lang"]
    url = reverse("authoring:captions", args=[working.course.slug, _code(working, found), lang])
    return redirect_done(url, done)


@transaction.atomic
def _store(
    request: HttpRequest, working: WorkingCopy, found: EditedTrack, cues: list[Json], done: str
) -> str:
    """Save the captions in the course, or in a speech draft until its Author accepts it.

    Returns the message key (`layout.DONE`); raises StaleDraft and ChangedMeanwhile.
    """
    if found.draft is not None:
        # It stays after it is accepted, so that undoing this loses nothing.
        draft_requests.change(found.draft, cues, request.POST.get("revision", ""))
        if request.POST.get("act") != "accept":
            return "changed_guessed" if done == "guessed" else "changed"
        done = "accepted"
    lang, label = found.row["lang"], found.row["label"]
    unit = video_files.with_track(working.course, found.unit, lang, label, cues)
    save_draft(request, working.course, packages.with_unit(working.package, unit))
    return done


def _shift(form: AuthorForm, rows: list[Row]) -> list[Row]:
    """Shift the rows; return them unshifted where the form has errors."""
    seconds = form.number("shift", _("Enter a number of seconds."))
    rows = edited.expand_pasted(form, rows)
    if seconds is None or form.errors:
        return rows
    form.typed = {**form.typed, "shift": ""}
    return edited.shift_rows(rows, seconds)


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    found: EditedTrack,
    form: AuthorForm,
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    rows = read_rows(form.typed, "cues")
    sound = edited.read_cues(AuthorForm(form.typed), rows)
    length = found.unit["duration"]
    named = found.unit["files"]
    context = {
        "unit": found.unit,
        "unit_url": reverse("authoring:unit", args=[working.course.slug, _code(working, found)]),
        "code": _code(working, found),
        "track": found,
        "rows": rows,
        "span": form.typed.get("span") or found.span,
        # A pasted file is still one row, so notes by cue number would be at the wrong rows.
        "notes": edited.find_problems(sound, length) if len(sound) == len(rows) else {},
        # The text is the whole file; the cues on this page are a part of it.
        "text": form.typed.get("text") or captions.write_vtt(found.cues),
        "as_text": TEXT in request.GET or "text" in form.typed,
        "typed": form.typed,
        "errors": form.errors,
        "length": write_clock(length),
        "video": video_files.file_url(working.course, named.get("video")),
        "revision": form.typed.get("revision") or (found.draft.revision if found.draft else ""),
        "replaced": found.draft is not None and found.draft.film != named.get("video"),
    }
    return render_page(request, "captions", working, "builder", context, conflict)


def _code(working: WorkingCopy, found: EditedTrack) -> UUID:
    return packages.code_of(working.course, "unit", found.unit["id"])
