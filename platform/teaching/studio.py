"""`/teach/<slug>/rules/<rule>/`: a Rule as a sentence, replayed on past days, saved as a version.

A draft lives in the form alone: each change is sent and comes back as a page, with or without
scripts. Saving is closed while a check fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import require_person
from accounts.models import User
from adaptation import rules, versions
from adaptation.models import RuleVersion
from adaptation.versions import NoRoom
from courses.access import course_for_teacher
from courses.models import Course
from interventions.rules import Rule
from teaching import checks, drafts, replays
from teaching.drafts import BLANK, Body
from teaching.in_force import Standing, before_of, saved_of, shares_of, standing_of
from teaching.pages import frame_of, teacher
from teaching.sample import sample_of
from teaching.slots import sentence_of

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Desk:
    """What a draft begins from: the rule as it stands in this course, or nothing yet."""

    course: Course
    rule: str | None
    standing: Standing | None
    body: Body

    @property
    def next(self) -> int:
        return versions.next_version(self.course, self.rule) if self.rule else 1


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """A rule of one's own."""
    course = course_for_teacher(teacher(request), slug)
    return _answer(request, Desk(course, None, None, BLANK))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def rule(request: HttpRequest, slug: str, rule: str) -> HttpResponse:
    """A rule that stands: one that ships, or one of the course's own."""
    course = course_for_teacher(teacher(request), slug)
    return _answer(request, _desk(course, rule))


@require_POST
@require_person
def choose(request: HttpRequest, slug: str, rule: str) -> HttpResponse:
    """Put a version in force, for a share, on or off; the page then offers to undo that."""
    course = course_for_teacher(teacher(request), slug)
    before = _desk(course, rule).standing
    fields = request.POST
    try:
        versions.choose(
            course,
            rule,
            int(fields.get("version", "")),
            by=teacher(request),
            share=float(fields["share"]) if fields.get("share") else None,
            enabled=fields.get("enabled", "on") == "on",
            now=timezone.now(),
        )
    except (KeyError, ValueError) as unknown:
        raise Http404 from unknown
    return _back(course, rule, before)


def _desk(course: Course, rule: str) -> Desk:
    standing = standing_of(course, rule)
    if standing is None:
        raise Http404
    return Desk(course, rule, standing, drafts.body_of(rule, standing.version))


def _answer(request: HttpRequest, desk: Desk) -> HttpResponse:
    now = timezone.now()
    fields = request.POST.dict()
    act = fields.pop("act", "check")
    body = desk.body
    if request.method == "POST":
        body = drafts.read(drafts.changed(fields, act), desk.body)
    if act in ("save", "half"):
        saved = _save(desk, body, teacher(request), HALF if act == "half" else None, now)
        if saved is not None:
            return _back(desk.course, saved.rule, desk.standing)
    return render(request, "teaching/rule.html", _context(request, desk, body, act, now))


def _save(
    desk: Desk, body: Body, by: User, share: float | None, now: datetime
) -> RuleVersion | None:
    """None while a check fails: the page comes back and says which."""
    if checks.look(body, now=now).rule is None:
        return None
    try:
        return versions.save(
            desk.course,
            desk.rule,
            body,
            by=by,
            share=share,
            now=now,
            guesses_allowed=checks.guesses_allowed(now),
        )
    except NoRoom:
        return None


def _back(course: Course, rule: str, before: Standing | None) -> HttpResponse:
    page = reverse("teaching:rule", args=[course.slug, rule])
    was = f"?before={before.code}" if before else "?before="
    return redirect(page + was)


def _context(
    request: HttpRequest, desk: Desk, body: Body, act: str, now: datetime
) -> dict[str, object]:
    checked = checks.look(body, now=now)
    base = desk.body if desk.standing else None
    replayed = act == "replay" and checked.rule is not None
    return {
        "teach": frame_of(desk.course, "rules"),
        "desk": desk,
        "title": body["title"],
        "texts": body["explain"],
        "changed": body != desk.body,
        "sentence": sentence_of(body, base, checked),
        "checked": checked,
        "sample": sample_of(checked.rule) if checked.rule else None,
        "replayed": replayed,
        "replay": _replay(desk, checked.rule, now) if replayed else None,
        "before": before_of(request.GET.get("before"), desk.standing),
        **_standing(desk, teacher(request)),
    }


def _standing(desk: Desk, reader: User) -> dict[str, object]:
    if desk.standing is None:
        return {"standing": None}
    return {
        "standing": desk.standing,
        "shares": shares_of(desk.standing),
        "saved": saved_of(desk.course, desk.standing, reader),
    }


def _replay(desk: Desk, draft: Rule | None, now: datetime) -> replays.Shown | None:
    on = next((each for each in rules.on_in(desk.course) if each.id == desk.rule), None)
    return replays.look_back(desk.course, draft, on, now=now) if draft else None
