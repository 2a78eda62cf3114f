"""Reading a Snapshot: under live Permits alone, the same bytes each time, gone after withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from emotion.datasets import snapshot as data
from privacy import recent_deletion
from privacy.erasure import erasure
from privacy.export import row_decryption
from privacy.export.tables import tables_of
from privacy.retention import expiry
from research.models import Snapshot, SnapshotRow
from research.snapshots import sealed_rows, snapshot_counts, snapshot_reader
from research.studies import study_approval, study_setup
from tests.fixtures.self_reports import store_report
from tests.platform.privacy.conftest import own_keystore  # noqa: F401
from tests.platform.research.conftest import BOTH, RESEARCH
from vault.errors import KeyDestroyed
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db


def test_the_same_members_give_the_same_bytes(two, freeze, now):
    row = freeze(*BOTH)
    first = data.dumps(snapshot_reader.read_examples(row, now=now))
    assert data.dumps(snapshot_reader.read_examples(row, now=now)) == first
    assert data.dumps(data.loads(first)) == first


def test_people_and_units_go_by_codes_of_the_study(two, freeze, video, now):
    found = snapshot_reader.read_examples(freeze(*BOTH), now=now)
    assert {each.person for each in found.examples} == {"P001", "P002"}
    told = data.dumps(found)
    for secret in (str(video.code), video.title, *(str(person.code) for person in two)):
        assert secret.encode() not in told


def test_within_a_study_a_person_keeps_their_number(two, freeze, mia, now):
    def numbers():
        permits = two_permits(mia, now)
        return {
            sealed_rows.read(row, permits)["person"]
            for row in SnapshotRow.objects.filter(learner=mia).select_related("learner")
        }

    freeze(*BOTH)
    before = numbers()
    freeze(*BOTH)
    assert len(before) == 1
    assert numbers() == before


def two_permits(person, now):
    from consent.permits import gate

    return gate.permits(person.code, [f"{name}:research" for name in BOTH], now=now).granted


def test_two_studies_cannot_be_joined(two, freeze, ravi, amir, study, now):
    other = study_setup.begin_study(
        "Another", "EK 2", study.last_day - timedelta(days=1), ravi, now=now
    )
    study_setup.record_statement(other, ravi, now=now)
    other = study_approval.answer(other.id, "approved", amir, now=now)
    one, two_ = (
        snapshot_reader.read_examples(freeze(*BOTH, of=each), now=now) for each in (study, other)
    )
    for field in ("material",):
        shared = {getattr(e, field) for e in one.examples} & {
            getattr(e, field) for e in two_.examples
        }
        assert not shared
    assert one.facts["study"] != two_.facts["study"]
    rows = SnapshotRow.objects.order_by("sitting", "cut", "scopes", "snapshot")
    digests = [bytes(row.digest) for row in rows]
    assert len(set(digests)) == len(digests)


def test_a_number_is_never_reused(two, freeze, mia, noah, study, allow, now):
    freeze(*BOTH)
    erasure.withdraw(mia.code, [f"{name}:research" for name in BOTH], now=now)
    allow(mia, *(f"{name}:research" for name in BOTH))
    found = snapshot_reader.read_examples(freeze(*BOTH), now=now)
    study.refresh_from_db()
    assert study.people == 3
    assert "P003" in {each.person for each in found.examples}


@pytest.mark.parametrize("scope", ["pointer:adapt", "pointer:research"])
def test_withdrawing_a_stream_shrinks_it_by_that_stream_alone(two, freeze, mia, now, scope):
    row = freeze(*BOTH)
    whole = snapshot_counts.count_readable(row, now=now)
    erasure.withdraw(mia.code, [scope], now=now)
    row.refresh_from_db()
    assert row.shrunk_at
    assert not SnapshotRow.objects.filter(learner=mia, scopes=["pointer:research"]).exists()
    left = SnapshotRow.objects.filter(learner=mia, scopes=["activity:research"])
    assert left.count() > 0
    assert snapshot_counts.count_readable(row, now=now) == whole
    found = snapshot_reader.read_examples(row, now=now)
    streams = {each.person: set(each.window.streams) for each in found.examples}
    assert sorted(map(sorted, streams.values())) == [["activity"], ["activity", "pointer"]]


def test_an_erased_person_is_gone_and_the_counts_say_so(two, freeze, mia, noah, amir, now):
    row = freeze(*BOTH)
    erasure.erase(mia.code, actor=amir.code, cause="request", now=now)
    row.refresh_from_db()
    found = snapshot_reader.read(row, now=now)
    assert row.shrunk_at
    assert len({each.person for each in found.snapshot.examples}) == 1
    assert found.people_gone == 1
    assert found.windows_gone == row.windows - len(found.snapshot.examples) > 0
    assert snapshot_counts.count_readable(row, now=now).people == 1
    assert snapshot_counts.counts_when_frozen(row).people == 2


def test_a_paused_person_is_left_out_and_comes_back(two, freeze, mia, now):
    from privacy.subject_requests import requests

    row = freeze(*BOTH)
    requests.switch(mia, "restriction", on=True, now=now)
    assert snapshot_reader.read(row, now=now).people_gone == 1
    requests.switch(mia, "restriction", on=False, now=now)
    assert snapshot_reader.read(row, now=now).people_gone == 0


def test_a_new_consent_does_not_open_rows_of_the_old_one(two, freeze, mia, now):
    row = freeze(*BOTH)
    SnapshotRow.objects.filter(learner=mia).update(epochs=[99])
    assert snapshot_reader.read(row, now=now).people_gone == 1


def test_an_expert_label_is_deleted_with_any_stream_viewed(
    two, course, freeze, ravi, mia, noah, now
):
    from random import Random

    from research.labels import annotation, sampling

    task = sampling.draw(course, BOTH, ravi, rng=Random(1), now=now)
    for item in task.items.filter(learner=mia):
        annotation.rate(item, ravi, "CONFUSION", sure=True, now=now)
    row = freeze("activity", unlabelled=False)
    assert snapshot_reader.read_examples(row, now=now).examples[0].source == "expert"
    kept = SnapshotRow.objects.filter(learner=mia).values_list("said", flat=True).first()
    assert kept
    erasure.withdraw(mia.code, ["pointer:research"], now=now)
    left = SnapshotRow.objects.filter(learner=mia)
    assert set(left.values_list("source", flat=True)) == {""}
    assert all(each.label is None for each in snapshot_reader.read_examples(row, now=now).examples)


@pytest.mark.parametrize(
    ("frozen", "later", "left"),
    [(1, 9, 0), (9999, 4, 0), (1, 60, 4)],
    ids=["frozen since", "sensed since", "long ago"],
)
def test_deleting_the_last_minutes_takes_them_out_of_what_was_frozen(
    two, freeze, mia, noah, now, frozen, later, left
):
    row, minute = freeze(*BOTH), timedelta(minutes=1)
    SnapshotRow.objects.update(made_at=now - frozen * minute)
    recent_deletion.delete_recent(mia, ["pointer:adapt"], now=now + later * minute)
    row.refresh_from_db()
    pointer = SnapshotRow.objects.filter(scopes=["pointer:research"])
    assert min(pointer.filter(learner=mia).count(), 4) == left
    assert bool(row.shrunk_at) is (left == 0)
    assert pointer.filter(learner=noah).count() > 4
    assert SnapshotRow.objects.filter(learner=mia, scopes=["activity:research"]).count() > 4


def test_a_personal_copy_includes_ones_snapshot_rows(two, freeze, mia, noah, now):
    store_report(two[mia], 31.0, "confusion", now)
    freeze(*BOTH)
    copy = row_decryption.copy_for(mia, now=now)
    (table,) = [t for t in tables_of(copy) if t.name == "research_snapshotrow"]
    lines = list(table.rows(copy))
    assert len(lines) == SnapshotRow.objects.filter(learner=mia).count()
    assert all(line["sealed"]["values"] and not line["_unreadable"] for line in lines)
    assert "CONFUSION" in {line["said"]["label"] for line in lines if line["said"]}


def test_one_that_is_not_frozen_cannot_be_read(study, course, now):
    row = Snapshot(study=study, course=course, state="owed")
    with pytest.raises(ValueError, match="frozen"):
        snapshot_reader.read_examples(row, now=now)


def test_two_years_after_its_end_a_study_has_no_key_and_no_rows(
    own_keystore,  # noqa: F811
    willing,
    freeze,
    study,
    now,
):
    row = freeze()
    kept = SnapshotRow.objects.select_related("learner").first()
    two_years = study.ends_at + timedelta(days=730)
    expiry.delete_expired(now=two_years - timedelta(seconds=1))
    assert SnapshotRow.objects.exists()
    assert open_keystore().has_key(bytes.fromhex(study.key))
    expiry.delete_expired(now=two_years + timedelta(seconds=1))
    assert not SnapshotRow.objects.exists()
    with pytest.raises(KeyDestroyed):
        snapshot_reader.read_examples(row, now=now)
    permits = {RESEARCH[1]: two_permits(kept.learner, now)[RESEARCH[1]]}
    with pytest.raises(KeyDestroyed):
        sealed_rows.read(kept, permits)
