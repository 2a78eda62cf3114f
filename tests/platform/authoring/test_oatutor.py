from __future__ import annotations

import json
import shutil

import pytest

from authoring.broken import BrokenPackage
from courses import grading, items
from courses.models import Hint, Question, Skill, SkillLink
from tests.platform.authoring.conftest import DEMO, OATUTOR, files_in

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
    assert "OATutor-Content (CC BY 4.0)" in done.course.attribution


def test_every_answer_of_the_package_grades_right(load):
    load(OATUTOR)
    asked = [items.item_of(question) for question in Question.objects.all()]
    asked += [items.scaffold_of(hint) for hint in Hint.objects.filter(kind="scaffold")]
    for item in asked:
        right = [choice.id for choice in item.choices if choice.correct]
        assert grading.grade(item, right[0] if right else item.answer).correct


def test_lessons_stand_in_the_order_of_their_numbers(load, cut):
    pids = [path.name for path in sorted(cut.glob("content-pool/*"))]
    for pid, number in zip(pids, ("1.10", "1.2", "1.1", "2.1", "1.9", "4.4 "), strict=True):
        lesson = {"lesson": f"{number}  Topic", "lessonId": number}
        edit(cut / f"content-pool/{pid}/{pid}.json", lambda data, new=lesson: data.update(new))
    titles = [unit.title for unit in load(cut).course.units.all()]
    assert titles == [f"{n} Topic" for n in ("1.1", "1.2", "1.9", "1.10", "2.1", "4.4")]


def test_a_hint_with_an_unknown_dependency_is_not_locked_for_ever(load):
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


def test_a_picture_goes_to_the_media_under_its_true_kind(load, media):
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
    assert left_out["hint for a scaffold (subHints)"] == sum(
        len(row.get("subHints", ())) for row in rows
    )
    assert left_out["hint with an empty text"] == sum(not row["text"].strip() for row in rows)


def test_raw_skill_names_get_slugs_that_are_safe_and_apart(load, cut):
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


def test_one_step_may_ask_several_skills(load, cut):
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


def test_a_missing_picture_is_an_error(load, cut, media):
    for path in cut.glob("content-pool/*/figures/*"):
        path.unlink()
    with pytest.raises(BrokenPackage, match=r"expected the file .*figure1.gif, found none"):
        load(cut)
    assert not files_in(media)


def test_the_skills_map_joins_both_courses(load, cut, tmp_path):
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
    assert done.left_out["skill of the map without steps in the package"] == 1
