"""Courses, units and progress by the API: the same content and access as the pages."""

from __future__ import annotations

import pytest

from courses import completion
from courses.models import Unit
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


def test_only_ones_own_courses_are_listed_page_by_page(api, mia, course, settings):
    others = [factories.make_course(f"more-{n}") for n in range(3)]
    for each in others[:2]:
        factories.make_enrolment(mia, each)
    listed = api(mia).get("courses/").json()
    assert {one["slug"] for one in listed["results"]} == {"algebra", "more-0", "more-1"}
    assert listed["next"] is None
    assert "count" not in listed


def test_a_course_lists_its_units_and_an_unchanged_one_is_a_304(api, mia, course):
    asked = api(mia)
    first = asked.get("courses/algebra/")
    units = course.units.filter(position__isnull=False).order_by("position")
    assert [one["title"] for one in first.json()["units"]] == [unit.title for unit in units]
    again = asked.get("courses/algebra/", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_video_comes_with_chapters_and_captions(api, mia, video):
    video.video.chapters = [{"start": 0, "end": 9, "title": "Begin"}]
    video.video.save()
    video.video.captions.create(
        position=9, lang="eo", label="Esperanto", file="eo.vtt",
        cues=[{"start": 0, "end": 2, "text": "Saluton"}],
    )  # fmt: skip
    told = api(mia).get(f"units/{video.code}/").json()
    assert told["chapters"] == [{"start": 0.0, "end": 9.0, "title": "Begin"}]
    assert {"start": 0.0, "end": 2.0, "text": "Saluton"} in told["captions"][-1]["cues"]


def test_watched_stretches_raise_the_progress(api, mia, course, video):
    half = video.video.duration_s / 2
    told = api(mia).send(
        "post", f"units/{video.code}/watched/", {"stretches": [[0, half]], "at": 1}
    )
    assert told.status_code == 200
    assert told.json()["ratio"] == pytest.approx(0.5)
    state = completion.load_progress(mia, course)[video.pk]
    assert (state.ratio, state.resume_s) == (pytest.approx(0.5), 1.0)


def test_a_unit_deleted_while_it_is_watched_is_a_404(api, mia, video, monkeypatch):
    counted = completion.load_progress

    def after_it_went(user, of_course):
        Unit.objects.filter(pk=video.pk).update(position=None)
        return counted(user, of_course)

    monkeypatch.setattr(completion, "load_progress", after_it_went)
    said = {"stretches": [[0, 1]], "at": 1}
    assert api(mia).send("post", f"units/{video.code}/watched/", said).status_code == 404


@pytest.mark.parametrize(
    "said",
    [{"stretches": [[5, 1]], "at": 0}, {"stretches": [[0]], "at": 0}, {"stretches": "all"}, {}],
)
def test_an_invalid_stretch_is_refused(api, mia, video, said):
    told = api(mia).send("post", f"units/{video.code}/watched/", said)
    assert (told.status_code, told.json()["code"]) == (400, "invalid")


def test_a_quiz_cannot_be_marked_as_done_by_the_api(api, mia, quiz):
    assert api(mia).send("post", f"units/{quiz.code}/done/").status_code == 400


def test_a_stranger_sees_nothing_and_a_teacher_does_nothing(api, ines, mallory, video):
    assert api(mallory).get("courses/").json()["results"] == []
    for path in ("courses/algebra/", f"units/{video.code}/", f"units/{video.code}/questions/"):
        assert api(mallory).get(path).status_code == 404
    assert api(ines).get(f"units/{video.code}/").status_code == 200
    assert api(ines).send("post", f"units/{video.code}/done/").status_code == 403
