"""Videos are described once, a segment at a time, and encoded the same in every library."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from django.db import connection

from courses.media.media_store import LocalCopies
from courses.models import VideoSemantics
from courses.semantics import load_segments, unpack
from emotion.semantics import semantic_axes, sentence_encoder, slide_reader
from emotion.semantics.describers import CaptionDescriber
from emotion.semantics.ffmpeg import BrokenVideo
from pipeline import video_semantics, video_semantics_store
from tests.fixtures import factories
from tests.fixtures.models.video_models import MISSING, NEEDS_ENCODER, make_broken_package

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SAID = ["Solve the equation.", "Divide both sides by two.", "The slope of the line."]


@pytest.fixture(autouse=True)
def without_slides(monkeypatch):
    """These films have captions alone; test_film_segments.py has slides too."""
    monkeypatch.setattr(slide_reader, "PACKAGE", MISSING)


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


def unpack_vectors(made):
    return unpack(made.vectors, made.segments)


def row(video, kind="captions"):
    return VideoSemantics.objects.get(video=video, kind=kind)


@NEEDS_ENCODER
def test_each_segment_of_a_new_video_is_described_and_encoded():
    video = make_video()
    assert video_semantics.update_semantics(clock=clock) == 9  # three segments, three kinds
    for kind in ("captions", "segment"):
        made = row(video, kind)
        assert made.texts == SAID
        assert unpack_vectors(made).shape == (3, 25)
        assert made.encoder == semantic_axes.load_axes().source


def test_without_an_encoder_texts_and_measures_are_stored_and_no_vectors(monkeypatch):
    monkeypatch.setattr(sentence_encoder, "PACKAGE", MISSING)
    video = make_video()
    assert video_semantics.update_semantics(clock=clock) == 9
    made = row(video, "segment")
    assert made.texts == SAID
    assert len(made.measures) == 3 * 5 * 4
    assert not made.encoder
    assert load_segments([video.unit_id]) == {}


@NEEDS_ENCODER
def test_an_encoder_that_is_installed_later_encodes_what_was_described(monkeypatch):
    video = make_video()
    with monkeypatch.context() as patch:
        patch.setattr(sentence_encoder, "PACKAGE", MISSING)
        video_semantics.update_semantics(clock=clock)
    assert video_semantics.update_semantics(clock=clock) == 0
    assert row(video).encoder
    assert video.unit_id in load_segments([video.unit_id])


def test_a_broken_encoder_blocks_no_text(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sentence_encoder, "PACKAGE", make_broken_package(tmp_path))
    video = make_video()
    assert video_semantics.update_semantics(clock=clock) == 9
    assert not row(video).encoder


def test_a_film_is_fetched_for_pictures_alone(monkeypatch):
    fetched = []

    def path(_copies, name):
        fetched.append(name)
        raise FileNotFoundError(2, "No such file", name)

    monkeypatch.setattr(LocalCopies, "path", path)
    video = make_video()
    assert video_semantics.update_semantics(clock=clock) == 9
    # Once, for its cuts.
    assert fetched == [video.file]


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
    assert video_semantics.update_semantics(clock=clock) == 9
    assert row(video).texts[0] == "Factor the trinomial."
    assert row(video, "segment").texts[0] == "Factor the trinomial."


@NEEDS_ENCODER
def test_a_text_has_the_same_vector_in_any_library():
    first = make_video()
    video_semantics.update_semantics(clock=clock)
    before = row(first)
    second = make_video(["Photosynthesis needs light.", SAID[2]])
    video_semantics.update_semantics(clock=clock)
    after, other = row(first), row(second)
    assert (after.encoder, bytes(after.vectors)) == (before.encoder, bytes(before.vectors))
    assert other.encoder == before.encoder
    np.testing.assert_array_equal(unpack_vectors(other)[1], unpack_vectors(after)[2])


@NEEDS_ENCODER
def test_text_in_a_language_that_the_encoder_does_not_know_has_no_vector():
    video = make_video(["Wir lösen die Gleichung."])
    video.captions.update(lang="de")
    video_semantics.update_semantics(clock=clock)
    loaded = load_segments([video.unit_id])[video.unit_id]
    assert np.isnan(loaded.vectors[:, :25]).all()
    assert loaded.vectors[0, 25] == pytest.approx(np.log1p(4 / 10))


@NEEDS_ENCODER
def test_captions_in_the_encoders_language_are_read_before_others():
    video = make_video(["Wir lösen die Gleichung."])
    video.captions.update(lang="de")
    cues = [{"start": 0.0, "end": 5.0, "text": SAID[0]}]
    video.captions.create(position=2, lang="en-GB", label="English", file="b.vtt", cues=cues)
    video_semantics.update_semantics(clock=clock)
    assert row(video).texts == [SAID[0]]
    assert not np.isnan(unpack_vectors(row(video))).any()


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


@NEEDS_ENCODER
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
    assert broken.unit_id not in load_segments([broken.unit_id])


@NEEDS_ENCODER
def test_a_single_text_is_encoded_too():
    video = make_video(["Alone."])
    video_semantics.update_semantics(clock=clock)
    assert row(video).texts == ["Alone."]
    assert row(video).encoder


def test_progress_counts_segments_and_videos(monkeypatch):
    make_video()
    monkeypatch.setattr(sentence_encoder, "PACKAGE", MISSING)
    video_semantics.update_semantics(clock=clock)
    captions = video_semantics_store.progress()[0]
    assert (captions.kind, captions.videos, captions.described, captions.encoded) == (
        "captions",
        1,
        1,
        0,
    )
    assert (captions.segments, captions.segments_done, captions.failed) == (3, 3, 0)


def test_a_film_is_fetched_while_no_row_is_locked(tmp_path):
    video, outside, locks = make_video(), len(connection.savepoint_ids), []

    class Copies(LocalCopies):
        def path(self, name):
            locks.append(len(connection.savepoint_ids) - outside)
            return tmp_path / name

    describer = SimpleNamespace(kind="slides", source="test", describe=lambda *_: "text")
    material = video_semantics.material_of(video)
    copies = Copies("", tmp_path)
    assert video_semantics._describe_video(video, describer, material, copies, clock) == 3
    assert locks == [0]
    assert video_semantics._describe_video(video, describer, material, copies, clock) == 0
    assert locks == [0]
