"""`/accessibility/`: the accessibility of this site, and how to report a barrier; public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.site import site_facts
from stewardship.conformance.criteria import Criterion, read_criteria


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    found = read_criteria()
    context = {
        "facts": site_facts.current(),
        "day": found.day,
        "total": len(found.criteria),
        "met": len(found.criteria) - len(found.short),
        "limits": [_limit(each) for each in found.short],
    }
    return render(request, "stewardship/accessibility.html", context)


def _limit(criterion: Criterion) -> dict[str, str]:
    return {"number": criterion.number, "sentence": _(criterion.limit)}
