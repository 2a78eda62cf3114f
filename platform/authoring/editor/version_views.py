"""`/author/courses/<slug>/versions/`: review and publish the draft, and list all versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require_person, signed_in
from accounts.models import User
from accounts.people import name_of
from audit.leaves import ref
from authoring.editor import course_package as packages
from authoring.editor.layout import desk_for, page
from authoring.editor.lint import Warning, warnings_of
from authoring.errors import BrokenPackage
from authoring.versions import drafts, previews, publication, publication_checks
from authoring.versions.diff import Changes, between
from authoring.versions.drafts import Desk, Stale
from authoring.versions.models import LONGEST_NOTE, Version
from authoring.versions.publication import Moved, Nothing
from authoring.versions.publication_checks import Flaw
from courses import attempts
from courses.access import teachers_of
from courses.models import Course

Json = dict[str, Any]
CAUSES: Final = {
    "found": lazy("original"),
    "edited": lazy("published"),
    "imported": lazy("imported"),
    "back": lazy("restored"),
    "undone": lazy("undone"),
}
CAUSES_BY: Final = {
    "found": lazy("original by {name}"),
    "edited": lazy("published by {name}"),
    "imported": lazy("imported by {name}"),
    "back": lazy("restored by {name}"),
    "undone": lazy("undone by {name}"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A version in the list, with its changes against the previous version."""

    number: int
    told: str
    at: datetime
    note: str
    changes: Changes | None
    current: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A warning or flaw, and the page where it can be fixed."""

    what: str
    text: str
    url: str
    kind: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the list; a POST of `act` publishes the draft, discards it, or restores a version."""
    desk = desk_for(request, slug)
    if request.method != "POST":
        return _shown(request, desk)
    try:
        return _done(request, desk)
    except Stale as stale:
        return _shown(request, desk, conflict=stale)
    except Moved as moved:
        return _shown(request, desk, moved=moved.changes)
    except Nothing:
        return _shown(request, desk, problem=_("There is no draft to publish."))
    except BrokenPackage as broken:
        return _shown(
            request, desk, problem=_("This cannot be published: {broken}.").format(broken=broken)
        )


@require_POST
@require_person
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the preview of the draft as a Learner, or delete the preview."""
    desk = desk_for(request, slug)
    by = signed_in(request)
    if request.POST.get("act") == "leave":
        previews.leave(desk.course, by=by)
        return redirect("authoring:builder", slug=slug)
    try:
        shadow = previews.show(desk.course, by=by, now=timezone.now())
    except BrokenPackage as broken:
        return _shown(
            request,
            desk,
            problem=_("This cannot be previewed yet: {broken}.").format(broken=broken),
        )
    return redirect(f"/courses/{shadow.slug}/")


@require_safe
@require_person
def warnings(request: HttpRequest, slug: str) -> HttpResponse:
    """List what could confuse Learners, each with a link to the page where it can be fixed."""
    desk = desk_for(request, slug)
    places = [_place(desk, each) for each in warnings_of(desk.package)]
    context = {"places": places, "flaws": _flaws(desk)}
    return page(request, "warnings", desk, "warnings", context)


def _done(request: HttpRequest, desk: Desk) -> HttpResponse:
    act, _, number = request.POST.get("act", "").partition(":")
    stamp, by, now = request.POST.get("stamp", ""), signed_in(request), timezone.now()
    here = reverse("authoring:versions", args=[desk.course.slug])
    if act == "publish":
        note = request.POST.get("note", "").strip()[:LONGEST_NOTE]
        over = request.POST.get("over") == "on"
        publication.publish(desk.course, stamp=stamp, by=by, now=now, note=note, over=over)
        previews.leave(desk.course, by=by)
        return redirect(f"{here}?published=1")
    if act == "discard":
        drafts.discard(desk.course, stamp=stamp, by=by)
        return redirect(here)
    if act == "back" and number.isdecimal():
        try:
            publication.go_back(desk.course, int(number), by=by, now=now)
        except Version.DoesNotExist as unknown:
            raise Http404 from unknown
        return redirect(f"{here}?published=1")
    raise Http404


def _shown(
    request: HttpRequest,
    desk: Desk,
    *,
    conflict: Stale | None = None,
    moved: Changes | None = None,
    problem: str = "",
) -> HttpResponse:
    lines = lines_of(desk.course, signed_in(request))
    live = drafts.as_stored(desk.course) if desk.drafted else desk.package
    context: Mapping[str, Any] = {
        "lines": lines,
        "changes": between(live, desk.package) if desk.drafted else None,
        "flaws": _flaws(desk) if desk.drafted else [],
        "warnings": len(warnings_of(desk.package)),
        "moved": moved,
        "problem": problem,
        "errors": {"act": problem} if problem or moved else {},
        "running": attempts.count_running(desk.course) if desk.drafted else 0,
        "before": lines[1].number if len(lines) > 1 else 0,
        "just": request.GET.get("published") == "1" and bool(lines),
        "longest_note": LONGEST_NOTE,
        "previewing": desk.course.previews.filter(
            slug=previews.slug_of(desk.course, signed_in(request))
        ).exists(),
    }
    return page(request, "versions", desk, "versions", context, conflict)


def lines_of(course: Course, reader: User) -> list[Line]:
    """Return each version, newest first, with its author and its changes."""
    rows = list(drafts.published(course))
    names = _names(course, reader)
    return [
        Line(
            number=row.number,
            told=_told(row, names),
            at=row.made_at,
            note=_note(row),
            changes=between(before.package, row.package) if before else None,
            current=at == 0,
        )
        for at, (row, before) in enumerate(zip(rows, [*rows[1:], None], strict=False))
    ]


def _told(row: Version, names: Mapping[bytes, str]) -> str:
    if not row.author:
        return str(CAUSES[row.cause])
    name = names.get(bytes(row.author), _("a former author"))
    return str(CAUSES_BY[row.cause]).format(name=name)


def _note(row: Version) -> str:
    """Translate a note of this program, which names the restored version."""
    number = row.note.removeprefix(publication.WENT_TO)
    if row.cause not in ("back", "undone") or not number.isdecimal():
        return row.note
    return _("Version {number}").format(number=number)


def _names(course: Course, reader: User) -> dict[bytes, str]:
    """Return the names of possible authors by their audit reference."""
    found = {ref(each.code): name_of(each) for each in teachers_of(course)}
    found[ref(reader.code)] = pgettext("published by", "you")
    return {key: name for key, name in found.items() if key is not None}


def _flaws(desk: Desk) -> list[Place]:
    return [_place(desk, flaw) for flaw in publication_checks.flaws(desk.package)]


def _place(desk: Desk, found: Flaw | Warning) -> Place:
    """Return the finding with its subject and the address where it can be fixed."""
    slug = desk.course.slug
    what = found.what if isinstance(found, Warning) else _what(desk, found)
    kind = found.kind if isinstance(found, Warning) else ""
    if found.at in ("unit", "question"):
        code = packages.code_of(desk.course, found.at, found.ref)
        return Place(what, found.text, reverse(f"authoring:{found.at}", args=[slug, code]), kind)
    return Place(what, found.text, reverse(f"authoring:{found.at}", args=[slug]), kind)


def _what(desk: Desk, flaw: Flaw) -> str:
    titles = {unit["id"]: unit["title"] for unit in desk.package["units"]}
    prompts = {each.id: each.question["prompt"] for each in packages.all_asked(desk.package)}
    plain = {
        "words": _("Course details"),
        "skills": _("Skills"),
        "builder": _("The course"),
    }
    return titles.get(flaw.ref) or prompts.get(flaw.ref) or plain.get(flaw.at, flaw.ref)
