"""Course texts carry their language where it differs from the page's."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation

from learner.templatetags.text_filters import lang_attribute, mark_language, moment


@pytest.mark.parametrize(
    ("page", "text", "said"),
    [
        ("en-gb", "en", ""),
        ("de", "de", ""),
        ("de", "", ""),
        ("de", "en", ' lang="en" dir="auto"'),
        ("en-gb", "ar", ' lang="ar" dir="auto"'),
        ("en-xa", "en", ' lang="en" dir="auto"'),
    ],
)
def test_a_text_carries_its_language_only_if_it_differs(page, text, said):
    with translation.override(page):
        assert lang_attribute(text) == said


def test_a_course_word_is_wrapped_and_escaped():
    with translation.override("de"):
        assert mark_language("a < b", "en") == '<span lang="en" dir="auto">a &lt; b</span>'
        assert mark_language("a < b", "de") == "a &lt; b"


def test_a_time_is_one_element_in_the_format_of_the_language():
    at = datetime(2026, 11, 21, 16, 5, tzinfo=UTC)
    with translation.override("de"):
        assert ">21. Nov. 2026, 16:05 UTC</time>" in moment(at)
    with translation.override("en-gb"):
        assert ">21 Nov 2026, 16:05 UTC</time>" in moment(at)
