"""The word that is typed before a person is erased, in the language of the page."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import pgettext

ENGLISH = "erase"


def word() -> str:
    return pgettext("the word to type", "erase")


def is_right(request: HttpRequest) -> bool:
    """The word of the page's language, or the English one."""
    return request.POST.get("word", "").strip().lower() in (word(), ENGLISH)
