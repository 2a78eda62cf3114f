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

from accounts.access import current_user, require_person
from accounts.models import User
from accounts.people import name_of
from audit.leaves import person_ref
from authoring import course_package as packages
from authoring.editor.layout import load_working_copy, render_page
from authoring.editor.lint import DraftWarning, find_warnings
from authoring.errors import BrokenPackage
from authoring.page_layouts.clutter import compare_page, load_layouts
from authoring.versions import drafts, previews, publication, publication_checks
from authoring.versions.diff import Changes, compare_packages
from authoring.versions.drafts import StaleDraft, WorkingCopy
from authoring.versions.models import LONGEST_NOTE, Version
from authoring.versions.publication import NoDraft, PublishedMeanwhile
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
class VersionRow:
    """A version in the list, with its changes against the previous version."""

    number: int
    cause: str
    at: datetime
    note: str
    changes: Changes | None
    current: bool


@dataclass(frozen=True, slots=True)
class FindingLink:
    """A warning or flaw, and the page where it can be fixed."""

    what: str
    text: str
    url: str
    kind: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the list; a POST of `act` publishes the draft, discards it, or restores a version."""
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working)
    try:
        return _apply_act(request, working)
    except StaleDraft as stale:
        return _render(request, working, conflict=stale)
    except PublishedMeanwhile as moved:
        return _render(request, working, moved=moved.changes)
    except NoDraft:
        return _render(request, working, problem=_("There is no draft to publish."))
    except BrokenPackage as broken:
        return _render(
            request, working, problem=_("This cannot be published: {broken}.").format(broken=broken)
        )


@require_POST
@require_person
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """Open the preview of the draft as a Learner, or delete the preview."""
    working = load_working_copy(request, slug)
    by = current_user(request)
    if request.POST.get("act") == "leave":
        previews.close_preview(working.course, by=by)
        return redirect("authoring:builder", slug=slug)
    try:
        shadow = previews.open_preview(working.course, by=by, now=timezone.now())
    except BrokenPackage as broken:
        return _render(
            request,
            working,
            problem=_("This cannot be previewed yet: {broken}.").format(broken=broken),
        )
    return redirect(f"/courses/{shadow.slug}/")


@require_safe
@require_person
def warnings(request: HttpRequest, slug: str) -> HttpResponse:
    """List what could confuse Learners, each with a link to the page where it can be fixed."""
    working = load_working_copy(request, slug)
    places = [_make_link(working, each) for each in _find_warnings(working)]
    context = {"places": places, "flaws": _find_flaws(working)}
    return render_page(request, "warnings", working, "warnings", context)


def _apply_act(request: HttpRequest, working: WorkingCopy) -> HttpResponse:
    act, _, number = request.POST.get("act", "").partition(":")
    stamp, by, now = request.POST.get("stamp", ""), current_user(request), timezone.now()
    here = reverse("authoring:versions", args=[working.course.slug])
    if act == "publish":
        note = request.POST.get("note", "").strip()[:LONGEST_NOTE]
        over = request.POST.get("over") == "on"
        publication.publish(working.course, stamp=stamp, by=by, now=now, note=note, over=over)
        previews.close_preview(working.course, by=by)
        return redirect(f"{here}?published=1")
    if act == "discard":
        drafts.discard(working.course, stamp=stamp, by=by)
        return redirect(here)
    if act == "back" and number.isdecimal():
        try:
            publication.go_back(working.course, int(number), by=by, now=now)
        except Version.DoesNotExist as unknown:
            raise Http404 from unknown
        return redirect(f"{here}?published=1")
    raise Http404


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    *,
    conflict: StaleDraft | None = None,
    moved: Changes | None = None,
    problem: str = "",
) -> HttpResponse:
    lines = make_rows(working.course, current_user(request))
    live = drafts.stored_package(working.course) if working.has_draft else working.package
    context: Mapping[str, Any] = {
        "lines": lines,
        "changes": compare_packages(live, working.package) if working.has_draft else None,
        "flaws": _find_flaws(working) if working.has_draft else [],
        "warnings": len(_find_warnings(working)),
        "moved": moved,
        "problem": problem,
        "errors": {"act": problem} if problem or moved else {},
        "running": attempts.count_running(working.course) if working.has_draft else 0,
        "before": lines[1].number if len(lines) > 1 else 0,
        "just": request.GET.get("published") == "1" and bool(lines),
        "longest_note": LONGEST_NOTE,
        "previewing": working.course.previews.filter(
            slug=previews.slug_of(working.course, current_user(request))
        ).exists(),
    }
    return render_page(request, "versions", working, "versions", context, conflict)


def make_rows(course: Course, reader: User) -> list[VersionRow]:
    """Return each version, newest first, with its author and its changes."""
    rows = list(drafts.published_versions(course))
    names = _author_names(course, reader)
    return [
        VersionRow(
            number=row.number,
            cause=_describe_cause(row, names),
            at=row.made_at,
            note=_translate_note(row),
            changes=compare_packages(before.package, row.package) if before else None,
            current=at == 0,
        )
        for at, (row, before) in enumerate(zip(rows, [*rows[1:], None], strict=False))
    ]


def _describe_cause(row: Version, names: Mapping[bytes, str]) -> str:
    if not row.author:
        return str(CAUSES[row.cause])
    name = names.get(bytes(row.author), _("a former author"))
    return str(CAUSES_BY[row.cause]).format(name=name)


def _translate_note(row: Version) -> str:
    """Translate a note of this program, which names the restored version."""
    number = row.note.removeprefix(publication.RESTORED_NOTE)
    if row.cause not in ("back", "undone") or not number.isdecimal():
        return row.note
    return _("Version {number}").format(number=number)


def _author_names(course: Course, reader: User) -> dict[bytes, str]:
    """Return the names of possible authors by their audit reference."""
    found = {person_ref(each.code): name_of(each) for each in teachers_of(course)}
    found[person_ref(reader.code)] = pgettext("published by", "you")
    return {key: name for key, name in found.items() if key is not None}


def _find_flaws(working: WorkingCopy) -> list[FindingLink]:
    return [_make_link(working, flaw) for flaw in publication_checks.find_flaws(working.package)]


def _find_warnings(working: WorkingCopy) -> list[DraftWarning]:
    """Return the warnings about the text of the draft, and then those about full pages."""
    layouts = load_layouts(working.course)
    return [
        *find_warnings(working.package),
        *(
            DraftWarning("clutter", "unit", unit["id"], unit["title"], text)
            for unit in working.package["units"]
            for text in compare_page(layouts, working.package, unit).findings
        ),
    ]


def _make_link(working: WorkingCopy, found: Flaw | DraftWarning) -> FindingLink:
    """Return the finding with its subject and the address where it can be fixed."""
    slug = working.course.slug
    what = found.what if isinstance(found, DraftWarning) else _subject_of(working, found)
    kind = found.kind if isinstance(found, DraftWarning) else ""
    if found.at in ("unit", "question"):
        code = packages.code_of(working.course, found.at, found.ref)
        return FindingLink(
            what, found.text, reverse(f"authoring:{found.at}", args=[slug, code]), kind
        )
    return FindingLink(what, found.text, reverse(f"authoring:{found.at}", args=[slug]), kind)


def _subject_of(working: WorkingCopy, flaw: Flaw) -> str:
    titles = {unit["id"]: unit["title"] for unit in working.package["units"]}
    prompts = {
        each.id: each.question["prompt"] for each in packages.iterate_questions(working.package)
    }
    plain = {
        "words": _("Course details"),
        "skills": _("Skills"),
        "builder": _("The course"),
    }
    return titles.get(flaw.ref) or prompts.get(flaw.ref) or plain.get(flaw.at, flaw.ref)
