"""`/steward/people/<code>/factor/`: remove another person's lost second factor.

This takes two steps on purpose: opening the page needs a recent confirmation, and the page explains
the effect before its button acts. The leaf names both people.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_recent, require_role
from accounts.mfa import second_factor
from stewardship import access
from stewardship.consent_register import short_code

OWN_ACCOUNT = _(
    "This is your own account. Change it under Sign-in and security, or ask another data steward."
)
NO_FACTOR = _("This person does not use two-step verification. Nothing was changed.")


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
def remove_factor(request: HttpRequest, code: UUID) -> HttpResponse:
    user = current_user(request)
    person = access.view_person(user, code, "factor")
    problem = _problem(own=person == user, has=second_factor.find_factor(person) is not None)
    if request.method == "POST" and not problem:
        second_factor.remove(person, actor=user.code, now=timezone.now())
        return redirect("stewardship:person", code=code)
    context = {"code": code, "short": short_code(code), "problem": problem, "place": "consents"}
    status = 422 if request.method == "POST" else 200
    return render(request, "stewardship/lost_factor.html", context, status=status)


def _problem(*, own: bool, has: bool) -> str:
    return str(OWN_ACCOUNT) if own else "" if has else str(NO_FACTOR)
