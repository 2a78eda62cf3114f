"""`/author/courses/<slug>/bank/`: the questions that belong to no unit, by their tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from authoring import course_package as packages
from authoring import question_bank
from authoring.editor.layout import load_working_copy, redirect_done, render_page, save_draft
from authoring.editor.units.views import make_rows
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.navigation import NavItem

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawingLine:
    """A test that draws from the bank; `problem` says why it cannot be published, or is ""."""

    title: str
    url: str
    problem: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def bank(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of the bank, or of its questions with `?tag=`; a POST of `act` removes one."""
    working = load_working_copy(request, slug)
    if request.method != "POST":
        return _render(request, working)
    ref = request.POST.get("act", "").removeprefix("remove:")
    if ref not in {row["id"] for row in working.package.get("bank", ())}:
        return redirect(_list_url(request, working))
    return _remove(request, working, ref)


def _remove(request: HttpRequest, working: WorkingCopy, ref: str) -> HttpResponse:
    try:
        save_draft(request, working.course, packages.without_question(working.package, ref))
    except StaleDraft as stale:
        return _render(request, working, stale)
    return redirect_done(_list_url(request, working), "removed", "questions")


def _render(
    request: HttpRequest, working: WorkingCopy, conflict: StaleDraft | None = None
) -> HttpResponse:
    tag = request.GET.get("tag", "")
    whole = packages.bank_of(working.package)
    rows = [row for row in whole["questions"] if not tag or tag in row.get("tags", ())]
    page = Paginator(rows, question_bank.PAGE_SIZE).get_page(request.GET.get("page"))
    new_url = reverse("authoring:question_new", args=[working.course.slug])
    context = {
        "tag": tag,
        "total": len(whole["questions"]),
        "tags": _tag_links(working, tag),
        "page": page,
        "pages": {way: make_query(tag, number) for way, number in _other_pages(page).items()},
        "lines": make_rows(working, whole | {"questions": list(page)}),
        "tests": _drawing_lines(working),
        "new_url": f"{new_url}?{urlencode({'in': 'bank', 'tag': tag})}",
    }
    return render_page(request, "bank", working, "bank", context, conflict)


def _tag_links(working: WorkingCopy, chosen: str) -> list[NavItem]:
    """Return a link for each tag in the bank, with the number of its questions."""
    counts = question_bank.count_tags(working.package)
    return [
        NavItem(f"{tag} ({counts[tag]})", make_query(tag), tag == chosen)
        for tag in sorted(counts, key=str.casefold)
        if counts[tag]
    ]


def _other_pages(page: Page[Json]) -> dict[str, int]:
    """Return the numbers of the pages before and after this one, where there are such pages."""
    before = {"before": page.previous_page_number()} if page.has_previous() else {}
    return before | ({"after": page.next_page_number()} if page.has_next() else {})


def make_query(tag: str = "", page: int = 1) -> str:
    """Return the query that leads to a page of the questions with a tag, or of all."""
    chosen = ({"tag": tag} if tag else {}) | {"page": str(page)}
    return f"?{urlencode(chosen)}"


def _drawing_lines(working: WorkingCopy) -> list[DrawingLine]:
    return [
        DrawingLine(
            title=test.unit["title"],
            url=_unit_url(working, test.unit["id"]),
            problem="" if test.problem is None else str(test.problem),
        )
        for test in question_bank.list_drawing(working.package)
    ]


def _unit_url(working: WorkingCopy, ref: str) -> str:
    code = packages.code_of(working.course, "unit", ref)
    return reverse("authoring:unit", args=[working.course.slug, code])


def _list_url(request: HttpRequest, working: WorkingCopy) -> str:
    """Return the address of the list with the tag and the page that are chosen now."""
    url = reverse("authoring:bank", args=[working.course.slug])
    chosen = {name: request.GET[name] for name in ("tag", "page") if request.GET.get(name)}
    return f"{url}?{urlencode(chosen)}" if chosen else url
