"""`/steward/`: the active legal profile, the consent register, erasures and the audit log."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import (
    current_user,
    person_for_steward,
    require_recent,
    require_role,
    uuid_or_none,
)
from accounts.administration.person_records import CannotChange
from accounts.models import User
from consent.legal_profiles.change_requests import find_unpurged
from consent.legal_profiles.disallowed_data import ADVICE, count_disallowed, describe_disallowed
from estimates import sensing_survey
from privacy.erasure import claim_codes, erasure
from stewardship import access, consent_register
from stewardship.audit_log import entries
from stewardship.erasures import confirmation_word, view_model
from stewardship.legal_profile import summary

OWN = lazy("This is your own account. You can erase it under My data.")


@require_safe
@require_role("steward")
def profile_page(request: HttpRequest) -> HttpResponse:
    """Show the rules and data that violates them, unless a change is removing that data."""
    left = {} if find_unpurged() else count_disallowed(now=timezone.now())
    rules = summary.load_summary()
    return _page(request, "profile", rules=rules, left_over=describe_disallowed(left), how=ADVICE)


@require_safe
@require_role("steward")
def consents(request: HttpRequest) -> HttpResponse:
    """Show counts; `?code=` redirects to that person."""
    code_text = request.GET.get("code", "").strip()
    if code := uuid_or_none(code_text):
        return redirect("stewardship:person", code=code)
    now = timezone.now()
    problem = (
        _("“{text}” is not a valid person code.").format(text=code_text[:40]) if code_text else ""
    )
    lines, people = (
        consent_register.load_scope_counts(now),
        consent_register.people_with_grants(now),
    )
    survey_counts = sensing_survey.count_answers(now=now)
    context = {
        "lines": lines, "people": people, "bands": consent_register.BANDS.values(),
        "problem": problem, "said": survey_counts,
    }  # fmt: skip
    return _page(request, "consents", status=422 if problem else 200, **context)


@require_safe
@require_role("steward")
@require_recent
def person_page(request: HttpRequest, code: UUID) -> HttpResponse:
    found = access.view_person(current_user(request), code)
    return _page(
        request, "person", person=consent_register.load_person_consents(found, timezone.now())
    )


@require_POST
@require_role("steward")
@require_recent
def erase(request: HttpRequest, code: UUID) -> HttpResponse:
    """Erase a person by code, once the confirmation word was typed."""
    user = current_user(request)
    found = person_for_steward(user, code)
    if problem := _problem(request, own=found == user):
        return _show_problem(request, user, code, problem)
    now, claim = timezone.now(), claim_codes.new_code()
    try:
        done = erasure.erase(found.code, actor=user.code, cause="request", now=now, claim=claim)
    except CannotChange as refused:
        return _show_problem(request, user, code, str(refused))
    return _page(
        request, "erasure", erasure=view_model.view_erasure(done), claim=claim, subject=found.code
    )


@require_safe
@require_role("steward")
def audit_page(request: HttpRequest) -> HttpResponse:
    """Show the newest leaves; with `?after=` those older than that leaf."""
    after = uuid_or_none(request.GET.get("after", ""))
    before = access.load_leaf(current_user(request), after) if after else None
    return _page(request, "audit", trail=entries.load_page(before))


def _page(request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
    context |= {"place": MENU_PLACES.get(name, name), "word": confirmation_word.expected_word()}
    return render(request, f"stewardship/{name}.html", context, status=status)


def _show_problem(request: HttpRequest, user: User, code: UUID, problem: str) -> HttpResponse:
    shown = consent_register.load_person_consents(access.view_person(user, code), timezone.now())
    return _page(request, "person", 422, person=shown, problem=problem)


def _problem(request: HttpRequest, *, own: bool) -> str:
    if own:
        return str(OWN)
    if not confirmation_word.is_confirmed(request):
        text = _("Type the word {word} to continue. Nothing was changed.")
        return text.format(word=confirmation_word.expected_word())
    return ""


MENU_PLACES = {"person": "consents", "erasure": "erasures"}
