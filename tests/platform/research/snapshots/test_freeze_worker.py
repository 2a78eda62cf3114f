"""Freezing a Snapshot: whose Windows are stored, with which labels, and how they are sealed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import OperationalError
from django.utils import timezone

from audit.models import Leaf
from consent.permits import gate
from consent.permits.errors import Refused
from courses.media.folder_store import FolderStore
from emotion.labels import AFFECTS, OWN_WORDS
from estimates import disputes
from estimates.models import AffectEstimate
from research import tasks
from research.models import Snapshot, SnapshotRow
from research.snapshots import (
    deletion,
    freeze_worker,
    learner_windows,
    snapshot_counts,
    snapshot_reader,
    snapshot_requests,
)
from research.snapshots.ground_truth import GroundTruth
from research.studies import study_setup
from tests.fixtures.self_reports import store_report
from tests.platform.research.conftest import RESEARCH
from vault.errors import KeystoreBusy

pytestmark = pytest.mark.django_db


def test_only_learners_who_allow_research_are_included(willing, freeze, mia):
    row = freeze()
    assert row.state == "frozen"
    assert {each.learner for each in SnapshotRow.objects.all()} == {mia}


def test_windows_do_not_overlap_and_those_with_a_label_come_first(willing, freeze, mia, now):
    store_report(willing[mia], 31.0, "confusion", now)
    freeze()
    cuts = sorted(SnapshotRow.objects.values_list("cut", flat=True))
    assert 5 in cuts
    assert all(later - earlier >= 2 for earlier, later in pairwise(cuts))
    assert SnapshotRow.objects.get(cut=5).source == "report"


def test_a_persons_own_label_ranks_above_others():
    said = {5: GroundTruth("BOREDOM", "expert"), 6: GroundTruth("CONFUSION", "report")}
    assert learner_windows.select_cuts(said, 9, unlabelled=False) == {6: said[6]}


def test_only_labelled_windows_are_included_by_default(willing, freeze, mia, now):
    assert freeze(unlabelled=False).state == "none"
    store_report(willing[mia], 31.0, "confusion", now)
    row = freeze(unlabelled=False)
    assert (row.windows, row.report, row.people) == (1, 1, 1)


@pytest.mark.parametrize("word", [word for word in OWN_WORDS if word not in AFFECTS])
def test_a_word_that_no_model_gives_is_a_label_too(willing, freeze, mia, now, word):
    store_report(willing[mia], 31.0, word.lower(), now)
    (example,) = snapshot_reader.read_examples(freeze(unlabelled=False), now=now).examples
    assert (example.label, example.source) == (word, "report")


def test_a_correction_is_a_label(willing, freeze, mia, now):
    guess = AffectEstimate.objects.get(learner=mia, cut=3)
    disputes.dispute(guess.id, "BOREDOM", gate.permit(mia.code, "course", now=now), now=now)
    (example,) = snapshot_reader.read_examples(freeze(unlabelled=False), now=now).examples
    assert (example.label, example.source, example.t0) == ("BOREDOM", "dispute", 10.0)


def test_levels_are_stored_with_their_occasion_and_replace_no_label(willing, freeze, mia, now):
    guess = AffectEstimate.objects.get(learner=mia, cut=3)
    disputes.dispute(guess.id, "BOREDOM", gate.permit(mia.code, "course", now=now), now=now)
    store_report(willing[mia], 21.0, "", now, levels={"arousal": 5})
    store_report(willing[mia], 31.0, "confusion", now, levels={"valence": 2, "arousal": 8})
    store_report(willing[mia], 32.0, "", now, levels={"valence": 9}, occasion="random")
    store_report(willing[mia], 41.0, "", now, levels={"arousal": 1})
    found = snapshot_reader.read_examples(freeze(unlabelled=False), now=now).examples
    assert [(each.label, each.source, dict(each.levels), each.occasion) for each in found] == [
        ("BOREDOM", "dispute", {}, ""),
        ("CONFUSION", "report", {"valence": 2, "arousal": 8}, "own"),
        (None, "report", {"arousal": 1}, "own"),
    ]


def test_experts_labels_are_taken_by_majority(willing, task, freeze, ravi, other, now):
    from research.labels import annotation

    first, second = task.items.order_by("cut").filter(cut__in=(2, 4))
    for rater in (ravi, other):
        annotation.rate(first, rater, "CONFUSION", sure=True, now=now)
    annotation.rate(second, ravi, "CONFUSION", sure=True, now=now)
    annotation.rate(second, other, "BOREDOM", sure=True, now=now)
    row = freeze(unlabelled=False)
    (example,) = snapshot_reader.read_examples(row, now=now).examples
    assert (example.label, example.source, row.expert) == ("CONFUSION", "expert", 1)


def test_the_data_read_equals_the_data_sensed(willing, freeze, mia, now):
    from telemetry.blocks import tracks

    snapshot = snapshot_reader.read_examples(freeze(), now=now)
    example = snapshot.examples[-1]
    permit = gate.permit(mia.code, "pointer:adapt", now=now)
    window = example.window
    sensed = tracks.read(willing[mia], [permit], window.t0, window.t1)["pointer"]
    kept = window.streams["pointer"]
    assert (kept.values == sensed.values).all()
    assert (kept.mask == sensed.mask).all()
    assert (kept.times == sensed.times).all()
    assert (kept.quality, kept.backend) == (sensed.quality, sensed.backend)
    assert window.opening["pointer"].shape


def test_rows_are_sealed_and_the_trigger_refuses_one_without_live_consent(
    willing, freeze, mia, now
):
    freeze()
    row = SnapshotRow.objects.first()
    assert b"P001" not in bytes(row.sealed)
    row.pk, row.cut, row.epochs = uuid.uuid4(), 999, [row.epochs[0] + 1]
    with pytest.raises(OperationalError):
        row.save(force_insert=True)


def test_a_learner_who_withdraws_meanwhile_is_skipped(
    willing, freeze, study, course, ravi, mia, now
):
    from privacy.erasure import erasure

    row = snapshot_requests.ask(
        snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1, True), ravi, now=now
    )
    erasure.withdraw(mia.code, ["pointer:research"], now=now)
    freeze_worker.process_due(now=lambda: now)
    row.refresh_from_db()
    assert (row.state, SnapshotRow.objects.count()) == ("none", 0)


def test_after_a_killed_worker_it_continues_and_includes_no_one_twice(
    willing, study, course, ravi, mia, now
):
    store_report(willing[mia], 31.0, "confusion", now)
    row = snapshot_requests.ask(
        snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1), ravi, now=now
    )
    freeze_worker._claim(now)
    taken = freeze_worker.take_learner(row, mia, now=now)
    assert freeze_worker.process_due(now=lambda: now) == 0
    assert freeze_worker.process_due(now=lambda: now + freeze_worker.LEASE) == 1
    row.refresh_from_db()
    assert (row.state, row.tries, SnapshotRow.objects.count()) == ("frozen", 2, taken)


def test_an_outage_of_the_keys_uses_up_no_try(willing, study, course, ravi, now, monkeypatch):
    row = snapshot_requests.ask(
        snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1, True), ravi, now=now
    )

    def refuse(*_, **__):
        raise KeystoreBusy("the key service did not answer")

    with monkeypatch.context() as away:
        away.setattr(freeze_worker, "take_learner", refuse)
        for number in range(2 * freeze_worker.MAX_TRIES):
            at = now + number * freeze_worker.LEASE
            assert freeze_worker.process_due(now=lambda at=at: at) == 1
    row.refresh_from_db()
    assert (row.state, row.tries) == ("owed", 0)


def test_after_three_dead_workers_it_fails(willing, study, course, ravi, now):
    row = snapshot_requests.ask(
        snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1, True), ravi, now=now
    )
    Snapshot.objects.filter(pk=row.pk).update(tries=freeze_worker.MAX_TRIES)
    freeze_worker.process_due(now=lambda: now)
    row.refresh_from_db()
    assert row.state == "failed"


def test_copies_of_people_are_deleted_while_the_store_is_away(
    willing, freeze, ravi, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(FolderStore, "delete", lambda *_: pytest.fail("there is no archive"))
    row = freeze()
    with django_capture_on_commit_callbacks(execute=True):
        deletion.delete(row, ravi)
    assert not SnapshotRow.objects.exists()


def test_learners_are_told_that_research_read_their_data(willing, freeze, client_for, mia):
    freeze()
    assert Leaf.objects.filter(verb="snapshot.make").count() == 1
    looked = client_for(mia).get("/my-data/looked/").content.decode()
    assert "had an encrypted copy made for a study" in looked


def test_it_is_refused_to_unbound_researchers_and_after_the_end(
    willing, study, course, ravi, other, now
):
    wish = snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1)
    with pytest.raises(Refused):
        snapshot_requests.ask(wish, other, now=now)
    study_setup.name_member(study, other, ravi, now=now)
    with pytest.raises(Refused):
        snapshot_requests.ask(wish, other, now=now)
    study_setup.record_statement(study, other, now=now)
    assert snapshot_requests.ask(wish, other, now=now)
    with pytest.raises(Refused):
        snapshot_requests.ask(wish, ravi, now=now + timedelta(days=31))


def test_without_learners_who_allow_it_nothing_is_queued(course, mia, allow, study, ravi, now):
    allow(mia, "pointer:adapt", now=now)
    with pytest.raises(Refused):
        snapshot_requests.ask(
            snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1), ravi, now=now
        )
    assert not Snapshot.objects.exists()


def test_the_digest_names_these_rows(willing, freeze, now):
    row = freeze()
    assert snapshot_counts.digest_rows(row) == row.digest
    SnapshotRow.objects.first().delete()
    assert snapshot_counts.digest_rows(row) != row.digest


def test_counts_of_fewer_than_five_real_people_are_hidden(willing, freeze, mia, now):
    counts = snapshot_counts.count_readable(freeze(), now=now)
    assert (counts.people, counts.few) == (1, True)
    assert not snapshot_counts.SnapshotCounts(5, 0, 1, 0, 0, 0).few
    assert not snapshot_counts.SnapshotCounts(0, 1, 1, 0, 0, 0).few


def test_both_scopes_are_needed(willing, freeze, mia, now):
    assert snapshot_requests.open_streams({RESEARCH[1]: None}, ["pointer"]) == []


def test_the_beat_runs_it_on_the_slow_queue(willing, study, course, ravi, mia, settings):
    entry = settings.CELERY_BEAT_SCHEDULE["freeze"]
    assert (entry["task"], entry["options"]["queue"]) == (tasks.freeze_due.name, "slow")
    now = timezone.now()
    store_report(willing[mia], 31.0, "confusion", now)
    row = snapshot_requests.ask(
        snapshot_requests.SnapshotRequest(study, course, ["pointer"], 1), ravi, now=now
    )
    tasks.freeze_due()
    row.refresh_from_db()
    assert row.state == "frozen"
