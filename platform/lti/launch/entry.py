"""Signing in the person of a launch, and opening the page that it leads to."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.sign_in import views
from accounts.single_sign_on.account_links import NoAccount
from lti.launch.accounts import refuse_launch
from lti.models import PlatformAccount


def sign_in(
    request: HttpRequest, account: PlatformAccount, path: str, *, now: datetime
) -> HttpResponse:
    """Open the page, in the session that the same person already has here, or in a new one.

    The row of a new session is inserted in the caller's transaction, which has locked the link. So
    an end of the person's sessions that waits for it finds the row. Raises NoAccount.
    """
    person = account.person
    if request.user == person:
        return redirect(path)
    step = views.FirstStep(then=path, confirmed_at=None)
    response = views.finish_first_step(request, person, step, now=now)
    # The sign-in has locked the person's row, so their roles do not change from here on.
    person.refresh_from_db()
    try:
        refuse_launch(account)
    except NoAccount:
        logout(request)
        raise
    request.session.save()
    return response
