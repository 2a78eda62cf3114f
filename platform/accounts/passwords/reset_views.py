"""`/accounts/forgotten/`: asking for a mail with a link to set a new password.

The answer is the same for a name that is here and for one that is not, and comes after the same
work: a row for the sweep, which finds out whether a mail may be sent.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from accounts.keyed_hash import digest
from accounts.mail import queue
from accounts.passwords import password_links
from accounts.sign_in import reauthentication, throttle, views
from accounts.sign_in.forms import ForgottenForm


@views.private
class ForgottenPassword(View):
    """Ask for the link; where this site sends no mail, say who can make one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return views.show(request, "forgotten", ForgottenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = ForgottenForm(request.POST), timezone.now()
        if not queue.has_server() or not form.is_valid():
            return views.show(request, "forgotten", form, status=400)
        name = form.cleaned_data["login"]
        tried = throttle.Try(name, reauthentication.place(request, digest(name)), throttle.RESET)
        if again := throttle.take(tried, now=now):
            return views.refused(request, "forgotten", form, reauthentication.rest(again, now))
        queue.ask_reset(name, now=now)
        hours = int(password_links.LIFETIME.total_seconds()) // 3600
        return render(request, "accounts/forgotten_asked.html", {"hours": hours})
