"""What Windows read of a film: captions with slides, measures, and all of it in one query."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from courses.models import VideoSemantics
from courses.semantics import load_segments, unpack
from emotion.features import semantics
from emotion.semantics import sentence_encoder
from pipeline import video_semantics
from tests.fixtures import factories
from tests.fixtures.emotion.slide_films import make_slide_film
from tests.fixtures.models.video_models import MISSING, NEEDS_ENCODER, NEEDS_READER

pytestmark = [pytest.mark.django_db, NEEDS_READER]
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
SLIDES = [(["Slope of a line", "y = 2x + 4"], 12), (["Light for plants"], 13)]
SAID = "A line has a slope."


def clock():
    return NOW


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return make_slide_film(tmp_path_factory.mktemp("film") / "film.mp4", SLIDES)


@pytest.fixture
def video(settings, film):
    """25 s of two slides, with one caption."""
    settings.MEDIA_ROOT = str(film.parent)
    made = factories.make_video_unit(duration_s=25.0).video
    made.file = film.name
    made.save()
    made.captions.all().delete()
    cues = [{"start": 1.0, "end": 6.0, "text": SAID}]
    made.captions.create(position=1, lang="en", label="English", file="a.vtt", cues=cues)
    return made


def unpack_vectors(made):
    return unpack(made.vectors, made.segments)


def row(video, kind="segment"):
    return VideoSemantics.objects.get(video=video, kind=kind)


def column(loaded, name):
    return loaded.vectors[:, semantics.NAMES.index(name)]


def test_captions_and_slide_are_one_text(video):
    video_semantics.update_semantics(clock=clock)
    first, second, third = row(video).texts
    assert first.startswith(f"{SAID}\nSlope of a line\n")
    assert second == third == "Light for plants"
    assert row(video, "captions").texts == [SAID, "", ""]


@NEEDS_ENCODER
def test_windows_read_vector_and_measures_with_a_source(video):
    video_semantics.update_semantics(clock=clock)
    loaded = load_segments([video.unit_id, 10**9])[video.unit_id]
    assert loaded.vectors.shape == (3, len(semantics.NAMES))
    assert loaded.source == row(video).encoder
    np.testing.assert_array_equal(loaded.vectors[:, :25], unpack_vectors(row(video)))
    np.testing.assert_allclose(column(loaded, "log_cuts"), np.log1p([0, 1, 0]))
    np.testing.assert_allclose(column(loaded, "log_slide_words"), np.log1p([9, 3, 3]), atol=0.3)
    assert column(loaded, "formula_density")[0] > 0.1
    assert column(loaded, "formula_density")[1] == 0


@NEEDS_ENCODER
def test_a_batch_of_films_takes_one_query(video, django_assert_num_queries):
    video_semantics.update_semantics(clock=clock)
    with django_assert_num_queries(1):
        assert list(load_segments([video.unit_id] * 5)) == [video.unit_id]


def test_a_film_that_cannot_be_read_keeps_its_captions(video):
    broken = Path(video.file).with_name("broken.mp4")
    video.file = str(broken)
    video.save()
    video_semantics.update_semantics(clock=clock)
    assert row(video, "slides").why == "broken_video"
    assert row(video).texts == [SAID, "", ""]
    assert not row(video).why


def test_slides_are_resumed_where_a_killed_worker_stopped(video, monkeypatch):
    whole, read = video_semantics.SlideDescriber.describe, []

    def once(self, material, segment):
        if read:
            raise KeyboardInterrupt
        read.append(segment)
        return whole(self, material, segment)

    with monkeypatch.context() as patch:
        patch.setattr(video_semantics.SlideDescriber, "describe", once)
        with pytest.raises(KeyboardInterrupt):
            video_semantics.update_semantics(clock=clock)
    assert len(row(video, "slides").texts) == 1
    assert not VideoSemantics.objects.filter(video=video, kind="segment").exists()
    assert video_semantics.update_semantics(clock=clock) == 2 + 3  # slides, segments
    assert row(video).texts[2] == "Light for plants"


def test_a_reader_that_is_installed_later_completes_the_segments(video, monkeypatch):
    monkeypatch.setattr(sentence_encoder, "PACKAGE", MISSING)
    with monkeypatch.context() as patch:
        patch.setattr(video_semantics.slide_reader, "PACKAGE", MISSING)
        video_semantics.update_semantics(clock=clock)
        assert row(video).texts == [SAID, "", ""]
    video_semantics.update_semantics(clock=clock)
    assert row(video).texts[1] == "Light for plants"


def test_it_is_all_done_once(video, monkeypatch):
    video_semantics.update_semantics(clock=clock)
    monkeypatch.setattr(video_semantics.film_segments, "count_cuts", pytest.fail)
    assert video_semantics.update_semantics(clock=lambda: NOW.replace(hour=12)) == 0
    assert row(video).changed_at == NOW
