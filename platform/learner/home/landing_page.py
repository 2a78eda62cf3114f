"""Where `/` leads somebody who has no course to learn or teach."""

from __future__ import annotations

from django.urls import is_valid_path

from accounts.models import User

START_PAGES = (
    ("steward", "/steward/"),
    ("author", "/author/"),
    ("researcher", "/research/"),
    ("guardian", "/consents/"),
)


def find_start_page(user: User) -> str | None:
    """Another page than `/`, where this person's role has one on this site; else None."""
    if user.has_role("learner"):
        return None
    places = [url for role, url in START_PAGES if user.has_role(role)]
    return next((url for url in places if is_valid_path(url)), None)
