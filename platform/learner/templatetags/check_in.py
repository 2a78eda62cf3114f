"""The check-in card: words for feelings, and two rows of nine manikin figures.

SAM is the Self-Assessment Manikin (Bradley & Lang 1994). The figures are drawn here, not copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from django import template
from django.utils.translation import gettext_lazy as _

from estimates.self_reports import ACTS, STEPS
from learner.journey.self_reports import WORDS

register = template.Library()
MIDDLE_STEP: Final = STEPS[len(STEPS) // 2]
# Eight directions from the centre of the heart.
RAY_DIRECTIONS: Final = tuple((cos(n * pi / 4), sin(n * pi / 4)) for n in range(8))
STEP_WORDS: Final = {
    "valence": {1: _("very unpleasant"), 5: _("neither"), 9: _("very pleasant")},
    "arousal": {1: _("very calm"), 5: _("in between"), 9: _("very excited")},
}


@dataclass(frozen=True, slots=True)
class ManikinFigure:
    """One step of a row: its number, its label if it has one, and its SVG paths."""

    step: int
    words: str
    mouth: str
    eye: str
    heart: str
    rays: str


@register.inclusion_tag("learner/_check_in.html")
def check_in() -> dict[str, object]:
    """Return the context of the card. Its controller shows the card."""
    return {
        "feelings": [(code, words) for code, words in WORDS.items() if code not in ACTS],
        "valence": [_draw_valence(step) for step in STEPS],
        "arousal": [_draw_arousal(step) for step in STEPS],
    }


def _draw_valence(step: int) -> ManikinFigure:
    """Bend the mouth from down (1) to up (9)."""
    bend = 1.25 * (step - MIDDLE_STEP)
    ends, middle = 15.5 - bend / 4, 15.5 + bend
    mouth = f"M13.5 {ends:.2f}Q18 {middle:.2f} 22.5 {ends:.2f}"
    return ManikinFigure(step, str(STEP_WORDS["valence"].get(step, "")), mouth, "1.1", "", "")


def _draw_arousal(step: int) -> ManikinFigure:
    """Open the eyes and enlarge the heart and its rays with the step."""
    size, words = 0.8 + 0.45 * step, str(STEP_WORDS["arousal"].get(step, ""))
    begin, length = size + 1.2, 0.6 * (step - 3)
    rays = [
        f"M{18 + x * begin:.2f} {36 + y * begin:.2f}l{x * length:.2f} {y * length:.2f}"
        for x, y in RAY_DIRECTIONS
        if length > 0
    ]
    eye = f"{0.5 + 0.14 * step:.2f}"
    return ManikinFigure(step, words, "M14.5 15.5H21.5", eye, f"{size:.2f}", "".join(rays))
