"""A real export is read back by `tests.oracles.attune_export`."""

from __future__ import annotations

import io
import uuid
import zipfile

import numpy as np
import pytest
from django.utils import timezone

from consent.permits import gate
from emotion.windows import span
from estimates import disputes, self_reports
from estimates.models import AffectEstimate
from privacy.export import data_export
from telemetry.blocks import tracks
from telemetry.devices import devices
from tests.fixtures.sockets import recordings
from tests.oracles import attune_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def zipped(lives, tmp_path):
    """Return a life with self-reports, and the path of its export."""
    life, now = lives("mia"), timezone.now()
    permit = gate.permit(life.code, "course", now=now)
    self_reports.store(life.sitting, uuid.uuid4(), 21.5, "confusion", permit, now=now)
    disputes.dispute(AffectEstimate.objects.get().id, "INTEREST", permit, now=now)
    path = tmp_path / "copy.zip"
    path.write_bytes(b"".join(data_export.stream(life.person, now=now)))
    return life, path


def test_sensor_data_is_read_back_exactly(zipped):
    life, path = zipped
    (found,) = attune_export.iterate_sittings(path)
    assert (found.person, found.sitting) == (str(life.code), str(life.sitting.id))
    assert (found.scenario, found.closed, found.backend) == ("course", 0, "")
    now = timezone.now()
    permits = [gate.permit(life.code, f"{name}:adapt", now=now) for name in found.chunks]
    live = tracks.read(life.sitting, permits, 20.0, 30.0)
    seen = found.window(20.0, 30.0).streams
    assert set(seen) == set(live) == {"pointer", "typing", "activity"}
    for name, track in live.items():
        np.testing.assert_array_equal(seen[name].values, track.values)
        np.testing.assert_array_equal(seen[name].mask, track.mask)
        np.testing.assert_array_equal(seen[name].times, track.times)
        assert seen[name].quality == track.quality


def test_the_backend_of_a_stream_is_read_back_with_its_unit(zipped, tmp_path, allow):
    life, _ = zipped
    sitting, now = life.sitting, timezone.now()
    allow(life.person, "ecg:adapt", now=now)
    recordings.store(sitting, {"ecg": (np.arange(3) / 130, np.array([[2], [-7], [11]]))}, now=now)
    under = gate.permit(life.code, "ecg:adapt", now=timezone.now())
    devices.store(sitting, uuid.uuid4(), "polar_h10", 2.5, 1.0, under, now=timezone.now())
    path = tmp_path / "worn.zip"
    path.write_bytes(b"".join(data_export.stream(life.person, now=timezone.now())))

    (found,) = attune_export.iterate_sittings(path)
    (chunk,) = found.chunks["ecg"]
    assert (chunk.backend, chunk.values[:, 0].tolist()) == ("polar_h10", [5.0, -17.5, 27.5])
    seen = found.window(0.0, 10.0).streams
    assert (seen["ecg"].backend, seen["pointer"].backend) == ("polar_h10", "")


def test_reports_are_read_back_and_corrections_override_them(zipped):
    (found,) = attune_export.iterate_sittings(zipped[1])
    corrected = span(AffectEstimate.objects.get().cut)[1]
    told = [(one.t, one.label, one.correction) for one in found.said]
    assert told == [(corrected, "interest", True), (21.5, "confusion", False)]
    assert found.label(20.0, 30.0) == "confusion"
    assert found.label(0.0, 30.0) == "interest"
    assert found.label(30.0, 40.0) is None


def test_the_unpacked_folder_reads_like_the_zip(zipped, tmp_path):
    _, path = zipped
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "copy")
    (one,), (other,) = (
        attune_export.iterate_sittings(path),
        attune_export.iterate_sittings(tmp_path / "copy"),
    )
    assert one.said == other.said
    for name, chunks in one.chunks.items():
        assert len(chunks) == len(np.unique(np.floor(recordings.recording()[name][0])))
        for ours, theirs in zip(chunks, other.chunks[name], strict=True):
            np.testing.assert_array_equal(ours.values, theirs.values)


def test_a_person_without_sensor_data_has_no_recording(mia, tmp_path):
    raw = io.BytesIO(b"".join(data_export.stream(mia, now=timezone.now())))
    path = tmp_path / "none.zip"
    path.write_bytes(raw.getvalue())
    assert list(attune_export.iterate_sittings(path)) == []
