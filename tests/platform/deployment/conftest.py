"""Fixtures for tests of commands."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.fixture
def set_up(capsys, settings):
    """`set_up(…)`: the command's output, on the test's own migrated database."""
    settings.SITE_ADDRESS = "https://attune.example"
    settings.LEGAL_PROFILE = None

    def said(*words):
        call_command("setup", *words)
        return capsys.readouterr().out

    return said
