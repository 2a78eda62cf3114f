"""Find the draft that an Author previews, so that every page of a preview can say so and link back.

Only users with the Author role are looked up.
"""

from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User
from courses.models import Course

# The beginning of an address -> what its gap names.
PREVIEW_PATHS = {
    "/courses/": ("slug", "slug"),
    "/units/": ("code", "units__code"),
    "/attempts/": ("id", "units__taken__id"),
}


def find_previewed_draft(request: HttpRequest, user: User) -> str:
    """Return the slug of the course whose draft this page previews, else ""."""
    match = request.resolver_match
    if match is None or not user.has_role("author"):
        return ""
    for beginning, (gap, column) in PREVIEW_PATHS.items():
        if request.path.startswith(beginning) and gap in match.kwargs:
            rows = Course.objects.filter(**{column: match.kwargs[gap]}, enrolments__user=user)
            found = rows.exclude(preview_of=None).values_list("preview_of__slug", flat=True)
            return found.first() or ""
    return ""
