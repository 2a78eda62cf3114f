"""`/author/courses/<slug>/`: the sections and units in their order, and what changes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_person
from authoring import course_package as packages
from authoring import opening_conditions
from authoring import outline as outlines
from authoring.editor.course_search import Match, search_draft
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.editor.outline_rows import make_rows
from authoring.outline import Outline
from authoring.versions import drafts
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.models.unit import KINDS

Json = dict[str, Any]
Fields = Mapping[str, Any]
# The key of the message, the new outline, and the anchor on the page.
OutlineChange = tuple[str, Outline, str]
LONGEST_TITLE: Final = 200
MISPLACED: Final = lazy(
    "“{waiting}” opens after “{needed}”, so it has to come after it. To move it, first change "
    "“Opens after” in the settings of “{waiting}”."
)


class OutlineFormError(Exception):
    """A field of the form is missing or invalid; `errors` by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors.values()))
        self.errors = errors


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def builder(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the outline; a POST of `act` adds, renames, moves, copies or removes a part."""
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working)
    try:
        done, outline, at = _apply(outlines.outline_of(working.package), request.POST)
        save_draft(request, working.course, outlines.with_outline(working.package, outline))
    except OutlineFormError as unclear:
        return _render(request, working, errors=unclear.errors)
    except StaleDraft as stale:
        return _render(request, working, stale)
    if done == "added" and request.POST["act"] == "add":
        into = urlencode({"done": done, "into": find_section_of(outline, at)})
        return redirect(f"{_url(working)}?{into}#{at}")
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


def apply_act(outline: Outline, fields: Fields) -> OutlineChange:
    """Apply the act; return the change."""
    verb, _mark, ref = fields.get("act", "").partition(":")
    if verb not in ACTS:
        raise OutlineFormError({"act": _("Select what to do.")})
    return ACTS[verb](outline, ref, fields)


def _apply(outline: Outline, fields: Fields) -> OutlineChange:
    """Apply the act, and keep each unit after the one that it opens after.

    A move that would break that is refused. Where the other unit was removed, nothing is waited
    for.
    """
    done, changed, at = apply_act(outline, fields)
    misplaced = opening_conditions.find_moved_before(changed)
    if misplaced and not opening_conditions.find_moved_before(outline):
        waiting, needed = (unit["title"] for unit in misplaced)
        raise OutlineFormError({"form": MISPLACED.format(waiting=waiting, needed=needed)})
    kept = opening_conditions.drop_unknown(changed)
    return (done if kept == changed else "unneeded"), kept, at


def find_section_of(outline: Outline, anchor: str) -> str:
    """Return the section that contains the unit at this anchor."""
    ref = anchor.removeprefix("unit-")
    return next((s.id for s in outline if any(unit["id"] == ref for unit in s.units)), "")


def _add_unit(outline: Outline, _ref: str, fields: Fields) -> OutlineChange:
    kind = fields.get("kind", "")
    if kind not in KINDS:
        raise OutlineFormError({"kind": _("Select the type of unit.")})
    known = [section.id for section in outline]
    into = fields.get("section", "")
    into = into if into in known else (known or [""])[-1]
    unit = outlines.make_unit(kind, _read_title(fields, "title"))
    return "added", outlines.add_unit(outline, into, unit), f"unit-{unit['id']}"


def _add_section(outline: Outline, _ref: str, fields: Fields) -> OutlineChange:
    made = outlines.add_section(outline, _read_title(fields, "heading"))
    return "added", made, f"section-{made[-1].id}"


def _rename_unit(outline: Outline, ref: str, fields: Fields) -> OutlineChange:
    title = _read_title(fields, f"title-{ref}")
    return "saved", outlines.rename_unit(outline, ref, title), f"unit-{ref}"


def _rename_section(outline: Outline, ref: str, fields: Fields) -> OutlineChange:
    title = _read_title(fields, f"title-{ref}")
    return "saved", outlines.rename_section(outline, ref, title), f"section-{ref}"


def _step_unit(by: int) -> Callable[[Outline, str, Fields], OutlineChange]:
    return lambda outline, ref, _: (
        "moved",
        outlines.step_unit(outline, ref, by),
        f"unit-{ref}",
    )


def _step_section(by: int) -> Callable[[Outline, str, Fields], OutlineChange]:
    return lambda outline, ref, _: (
        "moved",
        outlines.step_section(outline, ref, by),
        f"section-{ref}",
    )


def _place_unit(outline: Outline, ref: str, fields: Fields) -> OutlineChange:
    """Move the unit to the section and place that a form or a drag names."""
    section, before = fields.get("section", ""), fields.get("before", "")
    return "moved", outlines.place_unit(outline, ref, section, before), f"unit-{ref}"


def _place_section(outline: Outline, ref: str, fields: Fields) -> OutlineChange:
    moved = outlines.place_section(outline, ref, fields.get("before", ""))
    return "moved", moved, f"section-{ref}"


def _copy_unit(outline: Outline, ref: str, _fields: Fields) -> OutlineChange:
    found = outlines.find_unit(outline, ref) or {"title": ""}
    title = _("{title} (copy)").format(title=found["title"][: LONGEST_TITLE - 20])
    return "copied", outlines.copy_unit(outline, ref, title), f"unit-{ref}"


def _remove_unit(outline: Outline, ref: str, _fields: Fields) -> OutlineChange:
    return "removed", outlines.remove_unit(outline, ref), "units"


def _remove_section(outline: Outline, ref: str, _fields: Fields) -> OutlineChange:
    return "removed", outlines.remove_section(outline, ref), "units"


def _dissolve_section(outline: Outline, ref: str, _fields: Fields) -> OutlineChange:
    return "removed", outlines.dissolve_section(outline, ref), "units"


ACTS: Final[Mapping[str, Callable[[Outline, str, Fields], OutlineChange]]] = {
    "add": _add_unit,
    "add-section": _add_section,
    "rename": _rename_unit,
    "rename-section": _rename_section,
    "up": _step_unit(-1),
    "down": _step_unit(1),
    "up-section": _step_section(-1),
    "down-section": _step_section(1),
    "place": _place_unit,
    "place-section": _place_section,
    "copy": _copy_unit,
    "remove": _remove_unit,
    "remove-section": _remove_section,
    "dissolve-section": _dissolve_section,
}


def _read_title(fields: Fields, name: str) -> str:
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
    sections = make_rows(working)
    context = {
        "sections": sections,
        "total": sum(len(section.units) for section in sections),
        "query": request.GET.get("q", "").strip(),
        "matches": _find_matches(working, request.GET.get("q", "")),
        "errors": errors or {},
        "typed": request.POST,
        "into": _find_open_form(request, errors),
    }
    return render_page(request, "builder", working, "builder", context, conflict)


def _find_open_form(request: HttpRequest, errors: Mapping[str, str] | None) -> str:
    """Return the section whose form for a new unit is open."""
    if not errors:
        return request.GET.get("into", "")
    return request.POST.get("section", "") if request.POST.get("act") == "add" else ""


def _find_matches(working: WorkingCopy, query: str) -> list[tuple[Match, str]]:
    """Return what the search finds, each with the address of its page."""
    return [
        (
            match,
            reverse(
                f"authoring:{match.kind}",
                args=[
                    working.course.slug,
                    packages.code_of(working.course, match.kind, match.ref),
                ],
            ),
        )
        for match in search_draft(working.package, query)
    ]


def _url(working: WorkingCopy) -> str:
    return reverse("authoring:builder", args=[working.course.slug])
