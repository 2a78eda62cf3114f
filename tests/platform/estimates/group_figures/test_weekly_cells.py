"""A week's cells: states beside results of each skill, counted once, under live Grants."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses.models import Course
from estimates.group_figures import weekly_cells
from estimates.group_figures.answer_moments import load_answers
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Member, Publication
from estimates.models.group_figures import TEACH
from privacy.erasure import erasure
from tests.fixtures import factories
from tests.platform.teaching.class_picture.test_cells import dispute
from tests.platform.teaching.conftest import TEN, answer, sit
from tests.platform.teaching.state_results.conftest import CONFUSED, MONDAY, WEEK_START

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def publish():
    return weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY)


def test_the_week_with_this_day_begins_on_monday():
    assert weekly_cells.week_of(TEN) == WEEK_START
    assert weekly_cells.week_of(WEEK_START) == WEEK_START


def test_a_skill_has_the_states_before_answers_and_how_many_were_correct(course, class_):
    assert publish() == 1

    cell = Cell.objects.get(kind="results")
    assert (cell.skill, cell.n, cell.members.count()) == (course.skills.get(), 10, 12)
    assert dict(zip(cell.labels, cell.shares, strict=True)) == {"CONFUSION": 50, "INTEREST": 50}
    assert dict(zip(cell.labels, cell.right, strict=True)) == {"CONFUSION": 17, "INTEREST": 50}
    assert cell.right_all == 67


def test_a_week_is_counted_once(course, class_):
    publish()

    assert (publish(), Cell.objects.filter(kind="results").count()) == (0, 1)
    assert weekly_cells.publish_due(Course.objects.all(), TEACH, MONDAY + timedelta(days=7)) == 0


def test_while_the_week_lasts_only_simulated_people_are_counted(course, class_, simulated_class):
    made = weekly_cells.load_running(course, now=TEN + HOUR)

    cell = made.cells.get()
    assert (cell.simulated, cell.n, made.at) == (True, 12, None)

    publish()
    cell.refresh_from_db()
    assert (cell.simulated, cell.members.count()) == (False, 12)


def test_a_running_week_is_counted_again_after_five_minutes(course, simulated_class):
    made = weekly_cells.load_running(course, now=TEN + HOUR)

    again = weekly_cells.load_running(course, now=TEN + HOUR + timedelta(minutes=4))
    late = weekly_cells.load_running(course, now=TEN + HOUR + timedelta(minutes=5))

    assert (again.counted_at, late.counted_at > made.counted_at) == (made.counted_at, True)


def test_four_people_make_no_figure(course, people, question, try_question):
    try_question(people(4), question, right=True, **CONFUSED)

    publish()

    cell = Cell.objects.get(kind="results")
    assert (cell.n, cell.labels, cell.right, cell.right_all) == (None, [], [], None)
    assert not cell.members.exists()


def test_a_learner_who_does_not_share_is_not_counted(
    course, class_, people, question, try_question
):
    try_question(people(3, scopes=("pointer:adapt",)), question, right=False, **CONFUSED)

    publish()

    assert Member.objects.count() == 12
    assert Cell.objects.get(kind="results").right_all == 67


def test_a_learner_who_withdraws_empties_the_cell(course, class_):
    publish()

    erasure.withdraw(class_[0].code, ["pointer:teach"], now=MONDAY)
    withdraw_gone()

    cell = Cell.objects.get(kind="results")
    assert (cell.state, cell.n, cell.right, cell.right_all) == ("withdrawn", None, [], None)
    assert not Member.objects.exists()


def test_a_correction_of_any_day_of_the_week_withdraws_the_cell(course, class_):
    publish()

    dispute(class_[0].sittings.get(), MONDAY)

    assert withdraw_gone() == 1
    assert Cell.objects.get(kind="results").state == "withdrawn"


def test_a_correction_of_another_week_leaves_the_cell_alone(course, class_, quiz, feel):
    publish()
    later = sit(class_[0], quiz, MONDAY + HOUR)
    feel(later, 3, **CONFUSED)

    dispute(later, MONDAY + 2 * HOUR)

    assert withdraw_gone() == 0


def test_a_real_learner_counts_in_one_skill_a_week(course, quiz, people, feel):
    """The second question is of another skill as well; its first skill has two answers."""
    other = factories.make_skill(course, "roots")
    first, second = (quiz.questions.get(position=place) for place in (1, 2))
    second.skills.add(other)
    for person in people(6):
        sitting = sit(person, quiz, TEN)
        for cut in (3, 11):
            feel(sitting, cut, **CONFUSED)
        answer(person, first, TEN + 30 * SECOND, right=True, sitting=sitting)
        answer(person, second, TEN + 70 * SECOND, right=True, sitting=sitting)

    publish()

    assert [cell.skill.slug for cell in Cell.objects.filter(kind="results")] == ["slope"]


def test_only_windows_of_the_half_minute_and_of_this_question_count(quiz, mia):
    """Cuts 1 and 2 are too early, 7 ends after the answer, 8 to 10 were before the other one."""
    first, second = (quiz.questions.get(position=place) for place in (1, 2))
    sitting = sit(mia, quiz, TEN)
    answer(mia, first, TEN + 44 * SECOND, right=True, sitting=sitting)
    answer(mia, first, TEN + 46 * SECOND, right=False, sitting=sitting)
    answer(mia, second, TEN + 61 * SECOND, right=False, sitting=sitting)

    one, two = load_answers(quiz.course, WEEK_START, MONDAY)

    assert ([cut for _, cut in one.moments], one.correct) == ([3, 4, 5, 6, 7], True)
    assert ([cut for _, cut in two.moments], two.correct) == ([10, 11], False)


def test_a_profile_without_class_summaries_counts_nothing(course, class_, settings):
    settings.LEGAL_PROFILE = "eu_private_adult"

    assert (publish(), weekly_cells.load_running(course, now=TEN)) == (0, None)
    assert not Publication.objects.exists()
