"""`/teach/<slug>/people/`: members of a course, lists, join link, removal and undo.

Every Teacher of the course has these rights, and a course keeps at least one. Whether a person may
teach is set in their account. An email invitation may create an account if the Steward allows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person, uuid_or_404
from accounts.mail import queue
from accounts.models import User
from accounts.site import site_facts
from courses import enrolment, join_links
from courses.access import course_for_teacher
from courses.models import Course, Enrolment
from teaching.enrolment import members, pending_invitations, removal
from teaching.enrolment.forms import EmailsForm, InviteForm, ListForm
from teaching.enrolment.import_preview import ImportPreview, preview_import
from teaching.layout import frame_of
from teaching.roster import face_of


@dataclass(frozen=True, slots=True)
class RemovedMember:
    """The person just removed, and the token that undoes it."""

    name: str
    token: str


@require_safe
@require_person
def people(request: HttpRequest, slug: str) -> HttpResponse:
    course = course_for_teacher(current_user(request), slug)
    gone = _removed_member(course, request.GET.get("out", ""))
    added, invited = (request.GET.get(name, "") for name in ("added", "invited"))
    return render_page(request, course, gone=gone, added=added, invited=invited)


@require_POST
@require_person
def add_people(request: HttpRequest, slug: str) -> HttpResponse:
    """Preview a list; with `act` = add, enrol it if no line is wrong."""
    course, now = course_for_teacher(current_user(request), slug), timezone.now()
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return render_page(request, course, form=form, status=422)
    found = preview_import(course, form.rows, by=current_user(request), now=now)
    if request.POST.get("act") == "add" and found.ready:
        count = members.enrol_listed(course, found, by=current_user(request), now=now)
        return redirect(f"{reverse('teaching:people', args=[slug])}?added={count}")
    wrong = bool(found.whole or found.wrong)
    return render_page(request, course, form=form, preview=found, status=422 if wrong else 200)


@require_POST
@require_person
def remove_person(request: HttpRequest, slug: str) -> HttpResponse:
    """Remove `person` with `role` from the course, or restore them with the token `undo`."""
    by, now = current_user(request), timezone.now()
    course = course_for_teacher(by, slug)
    here = reverse("teaching:people", args=[slug])
    if "undo" in request.POST:
        removal.restore_member(course, request.POST["undo"], by=by)
        return redirect(here)
    person, role = _find_member(
        course, request.POST.get("person", ""), request.POST.get("role", "")
    )
    try:
        token = removal.remove_member(course, person, role, by=by, now=now)
    except enrolment.LastTeacher:
        problem = _(
            "Nothing was changed. A course needs at least one teacher. Add another teacher first."
        )
        return render_page(request, course, problem=problem, status=422)
    return redirect("/" if person == by else f"{here}?out={token}")


@require_POST
@require_person
def change_join_link(request: HttpRequest, slug: str) -> HttpResponse:
    """Create a join link that works until a date, or with `act` = end disable it."""
    by = current_user(request)
    course = course_for_teacher(by, slug)
    if request.POST.get("act") == "end":
        join_links.end_link(course, by=by)
        return redirect("teaching:people", slug=slug)
    form = InviteForm(request.POST, now=timezone.now())
    if not form.is_valid():
        return render_page(request, course, invite_form=form, status=422)
    join_links.open_link(course, until=form.until(), by=by)
    return redirect("teaching:people", slug=slug)


def render_page(
    request: HttpRequest,
    course: Course,
    *,
    form: ListForm | None = None,
    preview: ImportPreview | None = None,
    invite_form: InviteForm | None = None,
    gone: RemovedMember | None = None,
    added: str = "",
    emails_form: EmailsForm | None = None,
    links: Sequence[tuple[str, str]] = (),
    invited: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page; `links` are addresses with links to pass on, shown only once."""
    now = timezone.now()
    until = course.invite_until
    holds = until is not None and until > now
    link = reverse("classroom:join", args=[course.invite]) if holds else ""
    context = {
        "teach": frame_of(course, "people"),
        "here": members.list_members(course),
        "form": form or ListForm(),
        "preview": preview,
        "invite_form": invite_form or InviteForm(now=now),
        "link": request.build_absolute_uri(link) if link else "",
        "until": until,
        "gone": gone,
        "added": _parse_count(added),
        "emails_form": emails_form or EmailsForm(),
        "invites_by_email": site_facts.current().invites_by_email,
        "has_mail": queue.has_server(),
        "pending": pending_invitations.list_pending(course, reader=current_user(request), now=now),
        "links": links,
        "invited": _parse_count(invited),
        "problem": problem,
        "me": current_user(request).code,
    }
    return render(request, "teaching/people.html", context, status=status)


def _parse_count(typed: str) -> int:
    """Return the count in an address; 0 for any other text."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0


def _removed_member(course: Course, token: str) -> RemovedMember | None:
    """Return the person to show as removed; None if the token expired or they are back."""
    try:
        person, _ = removal.read_undo_token(course, token)
    except Http404:
        return None
    face = None if members.is_member(course, person) else face_of(person)
    return RemovedMember(face.name, token) if face else None


def _find_member(course: Course, code: str, role: str) -> tuple[User, str]:
    """Return a member of this course by code; 404 for anyone else."""
    rows = Enrolment.objects.filter(course=course, role=role, user__code=uuid_or_404(code))
    row = rows.select_related("user").first()
    if row is None:
        raise Http404
    return row.user, row.role
