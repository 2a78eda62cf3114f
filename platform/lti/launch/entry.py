"""Signing in the person of a launch, and opening the page that it leads to."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.models import User
from accounts.sign_in import views


def sign_in(request: HttpRequest, person: User, path: str, *, now: datetime) -> HttpResponse:
    """Open the page, in the session that the same person already has here, or in a new one."""
    if request.user == person:
        return redirect(path)
    step = views.FirstStep(then=path, confirmed_at=None)
    return views.finish_first_step(request, person, step, now=now)
