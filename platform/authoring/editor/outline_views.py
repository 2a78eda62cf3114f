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

from accounts.access import current_user, require_person
from authoring.editor import course_package as packages
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.versions import drafts
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.models.unit import KINDS

Json = dict[str, Any]
LONGEST_TITLE: Final = 200
KIND_WORDS: Final = {"video": lazy("video"), "reading": lazy("reading"), "quiz": lazy("quiz")}
STEPS: Final = {"up": -1, "down": 1}


class OutlineFormError(Exception):
    """A field of the form is missing or invalid; `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class UnitRow:
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
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working)
    try:
        done, units, at = apply_act(working.package["units"], request.POST)
        save_draft(request, working.course, working.package | {"units": units})
    except OutlineFormError as unclear:
        return _render(request, working, errors=unclear.errors)
    except StaleDraft as stale:
        return _render(request, working, stale)
    return redirect_done(_url(working), done, at)


@require_POST
@require_person
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Undo the last save of the draft; refused where another person saved after it."""
    working = load_working_copy(request, slug)
    stamp, now = request.POST.get("stamp", ""), timezone.now()
    try:
        drafts.step_back(working.course, stamp=stamp, by=current_user(request), now=now)
    except StaleDraft as stale:
        return _render(request, working, stale)
    return redirect_done(_url(working), "undone")


def apply_act(units: list[Json], fields: Mapping[str, Any]) -> tuple[str, list[Json], str]:
    """Apply the act; return the message key, the new units, and the anchor on the page."""
    act, _mark, ref = fields.get("act", "").partition(":")
    if act == "add":
        unit = _new_unit(fields)
        return "added", [*units, unit], f"unit-{unit['id']}"
    if act in STEPS:
        return "moved", packages.move_row(units, ref, STEPS[act]), f"{act}-{ref}"
    if act == "remove":
        return "removed", [unit for unit in units if unit["id"] != ref], "units"
    if act == "rename":
        title = _read_title(fields, f"title-{ref}")
        renamed = [unit | {"title": title} if unit["id"] == ref else unit for unit in units]
        return "saved", renamed, f"unit-{ref}"
    raise OutlineFormError({"act": _("Select what to do.")})


def _new_unit(fields: Mapping[str, Any]) -> Json:
    kind = fields.get("kind", "")
    if kind not in KINDS:
        raise OutlineFormError({"kind": _("Select a video, a reading or a quiz.")})
    head = {"id": packages.new_ref(kind), "kind": kind, "title": _read_title(fields, "title")}
    blank: dict[str, Json] = {
        "reading": {"format": "markdown", "body": ""},
        "quiz": {"questions": []},
        "video": {"duration": 0, "files": {"captions": []}, "chapters": [], "questions": []},
    }
    return head | {"skills": []} | blank[kind]


def _read_title(fields: Mapping[str, Any], name: str) -> str:
    title = str(fields.get(name, "")).strip()
    if not title:
        raise OutlineFormError({name: _("Enter a name.")})
    if len(title) > LONGEST_TITLE:
        raise OutlineFormError(
            {name: _("Enter a name of at most {most} characters.").format(most=LONGEST_TITLE)}
        )
    return title


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    conflict: StaleDraft | None = None,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    context = {"rows": make_rows(working), "errors": errors or {}, "typed": request.POST}
    return render_page(request, "builder", working, "builder", context, conflict)


def make_rows(working: WorkingCopy) -> list[UnitRow]:
    units = working.package["units"]
    return [
        UnitRow(
            id=unit["id"],
            kind=unit["kind"],
            words=str(KIND_WORDS[unit["kind"]]),
            title=unit["title"],
            url=reverse(
                "authoring:unit",
                args=[working.course.slug, packages.code_of(working.course, "unit", unit["id"])],
            ),
            holds=len(unit.get("questions", ())),
            first=at == 0,
            last=at == len(units) - 1,
        )
        for at, unit in enumerate(units)
    ]


def _url(working: WorkingCopy) -> str:
    return reverse("authoring:builder", args=[working.course.slug])
