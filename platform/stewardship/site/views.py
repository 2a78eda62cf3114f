"""`/steward/site/`: the facts of the site; a change that affects notices is confirmed twice."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_recent, require_role
from accounts.single_sign_on.connections import list_account_makers
from accounts.site import site_facts
from accounts.site.site_facts import InvalidFact, SiteFacts
from consent.notices import site_change
from stewardship.site.forms import SiteForm


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def edit_site(request: HttpRequest) -> HttpResponse:
    """Show the facts; a POST records them, after a confirmation if notices change."""
    if request.method != "POST":
        return _render_page(request, _make_form(site_facts.load()))
    return _save_site(request, SiteForm(request.POST))


def _make_form(facts: SiteFacts) -> SiteForm:
    offered = facts.languages or tuple(SiteForm.language_names())
    lists = {"languages": offered, "email_domains": ", ".join(facts.email_domains)}
    return SiteForm(initial={**asdict(facts), **lists, "seen": facts.mark()})


def _save_site(request: HttpRequest, form: SiteForm) -> HttpResponse:
    user, now = current_user(request), timezone.now()
    if not form.is_valid():
        return _render_page(request, form, status=422)
    facts = form.facts()
    try:
        site_facts.check(facts)
        if "publish" not in request.POST and site_change.changes_notices(facts, now=now):
            return _render_page(request, form, asks=True)
        site_change.change_site(facts, by=user.code, now=now, seen=form.cleaned_data["seen"])
    except InvalidFact as problem:
        form.add_error(problem.field or None, str(problem))
        return _render_page(request, form, status=422)
    return redirect("stewardship:site")


def _render_page(
    request: HttpRequest, form: SiteForm, *, asks: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "place": "site", "form": form, "asks": asks, "facts": site_facts.load(),
        "account_makers": list_account_makers(),
    }  # fmt: skip
    return render(request, "stewardship/site.html", context, status=status)
