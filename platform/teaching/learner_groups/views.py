"""`/teach/<slug>/groups/`: the groups of a course, and who is in them.

Every Teacher of the course has these rights, as for enrolments. A Learner sees the name of their
own group, and not who else is in it.
"""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_person, uuid_or_404
from courses import learner_groups
from courses.access import course_for_teacher
from courses.learner_groups import GroupNameTaken
from courses.models import Course, LearnerGroup
from teaching.layout import frame_of
from teaching.learner_groups import moves
from teaching.learner_groups.forms import NAME_TAKEN, GroupForm
from teaching.learner_groups.group_lists import list_own_dates, load_roster
from teaching.learner_groups.moves import MovedLearners


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def groups(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the groups and the Learners without one; a POST creates a group."""
    course = course_for_teacher(current_user(request), slug)
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            name = form.cleaned_data["name"]
            made = learner_groups.create_group(course, name, by=current_user(request))
            return redirect("teaching:group", slug=slug, code=made.code)
        except GroupNameTaken:
            form.say_taken()
    return render_groups(request, course, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def group(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show one group with its Learners; a POST renames it."""
    course = course_for_teacher(current_user(request), slug)
    found = group_of(course, code)
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            learner_groups.rename_group(found, form.cleaned_data["name"], by=current_user(request))
            return redirect("teaching:group", slug=slug, code=code)
        except GroupNameTaken:
            form.say_taken()
            found.refresh_from_db()
    return render_group(request, course, found, form=form)


@require_POST
@require_person
def delete_group(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Delete a group, or with `act` = restore undo that."""
    by, now = current_user(request), timezone.now()
    course = course_for_teacher(by, slug)
    if request.POST.get("act") != "restore":
        learner_groups.delete_group(group_of(course, code), by=by, now=now)
        return redirect(f"{reverse('teaching:groups', args=[slug])}?deleted={code}")
    deleted = _deleted_group(course, str(code))
    if deleted is None:
        raise Http404
    try:
        learner_groups.restore_group(deleted, by=by, now=now)
    except GroupNameTaken:
        return render_groups(request, course, problem=str(NAME_TAKEN))
    return redirect("teaching:group", slug=slug, code=code)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def move_learners(request: HttpRequest, slug: str) -> HttpResponse:
    """Move each `person` to the group `to`, or with "" out of theirs, or undo with a token.

    The answer is the page of the group `shown`, or the list of groups. A GET, such as a reload of
    the answer from the address bar, goes to the list.
    """
    by, sent = current_user(request), request.POST
    course = course_for_teacher(by, slug)
    if request.method != "POST":
        return redirect("teaching:groups", slug=slug)
    shown = group_of(course, uuid_or_404(sent["shown"])) if sent.get("shown") else None
    if "undo" in sent:
        back = moves.undo_move(course, sent["undo"], by=by)
        return redirect(f"{_address_of(course, shown)}?back={back.n}&left={back.left}")
    chosen = moves.list_chosen(sent)
    if not chosen:
        problem = _("Nothing was changed. Select at least one learner.")
        return _respond(request, course, shown, problem=problem)
    to = group_of(course, uuid_or_404(sent["to"])) if sent.get("to") else None
    moved = moves.move_chosen(course, chosen, to, shown=shown, by=by)
    return _respond(request, course, shown, moved=moved)


def _address_of(course: Course, shown: LearnerGroup | None) -> str:
    """Return the address of a group, or of the list of groups."""
    if shown is None:
        return reverse("teaching:groups", args=[course.slug])
    return reverse("teaching:group", args=[course.slug, shown.code])


def group_of(course: Course, code: UUID) -> LearnerGroup:
    """Return a group of this course; 404 for a deleted one."""
    found = learner_groups.list_groups(course).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def render_groups(
    request: HttpRequest,
    course: Course,
    *,
    form: GroupForm | None = None,
    moved: MovedLearners | None = None,
    problem: str = "",
) -> HttpResponse:
    """Render the list of groups; a problem makes the status 422."""
    problem = problem or (form.problem() if form else "")
    context = {
        "teach": frame_of(course, "groups"),
        "roster": load_roster(course),
        "form": form or GroupForm(),
        "moved": moved,
        "back": moves.read_counts(request.GET),
        "deleted": _deleted_group(course, request.GET.get("deleted", "")),
        "problem": problem,
    }
    return render(request, "teaching/groups.html", context, status=422 if problem else 200)


def render_group(
    request: HttpRequest,
    course: Course,
    found: LearnerGroup,
    *,
    form: GroupForm | None = None,
    moved: MovedLearners | None = None,
    problem: str = "",
) -> HttpResponse:
    """Render the page of a group; a problem makes the status 422."""
    roster = load_roster(course)
    problem = problem or (form.problem() if form else "")
    context = {
        "teach": frame_of(course, "groups"),
        "group": found,
        "members": roster.members_of(found),
        "others": roster.others_than(found),
        "dates": list_own_dates(found),
        "form": form if form and form.is_bound else GroupForm(initial={"name": found.name}),
        "moved": moved,
        "back": moves.read_counts(request.GET),
        "problem": problem,
    }
    return render(request, "teaching/group.html", context, status=422 if problem else 200)


def _respond(
    request: HttpRequest,
    course: Course,
    shown: LearnerGroup | None,
    *,
    moved: MovedLearners | None = None,
    problem: str = "",
) -> HttpResponse:
    if shown is None:
        return render_groups(request, course, moved=moved, problem=problem)
    return render_group(request, course, shown, moved=moved, problem=problem)


def _deleted_group(course: Course, code: str) -> LearnerGroup | None:
    """Return a group that can be restored; None for any other text or group."""
    try:
        found = course.learner_groups.filter(code=uuid_or_404(code)).first() if code else None
    except Http404:
        return None
    now = timezone.now()
    return found if found and learner_groups.can_restore(found, now=now) else None
