"""Cells: who counts, when they are published, and how they go."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction

from consent import gate, grants
from estimates import disputes
from privacy import erasure
from teaching.models import Cell, Member, Publication
from teaching.picture import admitting, cells, taking_part
from teaching.picture.parts import Part
from tests.platform.teaching.conftest import TEN, answer, sit, tell

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = TEN + 17 * MINUTE


def only(course, now=TEN + MINUTE):
    """The one part of the running picture."""
    (part,) = cells.running(course, now=now).parts.values()
    return part


def published():
    cells.publish_due(LATER)
    return Cell.objects.get()


def dispute(sitting, now):
    row = sitting.affectestimates.order_by("cut").first()
    permit = gate.permit(row.learner.code, "course", now=now)
    return disputes.dispute(row.id, "INTEREST", permit, now=now)


def test_a_quarter_is_that_of_the_clock():
    at = TEN + timedelta(minutes=29, seconds=59)
    assert cells.quarter_of(at) == TEN + 15 * MINUTE


def test_five_people_make_a_cell_with_ranges_and_four_make_none(course, people, watch):
    five = people(5)
    watch(five[:4], CONFUSION=0.6, INTEREST=0.3)
    assert only(course).picture is None

    watch(five[4:], CONFUSION=0.6, INTEREST=0.3)

    seen = only(course, TEN + 2 * MINUTE).picture
    assert (seen.n, seen.simulated) == (5, False)
    assert set(seen.shares) == {"CONFUSION", "INTEREST"}


def test_the_part_is_the_chapter_that_played(course, video, people, watch):
    watch(people(5), CONFUSION=0.6)

    assert list(cells.running(course, now=TEN + MINUTE).parts) == [Part(video.pk, 0, None)]


def test_in_a_quiz_the_part_is_the_skill_of_the_question(course, quiz, question, people, feel):
    for person in people(5):
        sitting = sit(person, quiz, TEN)
        answer(person, question, TEN + timedelta(seconds=30), sitting=sitting)
        feel(sitting, 3, CONFUSION=0.6)

    (part,) = cells.running(course, now=TEN + MINUTE).parts
    assert part == Part(None, None, question.skills.get().pk)


def test_one_simulated_learner_is_a_group_and_says_so(course, people, watch):
    watch(people(1, simulated=True), CONFUSION=0.6)

    assert (only(course).picture.n, only(course).picture.simulated) == (1, True)


def test_a_mixed_cell_leaves_four_real_people_out(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.0)
    watch(people(4), CONFUSION=1.0)

    seen = only(course).picture
    assert (seen.n, seen.simulated) == (2, True)
    assert seen.shares == {"CONFUSION": 0}
    published()
    assert Member.objects.filter(learner__simulated=False).count() == 0


def test_a_mixed_cell_is_of_its_five_real_people_alone(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.0)
    watch(people(5), CONFUSION=1.0)

    seen = only(course).picture
    assert (seen.n, seen.simulated) == (5, False)
    assert published().n == 5
    assert Member.objects.filter(learner__simulated=True).count() == 0


def test_what_simulated_learners_said_never_stands_beside_real_people(course, people, watch):
    for sitting in watch(people(2, simulated=True), CONFUSION=0.6):
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))
    assert (only(course).stuck, only(course).picture.simulated) == (2, True)

    for sitting in watch(people(5), CONFUSION=0.6)[:4]:
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))

    part = only(course, TEN + 2 * MINUTE)
    assert (part.stuck, part.picture.simulated) == (None, False)
    assert Member.objects.filter(learner__simulated=True).count() == 0


def test_a_part_without_a_picture_says_nothing_of_the_simulated(course, people, video):
    for person in people(2, simulated=True, scopes=("pointer:adapt",)):
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))

    assert (only(course).picture, only(course).stuck) == (None, None)


def test_a_late_estimate_which_the_learner_cannot_see_does_not_count(course, people, watch, feel):
    five = people(5)
    watch(five[:4], CONFUSION=0.6)
    (sitting,) = watch(five[4:], cuts=())
    feel(sitting, 2, status="late", CONFUSION=0.6)
    assert only(course).picture is None

    feel(sitting, 3, CONFUSION=0.6)
    assert only(course, TEN + 2 * MINUTE).picture.n == 5


def test_who_did_not_switch_on_the_class_picture_is_in_no_number(course, people, watch):
    watch(people(5), CONFUSION=0.2)
    watch(people(3, scopes=("pointer:adapt",)), CONFUSION=1.0)

    assert only(course).picture.n == 5
    assert Member.objects.count() == 5


def test_it_needs_the_class_picture_for_every_stream_of_the_estimate(course, people, watch):
    both = ("pointer:adapt", "pointer:teach", "activity:adapt")
    watch(people(5, scopes=both), streams=("pointer", "activity"), CONFUSION=0.6)
    assert cells.running(course, now=TEN + MINUTE).parts == {}

    watch(people(5, scopes=(*both, "activity:teach")), streams=("pointer", "activity"), INTEREST=1)
    assert only(course, TEN + 2 * MINUTE).picture.n == 5


def test_an_estimate_of_an_older_epoch_does_not_count(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    five[0].grants.filter(scope="pointer:adapt").update(epoch=9)

    counted = admitting.admitted(course, TEN, TEN + MINUTE, now=TEN + MINUTE)
    assert {each.learner.pk for each in counted} == {person.pk for person in five[1:]}
    assert only(course).picture is None


def test_a_withdrawal_leaves_the_running_picture_at_once(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    assert only(course).picture.n == 5

    erasure.withdraw(five[0].code, ["pointer:teach"], now=TEN + MINUTE)

    assert only(course, TEN + MINUTE + timedelta(seconds=1)).picture is None


def test_a_correction_leaves_the_running_picture_at_once(course, people, watch):
    sat = watch(people(5), cuts=(2,), CONFUSION=0.6)
    assert only(course).picture.n == 5

    dispute(sat[0], TEN + MINUTE)

    assert only(course, TEN + MINUTE + timedelta(seconds=1)).picture is None


def test_what_is_new_waits_for_the_next_count_30_seconds_on(course, people, watch):
    watch(people(4), CONFUSION=0.6)
    assert only(course).picture is None
    watch(people(1), CONFUSION=0.6)

    assert only(course, TEN + MINUTE + timedelta(seconds=29)).picture is None
    assert only(course, TEN + MINUTE + timedelta(seconds=30)).picture.n == 5


def test_a_quarter_is_published_once_a_minute_after_its_end(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    cells.publish_due(TEN + 15 * MINUTE + timedelta(seconds=59))
    assert not Publication.objects.filter(quarter=TEN).exists()

    assert cells.publish_due(TEN + 16 * MINUTE) > 0

    cell = Cell.objects.get()
    assert (cell.publication.quarter, cell.n, cell.labels) == (TEN, 5, ["CONFUSION"])
    assert cells.publish_due(LATER) == 0


def test_a_second_worker_that_looked_at_the_same_moment_publishes_nothing(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    floor = taking_part.floor()

    assert [cells._publish(course, TEN, floor, LATER) for _ in range(2)] == [True, False]


def test_too_few_people_leave_a_cell_that_holds_nothing(course, people, watch):
    watch(people(4), CONFUSION=0.6)

    cell = published()

    assert (cell.n, cell.labels, cell.abstain) == (None, [], None)
    assert not Member.objects.exists()


def test_guesses_that_abstained_are_a_share_and_no_label(course, people, watch):
    five = people(5)
    watch(five, cuts=(2,))
    watch(five, cuts=(4,), CONFUSION=0.6)

    assert list(only(course).picture.shares) == ["CONFUSION"]
    assert 0 <= only(course).picture.abstain <= 100


def test_of_simulated_people_the_share_that_abstained_is_exact(course, people, watch):
    two = people(2, simulated=True)
    watch(two, cuts=(2,))
    watch(two, cuts=(4,), CONFUSION=0.6)

    seen = only(course).picture
    assert (seen.abstain, seen.shares) == (50, {"CONFUSION": 60})


def test_what_they_said_counts_people_and_keeps_the_floor(course, people, watch):
    sat = watch(people(20), CONFUSION=0.6)
    for sitting in sat:
        for _ in range(2):
            tell(sitting, "stuck", TEN + 20 * timedelta(seconds=1))
    for sitting in sat[:4]:
        tell(sitting, "got_it", TEN + 25 * timedelta(seconds=1))

    part, cell = only(course), published()
    assert part.stuck in (15, 20)
    assert part.got_it is None
    assert (cell.stuck, cell.got_it) == (part.stuck, None)


def test_a_site_without_class_pictures_counts_nothing(course, people, watch, settings):
    watch(people(5), CONFUSION=0.6)
    settings.LEGAL_PROFILE = ""

    assert cells.running(course, now=TEN + MINUTE) is None
    assert cells.publish_due(LATER) == 0
    assert not Publication.objects.exists()


def test_a_grant_taken_back_before_publishing_counts_no_more(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    with transaction.atomic():
        grants.freeze(five[0].code, ["pointer:teach"], now=TEN + 16 * MINUTE)

    assert published().n is None


def test_the_task_publishes_and_withdraws(course, people, watch, monkeypatch):
    from teaching import tasks

    watch(people(5), CONFUSION=0.6)
    monkeypatch.setattr(tasks.timezone, "now", lambda: LATER)

    tasks.publish_due()

    assert Cell.objects.get().n == 5
