"""Class picture cells: who counts, when they are published, and how they are withdrawn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from consent.grants import grants
from consent.permits import gate
from estimates import disputes
from estimates.group_figures import disclosure, eligible_estimates
from estimates.group_figures.disclosure import CellFigures
from estimates.models import Cell, Member, Publication
from privacy.erasure import erasure
from teaching.class_picture import cells
from teaching.class_picture.course_sections import CourseSection
from tests.platform.teaching.conftest import TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = TEN + 17 * MINUTE
NOTHING = CellFigures(None, None, None, floor=5)
IN_SECOND_CHAPTER = 60.0  # the second in the video


def only_running_section(course, now=TEN + MINUTE):
    """Return the only section of the running picture, or NOTHING if it is empty."""
    (part,) = cells.load_running_picture(course, now=now).parts.values() or [NOTHING]
    return part


def publish_only_cell():
    cells.publish_due(LATER)
    return Cell.objects.get()


def figures_after_quarter(course):
    """Return the only section as it is read once its quarter has ended."""
    cells.publish_due(LATER)
    (cell,) = Cell.objects.filter(publication__course=course)
    return disclosure.read_cells([cell])[cell.pk]


def dispute(sitting, now):
    row = sitting.affectestimates.order_by("cut").first()
    permit = gate.permit(row.learner.code, "course", now=now)
    return disputes.dispute(row.id, "INTEREST", permit, now=now)


def test_a_quarter_starts_on_the_clock():
    at = TEN + timedelta(minutes=29, seconds=59)
    assert cells.quarter_of(at) == TEN + 15 * MINUTE


def test_four_people_make_no_cell(course, people, watch):
    watch(people(4), CONFUSION=0.6, INTEREST=0.3)

    assert figures_after_quarter(course).picture is None


def test_five_people_make_a_cell_with_ranges(course, people, watch):
    watch(people(5), CONFUSION=0.6, INTEREST=0.3)

    seen = figures_after_quarter(course).picture
    assert (seen.n, seen.simulated) == (5, False)
    assert set(seen.shares) == {"CONFUSION", "INTEREST"}


def test_the_section_is_the_chapter_that_played(course, video, people, watch):
    watch(people(5, simulated=True), CONFUSION=0.6)

    assert list(cells.load_running_picture(course, now=TEN + MINUTE).parts) == [
        CourseSection(video.pk, 0, None)
    ]


def test_in_a_quiz_the_section_is_the_skill_of_the_question(course, quiz, question, people, feel):
    for person in people(5, simulated=True):
        sitting = sit(person, quiz, TEN)
        answer(person, question, TEN + timedelta(seconds=30), sitting=sitting)
        feel(sitting, 3, CONFUSION=0.6)

    (part,) = cells.load_running_picture(course, now=TEN + MINUTE).parts
    assert part == CourseSection(None, None, question.skills.get().pk)


def test_one_simulated_learner_is_a_group_and_says_so(course, people, watch):
    watch(people(1, simulated=True), CONFUSION=0.6)

    assert (
        only_running_section(course).picture.n,
        only_running_section(course).picture.simulated,
    ) == (1, True)


def test_a_mixed_cell_leaves_four_real_people_out(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.0)
    watch(people(4), CONFUSION=1.0)

    seen = only_running_section(course).picture
    assert (seen.n, seen.simulated) == (2, True)
    assert seen.shares == {"CONFUSION": 0}
    publish_only_cell()
    assert Member.objects.filter(learner__simulated=False).count() == 0


def test_a_mixed_cell_is_of_its_five_real_people_alone(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.0)
    watch(people(5), CONFUSION=1.0)

    seen = figures_after_quarter(course).picture
    assert (seen.n, seen.simulated) == (5, False)
    assert Member.objects.filter(learner__simulated=True).count() == 0


def test_reports_of_simulated_learners_are_not_shown_with_real_people(course, people, watch):
    for sitting in watch(people(2, simulated=True), CONFUSION=0.6):
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))
    assert (only_running_section(course).stuck, only_running_section(course).picture.simulated) == (
        2,
        True,
    )

    for sitting in watch(people(5), CONFUSION=0.6)[:4]:
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))

    part = figures_after_quarter(course)
    assert (part.stuck, part.picture.simulated) == (None, False)
    assert Member.objects.filter(learner__simulated=True).count() == 0


def test_a_section_without_a_picture_shows_no_simulated_reports(course, people, video):
    for person in people(2, simulated=True, scopes=("pointer:adapt",)):
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))

    assert (only_running_section(course).picture, only_running_section(course).stuck) == (
        None,
        None,
    )


def test_rows_erased_while_the_snapshot_waits_are_not_counted(course, people, watch, monkeypatch):
    """Uses simulated people, whose number is exact."""
    sat = watch(people(3, simulated=True), CONFUSION=0.6)
    for sitting in sat:
        tell(sitting, "stuck", TEN + timedelta(seconds=20))
    hold = eligible_estimates.lock_estimates

    def wait(*args, **kwargs):
        erasure.erase(sat[0].learner.code, actor=None, cause="request", now=TEN + MINUTE)
        return hold(*args, **kwargs)

    monkeypatch.setattr(eligible_estimates, "lock_estimates", wait)

    assert only_running_section(course).stuck == 2


def test_a_late_estimate_which_the_learner_cannot_see_does_not_count(course, people, watch, feel):
    five = people(5)
    watch(five[:4], CONFUSION=0.6)
    (sitting,) = watch(five[4:], cuts=())
    feel(sitting, 2, status="late", CONFUSION=0.6)

    assert figures_after_quarter(course).picture is None


def test_a_learner_without_the_teach_scope_is_in_no_number(course, people, watch):
    watch(people(5), CONFUSION=0.2)
    watch(people(3, scopes=("pointer:adapt",)), CONFUSION=1.0)

    assert figures_after_quarter(course).picture.n == 5
    assert Member.objects.count() == 5


def test_it_needs_the_class_picture_for_every_stream_of_the_estimate(course, people, watch):
    both = ("pointer:adapt", "pointer:teach", "activity:adapt")
    watch(people(5, scopes=both), streams=("pointer", "activity"), CONFUSION=0.6)
    assert cells.load_running_picture(course, now=TEN + MINUTE).parts == {}

    watch(people(5, scopes=(*both, "activity:teach")), streams=("pointer", "activity"), INTEREST=1)
    assert figures_after_quarter(course).picture.n == 5


def test_an_estimate_of_an_older_epoch_does_not_count(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    five[0].grants.filter(scope="pointer:adapt").update(epoch=9)

    counted = eligible_estimates.select_estimates(course, TEN, TEN + MINUTE, now=TEN + MINUTE)
    assert {each.learner.pk for each in counted} == {person.pk for person in five[1:]}
    assert figures_after_quarter(course).picture is None


def test_a_withdrawal_before_the_quarter_has_ended_is_not_counted(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    only_running_section(course)

    erasure.withdraw(six[0].code, ["pointer:teach"], now=TEN + MINUTE)

    assert figures_after_quarter(course).picture.n == 5
    assert Member.objects.count() == 5


def test_a_correction_before_the_quarter_has_ended_is_not_counted(course, people, watch):
    sat = watch(people(6), cuts=(2,), CONFUSION=0.6)
    only_running_section(course)

    dispute(sat[0], TEN + MINUTE)

    assert figures_after_quarter(course).picture.n == 5
    assert Member.objects.count() == 5


@pytest.mark.parametrize(("second", "n"), [(29, 4), (30, 5)])
def test_new_data_waits_for_the_next_count_after_30_seconds(course, people, watch, second, n):
    watch(people(4, simulated=True), CONFUSION=0.6)
    assert only_running_section(course).picture.n == 4
    watch(people(1, simulated=True), CONFUSION=0.6)

    assert only_running_section(course, TEN + MINUTE + timedelta(seconds=second)).picture.n == n


def test_a_quarter_is_published_once_a_minute_after_its_end(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    cells.publish_due(TEN + 15 * MINUTE + timedelta(seconds=59))
    assert not Publication.objects.filter(quarter=TEN).exists()

    assert cells.publish_due(TEN + 16 * MINUTE) > 0

    cell = Cell.objects.get()
    assert (cell.publication.quarter, cell.n, cell.labels) == (TEN, 5, ["CONFUSION"])
    assert cells.publish_due(LATER) == 0


def test_too_few_people_leave_a_cell_that_holds_nothing(course, people, watch):
    watch(people(4), CONFUSION=0.6)

    cell = publish_only_cell()

    assert (cell.n, cell.labels, cell.unsure) == (None, [], None)
    assert not Member.objects.exists()


def test_people_whose_estimates_all_abstained_are_a_share_and_no_label(course, people, watch):
    watch(both := people(5), cuts=(2,))
    watch(both, cuts=(4,), CONFUSION=0.6)
    watch(people(5), cuts=(2,))

    seen = figures_after_quarter(course).picture
    assert (list(seen.shares), seen.unsure) == (["CONFUSION"], 50)


def test_the_share_of_simulated_people_that_abstained_is_exact(course, people, watch):
    watch(people(1, simulated=True), cuts=(2,))
    watch(people(1, simulated=True), cuts=(4,), CONFUSION=0.6)

    seen = only_running_section(course).picture
    assert (seen.unsure, seen.shares) == (50, {"CONFUSION": 60})


def test_a_learner_counts_in_the_section_with_most_of_their_estimates(course, video, people, feel):
    for person in people(5):
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "seek", TEN + MINUTE, IN_SECOND_CHAPTER)
        for cut in (2, 14, 15):
            feel(sitting, cut, CONFUSION=0.6)

    cells.publish_due(LATER)

    assert [(cell.chapter, cell.n) for cell in Cell.objects.all()] == [(1, 5)]


def test_reports_count_people_and_respect_the_floor(course, people, watch):
    sat = watch(people(20), CONFUSION=0.6)
    for sitting in sat:
        for _ in range(2):
            tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))

    part, cell = only_running_section(course), publish_only_cell()
    assert part.stuck in (15, 20)
    assert cell.stuck == part.stuck


def test_a_site_without_class_pictures_counts_nothing(course, people, watch, settings):
    watch(people(5), CONFUSION=0.6)
    settings.LEGAL_PROFILE = ""

    assert cells.load_running_picture(course, now=TEN + MINUTE) is None
    assert cells.publish_due(LATER) == 0
    assert not Publication.objects.exists()


def test_a_grant_withdrawn_before_publishing_does_not_count(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    with transaction.atomic():
        grants.freeze(five[0].code, ["pointer:teach"], now=TEN + 16 * MINUTE)

    assert publish_only_cell().n is None


def test_the_task_publishes_and_withdraws(course, people, watch, monkeypatch):
    from teaching import tasks

    watch(people(5), CONFUSION=0.6)
    monkeypatch.setattr(tasks.timezone, "now", lambda: LATER)

    tasks.publish_due()

    assert Cell.objects.get().n == 5
