"""Fixtures of the Teacher's pages: a course, its people, and their actions."""

from __future__ import annotations

from tests.platform.teaching.conftest import (  # noqa: F401
    allow,
    course,
    feel,
    people,
    predictor,
    question,
    quiz,
    video,
    watch,
)
