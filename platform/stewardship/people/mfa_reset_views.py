"""`/steward/people/<code>/factor/`: a Steward takes off a lost second factor, never their own.

Two steps on purpose: who confirmed within ten minutes opens the page, and the page says what the
act means before its button does it. The leaf names both.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import require_recent, require_role
from accounts.mfa import second_factor
from stewardship import access
from stewardship.consent_register import short

OWN = _(
    "This is your own account. Change it under Sign-in and security, or ask another data steward."
)
NONE = _("This person does not use two-step verification. Nothing was changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def lost_factor(request: HttpRequest, code: UUID) -> HttpResponse:
    user = access.steward(request)
    person = access.person_to_look_at(user, code, "factor")
    problem = _problem(own=person == user, has=second_factor.find_factor(person) is not None)
    if request.method == "POST" and not problem:
        second_factor.remove(person, actor=user.code, now=timezone.now())
        return redirect("stewardship:person", code=code)
    context = {"code": code, "short": short(code), "problem": problem, "place": "consents"}
    status = 422 if request.method == "POST" else 200
    return render(request, "stewardship/lost_factor.html", context, status=status)


def _problem(*, own: bool, has: bool) -> str:
    return str(OWN) if own else "" if has else str(NONE)
