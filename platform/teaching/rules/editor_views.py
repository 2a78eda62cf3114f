"""`/teach/<slug>/rules/<rule>/`: a Rule as a sentence, replayed on past days, saved as a version.

A draft lives in the form alone: each change is sent and comes back as a page, with or without
scripts. Saving is closed while a check fails. What a Replay found of a draft goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require_person
from accounts.models import User
from adaptation.models import RuleVersion
from adaptation.rules import versions
from adaptation.rules.versions import NoRoom
from courses.access import course_for_teacher
from courses.models import Course
from teaching.effects import views
from teaching.groups import minimum_group
from teaching.layout import frame_of, teacher
from teaching.rules import drafts, validation
from teaching.rules.drafts import BLANK, Body
from teaching.rules.form_slots import sentence_of
from teaching.rules.preview import sample_of
from teaching.rules.replays import replay_requests, view_model
from teaching.rules.rule_status import Standing, before_of, saved_of, shares_of, standing_of
from teaching.rules.sentence_builder import KINDS
from teaching.rules.validation import Checked

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
    mine = replay_requests.Owner(desk.course, desk.rule or "", teacher(request))
    if act in ("save", "half"):
        saved = _save(desk, body, mine.by, HALF if act == "half" else None, now)
        if saved is not None:
            replay_requests.drop(mine)
            return _back(desk.course, saved.rule, desk.standing)
    if act == "discard":
        replay_requests.drop(mine)
        return redirect(request.path)
    checked = validation.look(body, now=now)
    if request.method == "POST":
        _ask(mine, body, checked, act, now)
    context = _context(request, desk, body, checked)
    context["replay"] = view_model.of_draft(mine, checked.rule)
    return render(request, "teaching/rule.html", context)


def _ask(
    mine: replay_requests.Owner, body: Body, checked: Checked, act: str, now: datetime
) -> None:
    """A change of the sentence stops what is being made of the one before."""
    if act == "replay" and checked.rule is not None:
        replay_requests.ask(mine, body, checked.rule, now=now)
    elif act == "cancel" or not replay_requests.is_of(mine, checked.rule):
        replay_requests.cancel(mine)


@require_safe
@require_person
def replay(request: HttpRequest, slug: str, id: UUID) -> HttpResponse:
    """How far a Replay of one's own is, or what it found; a part of the page."""
    course = course_for_teacher(teacher(request), slug)
    row = replay_requests.mine(course, id, teacher(request))
    shown = view_model.of_row(row)
    standing = standing_of(course, row.rule) if row else None
    context = {"replay": shown, "standing": standing, "slug": slug, "sound": True}
    return render(request, "teaching/_replay.html", context)


def _save(
    desk: Desk, body: Body, by: User, share: float | None, now: datetime
) -> RuleVersion | None:
    """None while a check fails: the page comes back and says which."""
    if validation.look(body, now=now).rule is None:
        return None
    try:
        return versions.save(
            desk.course,
            desk.rule,
            body,
            by=by,
            share=share,
            now=now,
            guesses_allowed=validation.guesses_allowed(now),
        )
    except NoRoom:
        return None


def _back(course: Course, rule: str, before: Standing | None) -> HttpResponse:
    page = reverse("teaching:rule", args=[course.slug, rule])
    was = f"?before={before.code}" if before else "?before="
    return redirect(page + was)


def _context(request: HttpRequest, desk: Desk, body: Body, checked: Checked) -> dict[str, object]:
    base = desk.body if desk.standing else None
    return {
        "teach": frame_of(desk.course, "rules"),
        "desk": desk,
        "title": body["title"],
        "name": _(body["title"]),
        "texts": body["explain"],
        "headings": [
            {"kind": kind, "words": KINDS.get(kind, kind), "heading": heading}
            for kind, heading in body["explain"]["heading"].items()
        ],
        "changed": body != desk.body,
        "sentence": sentence_of(body, base, checked),
        "checked": checked,
        "slug": desk.course.slug,
        "sound": checked.rule is not None,
        "sample": sample_of(checked.rule) if checked.rule else None,
        "card": views.newest_card(desk.course, desk.rule),
        "floor": minimum_group.group_floor().people,
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
