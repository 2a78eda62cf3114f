"""Labelling: which moments are drawn, what raters see, and the effect of a withdrawal."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, transaction

from audit.models import Leaf
from consent.permits.errors import Refused
from emotion import streams
from privacy.erasure import erasure
from research.labels import annotation, sampling, signal_plots
from research.labels.rater_agreement import measure_task_agreement
from research.models import Label, LabelItem, LabelTask
from tests.platform.research.conftest import RESEARCH, STREAMS

pytestmark = pytest.mark.django_db


def one(task):
    return task.items.select_related("learner", "sitting__learner", "task").order_by("cut").first()


def test_only_learners_who_allow_research_are_drawn(task, mia):
    assert {item.learner for item in task.items.all()} == {mia}
    assert sorted(task.items.values_list("cut", flat=True)) == [2, 3, 4, 5]


def test_no_learner_gives_more_moments_than_another(course, mia, allow, sense, ravi, now):
    allow(mia, *RESEARCH, now=now)
    sense(mia, cuts=range(2, 2 + sampling.MAX_PER_LEARNER + 5))
    task = sampling.draw(course, STREAMS, ravi, rng=Random(1), now=now)
    assert task.items.count() == sampling.MAX_PER_LEARNER


def test_without_learners_who_allow_research_nothing_is_created(
    course, noah, allow, sense, ravi, now
):
    allow(noah, "pointer:adapt", now=now)
    sense(noah)
    with pytest.raises(Refused):
        sampling.draw(course, STREAMS, ravi, rng=Random(1), now=now)
    assert not LabelTask.objects.exists()


def test_a_moment_is_plotted_as_lines_with_gaps(task, ravi, now):
    moment = signal_plots.open_moment(one(task), ravi, now=now)
    (trace,) = moment.traces
    assert [line.name for line in trace.lines] == list(streams.stream("pointer").plotted)
    assert all(line.path.startswith("M") for line in trace.lines)
    assert moment.seconds == 15
    assert moment.shade == pytest.approx(signal_plots.WIDTH / 3, abs=0.1)


def test_each_view_is_audited_about_its_learner(task, ravi, mia, now):
    signal_plots.open_moment(one(task), ravi, now=now)
    assert Leaf.objects.filter(verb="label.view").count() == 1


@pytest.mark.parametrize("scope", RESEARCH)
def test_after_a_withdrawal_a_moment_is_hidden_and_its_labels_deleted(task, ravi, mia, now, scope):
    item = one(task)
    annotation.rate(item, ravi, "CONFUSION", sure=True, now=now)
    erasure.withdraw(mia.code, [scope], now=now)
    with pytest.raises(Refused):
        signal_plots.open_moment(item, ravi, now=now)
    assert not Label.objects.exists()
    assert not LabelItem.objects.filter(learner=mia).exists()


def test_a_new_consent_does_not_open_moments_of_the_old_one(task, ravi, mia, allow, now):
    item = one(task)
    LabelItem.objects.filter(pk=item.pk).update(epochs=[epoch - 1 for epoch in item.epochs])
    item.refresh_from_db()
    with pytest.raises(Refused):
        signal_plots.open_moment(item, ravi, now=now)
    assert item not in annotation.open_items(task, now=now)


def test_the_trigger_refuses_a_label_without_live_consent(task, ravi, mia, now):
    row = annotation.rate(one(task), ravi, "CONFUSION", sure=True, now=now)
    with pytest.raises(OperationalError, match="no live grant"):
        Label.objects.filter(pk=row.pk).update(epochs=[9, 9])


def test_a_label_is_sealed_and_a_second_one_replaces_it(task, ravi, now):
    item = one(task)
    annotation.rate(item, ravi, "CONFUSION", sure=False, now=now)
    annotation.rate(item, ravi, "BOREDOM", sure=True, now=now)
    row = Label.objects.get()
    assert annotation.read(row, signal_plots.require_permits(item, now=now)) == {
        "label": "BOREDOM",
        "sure": True,
    }
    assert b"BOREDOM" not in bytes(row.sealed)


def test_an_unknown_label_is_refused(task, ravi, now):
    with pytest.raises(ValueError, match="expected a label"):
        annotation.rate(one(task), ravi, "LAZY", sure=True, now=now)


def test_each_rater_sees_the_moments_in_another_order(task, ravi):
    items = list(task.items.all())
    first = [item.pk for item in annotation.order_for(items, ravi)]
    assert first == [item.pk for item in annotation.order_for(items[::-1], ravi)]
    # Two raters may get the same of 24 orders, but never eight.
    raters = [SimpleNamespace(code=uuid4()) for _ in range(8)]
    assert len({tuple(i.pk for i in annotation.order_for(items, rater)) for rater in raters}) > 1


def test_it_goes_on_where_a_rater_stopped_and_leads_back_to_the_last(task, ravi, now):
    items = annotation.open_items(task, now=now)
    first = annotation.next_item(items, ravi)
    annotation.rate(first, ravi, "INTEREST", sure=True, now=now)
    assert annotation.next_item(items, ravi) != first
    assert annotation.last_item(items, ravi) == first
    assert annotation.measure_progress(items, ravi) == annotation.LabelProgress(1, 4)


def test_agreement_is_counted_over_what_both_could_tell(task, ravi, other, now):
    for item, mine, theirs in zip(
        task.items.order_by("cut"),
        ("CONFUSION", "BOREDOM", "CONFUSION", "INTEREST"),
        ("CONFUSION", "BOREDOM", "BOREDOM", annotation.CANNOT_TELL),
        strict=True,
    ):
        annotation.rate(item, ravi, mine, sure=True, now=now)
        annotation.rate(item, other, theirs, sure=True, now=now)
    found = measure_task_agreement(task, now=now)
    # Three moments: observed 2/3, expected (2·1 + 1·2)/9, kappa (2/3 - 4/9)/(5/9) = .4.
    assert found.alpha.value == pytest.approx(0.4)
    assert (found.alpha.n, found.cannot_tell, found.people) == (3, 1, 1)
    assert found.alpha.low is None


def test_one_rater_alone_is_no_agreement(task, ravi, now):
    annotation.rate(one(task), ravi, "CONFUSION", sure=True, now=now)
    assert measure_task_agreement(task, now=now).alpha is None


@pytest.mark.parametrize("text", ["", "reports", "Mia", "mia was here", "face,gaze"])
def test_the_database_refuses_a_text_that_is_no_stream_name(task, text):
    with pytest.raises(IntegrityError, match="labeltask_streams"), transaction.atomic():
        LabelTask.objects.filter(id=task.id).update(streams=["pointer", text])
