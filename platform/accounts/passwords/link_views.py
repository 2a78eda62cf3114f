"""`/accounts/start/?key=…`: the page behind a one-time link.

Opening it changes nothing, because mail scanners open links; only the button uses the link up.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views import View

from accounts.passwords import password_links
from accounts.sign_in import views
from accounts.sign_in.forms import StartForm

GONE = 410


@views.private_page
class Start(View):
    """Set a password, then sign in, with the second factor if one is needed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        key = request.GET.get("key", "")
        if password_links.load_person(key, now=timezone.now()) is None:
            return _show_link_gone(request)
        return without_referrer(views.show_page(request, "start", StartForm(initial={"key": key})))

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = StartForm(request.POST), timezone.now()
        if password_links.load_person(request.POST.get("key", ""), now=now) is None:
            return _show_link_gone(request)
        if not form.is_valid():
            return without_referrer(views.show_page(request, "start", form, status=400))
        user = password_links.use_link(form.cleaned_data["key"], form.cleaned_data["new"], now=now)
        return (
            _show_link_gone(request)
            if user is None
            else views.continue_after_password(request, user, now)
        )


def _show_link_gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/start_gone.html", status=GONE)


def without_referrer(response: HttpResponse) -> HttpResponse:
    """Keep the key out of the Referer header; CSRF checks need only the origin."""
    response["Referrer-Policy"] = "strict-origin"
    return response
