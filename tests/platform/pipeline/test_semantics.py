"""Videos are described once, a segment at a time, and encoded together."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from courses.models import VideoSemantics
from emotion.semantics.describe import Captions
from emotion.semantics.film import BrokenVideo
from pipeline import library, semantics
from tests import factories
from tests.pretrained import make_bert

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
    assert semantics.bring_up_to_date(clock=clock) == 6  # three segments, two kinds
    made = row(video)
    assert made.texts == SAID
    assert library.vectors(made).shape == (3, 25)
    assert made.encoder.startswith("tfidf-svd/1 ")


def test_a_second_time_nothing_is_done():
    video = make_video()
    semantics.bring_up_to_date(clock=clock)
    before = row(video)
    assert semantics.bring_up_to_date(clock=lambda: NOW.replace(hour=12)) == 0
    assert row(video).changed_at == before.changed_at


def test_other_captions_are_described_anew():
    video = make_video()
    semantics.bring_up_to_date(clock=clock)
    track = video.captions.get()
    track.cues[0]["text"] = "Factor the trinomial."
    track.save()
    assert semantics.bring_up_to_date(clock=clock) == 6
    assert row(video).texts[0] == "Factor the trinomial."


def test_a_new_video_changes_the_vectors_of_all_together():
    first = make_video()
    semantics.bring_up_to_date(clock=clock)
    before = row(first).encoder
    second = make_video(["Photosynthesis needs light.", "Leaves are green."])
    semantics.bring_up_to_date(clock=clock)
    assert row(first).encoder == row(second).encoder != before


def test_a_killed_worker_goes_on_where_it_stopped(monkeypatch):
    video = make_video()
    whole, told = Captions.describe, []

    def once(self, material, segment):
        if len(told) == 1:
            raise KeyboardInterrupt
        told.append(segment)
        return whole(self, material, segment)

    monkeypatch.setattr(Captions, "describe", once)
    with pytest.raises(KeyboardInterrupt):
        semantics.bring_up_to_date(clock=clock)
    assert row(video).texts == SAID[:1]

    told[:] = []
    monkeypatch.setattr(Captions, "describe", lambda s, m, n: (told.append(n), whole(s, m, n))[1])
    semantics.bring_up_to_date(clock=clock)
    assert told == [1, 2]
    assert row(video).texts == SAID


def test_a_video_that_cannot_be_read_is_told_and_leaves_the_others(monkeypatch):
    broken, sound = make_video(), make_video(["One line.", "Another point."])
    whole = Captions.describe

    def breaking(self, material, segment):
        if material.cues[0].text == SAID[0]:
            raise BrokenVideo("no picture")
        return whole(self, material, segment)

    monkeypatch.setattr(Captions, "describe", breaking)
    semantics.bring_up_to_date(clock=clock)
    assert row(broken).why == "broken_video"
    assert not row(broken).encoder
    assert row(sound).encoder
    with pytest.raises(ValueError, match="whole and encoded"):
        library.vectors(row(broken))


def test_a_local_model_encodes_where_one_is_named(settings, tmp_path):
    settings.ENCODER_DIR = make_bert(tmp_path)
    video = make_video()
    semantics.bring_up_to_date(clock=clock)
    assert row(video).encoder.startswith("bert/1 ")
    settings.ENCODER_DIR = None
    semantics.bring_up_to_date(clock=clock)
    assert row(video).encoder.startswith("tfidf-svd/1 ")


def test_one_text_alone_waits_for_a_second():
    video = make_video(["Alone."])
    semantics.bring_up_to_date(clock=clock)
    assert row(video).texts == ["Alone."]
    assert not row(video).encoder


def test_the_vector_at_a_time_is_its_segment_s():
    video = make_video()
    semantics.bring_up_to_date(clock=clock)
    made = row(video)
    vectors = library.vectors(made)
    np.testing.assert_array_equal(library.vector_at(made, 10.0), vectors[1])
    np.testing.assert_array_equal(library.vector_at(made, 999.0), vectors[2])


def test_progress_counts_segments_and_videos(monkeypatch):
    make_video()
    monkeypatch.setattr(semantics, "_encode", lambda *_: None)
    semantics.bring_up_to_date(clock=clock)
    captions = library.progress()[0]
    assert (captions.kind, captions.videos, captions.described, captions.encoded) == (
        "captions",
        1,
        1,
        0,
    )
    assert (captions.segments, captions.segments_done, captions.failed) == (3, 3, 0)
