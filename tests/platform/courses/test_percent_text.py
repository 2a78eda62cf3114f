"""A percentage has its sign close in English and after a thin space in German."""

from __future__ import annotations

import pytest
from django.utils import translation

from courses.percent_text import percent_range_text, percent_text

THIN = "\N{NARROW NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [("en-gb", "85%", "20–40%"), ("de", f"85{THIN}%", f"20–40{THIN}%")],
)
def test_each_language_sets_the_sign_its_own_way(language, one, two):
    with translation.override(language):
        assert percent_text(84.6) == one
        assert percent_range_text(19.5, 40.4) == two
