"""Videos are described once, a segment at a time, and encoded together."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from courses.models import VideoSemantics
from emotion.semantics.describers import CaptionDescriber
from emotion.semantics.ffmpeg import BrokenVideo
from pipeline import video_semantics, video_semantics_store
from tests.fixtures import factories
from tests.fixtures.models.pretrained_models import make_bert

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SAID = ["Solve the equation.", "Divide both sides by two.", "The slope of the line."]


def clock():
    return NOW


def make_video(said=SAID):
    video = factories.make_video_unit(duration_s=10.0 * len(said)).video
    cues = [
        {"start": 10.0 * at, "end": 10.0 * at + 8, "text": text} for at, text in enumerate(said)
    ]
    video.captions.all().delete()
    video.captions.create(position=1, lang="en", label="English", file="a.vtt", cues=cues)
    return video


def row(video, kind="captions"):
    return VideoSemantics.objects.get(video=video, kind=kind)


def test_each_segment_of_a_new_video_is_described_and_encoded():
    video = make_video()
    assert video_semantics.update_semantics(clock=clock) == 6  # three segments, two kinds
    made = row(video)
    assert made.texts == SAID
    assert video_semantics_store.vectors(made).shape == (3, 25)
    assert made.encoder.startswith("tfidf-svd/1 ")


def test_a_second_run_does_nothing():
    video = make_video()
    video_semantics.update_semantics(clock=clock)
    before = row(video)
    assert video_semantics.update_semantics(clock=lambda: NOW.replace(hour=12)) == 0
    assert row(video).changed_at == before.changed_at


def test_changed_captions_are_described_again():
    video = make_video()
    video_semantics.update_semantics(clock=clock)
    track = video.captions.get()
    track.cues[0]["text"] = "Factor the trinomial."
    track.save()
    assert video_semantics.update_semantics(clock=clock) == 6
    assert row(video).texts[0] == "Factor the trinomial."


def test_a_new_video_changes_the_vectors_of_all_together():
    first = make_video()
    video_semantics.update_semantics(clock=clock)
    before = row(first).encoder
    second = make_video(["Photosynthesis needs light.", "Leaves are green."])
    video_semantics.update_semantics(clock=clock)
    assert row(first).encoder == row(second).encoder != before


def test_after_a_kill_it_resumes_where_it_stopped(monkeypatch):
    video = make_video()
    whole, told = CaptionDescriber.describe, []

    def once(self, material, segment):
        if len(told) == 1:
            raise KeyboardInterrupt
        told.append(segment)
        return whole(self, material, segment)

    monkeypatch.setattr(CaptionDescriber, "describe", once)
    with pytest.raises(KeyboardInterrupt):
        video_semantics.update_semantics(clock=clock)
    assert row(video).texts == SAID[:1]

    told[:] = []
    monkeypatch.setattr(
        CaptionDescriber, "describe", lambda s, m, n: (told.append(n), whole(s, m, n))[1]
    )
    video_semantics.update_semantics(clock=clock)
    assert told == [1, 2]
    assert row(video).texts == SAID


def test_an_unreadable_video_is_marked_and_does_not_block_others(monkeypatch):
    broken, sound = make_video(), make_video(["One line.", "Another point."])
    whole = CaptionDescriber.describe

    def breaking(self, material, segment):
        if material.cues[0].text == SAID[0]:
            raise BrokenVideo("no picture")
        return whole(self, material, segment)

    monkeypatch.setattr(CaptionDescriber, "describe", breaking)
    video_semantics.update_semantics(clock=clock)
    assert row(broken).why == "broken_video"
    assert not row(broken).encoder
    assert row(sound).encoder
    with pytest.raises(ValueError, match="whole and encoded"):
        video_semantics_store.vectors(row(broken))


def test_a_configured_local_model_encodes(settings, tmp_path):
    settings.ENCODER_DIR = make_bert(tmp_path)
    video = make_video()
    video_semantics.update_semantics(clock=clock)
    assert row(video).encoder.startswith("bert/1 ")
    settings.ENCODER_DIR = None
    video_semantics.update_semantics(clock=clock)
    assert row(video).encoder.startswith("tfidf-svd/1 ")


def test_a_single_text_is_not_encoded():
    video = make_video(["Alone."])
    video_semantics.update_semantics(clock=clock)
    assert row(video).texts == ["Alone."]
    assert not row(video).encoder


def test_the_vector_at_a_time_is_its_segment_s():
    video = make_video()
    video_semantics.update_semantics(clock=clock)
    made = row(video)
    vectors = video_semantics_store.vectors(made)
    np.testing.assert_array_equal(video_semantics_store.vector_at(made, 10.0), vectors[1])
    np.testing.assert_array_equal(video_semantics_store.vector_at(made, 999.0), vectors[2])


def test_progress_counts_segments_and_videos(monkeypatch):
    make_video()
    monkeypatch.setattr(video_semantics, "_encode", lambda *_: None)
    video_semantics.update_semantics(clock=clock)
    captions = video_semantics_store.progress()[0]
    assert (captions.kind, captions.videos, captions.described, captions.encoded) == (
        "captions",
        1,
        1,
        0,
    )
    assert (captions.segments, captions.segments_done, captions.failed) == (3, 3, 0)
