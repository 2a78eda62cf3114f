"""The class of the Teachers' pages, for the figures that these pages show."""

from __future__ import annotations

from tests.platform.teaching.conftest import (  # noqa: F401
    allow,
    course,
    feel,
    figures_without_noise,
    people,
    predictor,
    question,
    quiz,
    video,
    watch,
)
from tests.platform.teaching.state_results.conftest import (  # noqa: F401
    class_,
    simulated_class,
    try_question,
)
