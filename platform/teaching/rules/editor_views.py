"""`/teach/<slug>/rules/<rule>/`: edit a Rule as a sentence, replay it on past days, save it.

A draft exists only in the form: each change is submitted and the page is rendered again, with or
without JavaScript. A draft cannot be saved while a check fails. Discarding a draft also deletes its
Replay.
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

from accounts.access import current_user, require_person
from accounts.models import User
from adaptation.models import RuleVersion
from adaptation.rules import versions
from adaptation.rules.versions import NoRuleNameLeft
from courses.access import course_for_teacher
from courses.models import Course
from teaching.effects import views
from teaching.groups import minimum_group
from teaching.layout import frame_of
from teaching.rules import drafts, validation
from teaching.rules.drafts import BLANK_RULE, Body
from teaching.rules.form_slots import build_sentence
from teaching.rules.model_notes import describe_rates
from teaching.rules.preview import make_sample
from teaching.rules.replays import replay_requests, view_model
from teaching.rules.rule_status import (
    RuleStatus,
    describe_change,
    load_status,
    saved_versions,
    share_options,
)
from teaching.rules.sentence_builder import KINDS
from teaching.rules.validation import CheckedRule

HALF = 0.5


@dataclass(frozen=True, slots=True)
class EditorState:
    """The version from which a draft starts: the rule as active in this course, or a blank one."""

    course: Course
    rule: str | None
    status: RuleStatus | None
    body: Body

    @property
    def next(self) -> int:
        return versions.next_version(self.course, self.rule) if self.rule else 1


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def new_rule(request: HttpRequest, slug: str) -> HttpResponse:
    """Edit a new rule."""
    course = course_for_teacher(current_user(request), slug)
    return _respond(request, EditorState(course, None, None, BLANK_RULE))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def edit_rule(request: HttpRequest, slug: str, rule: str) -> HttpResponse:
    """Edit an existing rule, built-in or the course's own."""
    course = course_for_teacher(current_user(request), slug)
    return _respond(request, _load_editor(course, rule))


@require_POST
@require_person
def choose_version(request: HttpRequest, slug: str, rule: str) -> HttpResponse:
    """Activate a version, set its share, or switch the rule; the page then offers to undo that."""
    course = course_for_teacher(current_user(request), slug)
    status = _load_editor(course, rule).status
    fields = request.POST
    try:
        versions.choose_version(
            course,
            rule,
            int(fields.get("version", "")),
            by=current_user(request),
            share=float(fields["share"]) if fields.get("share") else None,
            enabled=fields.get("enabled", "on") == "on",
            now=timezone.now(),
        )
    except (KeyError, ValueError) as unknown:
        raise Http404 from unknown
    return _redirect_to_rule(course, rule, status)


def _load_editor(course: Course, rule: str) -> EditorState:
    status = load_status(course, rule)
    if status is None:
        raise Http404
    return EditorState(course, rule, status, drafts.body_of(rule, status.version))


def _respond(request: HttpRequest, desk: EditorState) -> HttpResponse:
    now = timezone.now()
    fields = request.POST.dict()
    act = fields.pop("act", "check")
    body = desk.body
    if request.method == "POST":
        body = drafts.read_draft(drafts.change_shape(fields, act), desk.body)
    owner = replay_requests.DraftOwner(desk.course, desk.rule or "", current_user(request))
    if act in ("save", "half"):
        saved = _save_version(desk, body, owner.by, HALF if act == "half" else None, now)
        if saved is not None:
            replay_requests.discard(owner)
            return _redirect_to_rule(desk.course, saved.rule, desk.status)
    if act == "discard":
        replay_requests.discard(owner)
        return redirect(request.path)
    checked = validation.check_draft(body, now=now)
    if request.method == "POST":
        _update_replay(owner, body, checked, act, now)
    context = _context(request, desk, body, checked)
    context["replay"] = view_model.view_draft(owner, checked.rule)
    return render(request, "teaching/rule.html", context)


def _update_replay(
    owner: replay_requests.DraftOwner, body: Body, checked: CheckedRule, act: str, now: datetime
) -> None:
    """Start a replay, or cancel the running one if the draft has changed."""
    if act == "replay" and checked.rule is not None:
        replay_requests.request_replay(owner, body, checked.rule, now=now)
    elif act == "cancel" or not replay_requests.is_current(owner, checked.rule):
        replay_requests.cancel(owner)


@require_safe
@require_person
def replay_fragment(request: HttpRequest, slug: str, id: UUID) -> HttpResponse:
    """Return the progress or result of the Teacher's own Replay, as a part of the page."""
    course = course_for_teacher(current_user(request), slug)
    row = replay_requests.find_own(course, id, current_user(request))
    view = view_model.view_replay(row)
    status = load_status(course, row.rule) if row else None
    context = {"replay": view, "standing": status, "slug": slug, "sound": True}
    return render(request, "teaching/_replay.html", context)


def _save_version(
    desk: EditorState, body: Body, by: User, share: float | None, now: datetime
) -> RuleVersion | None:
    """Save the draft; None if a check fails, which the page then shows."""
    if validation.check_draft(body, now=now).rule is None:
        return None
    try:
        return versions.save_version(
            desk.course,
            desk.rule,
            body,
            by=by,
            share=share,
            now=now,
            guesses_allowed=validation.guesses_allowed(now),
        )
    except NoRuleNameLeft:
        return None


def _redirect_to_rule(course: Course, rule: str, before: RuleStatus | None) -> HttpResponse:
    page = reverse("teaching:rule", args=[course.slug, rule])
    was = f"?before={before.code}" if before else "?before="
    return redirect(page + was)


def _context(
    request: HttpRequest, desk: EditorState, body: Body, checked: CheckedRule
) -> dict[str, object]:
    base = desk.body if desk.status else None
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
        "sentence": build_sentence(body, base, checked),
        "checked": checked,
        "slug": desk.course.slug,
        "sound": checked.rule is not None,
        "rates": describe_rates(checked.rule) if checked.rule else (),
        "sample": make_sample(checked.rule) if checked.rule else None,
        "card": views.newest_card(desk.course, desk.rule),
        "floor": minimum_group.group_floor().people,
        "before": describe_change(request.GET.get("before"), desk.status),
        **_status_context(desk, current_user(request)),
    }


def _status_context(desk: EditorState, reader: User) -> dict[str, object]:
    if desk.status is None:
        return {"standing": None}
    return {
        "standing": desk.status,
        "shares": share_options(desk.status),
        "saved": saved_versions(desk.course, desk.status, reader),
    }
