"""Temporary artefact folders, as for trainings."""

from __future__ import annotations

from tests.platform.research.runs.conftest import shelve, shelves, trains  # noqa: F401
