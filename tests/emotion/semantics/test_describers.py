"""Four kinds of text, one per segment."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.semantics import ffmpeg
from emotion.semantics.caption_segments import Cue, Material
from emotion.semantics.describers import CaptionDescriber, NoSemantics, SummaryDescriber, summarise
from emotion.semantics.vlm_describer import PictureDescriber

LECTURE = Material(
    None,
    25.0,
    [
        Cue(0.0, 4.0, "We solve an equation."),
        Cue(4.0, 9.0, "To solve the equation we divide both sides of the equation."),
        Cue(9.0, 12.0, "My cat says hello."),
        Cue(12.0, 20.0, "Both sides of the equation are divided by two."),
    ],
)


def describe_segments(describer, video=LECTURE):
    return [describer.describe(video, segment) for segment in range(video.segments)]


def test_none_is_empty_for_each_segment():
    assert describe_segments(NoSemantics()) == ["", "", ""]


def test_captions_are_the_spoken_text():
    said = describe_segments(CaptionDescriber())
    assert said[1] == "My cat says hello. Both sides of the equation are divided by two."
    assert said[2] == ""


def test_a_summary_has_the_sentences_with_most_shared_words():
    first = SummaryDescriber(0.6).describe(LECTURE, 0)
    assert "divide both sides" in first
    assert "cat" not in first


def test_a_summary_of_two_sentences_is_both():
    assert summarise(["One.", "Two."], 0.1) == "One. Two."


def test_a_summary_of_only_symbols_is_those_symbols():
    assert summarise(["x = 2", "y = 3", "z = 4"], 0.5) == "x = 2 y = 3 z = 4"


@pytest.mark.parametrize("share", [0.0, -1.0, 1.5])
def test_a_share_outside_its_range_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        SummaryDescriber(share)


def test_a_description_is_the_local_models_text_for_each_segment(blip, video):
    seen = describe_segments(PictureDescriber(blip, prompt=""), Material(video, 12.0))
    assert len(seen) == 2
    assert all(seen)
    assert seen == describe_segments(PictureDescriber(blip, prompt=""), Material(video, 12.0))


def test_a_description_uses_the_middle_of_the_segment(blip, video, monkeypatch):
    looked = []

    def picture(file, times_s, size=224):
        looked.extend(times_s)
        return np.zeros((1, size, size, 3), np.uint8)

    monkeypatch.setattr(ffmpeg, "extract_pictures", picture)
    describe_segments(PictureDescriber(blip, prompt=""), Material(video, 12.0))
    assert looked == [5.0, 11.0]


def test_a_description_without_a_file_is_refused(blip):
    with pytest.raises(ffmpeg.BrokenVideo, match="video file"):
        PictureDescriber(blip).describe(LECTURE, 0)


def test_another_model_is_another_source(blip, bert):
    assert PictureDescriber(blip).source != PictureDescriber(bert).source
    assert PictureDescriber(blip).source == PictureDescriber(blip).source
