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
from accounts.models import User
from accounts.person_records import CannotChange
from consent.left_over import HOW, left_over, sentence
from consent.profile_change import to_purge
from estimates import sensing_reports
from privacy import claims, erasure
from stewardship import access, erasures, register, rules_in_force, trail, typed_word

OWN = lazy("This is your own account. You can erase it on the page My data.")


@require_safe
@require_role("steward")
def profile(request: HttpRequest) -> HttpResponse:
    """The rules, and what is held against them; not while a change is removing it."""
    left = {} if to_purge() else left_over(now=timezone.now())
    rules = rules_in_force.in_force()
    return _page(request, "profile", rules=rules, left_over=sentence(left), how=HOW)


@require_safe
@require_role("steward")
def consents(request: HttpRequest) -> HttpResponse:
    """Counts; with `?code=` on to that person."""
    asked = request.GET.get("code", "").strip()
    if code := _uuid(asked):
        return redirect("stewardship:person", code=code)
    now = timezone.now()
    problem = _("“{text}” is no code.").format(text=asked[:40]) if asked else ""
    lines, people = register.lines(now), register.people_with_grants(now)
    said = sensing_reports.counts(now=now)
    context = {
        "lines": lines, "people": people, "bands": register.BANDS.values(), "problem": problem,
        "said": said,
    }  # fmt: skip
    return _page(request, "consents", status=422 if problem else 200, **context)


@require_safe
@require_role("steward")
@require_recent
def person(request: HttpRequest, code: UUID) -> HttpResponse:
    found = access.person_to_look_at(access.steward(request), code)
    return _page(request, "person", person=register.person(found, timezone.now()))


@require_POST
@require_role("steward")
@require_recent
def erase(request: HttpRequest, code: UUID) -> HttpResponse:
    """Erase a person by code, once the word was typed."""
    user = access.steward(request)
    found = person_for_steward(user, code)
    if problem := _problem(request, own=found == user):
        return _show_problem(request, user, code, problem)
    now, claim = timezone.now(), claims.new()
    try:
        done = erasure.erase(found.code, actor=user.code, cause="request", now=now, claim=claim)
    except CannotChange as refused:
        return _show_problem(request, user, code, str(refused))
    return _page(request, "erasure", erasure=erasures.told(done), claim=claim, subject=found.code)


@require_safe
@require_role("steward")
def all_erasures(request: HttpRequest) -> HttpResponse:
    return _page(request, "erasures", erasures=erasures.newest())


@require_safe
@require_role("steward")
def one_erasure(request: HttpRequest, id: UUID) -> HttpResponse:
    found = access.erasure(access.steward(request), id)
    return _page(request, "erasure", erasure=erasures.told(found))


@require_safe
@require_role("steward")
def leaves(request: HttpRequest) -> HttpResponse:
    """The newest; with `?after=` those older than that leaf."""
    after = _uuid(request.GET.get("after", ""))
    before = access.leaf(access.steward(request), after) if after else None
    return _page(request, "audit", trail=trail.latest(before))


def _page(request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
    context |= {"place": PLACES.get(name, name), "word": typed_word.word()}
    return render(request, f"stewardship/{name}.html", context, status=status)


def _show_problem(request: HttpRequest, user: User, code: UUID, problem: str) -> HttpResponse:
    shown = register.person(access.person_to_look_at(user, code), timezone.now())
    return _page(request, "person", 422, person=shown, problem=problem)


def _problem(request: HttpRequest, *, own: bool) -> str:
    if own:
        return str(OWN)
    if not typed_word.is_right(request):
        text = _("Type the word {word} to go on. Nothing was changed.")
        return text.format(word=typed_word.word())
    return ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


PLACES = {"person": "consents", "erasure": "erasures"}
