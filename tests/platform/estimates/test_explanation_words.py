"""An explanation in words: at most 15, against the own opening, and without a guess too many."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.utils import translation

from consent.stream_groups import group_of
from emotion import feature_words
from emotion.cues import Cue
from estimates.explanation_words import WITHOUT, format_counterfactual, format_reason
from estimates.explanations import Counterfactual, EstimateExplanation
from estimates.label_names import NAMES
from tests.emotion.test_feature_words import STREAMS

AT = datetime(2026, 3, 2, 10, 42, 31, tzinfo=UTC)
LANGUAGES = [code for code, _ in settings.LANGUAGES if code in ("en-gb", "de")]
EVERY = [
    Cue(stream, cue.name, higher)
    for stream, known in feature_words.load().items()
    for cue in known.cues
    for higher in (True, False)
]
MOST_WORDS = 15


def explained(*cues, without=None, label="CONFUSION"):
    return EstimateExplanation(label, "", {}, 0.5, None, {"CONFUSION": cues}, without)


def say(*cues):
    return format_reason(explained(*cues), "CONFUSION", AT)


def test_two_features_of_two_streams():
    cues = Cue("typing", "log_flight_mean", False), Cue("face", "au04", True)
    said = "At 10:42, typing and camera: typing faster than when you started, brows lower."
    assert say(*cues) == said


def test_two_features_of_one_stream_name_it_once():
    cues = Cue("face", "au12", False), Cue("face", "au04", True)
    assert say(*cues) == "At 10:42, camera: smiling less than when you started, brows lower."


def test_one_feature_in_german():
    with translation.override("de"):
        assert say(Cue("heart", "hr", True)) == (
            "Um 10:42, Herz: Herz schlägt schneller als zu Beginn."
        )


def test_without_a_feature_to_name_there_is_no_sentence():
    assert say() == ""
    assert format_reason(explained(EVERY[0]), "INTEREST", AT) == ""


def test_a_stored_feature_that_no_longer_has_words_is_not_named():
    assert say(Cue("face", "yaw", True)) == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_has_more_than_fifteen_words(language):
    assert len(LANGUAGES) == 2
    with translation.override(language):
        longest = max(
            (say(*pair) for pair in itertools.permutations(EVERY, 2)),
            key=lambda sentence: len(sentence.split()),
        )
    assert len(longest.split()) <= MOST_WORDS, longest


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_compare_with_the_own_start_and_never_with_other_people(language):
    with translation.override(language):
        for cue in EVERY:
            sentence = say(cue)
            assert ("als zu Beginn" if language == "de" else "than when you started") in sentence
            assert not {"people", "others", "Leute", "andere"} & set(sentence.strip(".").split())


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("", "Without the camera: not sure."),
        (None, "Without the camera: no estimate."),
        ("INTEREST", "Without the camera: interest."),
        ("CONFUSION", "Without the camera: still confusion."),
    ],
)
def test_the_estimate_without_a_group_in_words(label, said):
    assert format_counterfactual(explained(without=Counterfactual("camera", label))) == said


def test_a_level_has_no_counterfactual():
    levels = explained(without=Counterfactual("camera", ""), label="AROUSAL")
    assert "AROUSAL" not in NAMES
    assert format_counterfactual(levels) == ""
    assert format_counterfactual(explained()) == ""


def test_each_group_of_the_shipped_prior_has_a_counterfactual():
    assert {group_of(stream) for stream in STREAMS} == set(WITHOUT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counterfactual_is_as_short(language):
    with translation.override(language):
        for group, label in itertools.product(WITHOUT, ["", None, "CONFUSION", "BOREDOM"]):
            sentence = format_counterfactual(explained(without=Counterfactual(group, label)))
            assert len(sentence.split()) <= MOST_WORDS
