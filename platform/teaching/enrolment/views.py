"""`/teach/<slug>/people/`: who is in a course; a list put in, an invitation, out and back.

Every Teacher of the course may; a course keeps one of them. Who may teach is settled with the
accounts. An invitation by e-mail may lead to a new account, where the Steward allows it.
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

from accounts.access import require_person, uuid_or_404
from accounts.mail import queue
from accounts.models import User
from accounts.site import site_facts
from courses import enrolment, join_links
from courses.access import course_for_teacher
from courses.models import Course, Enrolment
from teaching.enrolment import members, pending_invitations, removal
from teaching.enrolment.forms import EmailsForm, InviteForm, ListForm
from teaching.enrolment.import_preview import Preview, look
from teaching.layout import frame_of, teacher
from teaching.roster import face_of


@dataclass(frozen=True, slots=True)
class Gone:
    """Who was just taken out, and the token that puts them back."""

    name: str
    token: str


@require_safe
@require_person
def people(request: HttpRequest, slug: str) -> HttpResponse:
    course = course_for_teacher(teacher(request), slug)
    gone = _gone(course, request.GET.get("out", ""))
    added, invited = (request.GET.get(name, "") for name in ("added", "invited"))
    return show(request, course, gone=gone, added=added, invited=invited)


@require_POST
@require_person
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """What a list would do; with `act` = add it is done, if no line is wrong."""
    course, now = course_for_teacher(teacher(request), slug), timezone.now()
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return show(request, course, form=form, status=422)
    found = look(course, form.rows, by=teacher(request), now=now)
    if request.POST.get("act") == "add" and found.ready:
        count = members.put_in(course, found, by=teacher(request), now=now)
        return redirect(f"{reverse('teaching:people', args=[slug])}?added={count}")
    wrong = bool(found.whole or found.wrong)
    return show(request, course, form=form, preview=found, status=422 if wrong else 200)


@require_POST
@require_person
def out(request: HttpRequest, slug: str) -> HttpResponse:
    """`person` and `role` out of the course, or back with the token `undo`."""
    by, now = teacher(request), timezone.now()
    course = course_for_teacher(by, slug)
    here = reverse("teaching:people", args=[slug])
    if "undo" in request.POST:
        removal.put_back(course, request.POST["undo"], by=by)
        return redirect(here)
    person, role = _named(course, request.POST.get("person", ""), request.POST.get("role", ""))
    try:
        token = removal.take_out(course, person, role, by=by, now=now)
    except enrolment.LastTeacher:
        problem = _(
            "Nothing was changed. A course needs at least one teacher. Add another teacher first."
        )
        return show(request, course, problem=problem, status=422)
    return redirect("/" if person == by else f"{here}?out={token}")


@require_POST
@require_person
def invite(request: HttpRequest, slug: str) -> HttpResponse:
    """A new link until a day, or with `act` = end none."""
    by = teacher(request)
    course = course_for_teacher(by, slug)
    if request.POST.get("act") == "end":
        join_links.end_link(course, by=by)
        return redirect("teaching:people", slug=slug)
    form = InviteForm(request.POST, now=timezone.now())
    if not form.is_valid():
        return show(request, course, invite_form=form, status=422)
    join_links.open_link(course, until=form.until(), by=by)
    return redirect("teaching:people", slug=slug)


def show(
    request: HttpRequest,
    course: Course,
    *,
    form: ListForm | None = None,
    preview: Preview | None = None,
    invite_form: InviteForm | None = None,
    gone: Gone | None = None,
    added: str = "",
    emails_form: EmailsForm | None = None,
    links: Sequence[tuple[str, str]] = (),
    invited: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; `links` are addresses with links to hand over, shown this once."""
    now = timezone.now()
    until = course.invite_until
    holds = until is not None and until > now
    link = reverse("classroom:join", args=[course.invite]) if holds else ""
    context = {
        "teach": frame_of(course, "learners"),
        "here": members.here_now(course),
        "form": form or ListForm(),
        "preview": preview,
        "invite_form": invite_form or InviteForm(now=now),
        "link": request.build_absolute_uri(link) if link else "",
        "until": until,
        "gone": gone,
        "added": _number(added),
        "emails_form": emails_form or EmailsForm(),
        "invites_by_email": site_facts.current().invites_by_email,
        "has_mail": queue.has_server(),
        "pending": pending_invitations.list_pending(course, reader=teacher(request), now=now),
        "links": links,
        "invited": _number(invited),
        "problem": problem,
        "me": teacher(request).code,
    }
    return render(request, "teaching/people.html", context, status=status)


def _number(typed: str) -> int:
    """A count that the address names; 0 for a text that is none."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 5 else 0


def _gone(course: Course, token: str) -> Gone | None:
    """Nothing to say where the time is over or they are back."""
    try:
        person, _ = removal.whom(course, token)
    except Http404:
        return None
    face = None if members.is_here(course, person) else face_of(person)
    return Gone(face.name, token) if face else None


def _named(course: Course, code: str, role: str) -> tuple[User, str]:
    """Somebody of this course by code; 404 for anybody else."""
    rows = Enrolment.objects.filter(course=course, role=role, user__code=uuid_or_404(code))
    row = rows.select_related("user").first()
    if row is None:
        raise Http404
    return row.user, row.role
