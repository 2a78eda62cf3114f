"""`/author/courses/<slug>/`: the units in their order, each with a summary of its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import require_person, signed_in
from authoring.editor import course_package as packages
from authoring.editor.layout import desk_for, keep, on_to, page
from authoring.versions import drafts
from authoring.versions.drafts import Desk, Stale
from courses.models.unit import KINDS

Json = dict[str, Any]
LONGEST_TITLE: Final = 200
KIND_WORDS: Final = {"video": lazy("video"), "reading": lazy("reading"), "quiz": lazy("quiz")}
STEPS: Final = {"up": -1, "down": 1}


class Unclear(Exception):
    """A field of the form is missing or invalid; `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    kind: str
    title: str
    words: str
    url: str
    holds: int
    first: bool
    last: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def builder(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the list; a POST of `act` adds, renames, moves or removes a unit."""
    desk = desk_for(request, slug)
    if request.method != "POST":
        return _shown(request, desk)
    try:
        done, units, at = changed(desk.package["units"], request.POST)
        keep(request, desk.course, desk.package | {"units": units})
    except Unclear as unclear:
        return _shown(request, desk, errors=unclear.errors)
    except Stale as stale:
        return _shown(request, desk, stale)
    return on_to(_url(desk), done, at)


@require_POST
@require_person
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Undo the last save of the draft; refused where another person saved after it."""
    desk = desk_for(request, slug)
    stamp, now = request.POST.get("stamp", ""), timezone.now()
    try:
        drafts.step_back(desk.course, stamp=stamp, by=signed_in(request), now=now)
    except Stale as stale:
        return _shown(request, desk, stale)
    return on_to(_url(desk), "undone")


def changed(units: list[Json], fields: Mapping[str, Any]) -> tuple[str, list[Json], str]:
    """Apply the act; return the message key, the new units, and the anchor on the page."""
    act, _mark, ref = fields.get("act", "").partition(":")
    if act == "add":
        unit = _new(fields)
        return "added", [*units, unit], f"unit-{unit['id']}"
    if act in STEPS:
        return "moved", packages.moved(units, ref, STEPS[act]), f"{act}-{ref}"
    if act == "remove":
        return "removed", [unit for unit in units if unit["id"] != ref], "units"
    if act == "rename":
        title = _title(fields, f"title-{ref}")
        renamed = [unit | {"title": title} if unit["id"] == ref else unit for unit in units]
        return "saved", renamed, f"unit-{ref}"
    raise Unclear({"act": _("Select what to do.")})


def _new(fields: Mapping[str, Any]) -> Json:
    kind = fields.get("kind", "")
    if kind not in KINDS:
        raise Unclear({"kind": _("Select a video, a reading or a quiz.")})
    head = {"id": packages.new_ref(kind), "kind": kind, "title": _title(fields, "title")}
    blank: dict[str, Json] = {
        "reading": {"format": "markdown", "body": ""},
        "quiz": {"questions": []},
        "video": {"duration": 0, "files": {"captions": []}, "chapters": [], "questions": []},
    }
    return head | {"skills": []} | blank[kind]


def _title(fields: Mapping[str, Any], name: str) -> str:
    title = str(fields.get(name, "")).strip()
    if not title:
        raise Unclear({name: _("Enter a name.")})
    if len(title) > LONGEST_TITLE:
        raise Unclear(
            {name: _("Enter a name of at most {most} characters.").format(most=LONGEST_TITLE)}
        )
    return title


def _shown(
    request: HttpRequest,
    desk: Desk,
    conflict: Stale | None = None,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    context = {"rows": rows_of(desk), "errors": errors or {}, "typed": request.POST}
    return page(request, "builder", desk, "builder", context, conflict)


def rows_of(desk: Desk) -> list[Row]:
    units = desk.package["units"]
    return [
        Row(
            id=unit["id"],
            kind=unit["kind"],
            words=str(KIND_WORDS[unit["kind"]]),
            title=unit["title"],
            url=reverse(
                "authoring:unit",
                args=[desk.course.slug, packages.code_of(desk.course, "unit", unit["id"])],
            ),
            holds=len(unit.get("questions", ())),
            first=at == 0,
            last=at == len(units) - 1,
        )
        for at, unit in enumerate(units)
    ]


def _url(desk: Desk) -> str:
    return reverse("authoring:builder", args=[desk.course.slug])
