"""A corrected Estimate disappears for teachers, pictures and rules within a second (I-18).

The second is measured by the clock passed to each of them; published cells are tested in
test_withdrawn_cells.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.permits import gate, restrictions
from consent.scopes import ADAPT_SCOPES
from estimates import disputes
from estimates.group_figures import eligible_estimates
from estimates.inference import affect
from estimates.inference.affect import StoredEstimate
from teaching.class_picture import cells
from tests.fixtures.models.estimates import facts_of
from tests.platform.teaching.conftest import TEN, sit

pytestmark = pytest.mark.django_db
AT = TEN + timedelta(minutes=1)
A_SECOND = timedelta(seconds=1)


def correct(sitting, cut):
    row = sitting.affectestimates.get(cut=cut)
    permit = gate.permit(sitting.learner.code, "course", now=AT)
    return disputes.dispute(row.id, "INTEREST", permit, now=AT)


def confusion_since(sitting, cut):
    """Return for how many seconds rules have seen the Estimate of this cut hold."""
    row = sitting.affectestimates.get(cut=cut)
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=AT).granted
    guess = affect.read(row, permits)
    made = StoredEstimate(row.id, cut, guess, "prior", row.predictor.digest, "simulated")
    return facts_of(made, sitting, permits)["confusion"].since_s


def test_a_corrected_estimate_resets_the_dwell_of_a_rule(mia, video, allow, feel):
    allow(mia, "pointer:adapt")
    sitting = sit(mia, video, TEN)
    for cut in (2, 3, 4):
        feel(sitting, cut, CONFUSION=0.7)
    assert confusion_since(sitting, 4) == 10
    correct(sitting, 3)
    assert confusion_since(sitting, 4) == 0


def test_the_class_picture_loses_it_within_a_second(course, people, watch):
    sat = watch(people(5, simulated=True), CONFUSION=0.6)
    assert [
        part.picture.n for part in cells.load_running_picture(course, now=AT).parts.values()
    ] == [5]
    for cut in (2, 3):
        correct(sat[0], cut)
    (left,) = cells.load_running_picture(course, now=AT + A_SECOND).parts.values()
    assert left is None or left.picture is None


def test_a_teacher_s_pages_lose_it_within_a_second(course, people, watch, client_for, ines):
    """The responses to ines before and after differ only in the picture of the class."""
    sat = watch(people(5), CONFUSION=0.6)
    admitted = eligible_estimates.select_estimates(course, TEN, AT, now=AT)
    assert len(admitted) == 10
    for cut in (2, 3):
        correct(sat[0], cut)
    after = eligible_estimates.select_estimates(course, TEN, AT, now=AT + A_SECOND)
    assert {each.learner.pk for each in after} == {each.learner.pk for each in admitted} - {
        sat[0].learner_id
    }
    for path in ("", "board/", "queue/"):
        page = client_for(ines).get(f"/teach/{course.slug}/{path}").content.decode()
        assert str(sat[0].learner.code) not in page


def test_a_learner_who_pauses_everything_is_in_no_class_picture(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    restrictions.set_restriction(five[0], "restriction", on=True, now=AT)
    found = eligible_estimates.select_estimates(course, TEN, AT, now=AT + A_SECOND)
    assert {each.learner.pk for each in found} == {person.pk for person in five[1:]}
