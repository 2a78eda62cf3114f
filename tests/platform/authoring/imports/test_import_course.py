from __future__ import annotations

import copy
import json

import pytest
from django.db import OperationalError, connection, connections

from authoring.errors import BrokenPackage
from authoring.media.storage import MediaShelf
from authoring.versions import publication
from courses.models import Course, Hint, Question, Reading, Skill, Unit, Video
from courses.questions import question_spec
from tests.fixtures import factories
from tests.platform.authoring.conftest import DEMO, files_in

pytestmark = pytest.mark.django_db


def test_the_demo_course_is_imported_whole(load, media):
    done = load(DEMO)
    assert done.course.slug == "attune-algebra-lectures"
    assert done.course.attribution.startswith("Attune authors")
    assert done.counts["units"] == 12
    assert done.counts["questions"] == 36 + 12
    assert done.counts["variants"] == 36
    assert [unit.kind for unit in done.course.units.all()] == ["video", "reading", "quiz"] * 4
    # 4 × video, poster, two caption tracks
    assert len(files_in(media)) == 16


def test_stored_answers_grade_as_correct_and_wrong_ones_as_wrong(load):
    load(DEMO)
    rights = wrongs = 0
    for question in Question.objects.all():
        item = question_spec.item_of(question)
        if item.kind == "numeric":
            assert item.grade(item.answer).correct, question.ref
            for foreseen in item.wrong_answers:
                verdict = item.grade(str(foreseen.value))
                assert (verdict.correct, verdict.feedback_html) == (False, foreseen.feedback_html)
                wrongs += 1
        else:
            right = [choice.id for choice in item.choices if choice.correct]
            given = right[0] if item.kind == "single" else right
            assert item.grade(given).correct, question.ref
        rights += 1
    assert (rights, wrongs) == (84, 67)


def test_a_question_in_a_video_knows_when_and_where_to_jump_back(load, whole_course):
    load(DEMO)
    source = whole_course["units"][0]["questions"][0]
    question = Question.objects.get(ref=source["id"])
    assert question.time_s == source["time"]
    assert [question.jump_from_s, question.jump_to_s] == source["jump_back"]
    assert question.position is None


def test_a_transcript_and_chapters_are_kept(load):
    load(DEMO)
    video = Video.objects.get(unit__ref="video-01")
    english = video.captions.get(lang="en")
    assert (len(english.cues), len(video.chapters)) == (17, 5)
    assert english.cues[0] == {
        "start": 0.8,
        "end": 6.603,
        "text": "An equation says that two expressions are equal, "
        "like the two sides of a balanced scale.",
    }


@pytest.mark.parametrize("content", [b"WEBVTT\n", b"WEBVTT\n\nNOTE nothing is said\n"])
def test_a_track_without_captions_is_counted_and_never_offered(
    load, package, small_course, content
):
    folder = package(small_course)
    (folder / "01-one-step-equations.es.vtt").write_bytes(content)
    done = load(folder)
    assert done.left_out["caption track without captions"] == 1
    tracks = Video.objects.get(unit__course=done.course).captions.all()
    assert [(track.lang, bool(track.cues)) for track in tracks] == [("en", True)]


def test_a_package_whose_tracks_all_have_captions_reports_none_without(load, package, small_course):
    assert "caption track without captions" not in load(package(small_course)).left_out


def test_maths_becomes_mathml_and_a_plain_line(load):
    load(DEMO)
    question = Question.objects.get(ref="q1-01")
    assert "<math" in question.prompt_html
    assert "$" not in question.prompt_html
    assert question.linear == "Solve x + 9 = 14. What is x?"
    assert "<table>" in Reading.objects.first().html


def test_importing_again_updates_in_place(load, package, small_course, media):
    first = load(package(small_course)).course
    codes = set(Question.objects.values_list("code", "pk"))
    hints = set(Hint.objects.values_list("code", "pk"))
    changed = copy.deepcopy(small_course)
    changed["title"] = "Another title"
    changed["units"][2]["questions"][0]["prompt"] = "Solve $x + 1 = 2$."
    again = load(package(changed)).course
    assert (again.pk, again.title) == (first.pk, "Another title")
    assert set(Question.objects.values_list("code", "pk")) == codes
    assert set(Hint.objects.values_list("code", "pk")) == hints
    assert Question.objects.get(ref="q1-01").prompt == "Solve $x + 1 = 2$."


def test_units_may_swap_positions(load, package, small_course):
    load(package(small_course))
    small_course["units"].reverse()
    course = load(package(small_course)).course
    assert [unit.kind for unit in course.units.all()] == ["quiz", "reading", "video"]


def test_removed_questions_are_retired_and_keep_responses(load, package, small_course):
    load(package(small_course))
    gone = Question.objects.get(ref="q1-01")
    factories.make_response(question=gone)
    del small_course["units"][2]["questions"][0]
    del small_course["units"][1]
    done = load(package(small_course))
    gone.refresh_from_db()
    assert (gone.unit, gone.position, gone.responses.count()) == (None, None, 1)
    assert done.counts["retired questions"] == 2
    assert Unit.objects.get(ref="reading-01").position is None


def test_changed_file_is_stored_next_to_the_old_version(load, package, small_course, media):
    folder = package(small_course)
    load(folder)
    before = files_in(media)
    (folder / "01-one-step-equations.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(60))
    load(folder)
    assert before < files_in(media)
    assert len(files_in(media) - before) == 1


def test_unsupported_content_is_counted(load):
    left_out = load(DEMO).left_out
    assert any(name.startswith("pass_fraction") for name in left_out)
    assert left_out["frame rate (fps) of a video"] == 4


def _unknown_skill(course):
    course["units"][2]["questions"][0]["skill"] = "no-such-skill"


def _unknown_misconception(course):
    course["units"][2]["questions"][0]["wrong_answers"][0]["misconception"] = "no-such"


def _same_id(course):
    course["units"][2]["questions"][1]["id"] = "q1-01"


def _late_jump(course):
    course["units"][0]["questions"][0]["jump_back"] = [10, 90]


def _no_answer(course):
    del course["units"][2]["questions"][0]["answer"]


def _climbing_path(course):
    course["units"][0]["files"]["video"] = "../../etc/passwd"


def _missing_file(course):
    course["units"][0]["files"]["poster"] = "not-there.png"


def _not_a_picture(course):
    course["units"][0]["files"]["poster"] = "01-one-step-equations.mp4"


def _endless_draw(course):
    course["units"][2]["questions"][0]["parameterised"]["constraints"] = ["a < 0"]


def _lone_dollar(course):
    course["units"][2]["questions"][0]["prompt"] = "It costs 5 $"


def _circular_skills(course):
    course["skills"][0]["prerequisites"] = [course["skills"][1]["slug"]]


BREAKS = {
    _unknown_skill: "units[2]: refers to the unknown skill 'no-such-skill'",
    _unknown_misconception: "units[2].questions[0] (q1-01): refers to the unknown misconception",
    _same_id: "units[2].questions[1] (q1-01): the id 'q1-01' is used twice",
    _late_jump: "units[0] (v1-1): expected jump_back before time",
    _no_answer: "units[2].questions[0]: 'answer' is a required property",
    _climbing_path: "units[0].files.video",
    _missing_file: "units[0].files: expected the file not-there.png, found none",
    _not_a_picture: "units[0].files: expected a .png or .jpg or .webp file",
    _endless_draw: "units[2].questions[0] (q1-01).parameterised: expected a draw",
    _lone_dollar: "units[2].questions[0].prompt",
    _circular_skills: "skills[0]: expected the prerequisite",
}


@pytest.mark.parametrize("broken", BREAKS, ids=lambda change: change.__name__)
def test_a_broken_package_changes_nothing_and_names_file_and_place(
    load, package, small_course, media, broken
):
    load(package(small_course))
    before = (_rows(), files_in(media))
    small_course["title"] = "Broken"
    broken(small_course)
    with pytest.raises(BrokenPackage) as caught:
        load(package(small_course))
    assert f"course.json: {BREAKS[broken]}" in str(caught.value)
    assert (_rows(), files_in(media)) == before


def test_full_disk_rolls_back_files_and_rows(load, package, small_course, media, monkeypatch):
    copied = []

    def copy(source, target, _size):
        if len(copied) == 2:
            raise OSError("No space left on device")
        copied.append(target.write(source.read()))

    monkeypatch.setattr("courses.media.folder_store.shutil.copyfileobj", copy)
    with pytest.raises(OSError, match="No space"):
        load(package(small_course))
    assert not files_in(media)
    assert not Course.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_copies_of_a_failed_import_go_before_the_course_is_unlocked(
    load, package, small_course, media, monkeypatch
):
    """The next import of the course would take them as stored, and would then lose them."""
    remove, locked = MediaShelf.remove_copies, []

    def note(shelf):
        locked.append(connection.in_atomic_block)
        remove(shelf)

    monkeypatch.setattr(MediaShelf, "remove_copies", note)
    monkeypatch.setattr(publication, "store_version", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load(package(small_course))
    assert locked == [True]
    assert not files_in(media)


@pytest.mark.django_db(transaction=True)
def test_an_import_that_is_not_committed_leaves_no_files(
    load, package, small_course, media, monkeypatch
):
    wrapper_class, refusals = type(connections["default"]), [1]
    commit = wrapper_class._commit

    def refuse_once(wrapper):
        if refusals:
            raise OperationalError(f"refused {refusals.pop()}")
        commit(wrapper)

    monkeypatch.setattr(wrapper_class, "_commit", refuse_once)
    with pytest.raises(OperationalError):
        load(package(small_course))
    assert not Course.objects.exists()
    assert not files_in(media)


def test_existing_course_keeps_its_code(load, package, small_course, media):
    made = factories.make_course(slug="one-lesson")
    assert load(package(small_course)).course.code == made.code
    assert all(name.startswith(str(made.code)) for name in files_in(media))


def test_map_with_an_unknown_course_stops_the_import(load, package, small_course, media):
    folder = package(small_course)
    table = folder / "map.json"
    table.write_text(json.dumps({"format": "attune-skills-map", "from": "no-such/course.json"}))
    with pytest.raises(BrokenPackage, match="'no-such' to be imported first"):
        load(folder, skills_map_file=table)
    assert not files_in(media)
    assert not Skill.objects.exists()


def test_truncated_json_is_reported_with_its_line(load, package, small_course):
    folder = package(small_course)
    (folder / "course.json").write_text('{"format": \n "attune-course"')
    with pytest.raises(BrokenPackage, match=r"course\.json: line 2, column"):
        load(folder)


def _rows():
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Course, Unit, Question, Hint, Skill, Video, Reading)
    }
