"""The page of months as a file: one row for each figure the page shows, and no name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.http import HttpResponse
from django.utils import translation

from learner.journey.months.kept_estimates import EstimatedMinutes
from learner.journey.months.month_summary import Month
from privacy.csv_response import csv_of

HEAD = ("month", "part", "name", "figure", "value")
SAID, OFFERS = "what you said", "suggestions"
SKILLS = "what you probably knew, estimated, not checked on people"
FEELINGS = "feelings, estimated, not checked on people"
DOINGS = "what you were doing, estimated, not checked on people"
Row = tuple[str, str, str, str, object]


def make_file(months: Iterable[Month]) -> HttpResponse:
    """Return the months as CSV, in the source language as every file."""
    with translation.override(settings.LANGUAGE_CODE):
        return csv_of("progress-by-month", HEAD, [row for each in months for row in _rows(each)])


def _rows(month: Month) -> Iterator[Row]:
    at = f"{month.first:%Y-%m}"
    for word in month.words.counts:
        yield at, SAID, word.word, "times chosen", word.n
    for level in month.words.levels:
        yield at, SAID, level.name, "average from 1 to 9", level.mean_text
        yield at, SAID, level.name, "answers", level.n
    for skill in month.skills:
        name = f"{skill.course}: {skill.name}"
        yield at, SKILLS, name, "at the start", skill.text_before
        yield at, SKILLS, name, "at the end", skill.text_after
        yield at, SKILLS, name, "change", skill.change_word
        yield at, SKILLS, name, "answers", skill.answers
    for offer in month.offers:
        yield at, OFFERS, offer.name, "suggestions", offer.shown
        yield at, OFFERS, offer.name, "next answer correct", offer.right
        yield at, OFFERS, offer.name, "next answer not correct", offer.wrong
        yield at, OFFERS, offer.name, "no answer within 10 minutes", offer.none
        yield at, OFFERS, offer.name, "not measured", offer.pending
    if month.estimates:
        yield from _estimate_rows(at, FEELINGS, month.estimates.feelings)
        yield from _estimate_rows(at, DOINGS, month.estimates.behaviour)


def _estimate_rows(at: str, part: str, found: Iterable[EstimatedMinutes]) -> Iterator[Row]:
    for label in found:
        yield at, part, label.name, "minutes", label.minutes
        yield at, part, label.name, "share", label.percent
