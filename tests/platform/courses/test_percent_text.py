"""The percent sign follows directly in English, and after a thin space in German."""

from __future__ import annotations

import pytest
from django.utils import translation

from courses.percent_text import format_percent, format_percent_range

THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [("en-gb", "85%", "20–40%"), ("de", f"85{THIN}%", f"20–40{THIN}%")],
)
def test_percent_sign_follows_the_language(language, one, two):
    with translation.override(language):
        assert format_percent(84.6) == one
        assert format_percent_range(19.5, 40.4) == two
