"""A hotspot question by the API, in a test, in the reports of a class, and in other formats."""

from __future__ import annotations

import pytest

from authoring.formats import registry
from courses.answers.responses import unseal_reply
from courses.models import Course, Question, Response, Unit
from courses.questions.question_spec import item_of
from tests.fixtures import factories
from tests.fixtures.question_items import EVERY_KIND
from tests.platform.authoring.conftest import load, media  # noqa: F401
from tests.platform.learner.api.conftest import api  # noqa: F401
from tests.platform.learner.exams.test_views import begin, keep, text
from tests.platform.learner.questions.test_quiz_page import answer

pytestmark = pytest.mark.django_db
HOLD_IT = {"attune", "qti", "qti22", "qti3", "moodle"}
OUTSIDE, WRONG, RIGHT = "30.00,50.00", "5.00,50.00", "50.00,50.00"
DRAWN = '<rect class="halo"'


@pytest.fixture
def spotted(mia, load):  # noqa: F811
    load(EVERY_KIND)
    factories.make_enrolment(mia, Course.objects.get())
    return Question.objects.get(kind="hotspot")


@pytest.mark.parametrize("name", sorted({*registry.EXPORT_FORMATS} - HOLD_IT))
def test_formats_that_cannot_hold_it_count_it(spotted, tmp_path, name):
    left_out = registry.export(spotted.course, name, tmp_path / "out")

    assert left_out["hotspot question"] == 1


def test_the_api_has_the_picture_and_takes_a_place(api, mia, spotted):  # noqa: F811
    asked = api(mia).get(f"questions/{spotted.code}/").json()
    assert asked["picture"]["alt"] == "Three rulers"
    assert asked["picture"]["src"].startswith("/media/")
    assert [option["id"] for option in asked["options"]] == ["l", "m", "c", "p"]
    assert "area" not in asked["options"][0]
    sent = {"id": "0190a1f0-0000-7000-8000-000000000001", "given": [RIGHT], "elapsed_ms": 1}
    told = api(mia).send("post", f"questions/{spotted.code}/answers/", sent).json()
    assert (told["correct"], unseal_reply(Response.objects.get())) == (True, RIGHT)


@pytest.mark.parametrize("given", [OUTSIDE, WRONG, RIGHT])
def test_a_running_test_does_not_say_in_which_area_a_place_is(client_for, mia, spotted, given):
    """The name of an area, or that there is none, would say whether the place is right."""
    client, quiz = client_for(mia), Unit.objects.get(questions=spotted)
    Question.objects.filter(unit=quiz).exclude(pk=spotted.pk).delete()
    Unit.objects.filter(pk=quiz.pk).update(scenario="graded")
    attempt = begin(client, quiz)
    assert keep(client, attempt, 1, given).status_code == 302
    page = text(client, f"/attempts/{attempt.id}/?q=1")

    assert f'value="{given}" checked' in page
    assert "% from the left" in page
    for word in (
        "outside every area",
        "between the edges:",
        "the left edge:",
        '<rect class="halo"',
    ):
        assert word not in page
    client.post(f"/attempts/{attempt.id}/hand-in/")
    report = text(client, f"/attempts/{attempt.id}/report/")
    assert item_of(spotted).describe(given, "en") in report
    assert DRAWN in report


@pytest.mark.parametrize(
    ("right", "drawn"),
    [
        ("c", '<ellipse class="halo" cx="80%" cy="50%" rx="5%" ry="20%"/>'),
        ("p", '<polygon class="halo" points="62,10 70,10 66,50"/>'),
    ],
)
def test_a_right_circle_or_polygon_is_drawn_once_it_was_found(
    client_for, mia, spotted, right, drawn
):
    choices = [row | {"correct": row["id"] == right} for row in spotted.choices]
    Question.objects.filter(pk=spotted.pk).update(choices=choices)
    client = client_for(mia)
    assert drawn not in answer(client, spotted, "l").content.decode()
    assert drawn in answer(client, spotted, right).content.decode()
