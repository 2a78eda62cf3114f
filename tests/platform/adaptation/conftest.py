"""The class of the Teacher's pages: its course, its people, and ways to make things happen."""

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
