"""The class of the Teachers' pages, for figures that Researchers read."""

from __future__ import annotations

from tests.platform.teaching.conftest import (  # noqa: F401
    allow,
    course,
    feel,
    people,
    predictor,
    question,
    quiz,
)
from tests.platform.teaching.state_results.conftest import try_question  # noqa: F401
