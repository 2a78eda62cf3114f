"""`/accounts/forgotten/`: request a mail with a link to set a new password.

Known and unknown names get the same answer after the same work: a row is queued, and the sweep
decides whether a mail may be sent.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from accounts.keyed_hash import digest_login
from accounts.mail import queue
from accounts.passwords import password_links
from accounts.sign_in import reauthentication, throttle, views
from accounts.sign_in.forms import ForgottenForm


@views.private_page
class ForgottenPassword(View):
    """Request the link; without a mail server, say who can make one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return views.show_page(request, "forgotten", ForgottenForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = ForgottenForm(request.POST), timezone.now()
        if not queue.has_server() or not form.is_valid():
            return views.show_page(request, "forgotten", form, status=400)
        name = form.cleaned_data["login"]
        attempt = throttle.SignInTry(
            name, reauthentication.find_place(request, digest_login(name)), throttle.RESET
        )
        if again := throttle.count_try(attempt, now=now):
            return views.show_refusal(
                request, "forgotten", form, reauthentication.refuse_until(again, now)
            )
        queue.queue_reset(name, now=now)
        hours = int(password_links.LIFETIME.total_seconds()) // 3600
        return render(request, "accounts/forgotten_asked.html", {"hours": hours})
