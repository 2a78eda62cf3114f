"""`/steward/site/`: what is recorded about the site; a change of the notices is asked for twice."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import site_facts
from accounts.access import require_recent, require_role
from accounts.site_facts import BadFact
from consent import site_change
from stewardship import access
from stewardship.site_form import SiteForm


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def site(request: HttpRequest) -> HttpResponse:
    """Show the facts; POST records them, after a second press where notices change with them."""
    if request.method != "POST":
        facts = asdict(site_facts.load())
        offered = facts["languages"] or list(SiteForm.language_names())
        return _page(request, SiteForm(initial={**facts, "languages": offered}))
    return _save(request, SiteForm(request.POST))


def _save(request: HttpRequest, form: SiteForm) -> HttpResponse:
    user = access.steward(request)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        site_facts.check(form.facts())
        if "publish" not in request.POST and site_change.changes_notices(form.facts()):
            return _page(request, form, asks=True)
        site_change.change_site(form.facts(), by=user.code, now=timezone.now())
    except BadFact as problem:
        form.add_error(problem.field, str(problem))
        return _page(request, form, status=422)
    return redirect("stewardship:site")


def _page(
    request: HttpRequest, form: SiteForm, *, asks: bool = False, status: int = 200
) -> HttpResponse:
    context = {"place": "site", "form": form, "asks": asks, "facts": site_facts.load()}
    return render(request, "stewardship/site.html", context, status=status)
