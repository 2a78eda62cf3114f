"""Published cells that lose somebody: withdrawn, emptied, never counted anew."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from consent.models import Grant
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell, Member
from estimates.models.group_figures import forget_member
from privacy.erasure import erasure
from teaching.class_picture import cells
from tests.platform.teaching.class_picture.test_cells import (
    LATER,
    MINUTE,
    dispute,
    publish_only_cell,
)
from tests.platform.teaching.conftest import BOTH, TEN, sit, tell

pytestmark = pytest.mark.django_db


def test_one_learner_leaving_makes_no_second_view_of_a_published_cell(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    assert publish_only_cell().n in (5, 10)

    erasure.withdraw(six[0].code, ["pointer:adapt"], now=LATER)
    cells.publish_due(LATER + MINUTE)

    cell = Cell.objects.get()
    assert (cell.state, cell.n, cell.labels, cell.shares) == ("withdrawn", None, [], [])
    assert not Member.objects.exists()
    assert cells.publish_due(LATER + 2 * MINUTE) == 0


def test_withdrawing_only_the_class_picture_withdraws_the_cell(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()

    erasure.withdraw(six[0].code, ["pointer:teach"], now=LATER)
    cells.publish_due(LATER)

    assert Cell.objects.get().state == "withdrawn"


def test_granting_again_does_not_restore_the_cell(course, people, watch, allow):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()
    erasure.withdraw(six[0].code, ["pointer:teach"], now=LATER)
    allow(six[0], "pointer:teach", now=LATER)

    withdraw_gone()

    assert Cell.objects.get().state == "withdrawn"


def test_a_grant_renewed_without_a_withdrawal_leaves_the_cell_alone(course, people, watch, allow):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()
    Grant.objects.filter(learner=six[0]).update(expires_at=LATER)

    allow(six[0], *BOTH, now=LATER)

    assert six[0].grants.get(scope="pointer:teach").epoch == 2
    assert withdraw_gone() == 0
    assert Cell.objects.get().state == "published"


def test_a_grant_renewed_and_then_withdrawn_withdraws_the_cell(course, people, watch, allow):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()
    Grant.objects.filter(learner=six[0]).update(expires_at=LATER)
    allow(six[0], *BOTH, now=LATER)
    erasure.withdraw(six[0].code, ["pointer:teach"], now=LATER)
    allow(six[0], *BOTH, now=LATER)

    withdraw_gone()

    assert Cell.objects.get().state == "withdrawn"


def test_a_correction_withdraws_the_published_cell(course, people, watch):
    sat = watch(people(6), CONFUSION=0.6)
    publish_only_cell()

    dispute(sat[0], LATER)
    withdraw_gone()

    assert Cell.objects.get().state == "withdrawn"


def test_a_correction_stamped_before_the_publication_but_made_after_it_withdraws(
    course, people, watch
):
    sat = watch(people(6), CONFUSION=0.6)
    publish_only_cell()

    dispute(sat[0], LATER - MINUTE)
    withdraw_gone()

    assert Cell.objects.get().state == "withdrawn"


def test_a_correction_that_the_publication_knew_of_leaves_it_alone(course, people, watch):
    sat = watch(people(6), cuts=(2, 3), CONFUSION=0.6)
    dispute(sat[0], LATER)
    assert publish_only_cell().n in (5, 10)

    assert withdraw_gone() == 0
    assert Cell.objects.get().state == "published"


def test_a_correction_of_another_quarter_leaves_it_alone(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()
    sat = watch(six[:1], at=TEN + 16 * MINUTE, CONFUSION=0.6)

    dispute(sat[0], LATER)

    assert withdraw_gone() == 0


def test_an_erased_account_withdraws_its_cells(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()

    erasure.erase(six[0].code, actor=six[0].code, cause="request", now=LATER)

    assert Cell.objects.get().state == "withdrawn"


def test_an_erased_account_withdraws_cells_with_its_reports_only(course, video, people, watch):
    """Counted by what they said alone: nothing of them is sensed."""
    nine = people(9, scopes=("pointer:adapt",))
    for person in nine:
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "stuck", TEN + MINUTE / 2)
    cell = publish_only_cell()
    assert (cell.n, cell.stuck in (5, 10), cell.members.count()) == (None, True, 9)

    erasure.erase(nine[0].code, actor=nine[0].code, cause="request", now=LATER)

    cell = Cell.objects.get()
    assert (cell.state, cell.stuck) == ("withdrawn", None)


def test_withdrawing_the_class_picture_leaves_cells_of_reports_only(course, video, people, watch):
    nine = people(9)
    for person in nine:
        sitting = sit(person, video, TEN)
        tell(sitting, "play", TEN, 0.0)
        tell(sitting, "stuck", TEN + MINUTE / 2)
    publish_only_cell()

    erasure.withdraw(nine[0].code, ["pointer:teach"], now=LATER)
    withdraw_gone()

    assert Cell.objects.get().state == "published"


def test_a_correction_leaves_cells_of_reports_only(course, people, watch):
    sat = watch(people(9, scopes=("pointer:adapt",)), CONFUSION=0.6)
    for sitting in sat:
        tell(sitting, "stuck", TEN + MINUTE / 4)
    assert (publish_only_cell().n, Member.objects.count()) == (None, 9)

    dispute(sat[0], LATER)

    assert withdraw_gone() == 0
    assert Cell.objects.get().state == "published"


def test_forgetting_another_stream_leaves_the_cell_alone(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()

    assert forget_member(six[0].code, ["face:adapt"]) == 0
    assert forget_member(six[0].code, ["pointer:adapt"]) == 1
    assert Cell.objects.get().state == "withdrawn"


def test_the_database_keeps_a_withdrawn_cell_empty(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    publish_only_cell()

    with pytest.raises(IntegrityError), transaction.atomic():
        Cell.objects.update(state="withdrawn")
