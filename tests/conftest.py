"""What every test may use: each module of fixtures is named here."""

from __future__ import annotations

pytest_plugins = [
    "tests.browser.driver",
    "tests.cast",
    "tests.consenting",
    "tests.strange",
    "tests.worker",
]
