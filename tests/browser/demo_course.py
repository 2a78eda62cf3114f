"""The demo course in new rows for each test; the check of its package is made once in a process."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from authoring import attune_checks
from authoring.importing import import_package

DEMO = Path(__file__).resolve().parents[2] / "demo" / "course"
_SOUND: set[str] = set()
_check = attune_checks.check


def bring(*, now: datetime):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attune_checks, "check", _check_once)
        return import_package(DEMO, now=now, tell=lambda *_: None).course


def _check_once(course) -> None:
    """The same content is as sound as it was; what differs by a letter is checked."""
    content = json.dumps(course)
    if content not in _SOUND:
        _check(course)
        _SOUND.add(content)
