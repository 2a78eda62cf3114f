"""A course whose film has sound, and a site whose operator names a speech program."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.utils import timezone

from authoring import course_package
from authoring.editor.units.video_files import with_track
from authoring.speech import draft_requests, drafting_worker
from authoring.versions import drafts
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.speech_programs import make_film, write_program


@pytest.fixture(scope="session")
def tones(tmp_path_factory):
    return make_film(tmp_path_factory.mktemp("films") / "tones.mp4").read_bytes()


@pytest.fixture
def course(load, package, small_course, ines, tones):
    """A course of six seconds of film, with captions in Spanish alone."""
    unit = small_course["units"][0]
    unit |= {"duration": 6, "questions": [], "chapters": []}
    unit["files"]["captions"] = unit["files"]["captions"][1:]
    folder = package(small_course)
    (folder / unit["files"]["video"]).write_bytes(tones)
    course = load(folder).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def program(settings, tmp_path):
    settings.SPEECH_PROGRAM = write_program(tmp_path)
    return settings.SPEECH_PROGRAM


@pytest.fixture
def desk(course, program, ines):
    """What an author does with the video unit."""
    code = course.units.get(kind="video").code

    def unit():
        package = drafts.working_copy_of(course).package
        return course_package.find_unit(course, package, code)

    def ask(lang="en"):
        return draft_requests.ask(course, code, unit(), lang, by=ines, now=timezone.now())

    def save(changed):
        working = drafts.working_copy_of(course)
        package = course_package.with_unit(working.package, changed)
        drafts.save(course, package, stamp=working.stamp, by=ines, now=timezone.now())

    def replace_film(name="other.mp4"):
        (folder_of(course) / name).write_bytes(b"\0\0\0\x18ftypisom" + bytes(50))
        found = unit()
        save(found | {"files": found["files"] | {"video": name}})

    def add_track(lang="en"):
        cues = [{"start": 1, "end": 2, "text": "said"}]
        save(with_track(course, unit(), lang, "English", cues))

    def work(now=timezone.now):
        return drafting_worker.process_due(now=now)

    return SimpleNamespace(
        course=course, code=code, unit=unit, ask=ask, save=save, replace_film=replace_film,
        add_track=add_track, work=work, ines=ines,
    )  # fmt: skip
