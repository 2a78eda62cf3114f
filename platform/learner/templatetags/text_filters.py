"""Filters for times and for texts in another language than the page."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


@register.filter
def moment(at: datetime) -> SafeString:
    """Render a time as one element, so that the sentence around it is translated as a whole."""
    return render_to_string("learner/_datetime.html", {"at": at})


@register.filter
def lang_attribute(language: str) -> SafeString:
    """Return the `lang` and `dir` attributes of a text in `language`.

    The result is empty if the page is in the same language.
    """
    if not language or _is_page_language(language):
        return SafeString()
    return format_html(' lang="{}" dir="auto"', language)


@register.filter
def mark_language(text: str, language: str) -> SafeString:
    """Wrap a course's own text in a `span` with its language where that differs from the page's."""
    marks, word = lang_attribute(language), conditional_escape(text)
    return format_html("<span{}>{}</span>", marks, word) if marks else word


def _is_page_language(language: str) -> bool:
    page = get_language() or settings.LANGUAGE_CODE
    made_up = page in settings.PSEUDO_LANGUAGES
    return not made_up and language.partition("-")[0] == page.partition("-")[0]
