"""What a Learner said of a moment, in words: the word they chose, and beside it the two levels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from estimates.self_reports import STEPS, OpenedReport

WORDS = {
    "got_it": noop("Got it"),
    "stuck": noop("I\N{RIGHT SINGLE QUOTATION MARK}m stuck"),
    "interest": noop("Interested"),
    "boredom": noop("Bored"),
    "happiness": noop("Happy"),
    "confusion": noop("Confused"),
    "frustration": noop("Frustrated"),
    "distraction": noop("Distracted"),
}
LEVELS: Final = {
    "valence": noop("Pleasant: {step} of {most}."),
    "arousal": noop("Excited: {step} of {most}."),
}
ASKED: Final = noop("You were asked at a random time.")


def word_of(label: str) -> str:
    """What was said, in words; "" where no word was."""
    return _(WORDS.get(label, label)) if label else ""


def beside(said: OpenedReport) -> str:
    """What stands below the word: the levels, and how it came to be said."""
    return " ".join(_sentences(said))


def _sentences(said: OpenedReport) -> Iterator[str]:
    for level, sentence in LEVELS.items():
        if level in said.levels:
            yield _(sentence).format(step=said.levels[level], most=STEPS[-1])
    if said.occasion == "random":
        yield _(ASKED)
