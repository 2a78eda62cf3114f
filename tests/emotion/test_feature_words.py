"""Words for features: every feature of the shipped cards has words, or is listed as without."""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

import pytest

from emotion import feature_words
from emotion.features.window import CONTEXT, FROM_OPENING, NAMES
from emotion.streams import load

FOLDER = Path(__file__).resolve().parents[2] / "artefacts"
CARDS = [json.loads(path.read_text()) for path in sorted(FOLDER.glob("prior-*/card.json"))]
STREAMS = sorted(set(chain.from_iterable(card["streams"] for card in CARDS)))
ROWS = [(name, cue) for name, known in feature_words.load().items() for cue in known.cues]


def test_the_shipped_prior_is_among_the_cards():
    assert len(STREAMS) >= 8


@pytest.mark.parametrize("stream", STREAMS)
def test_each_feature_has_words_or_is_listed_as_without(stream):
    known = feature_words.load()[stream]
    named = list(chain.from_iterable(cue.signs for cue in known.cues))
    own = [name for name in NAMES[stream] if not name.endswith(FROM_OPENING)]
    assert sorted([*named, *known.unnamed]) == sorted(own)


def test_what_a_course_does_has_no_words():
    assert set(CONTEXT) & set(feature_words.load()) == set()
    assert set(feature_words.load()) <= {stream.name for stream in load().values()}


@pytest.mark.parametrize(("stream", "cue"), ROWS, ids=lambda each: getattr(each, "name", each))
def test_more_and_less_have_different_short_words(stream, cue):
    assert cue.higher != cue.lower
    assert max(len(cue.higher.split()), len(cue.lower.split())) <= 3
    assert feature_words.find_cue(stream, cue.name) == cue


@pytest.mark.parametrize("stream", STREAMS)
def test_two_cues_of_a_stream_never_share_words(stream):
    cues = feature_words.load()[stream].cues
    said = [words for cue in cues for words in (cue.higher, cue.lower)]
    assert len(said) == len(set(said))


def test_a_cue_without_words_is_refused():
    with pytest.raises(KeyError, match=r"expected a cue in feature_words\.json, got 'yaw'"):
        feature_words.find_cue("face", "yaw")
