"""What a Learner's pages say again and again: a moment in time, and which language a text is in."""

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
    """A moment as one word of a sentence that is translated whole."""
    return render_to_string("learner/_datetime.html", {"at": at})


@register.filter
def lang_attribute(language: str) -> SafeString:
    """What an element with a text in `language` says of it: nothing where the page is in it too."""
    if not language or _is_page_language(language):
        return SafeString()
    return format_html(' lang="{}" dir="auto"', language)


@register.filter
def mark_language(text: str, language: str) -> SafeString:
    """A course's own word between ours, marked where it is in another language."""
    marks, word = lang_attribute(language), conditional_escape(text)
    return format_html("<span{}>{}</span>", marks, word) if marks else word


def _is_page_language(language: str) -> bool:
    page = get_language() or settings.LANGUAGE_CODE
    made_up = page in settings.PSEUDO_LANGUAGES
    return not made_up and language.partition("-")[0] == page.partition("-")[0]
