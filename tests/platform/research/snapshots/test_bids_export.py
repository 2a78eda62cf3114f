"""Export of a Snapshot: who may export, what is in it, and that it reads back the same."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
from datetime import datetime, time, timedelta

import pytest

from accounts.people import make_person, name_of
from audit.models import Leaf
from consent.permits.errors import Refused
from emotion.datasets import bids
from emotion.datasets import snapshot as data
from emotion.datasets.clips import iterate_clips
from privacy.erasure import erasure
from research.snapshots import bids_export, snapshot_reader
from research.studies import study_setup
from tests.fixtures import factories
from tests.fixtures.self_reports import store_report
from tests.fixtures.users import NOW, PASSWORD
from tests.platform.research.conftest import BOTH

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(two, more, freeze, mia, now):
    store_report(two[mia], 31.0, "confusion", now)
    return freeze(*BOTH)


def opened(packed):
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_reads_back_as_the_same_snapshot_byte_for_byte(row, ravi, now):
    found = opened(bids_export.export(row, ravi, now=now))
    whole = data.dumps(snapshot_reader.read_examples(row, now=now))
    assert data.dumps(bids.read(found)) == whole
    found.pop("sub-P001/sub-P001_sessions.tsv")
    assert data.digest(data.dumps(bids.read(found))) == data.digest(whole)


def test_sittings_are_told_apart_by_number_so_that_their_windows_can_be_joined(
    two, more, freeze, sense_all, mia, ravi, now
):
    store_report(two[mia], 101.0, "confusion", now)
    store_report(sense_all(mia), 101.0, "interest", now)
    row = freeze(*BOTH)
    found = bids.read(opened(bids_export.export(row, ravi, now=now)))
    assert data.dumps(found) == data.dumps(snapshot_reader.read_examples(row, now=now))
    marks = {(each.person, each.sitting) for each in found.examples}
    twice = [person for person, sitting in marks if sitting == 2]
    assert len(twice) == 1
    assert marks == {(f"P00{n}", 1) for n in range(1, 6)} | {(twice[0], 2)}
    joined = list(iterate_clips(found.examples))
    assert {each.said.label for each in joined} == {"CONFUSION", "INTEREST"}
    assert [(each.window.t0, each.window.t1) for each in joined] == [(0.0, 100.0)] * 2


def test_the_same_members_give_the_same_file(row, ravi, now):
    assert bids_export.export(row, ravi, now=now) == bids_export.export(row, ravi, now=now)


def test_nothing_in_it_identifies_a_person_a_place_or_this_site(row, two, ravi, course, video, now):
    packed = bids_export.export(row, ravi, now=now)
    found = opened(packed)
    every = {**found, **{n: gzip.decompress(c) for n, c in found.items() if n.endswith(".gz")}}
    secrets = [course.title, course.slug, str(course.code), video.title, str(video.code)]
    secrets += [row.study.title, row.study.approval, str(row.study.id), str(row.id), row.study.key]
    secrets += [str(now.year), "school.example", "localhost", name_of(ravi), str(ravi.code)]
    for person, sitting in two.items():
        secrets += [name_of(person), str(person.code), person.code.hex, str(sitting.id)]
        secrets += [str(sitting.page), sitting.began_at.date().isoformat()]
    texts = {name: content.lower() for name, content in every.items()}
    texts["the names of its files"] = "\n".join(found).encode().lower()
    for secret in secrets:
        for name, content in texts.items():
            assert secret.lower().encode() not in content, (secret, name)
    assert len(every) > 10


def test_days_are_shifted_each_person_by_their_own_and_have_no_time_of_day(row, ravi, now):
    found = opened(bids_export.export(row, ravi, now=now))
    began = {
        name: datetime.fromisoformat(content.decode().split()[-1])
        for name, content in found.items()
        if name.endswith("_sessions.tsv")
    }
    assert len(began) == len(set(began.values())) == 5
    for moment in began.values():
        assert moment.year < 1927
        assert moment.time() == time.min


CLOCK = re.compile(rb"\d{1,2}:\d{2}(?::\d{2})?")


def test_no_file_has_a_time_of_day(row, two, mia, ravi, now):
    """No time of day and no Unix time; midnight of the shifted days is allowed."""
    began = two[mia].began_at.timestamp()
    seconds = [str(int(began) + each).encode() for each in range(-60, 180)]
    found = opened(bids_export.export(row, ravi, now=now))
    every = {**found, **{n: gzip.decompress(c) for n, c in found.items() if n.endswith(".gz")}}
    for name, content in every.items():
        clocks = {hit[0] for hit in CLOCK.finditer(content)}
        assert name.endswith(".gz") or clocks <= {b"00:00:00"}, (name, clocks)
        assert not [each for each in seconds if each in content], name


def test_each_export_is_a_leaf_and_one_about_each_person_in_it(row, ravi, client_for, mia, now):
    bids_export.export(row, ravi, now=now)
    leaves = Leaf.objects.filter(verb="snapshot.export")
    assert (leaves.count(), leaves.filter(subject_ref=None).count()) == (6, 1)
    looked = client_for(mia).get("/my-data/looked/").content.decode()
    assert "exported a copy from this site" in looked


def test_only_a_bound_researcher_exports_it_while_the_study_is_active(row, ravi, other, now):
    for person in (other, ravi):
        at = now if person is other else row.study.ends_at
        with pytest.raises(Refused):
            bids_export.export(row, person, now=at)
    study_setup.name_member(row.study, other, ravi, now=now)
    with pytest.raises(Refused):
        bids_export.export(row, other, now=now)
    study_setup.record_statement(row.study, other, now=now)
    assert bids_export.export(row, other, now=now)
    assert bids_export.export(row, ravi, now=row.study.ends_at - timedelta(seconds=1))


def test_withdrawn_people_are_in_no_export_and_four_people_are_too_few(
    two, more, freeze, course, allow, sense_all, ravi, mia, noah, now
):
    sixth = make_person("dora", name="dora", roles=[], password=PASSWORD, now=NOW)
    factories.make_enrolment(sixth, course)
    allow(sixth, *(f"{name}:{each}" for name in BOTH for each in ("adapt", "research")))
    sense_all(sixth)
    row = freeze(*BOTH)
    erasure.withdraw(mia.code, [f"{name}:research" for name in BOTH], now=now)
    found = opened(bids_export.export(row, ravi, now=now))
    assert found["participants.tsv"].count(b"sub-P") == 5
    erasure.withdraw(noah.code, [f"{name}:research" for name in BOTH], now=now)
    with pytest.raises(Refused, match="Fewer than five"):
        bids_export.export(row, ravi, now=now)
    assert Leaf.objects.filter(verb="snapshot.export", subject_ref=None).count() == 1
