"""The page to which `/` redirects a user without courses."""

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
    """Return the start page of the user's role, or None for `/` itself."""
    if user.has_role("learner"):
        return None
    places = [url for role, url in START_PAGES if user.has_role(role)]
    return next((url for url in places if is_valid_path(url)), None)
