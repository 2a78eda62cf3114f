"""A self-report in words: the chosen label, and below it valence and arousal."""

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
    "anxiety": noop("Anxious"),
    "confidence": noop("Confident"),
    "neutral": noop("Neutral"),
}
LEVELS: Final = {
    "valence": noop("Pleasant: {step} of {most}."),
    "arousal": noop("Excited: {step} of {most}."),
}
ASKED_AT_RANDOM: Final = noop("You were asked at a random time.")


def report_word(label: str) -> str:
    """Return the label in words; "" if there is none."""
    return _(WORDS.get(label, label)) if label else ""


def describe_details(report: OpenedReport) -> str:
    """Return the text below the label: the levels, and whether it was a random prompt."""
    return " ".join(_sentences(report))


def _sentences(report: OpenedReport) -> Iterator[str]:
    for level, sentence in LEVELS.items():
        if level in report.levels:
            yield _(sentence).format(step=report.levels[level], most=STEPS[-1])
    if report.occasion == "random":
        yield _(ASKED_AT_RANDOM)
