"""An offer is sealed in the source language and shown in the reader's language."""

from __future__ import annotations

import uuid

import pytest
from django.utils import translation

from adaptation.offers.reasons import read_reason, read_translated_reason
from adaptation.rules import versions
from teaching.rules import drafts
from telemetry import sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, until_offered

pytestmark = pytest.mark.django_db
LEAD = "Your last two answers here were not correct."
LEAD_DE = "Deine letzten zwei Antworten hier waren nicht richtig."


@pytest.fixture
def offer(mia, now):
    """R1 offers mia a hint after two wrong answers."""
    skill = factories.make_skill(slug="factoring")
    quiz = factories.make_quiz_unit(skill.course, skill=skill)
    factories.make_enrolment(mia, quiz.course)
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=now)
    for second in (1, 2):
        answer(sitting, quiz.questions.get(position=1), "999", second)
    return until_offered(sitting)[0]


def told(offer, language):
    with translation.override(language):
        return read_translated_reason(offer, now=offer.decided_at)


def test_one_offer_is_shown_in_either_language(offer):
    english, german = told(offer, "en-gb"), told(offer, "de")
    assert (english["why"]["lead"], english["gift"]["accept"]) == (LEAD, "Show a hint")
    assert (german["why"]["lead"], german["gift"]["accept"]) == (LEAD_DE, "Tipp zeigen")
    assert german["why"]["course"][0] == "Zwei Antworten auf diese Frage waren nicht richtig."


def test_the_sealed_text_equals_the_text_in_the_source_language(offer):
    sealed, english = read_reason(offer, now=offer.decided_at), told(offer, "en-gb")
    assert english == sealed


def test_a_rule_that_no_longer_exists_is_shown_as_written(offer):
    offer.version = 99
    offer.save(update_fields=["version"])
    assert told(offer, "de")["why"]["lead"] == LEAD


def test_a_teachers_own_words_stay_and_the_others_are_translated(offer, ines, now):
    course = offer.sitting.unit.course
    body = drafts.body_of("R1", None) | {"title": "Zwei daneben"}
    made = versions.save_version(course, "R1", body, by=ines, share=None, now=now)
    offer.version = made.version
    offer.save(update_fields=["version"])
    why = told(offer, "de")["why"]
    assert why["rule"].startswith(f"Regel „Zwei daneben“, Version {made.version}")
    assert why["lead"] == LEAD_DE
