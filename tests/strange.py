"""The languages made by rule, offered to a test as the demo offers them."""

from __future__ import annotations

import pytest


@pytest.fixture
def strange_languages(settings):
    """Django empties its table of translations whenever a test changes the setting."""
    from config.languages import pseudo

    settings.LANGUAGES = [*settings.LANGUAGES, *settings.PSEUDO_LANGUAGES.items()]
    pseudo.install(list(settings.PSEUDO_LANGUAGES))
