"""The word to type before a person is erased, in the language of the page."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import pgettext

ENGLISH = "erase"


def expected_word() -> str:
    return pgettext("the word to type", "erase")


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the word of the page's language, or the English one, was typed."""
    return request.POST.get("word", "").strip().lower() in (expected_word(), ENGLISH)
