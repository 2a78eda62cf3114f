from __future__ import annotations

import json
import shutil

import pytest
from django.core.management import CommandError, call_command

from authoring.errors import BrokenPackage
from courses.models import Course, Hint, Question, Skill, SkillLink
from courses.questions import question_spec
from tests.platform.authoring.conftest import DEMO, OATUTOR, files_in

INPUTS = OATUTOR.parent / "inputs/oatutor"

pytestmark = pytest.mark.django_db


@pytest.fixture
def cut(tmp_path):
    return shutil.copytree(OATUTOR, tmp_path / "cut")


def edit(path, change):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_a_lesson_is_a_quiz_and_a_step_a_question(load):
    done = load(OATUTOR)
    steps = len(list(OATUTOR.glob("content-pool/*/steps/*")))
    assert done.course.slug == "oatutor-elementary-algebra"
    assert done.counts["problems"] == 6
    assert done.counts["questions"] == steps
    assert {unit.kind for unit in done.course.units.all()} == {"quiz"}
    assert done.course.attribution == (
        "OpenStax: Elementary Algebra · "
        "https://openstax.org/details/books/elementary-algebra-2e · CC BY 4.0"
    )
    assert done.course.licence_url == "https://creativecommons.org/licenses/by/4.0/"
    assert done.course.authors == []


def test_every_answer_of_the_package_grades_right(load):
    load(OATUTOR)
    asked = [question_spec.item_of(question) for question in Question.objects.all()]
    asked += [question_spec.scaffold_of(hint) for hint in Hint.objects.filter(kind="scaffold")]
    for item in asked:
        right = [choice.id for choice in item.choices if choice.correct]
        assert item.grade(right[0] if right else item.answer).correct


def test_lessons_are_in_the_order_of_their_numbers(load, cut):
    pids = [path.name for path in sorted(cut.glob("content-pool/*"))]
    for pid, number in zip(pids, ("1.10", "1.2", "1.1", "²", "1.9", "4.4 "), strict=True):
        lesson = {"lesson": f"{number}  Topic", "lessonId": number}
        edit(cut / f"content-pool/{pid}/{pid}.json", lambda data, new=lesson: data.update(new))
    titles = [unit.title for unit in load(cut).course.units.all()]
    assert titles == [f"{n} Topic" for n in ("1.1", "1.2", "1.9", "1.10", "4.4", "²")]


def test_hint_with_an_unknown_dependency_can_be_opened(load):
    done = load(OATUTOR)
    assert Hint.objects.get(ref="a4d2b33use29b-h6").needs == []
    assert done.left_out["dependency on a hint of another step"] >= 1


def test_a_text_box_with_choices_is_a_choice(load):
    load(OATUTOR)
    scaffold = Hint.objects.get(ref="a870b02DivMul16h-h5")
    assert (scaffold.kind, scaffold.reply_kind) == ("scaffold", "single")
    assert [row["text"] for row in scaffold.choices] == ["TRUE", "FALSE"]


def test_a_choice_listed_twice_is_shown_once(load):
    done = load(OATUTOR)
    texts = [row["text"] for row in Question.objects.get(ref="ad3a8eemixapp11a").choices]
    assert len(texts) == len(set(texts))
    assert done.left_out["choice listed twice"] == 1


def test_picture_is_stored_with_the_suffix_of_its_content(load, media):
    load(OATUTOR)
    htmls = Hint.objects.filter(html__contains="<img").values_list("html", flat=True)
    shown = "".join(htmls)
    assert "##" not in shown
    assert "\\n" not in shown
    names = files_in(media)
    assert len(names) == 2
    assert all(f'src="/media/{name}"' in shown and name.endswith(".jpg") for name in names)


def test_hints_of_scaffolds_and_empty_texts_are_counted(load):
    left_out = load(OATUTOR).left_out
    rows = [
        row
        for path in OATUTOR.glob("content-pool/*/steps/*/tutoring/*.json")
        for row in json.loads(path.read_text())
    ]
    assert left_out["hint for a sub-question (subHints)"] == sum(
        len(row.get("subHints", ())) for row in rows
    )
    assert left_out["hint with an empty text"] == sum(not row["text"].strip() for row in rows)


def test_raw_skill_names_get_safe_and_distinct_slugs(load, cut):
    def rename(model):
        first, second, *_ = model
        model[first] = ["of_the_form_x**2_+_bx_+_c"]
        model[second] = ["of_the_form_x**2+bx+c", "and_time_formula"]

    edit(cut / "skillModel.json", rename)
    load(cut)
    refs = ["of_the_form_x**2_+_bx_+_c", "of_the_form_x**2+bx+c"]
    slugs = list(Skill.objects.filter(ref__in=refs).values_list("slug", flat=True))
    assert len(set(slugs)) == 2
    assert Skill.objects.get(ref="and_time_formula").name == "Time formula"


def test_one_step_may_test_several_skills(load, cut):
    step = "a4d2b33use29a"
    edit(cut / "skillModel.json", lambda model: model.update({step: ["one", "two"]}))
    load(cut)
    assert Question.objects.get(ref=step).skills.count() == 2


def test_a_broken_problem_names_its_file(load, cut):
    path = cut / "content-pool/a4d2b33use29/steps/a4d2b33use29a/a4d2b33use29a.json"
    edit(path, lambda step: step.update(stepAnswer=[]))
    with pytest.raises(BrokenPackage, match=r"a4d2b33use29a.json: stepAnswer: expected a list"):
        load(cut)
    assert not Question.objects.exists()


def test_missing_picture_is_counted_and_the_rest_imported(load, cut, media):
    for path in cut.glob("content-pool/*/figures/*"):
        path.unlink()
    done = load(cut)
    assert done.counts["questions"] == len(list(OATUTOR.glob("content-pool/*/steps/*")))
    assert done.left_out["image missing from the package"] >= 2
    assert not files_in(media)


@pytest.mark.parametrize(
    ("name", "questions", "hints", "counted"),
    [
        ("c12-two-hints-one-id", 1, 2, "hint id used twice (both hints are kept)"),
        (
            "c13-no-lesson-id",
            1,
            1,
            "missing lessonId of a problem (its lesson's title is used)",
        ),
        ("c15-figure-missing", 2, 2, "image missing from the package"),
    ],
)
def test_missing_parts_of_a_problem_are_counted(load, name, questions, hints, counted):
    done = load(INPUTS / name)
    assert done.left_out[counted] == 1
    assert Question.objects.count() == questions
    assert Hint.objects.count() == hints
    course = done.course
    said = (course.title, course.authors, course.licence_name, course.licence_url)
    assert said == ("Sums", [], "", "")
    assert course.attribution == course.description == ""


@pytest.fixture
def two_courses(cut):
    """Return a pool whose first problem is of another course, which the plans do not contain."""
    pid = min(path.name for path in cut.glob("content-pool/*"))
    rename = {"courseName": "My School: Sums"}
    edit(cut / f"content-pool/{pid}/{pid}.json", lambda data: data.update(rename))
    return cut


def test_two_courses_in_a_pool_are_two_courses(two_courses, media):
    call_command("import_course", str(two_courses), verbosity=0)
    sums, algebra = Course.objects.order_by("-slug")
    assert (sums.slug, algebra.slug) == ("oatutor-sums", "oatutor-elementary-algebra")
    assert {row.course for row in Question.objects.all()} == {sums, algebra}
    assert not set(sums.questions.values_list("ref")) & set(algebra.questions.values_list("ref"))
    invented = (sums.authors, sums.licence_name, sums.licence_url, sums.attribution)
    assert invented == ([], "", "", "")
    assert algebra.licence_name == "CC BY 4.0"


def test_one_course_of_a_pool_may_be_chosen(two_courses, media):
    course = {"course": "My School: Sums", "slug": "sums"}
    with pytest.raises(CommandError, match="--course: My School: Sums, OpenStax: Elementary"):
        call_command("import_course", str(two_courses), slug="sums")
    with pytest.raises(CommandError, match="expected one of its courses"):
        call_command("import_course", str(two_courses), course="None")
    assert not Course.objects.exists()
    call_command("import_course", str(two_courses), verbosity=0, **course)
    assert [row.slug for row in Course.objects.all()] == ["sums"]


def test_lessons_and_steps_with_equal_ids_stay_distinct(load, cut):
    """Give each problem the same lesson id and its first step the same name."""
    model = json.loads((cut / "skillModel.json").read_text())
    pids = [path.name for path in sorted(cut.glob("content-pool/*"))]
    for pid in pids:
        lesson = {"lesson": f"Lesson of {pid}", "lessonId": "same"}
        edit(cut / f"content-pool/{pid}/{pid}.json", lambda data, new=lesson: data.update(new))
        step = min((cut / f"content-pool/{pid}/steps").iterdir())
        model["step"] = model[step.name]
        (step / f"{step.name}.json").rename(step / "step.json")
        step.rename(step.with_name("step"))
    (cut / "skillModel.json").write_text(json.dumps(model))
    done = load(cut)
    assert done.counts["units"] == len(pids)
    refs = Question.objects.filter(ref__startswith="step").values_list("ref", flat=True)
    assert sorted(refs) == ["step", *(f"step-{number}" for number in range(2, len(pids) + 1))]


def test_skills_map_links_both_courses(load, cut, tmp_path):
    load(DEMO)
    edit(cut / "skillModel.json", lambda model: model.update({next(iter(model)): ["theirs"]}))
    entries = [
        {"oatutor_skill": "theirs", "relation": "part"},
        {"oatutor_skill": "not_in_the_package", "relation": "same"},
    ]
    table = tmp_path / "map.json"
    table.write_text(
        json.dumps(
            {
                "format": "attune-skills-map",
                "from": "attune-algebra-lectures/course.json",
                "skills": {"slope": entries},
            }
        )
    )
    for _ in range(2):
        done = load(cut, skills_map_file=table)
    link = SkillLink.objects.get()
    assert (link.skill.slug, link.other.ref, link.relation) == ("slope", "theirs", "part")
    assert done.left_out["skill of the map that has no steps in the package"] == 1


NO_NAME, NO_TEXT = r"courseName.*at most 200 characters", "expected plain JSON"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        *((name, NO_NAME) for name in ("", "\u00a0", "x" * 201, "a\x01b", None, 7)),
        *((name, NO_TEXT) for name in ("a\x00b", "\ud800")),
    ],
)
def test_course_name_that_cannot_be_stored_is_refused(load, cut, name, why):
    for path in cut.glob("content-pool/*/*.json"):
        edit(path, lambda data: data.update(courseName=name))
    with pytest.raises(BrokenPackage, match=why):
        load(cut)


def test_blanks_in_a_course_name_are_normalised(load, cut):
    paths = sorted(cut.glob("content-pool/*/*.json"))
    edit(paths[0], lambda data: data.update(courseName=" OpenStax:\u00a0 Elementary\tAlgebra "))
    done = load(cut)
    assert (done.course.title, done.counts["problems"]) == ("Elementary Algebra", 6)
