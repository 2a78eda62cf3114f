"""The question bank in the editor: tags, filter, moves, and the random questions of a test."""

from __future__ import annotations

import copy

import pytest

from authoring import question_bank
from authoring.course_package import code_of
from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions.tag_forms import read_tags
from authoring.versions import drafts
from courses.models import Question
from tests.fixtures import factories
from tests.fixtures.users import client_for_person
from tests.platform.authoring.editor.test_outline_views import save

pytestmark = pytest.mark.django_db
PAGE = "/author/courses/one-lesson/"
BANK = PAGE + "bank/"


@pytest.fixture
def course(load, package, small_course, ines):
    """The first lesson, of ines; its quiz is a practice test, and the bank has two questions."""
    wanted = copy.deepcopy(small_course)
    wanted["units"][2]["scenario"] = "practice"
    wanted["bank"] = [
        {"id": f"bank-{number}", "type": "numeric", "prompt": f"Bank {number}", "answer": 5}
        | {"tags": tags, "skill": wanted["skills"][0]["slug"]}
        for number, tags in ((1, ["Lines"]), (2, ["Lines", "hard"]))
    ]
    course = load(package(wanted)).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def author(ines, course):
    return client_for_person(ines)


def draft(course):
    return drafts.working_copy_of(course).package


def question_url(course, ref):
    return f"{PAGE}questions/{code_of(course, 'question', ref)}/"


def unit_url(course):
    return f"{PAGE}units/{code_of(course, 'unit', quiz_of(course)['id'])}/"


def quiz_of(course):
    return draft(course)["units"][2]


def prompts(page):
    return [line.prompt for line in page.context["lines"]]


def test_the_bank_is_listed_and_filtered_by_tag(author):
    page = author.get(BANK)
    assert prompts(page) == ["Bank 1", "Bank 2"]
    assert [each.label for each in page.context["tags"]] == ["hard (1)", "Lines (2)"]
    assert prompts(author.get(BANK, {"tag": "hard"})) == ["Bank 2"]
    assert (
        "No question in the bank has this tag." in author.get(BANK, {"tag": "?"}).content.decode()
    )


def test_a_long_bank_has_pages_that_keep_the_tag(author, course, ines, monkeypatch):
    monkeypatch.setattr(question_bank, "PAGE_SIZE", 1)
    first, last = author.get(BANK, {"tag": "Lines"}), author.get(BANK, {"tag": "Lines", "page": 2})
    assert (prompts(first), prompts(last)) == (["Bank 1"], ["Bank 2"])
    assert first.context["pages"] == {"after": "?tag=Lines&page=2"}
    assert last.context["pages"] == {"before": "?tag=Lines&page=1"}
    assert "2–2 of 2" in last.content.decode()
    assert prompts(author.get(BANK, {"page": "no number"})) == ["Bank 1"]
    second = author.get(question_url(course, "bank-2"))
    assert second.context["unit_url"] == BANK + "?page=2"
    here = {"act": "remove:bank-2", "stamp": last.context["author"].stamp}
    answer = author.post(BANK + "?tag=Lines&page=2", here)
    assert answer.url == BANK + "?tag=Lines&page=2&done=removed#questions"
    assert prompts(author.get(answer.url)) == ["Bank 1"]


def test_a_question_is_added_to_the_bank_and_removed(author, course):
    new = f"{PAGE}questions/new/?in=bank&tag=Lines"
    assert author.get(new).context["typed"]["tags"] == "Lines"
    skill = draft(course)["skills"][0]["slug"]
    fields = {"kind": "numeric", "prompt": "Bank 3", "answer": "7", "difficulty": "2"}
    save(author, new, act="save", tags="lines,  end of  term", **{f"skill-{skill}": "on"}, **fields)
    added = draft(course)["bank"][2]
    assert (added["prompt"], added["tags"]) == ("Bank 3", ["Lines", "end of term"])
    save(author, BANK, act=f"remove:{added['id']}")
    assert [row["id"] for row in draft(course)["bank"]] == ["bank-1", "bank-2"]


def test_a_question_of_a_unit_is_not_removed_by_the_bank(author, course):
    ref = quiz_of(course)["questions"][0]["id"]
    stamp = author.get(BANK).context["author"].stamp
    answer = author.post(BANK, {"act": f"remove:{ref}", "stamp": stamp})
    assert (answer.status_code, answer.url) == (302, BANK)
    assert quiz_of(course)["questions"][0]["id"] == ref
    assert author.get(BANK).context["author"].stamp == stamp


def test_the_list_keeps_its_tag_when_a_question_is_removed(author, course):
    stamp = author.get(BANK).context["author"].stamp
    answer = author.post(f"{BANK}?tag=hard", {"act": "remove:bank-2", "stamp": stamp})
    assert answer.url == f"{BANK}?tag=hard&done=removed#questions"
    assert "No question in the bank has this tag." in author.get(answer.url).content.decode()


def test_a_question_of_the_bank_gets_no_variant(author, course):
    code = code_of(course, "question", "bank-1")
    assert author.get(f"{PAGE}questions/new/?of={code}&relation=harder").status_code == 404
    assert author.get(f"{PAGE}questions/new/?in=bank").status_code == 200


def test_a_test_draws_by_at_most_a_hundred_tags(author, course):
    rows = {f"random-{n}-{name}": "1" for n in range(101) for name in ("count", "points")}
    rows |= {f"random-{n}-tag": "Lines" for n in range(101)}
    typed = author.get(unit_url(course)).context["typed"]
    stamp = author.get(unit_url(course)).context["author"].stamp
    answer = author.post(unit_url(course), {**typed, **rows, "act": "save", "stamp": stamp})
    assert "at most 100 tags" in answer.context["errors"]["random-100-tag"]


def test_a_question_moves_to_a_quiz_and_back_as_it_was(author, course):
    before = draft(course)["bank"]
    url = question_url(course, "bank-1")
    save(author, url, act="move", target=quiz_of(course)["id"])
    assert quiz_of(course)["questions"][-1] == before[0]
    assert draft(course)["bank"] == before[1:]
    save(author, url, act="move", target="")
    assert "bank-1" not in {row["id"] for row in quiz_of(course)["questions"]}
    assert draft(course)["bank"] == [before[1], before[0]]


def test_a_save_in_the_bank_keeps_the_points_that_its_form_does_not_show(author, course):
    working = drafts.working_copy_of(course)
    bank = [row | {"points": 4} for row in working.package["bank"]]
    by = course.enrolments.get(role="teacher").user
    whole = working.package | {"bank": bank}
    drafts.save(course, whole, stamp=working.stamp, by=by, now=course.imported_at)
    url = question_url(course, "bank-1")
    typed = author.get(url).context["typed"]
    shown = {name: value for name, value in typed.items() if name != "points"}
    save(author, url, **(shown | {"act": "save", "prompt": "Changed"}))
    assert (draft(course)["bank"][0]["prompt"], draft(course)["bank"][0]["points"]) == (
        "Changed",
        4,
    )


def test_only_a_question_without_variants_moves_to_the_bank(author, course):
    ref = next(row["id"] for row in quiz_of(course)["questions"] if row.get("variants"))
    url = question_url(course, ref)
    page = author.get(url)
    assert "Remove its variants first." in page.content.decode()
    stamp = page.context["author"].working.stamp
    assert author.post(url, {"stamp": stamp, "act": "move", "target": ""}).status_code == 404


def test_a_test_gets_random_questions_and_is_published(author, course, ines):
    rows = {"random-0-tag": "Lines", "random-0-count": "2", "random-0-points": "2,5"}
    fields = {"act": "save", "title": "Test", "scenario": "graded", **rows}
    save(author, unit_url(course), typed_in="de", **fields)
    wanted = [{"tag": "Lines", "count": 2, "points": 2.5}]
    assert quiz_of(course)["random_questions"] == wanted
    assert "Test" in author.get(BANK).content.decode()
    save(author, PAGE + "versions/", act="publish")
    unit = course.units.get(ref=quiz_of(course)["id"])
    assert unit.random_questions == wanted
    assert Question.objects.filter(course=course, in_bank=True).count() == 2


def test_a_draft_may_draw_too_many_and_is_not_published(author, course):
    rows = {"random-0-tag": "Lines", "random-0-count": "3", "random-0-points": "1"}
    save(author, unit_url(course), act="save", title="Test", scenario="practice", **rows)
    for page in (unit_url(course), BANK):
        assert "draws 3 of them and 2 are available" in author.get(page).content.decode()
    stamp = author.get(PAGE + "versions/").context["author"].working.stamp
    answer = author.post(PAGE + "versions/", {"stamp": stamp, "act": "publish"})
    assert "draws 3 of them and 2 are available" in answer.content.decode()
    assert drafts.working_copy_of(course).has_draft


@pytest.mark.parametrize(
    ("scenario", "row", "error"),
    [
        ("course", {}, "scenario"),
        ("graded", {"tag": ""}, "random-0-tag"),
        ("graded", {"count": ""}, "random-0-count"),
        ("graded", {"count": "101"}, "random-0-count"),
        ("graded", {"points": "0"}, "random-0-points"),
        ("graded", {"points": "1.005"}, "random-0-points"),
    ],
)
def test_a_row_that_cannot_work_says_so_at_its_field(author, course, scenario, row, error):
    url = unit_url(course)
    typed = {"tag": "Lines", "count": "1", "points": "1"} | row
    stamp = author.get(url).context["author"].working.stamp
    fields = {f"random-0-{name}": value for name, value in typed.items()}
    answer = author.post(
        url, {"stamp": stamp, "act": "save", "title": "Test", "scenario": scenario, **fields}
    )
    assert answer.status_code == 422
    assert list(answer.context["errors"]) == [error]


def test_rows_are_added_and_dropped_without_scripts(author, course):
    url = unit_url(course)
    stamp = author.get(url).context["author"].working.stamp
    fields = {"stamp": stamp, "title": "Test", "scenario": "practice"}
    added = author.post(url, fields | {"act": "add:random"})
    assert added.context["random_rows"] == [{"tag": "", "count": "1", "points": "1"}]
    row = {"random-0-tag": "Lines", "random-0-count": "1", "random-0-points": "1"}
    dropped = author.post(url, fields | row | {"act": "drop:random:0"})
    assert dropped.context["random_rows"] == []


@pytest.mark.parametrize(
    ("typed", "tags"),
    [
        ("", []),
        (" a , ,b  c,a,", ["a", "b c"]),
        ("LINES, New, new", ["Lines", "New"]),
    ],
)
def test_tags_are_words_between_commas(typed, tags):
    assert read_tags(AuthorForm({"tags": typed}), ["Lines"]) == tags


def test_a_known_spelling_stays_and_a_new_one_becomes_the_known_one():
    assert read_tags(AuthorForm({"tags": "Loops"}), ["Loops", "loops"]) == ["Loops"]
    assert read_tags(AuthorForm({"tags": "LOOPS"}), ["Loops"]) == ["Loops"]


@pytest.mark.parametrize("typed", ["x" * 61, ",".join(map(str, range(21)))])
def test_too_long_or_too_many_tags_are_refused(typed):
    form = AuthorForm({"tags": typed})
    read_tags(form, [])
    assert "tags" in form.errors
