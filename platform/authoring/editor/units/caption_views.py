"""`/author/courses/<slug>/captions/<uuid>/<lang>/`: the captions of a video, cue by cue.

A page shows a part of them, so that a long video stays quick to edit; the rest is unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_person
from authoring.editor import course_package as packages
from authoring.editor.form_parsing import Form, Row, clock_of, rows_of, with_rows
from authoring.editor.layout import desk_for, keep, on_to, page
from authoring.editor.units import caption_cues as edited
from authoring.editor.units import video_files
from authoring.media import captions, uploads
from authoring.versions.drafts import Desk, Stale

Json = dict[str, Any]
PER_PAGE: Final = 80


@dataclass(frozen=True, slots=True)
class Track:
    """The captions of one language, and the part of them on this page."""

    unit: Json
    row: Json
    cues: list[Json]
    first: int

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


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def track(request: HttpRequest, slug: str, code: UUID, lang: str) -> HttpResponse:
    """Show the cues; a POST of `act` saves, splits, merges or shifts them."""
    desk = desk_for(request, slug)
    found = track_of(desk, code, lang, request.GET.get("from", "0"))
    if request.method != "POST":
        rows = edited.typed_of(found.part)
        return _shown(request, desk, found, Form(with_rows({}, "cues", rows)))
    act = request.POST.get("act", "save")
    if act == "file":
        return _from_file(request, desk, found)
    form = Form(request.POST.dict())
    rows = rows_of(form.typed, "cues")
    changed = _shifted(form, rows) if act == "shift" else edited.acted(rows, act)
    if changed is None:
        return _saved(request, desk, found, form)
    form.typed = with_rows(form.typed, "cues", edited.with_pasted(form, changed))
    return _shown(request, desk, found, form)


@require_safe
@require_person
def download(request: HttpRequest, slug: str, code: UUID, lang: str) -> HttpResponse:
    """Send the captions of the draft as a file."""
    found = track_of(desk_for(request, slug), code, lang)
    name = f"{found.unit['id']}.{lang}.vtt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    text = captions.write(found.cues)
    return HttpResponse(text, content_type="text/vtt; charset=utf-8", headers=headers)


def track_of(desk: Desk, code: UUID, lang: str, first: str = "0") -> Track:
    """Load the captions; raise a 404 for a language in which the video has none."""
    unit = packages.unit_of(desk.course, desk.package, code)
    rows = unit.get("files", {}).get("captions", ())
    row = next((row for row in rows if row["lang"] == lang), None)
    if row is None:
        raise Http404
    path = uploads.folder_of(desk.course) / row["src"]
    cues = captions.cues(path.read_text(encoding="utf-8")) if path.is_file() else []
    at = int(first) if first.isdecimal() else 0
    return Track(unit, row, cues, min(at, len(cues)))


def _saved(request: HttpRequest, desk: Desk, found: Track, form: Form) -> HttpResponse:
    cues = edited.read(form, rows_of(form.typed, "cues"))
    if form.errors:
        return _shown(request, desk, found, form)
    whole = [*found.cues[: found.first], *cues, *found.cues[found.first + PER_PAGE :]]
    whole.sort(key=lambda cue: cue["start"])
    return _kept(request, desk, found, whole, form)


def _from_file(request: HttpRequest, desk: Desk, found: Track) -> HttpResponse:
    form = Form(with_rows({}, "cues", edited.typed_of(found.part)))
    try:
        cues, done = video_files.read_captions(request.FILES.get("file"))
    except uploads.RefusedFile as refused:
        form.errors["file"] = str(refused)
        return _shown(request, desk, found, form)
    return _kept(request, desk, found, cues, form, done)


def _kept(
    request: HttpRequest,
    desk: Desk,
    found: Track,
    cues: list[Json],
    form: Form,
    done: str = "saved",
) -> HttpResponse:
    lang, label = found.row["lang"], found.row["label"]
    unit = video_files.with_track(desk.course, found.unit, lang, label, cues)
    try:
        keep(request, desk.course, packages.with_unit(desk.package, unit))
    except Stale as stale:
        return _shown(request, desk, found, form, stale)
    url = reverse("authoring:captions", args=[desk.course.slug, _code(desk, found), lang])
    return on_to(url, done)


def _shifted(form: Form, rows: list[Row]) -> list[Row]:
    """Shift the rows; return them unshifted where the form has errors."""
    seconds = form.number("shift", _("Enter a number of seconds."))
    rows = edited.with_pasted(form, rows)
    if seconds is None or form.errors:
        return rows
    form.typed = {**form.typed, "shift": ""}
    return edited.shifted(rows, seconds)


def _shown(
    request: HttpRequest, desk: Desk, found: Track, form: Form, conflict: Stale | None = None
) -> HttpResponse:
    rows = rows_of(form.typed, "cues")
    sound = edited.read(Form(form.typed), rows)
    length = found.unit["duration"]
    named = found.unit["files"]
    context = {
        "unit": found.unit,
        "unit_url": reverse("authoring:unit", args=[desk.course.slug, _code(desk, found)]),
        "code": _code(desk, found),
        "track": found,
        "rows": rows,
        # A pasted file is still one row, so notes by cue number would be at the wrong rows.
        "notes": edited.notes(sound, length) if len(sound) == len(rows) else {},
        "typed": form.typed,
        "errors": form.errors,
        "length": clock_of(length),
        "video": video_files.address(desk.course, named.get("video")),
    }
    return page(request, "captions", desk, "builder", context, conflict)


def _code(desk: Desk, found: Track) -> UUID:
    return packages.code_of(desk.course, "unit", found.unit["id"])
