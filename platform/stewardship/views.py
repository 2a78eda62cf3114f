"""`/steward/`: the profile in force, the register of consents, erasures and the audit."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.access import person_for_steward, require_recent, require_role
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
def profile(request: HttpRequest) -> HttpResponse:
    """The rules, and what is held against them; not while a change is removing it."""
    left = {} if find_unpurged() else count_disallowed(now=timezone.now())
    rules = summary.in_force()
    return _page(request, "profile", rules=rules, left_over=describe_disallowed(left), how=ADVICE)


@require_safe
@require_role("steward")
def consents(request: HttpRequest) -> HttpResponse:
    """Counts; with `?code=` on to that person."""
    asked = request.GET.get("code", "").strip()
    if code := _uuid(asked):
        return redirect("stewardship:person", code=code)
    now = timezone.now()
    problem = _("“{text}” is not a valid person code.").format(text=asked[:40]) if asked else ""
    lines, people = consent_register.lines(now), consent_register.people_with_grants(now)
    said = sensing_survey.count_answers(now=now)
    context = {
        "lines": lines, "people": people, "bands": consent_register.BANDS.values(),
        "problem": problem, "said": said,
    }  # fmt: skip
    return _page(request, "consents", status=422 if problem else 200, **context)


@require_safe
@require_role("steward")
@require_recent
def person(request: HttpRequest, code: UUID) -> HttpResponse:
    found = access.person_to_look_at(access.steward(request), code)
    return _page(request, "person", person=consent_register.person(found, timezone.now()))


@require_POST
@require_role("steward")
@require_recent
def erase(request: HttpRequest, code: UUID) -> HttpResponse:
    """Erase a person by code, once the word was typed."""
    user = access.steward(request)
    found = person_for_steward(user, code)
    if problem := _problem(request, own=found == user):
        return _show_problem(request, user, code, problem)
    now, claim = timezone.now(), claim_codes.new_code()
    try:
        done = erasure.erase(found.code, actor=user.code, cause="request", now=now, claim=claim)
    except CannotChange as refused:
        return _show_problem(request, user, code, str(refused))
    return _page(request, "erasure", erasure=view_model.told(done), claim=claim, subject=found.code)


@require_safe
@require_role("steward")
def all_erasures(request: HttpRequest) -> HttpResponse:
    return _page(request, "erasures", erasures=view_model.newest())


@require_safe
@require_role("steward")
def one_erasure(request: HttpRequest, id: UUID) -> HttpResponse:
    found = access.erasure(access.steward(request), id)
    return _page(request, "erasure", erasure=view_model.told(found))


@require_safe
@require_role("steward")
def leaves(request: HttpRequest) -> HttpResponse:
    """The newest; with `?after=` those older than that leaf."""
    after = _uuid(request.GET.get("after", ""))
    before = access.leaf(access.steward(request), after) if after else None
    return _page(request, "audit", trail=entries.latest(before))


def _page(request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
    context |= {"place": PLACES.get(name, name), "word": confirmation_word.word()}
    return render(request, f"stewardship/{name}.html", context, status=status)


def _show_problem(request: HttpRequest, user: User, code: UUID, problem: str) -> HttpResponse:
    shown = consent_register.person(access.person_to_look_at(user, code), timezone.now())
    return _page(request, "person", 422, person=shown, problem=problem)


def _problem(request: HttpRequest, *, own: bool) -> str:
    if own:
        return str(OWN)
    if not confirmation_word.is_right(request):
        text = _("Type the word {word} to continue. Nothing was changed.")
        return text.format(word=confirmation_word.word())
    return ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


PLACES = {"person": "consents", "erasure": "erasures"}
