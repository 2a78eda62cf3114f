"""Several Predictors in use at once, each with its own hop, span and streams."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from emotion import artefacts
from estimates.inference import predictor_inputs
from estimates.models import AffectEstimate
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from pipeline import window_inputs
from pipeline import window_processing as pipeline_windows
from privacy.erasure import erasure
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Block, Window
from tests.fixtures import factories
from tests.fixtures.emotion.signal_windows import foursub_artefact, mvp_artefact
from tests.fixtures.emotion.small_artefacts import make_tiny
from tests.fixtures.models import estimates
from tests.fixtures.models.estimates import kinds_by_cut, rows_of
from tests.fixtures.models.predictors import TenSeconds
from tests.fixtures.sockets import recordings
from tests.fixtures.sockets.recordings import sense

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]


@pytest.fixture
def sitting(mia, allow, now):
    partitions.open_days()
    allow(mia, *SCOPES)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def drain(sitting, second=62):
    at = sitting.began_at + timedelta(seconds=second)
    return pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def test_three_predictors_each_use_their_own_hop(sitting, shelf):
    three = [shelf(kind) for kind in ("affect", "mvp", "foursub")]
    sense(sitting)

    drain(sitting)

    found = kinds_by_cut(sitting)
    assert set(found) == set(range(12))
    every = {cut for cut, kinds in found.items() if kinds == {"affect", "mvp", "foursub"}}
    assert [windows.span(cut)[1] for cut in sorted(every)] == [30.0, 60.0]
    assert all(kinds == {"affect", "foursub"} for cut, kinds in found.items() if cut not in every)
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}
    assert {row.status for row in AffectEstimate.objects.filter(predictor__in=three)} == {"live"}


@pytest.fixture
def papers(settings, tmp_path):
    """Yield tiny systems of the three papers in use, and the folder of another foursub."""
    settings.ARTEFACTS_DIR = tmp_path
    predictors.load_model.cache_clear()
    made = (make_tiny(), mvp_artefact(), foursub_artefact())
    folders = [estimates.save_artefact(tmp_path, *each) for each in made]
    card, weights = artefacts.read(folders[2])
    halved = {n: w / 2 if n.startswith("network.") else w for n, w in weights.items()}
    other = artefacts.save(tmp_path, card=card, weights=halved)
    yield [predictors.promote(folder.name, now=factories.NOW) for folder in folders], other
    predictors.load_model.cache_clear()


def test_one_of_the_three_systems_can_be_replaced(sitting, papers):
    three, folder = papers
    sense(sitting, names=recordings.STREAMS)
    sitting.windows.exclude(cut__in=(5, 8, 11)).delete()
    drain(sitting)
    before = [rows_of(predictor) for predictor in three]
    assert kinds_by_cut(sitting)[11] == {"affect", "mvp", "foursub"}
    assert [sorted(rows) for rows in before] == [[5, 8, 11], [5, 11], [5, 8, 11]]
    assert set(AffectEstimate.objects.filter(cut=11).values_list("status", flat=True)) == {"live"}

    other = predictors.promote(folder.name, now=factories.NOW)
    sitting.windows.update(state="pending", due_at=sitting.began_at)
    drain(sitting)

    assert [rows_of(predictor) for predictor in three] == before
    assert sorted(rows_of(other)) == [5, 8, 11]


def test_replacing_an_artefact_changes_only_its_own_rows(sitting, shelf):
    ours = [shelf(kind) for kind in ("affect", "mvp", "foursub")]
    sense(sitting)
    drain(sitting)
    before = [rows_of(predictor) for predictor in ours]

    other = shelf("foursub", seed=2)
    sitting.windows.update(state="pending", due_at=sitting.began_at)
    drain(sitting)

    assert [rows_of(predictor) for predictor in ours] == before
    assert rows_of(other).keys() == before[2].keys()
    assert AffectEstimate.objects.count() == sum(map(len, before)) + len(before[2])


def test_an_estimate_is_sealed_under_the_scopes_it_was_made_from_and_no_others(sitting, shelf):
    shelf("affect", streams=("pointer", "heart"))
    shelf("foursub", streams=("face", "activity"))
    sense(sitting)

    drain(sitting)

    rows = AffectEstimate.objects.all()
    scopes = {(row.predictor.kind, *row.scopes) for row in rows}
    assert scopes == {
        ("affect", "pointer:adapt"),
        ("foursub", "activity:adapt", "face:adapt"),
    }


def test_withdrawn_streams_are_read_for_no_predictor(sitting, shelf, now):
    shelf("affect", streams=("pointer",))
    shelf("foursub", streams=("pointer", "face"))
    shelf("mvp", streams=("face",))
    sense(sitting)
    erasure.withdraw(sitting.learner.code, ["face:adapt"], now=now)

    drain(sitting)

    rows = AffectEstimate.objects.all()
    assert {(row.predictor.kind, *row.scopes) for row in rows} == {
        ("affect", "pointer:adapt"),
        ("foursub", "pointer:adapt"),
    }


def test_a_broken_artefact_affects_no_other_kind_and_logs_no_person(
    sitting, shelf, settings, caplog
):
    shelf("affect")
    shelf("mvp")
    broken = shelf("foursub")
    (settings.ARTEFACTS_DIR / str(broken) / "weights.safetensors").write_bytes(b"nothing")
    sense(sitting)

    drain(sitting)

    found = kinds_by_cut(sitting)
    assert found[5] == {"affect", "mvp"}
    assert not any("foursub" in kinds for kinds in found.values())
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}
    (logged,) = {record.kind for record in caplog.records if record.msg == "predictor.unusable"}
    assert logged == "foursub"
    for word in (sitting.learner.code, sitting.id, "mia"):
        assert str(word) not in caplog.text


def process_backlog(at):
    """Process a batch as if more Windows were due."""
    pipeline_windows._process_batch(windows.claim(at, 64), at, random.Random(1))


@pytest.fixture
def no_turns(monkeypatch):
    """Under a backlog, no Window is one of the secondary Predictors' share."""
    monkeypatch.setattr(pipeline_windows, "_has_turn", lambda *_: False)


@pytest.mark.usefixtures("no_turns")
def test_help_waits_only_for_the_shown_predictor(sitting, shelf, now):
    shelf("affect")
    shelf("foursub")
    sense(sitting)
    at = now + timedelta(seconds=12)

    process_backlog(at)

    assert set(kinds_by_cut(sitting)) == {0, 1}
    assert set.union(*kinds_by_cut(sitting).values()) == {"affect"}
    assert set(Window.objects.filter(cut__lt=2).values_list("state", flat=True)) == {"helped"}
    drain(sitting, 12)
    assert set.union(*kinds_by_cut(sitting).values()) == {"affect", "foursub"}


@pytest.mark.usefixtures("no_turns")
def test_secondary_predictors_skip_late_windows(sitting, shelf, now):
    shelf("affect")
    shelf("foursub")
    sense(sitting)
    at = now + timedelta(seconds=12)
    process_backlog(at)

    pipeline_windows._run_secondary(
        windows.claim(at, 64, state="helped"), at + timedelta(minutes=2)
    )

    assert set.union(*kinds_by_cut(sitting).values()) == {"affect"}
    assert set(Window.objects.filter(cut__lt=2).values_list("state", flat=True)) == {"unseen"}


def test_under_a_backlog_each_predictor_processes_its_share(sitting, shelf, now):
    shelf("affect")
    shelf("foursub")
    sense(sitting)
    at = now + timedelta(seconds=62)

    process_backlog(at)

    cuts = sorted(cut for cut, kinds in kinds_by_cut(sitting).items() if "foursub" in kinds)
    turn = -(sitting.id.int + 1) % pipeline_windows.SHARE
    assert cuts == list(range(turn, 12, pipeline_windows.SHARE))
    done = Window.objects.filter(state="done").values_list("cut", flat=True)
    assert sorted(done) == cuts
    assert Window.objects.filter(state="helped").count() == 12 - len(cuts)


def test_what_has_no_turn_under_a_backlog_is_processed_after_it(sitting, shelf, now, monkeypatch):
    monkeypatch.setattr(pipeline_windows, "BATCH", 4)
    shelf("affect")
    shelf("foursub")
    sense(sitting)

    drain(sitting, 62)

    found = kinds_by_cut(sitting)
    assert {cut: found[cut] for cut in range(12)} == {
        cut: {"affect", "foursub"} for cut in range(12)
    }
    assert AffectEstimate.objects.count() == 2 * 12


@pytest.mark.usefixtures("no_turns")
def test_a_window_without_secondary_predictors_is_done_at_once(sitting, shelf, now):
    shelf("affect")
    shelf("mvp")
    sense(sitting)
    at = now + timedelta(seconds=32)

    process_backlog(at)

    states = dict(Window.objects.filter(cut__lt=6).values_list("cut", "state"))
    assert states == dict.fromkeys(range(5), "done") | {5: "helped"}


class RecordingPredictor(TenSeconds):
    """A predictor that records its inputs."""

    def __init__(self, **said):
        self.openings = []
        for name, value in said.items():
            setattr(self, name, value)

    def opening(self, window):
        self.openings.append(window)
        return {name: np.zeros(1, np.float32) for name in window.streams}


@pytest.mark.parametrize(
    ("cut", "window_s", "opening_s", "span", "calibrated"),
    [
        (5, 155.0, 0.0, (0.0, 30.0), False),
        (11, 20.0, 30.0, (40.0, 60.0), True),
        (11, 40.0, 30.0, (20.0, 60.0), False),
    ],
)
def test_each_predictor_gets_its_span_and_its_finished_calibration(
    sitting, cut, window_s, opening_s, span, calibrated
):
    sense(sitting)
    by = RecordingPredictor(window_s=window_s, opening_s=opening_s, streams=("pointer", "eda"))
    window, now = Window(sitting=sitting, cut=cut), sitting.began_at
    (sensed,) = window_inputs.permitted_batch([window], now)
    loaded = LoadedPredictor(estimates.make_predictor_row("affect", "a"), by)

    held = window_inputs.read_blocks([sensed], [[loaded]])
    (given,) = predictor_inputs.make_inputs(loaded, [sensed], held, now)

    seen = given.cut

    assert (seen.t0, seen.t1) == span
    assert set(seen.streams) == {"pointer"}
    assert seen.streams["pointer"].times.min() >= span[0] - 1
    assert seen.streams["pointer"].times.max() < span[1]
    assert set(seen.opening) == ({"pointer"} if calibrated else set())
    assert [(w.t0, w.t1, set(w.streams)) for w in by.openings] == (
        [(0.0, opening_s, {"pointer"})] if calibrated else []
    )


@pytest.mark.parametrize(("most", "reads"), [(48, 1), (12, 2)])
def test_blocks_are_read_once_for_all_predictors_unless_more_windows_wait(
    sitting, shelf, monkeypatch, most, reads
):
    monkeypatch.setattr(pipeline_windows, "BATCH", most)
    for kind in ("affect", "mvp", "foursub"):
        shelf(kind)
    sense(sitting)

    with CaptureQueriesContext(connection) as asked:
        drain(sitting)

    assert AffectEstimate.objects.count() == 26
    assert sum("FROM telemetry_block" in row["sql"] for row in asked.captured_queries) == reads
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}


def test_windows_of_a_worker_that_dies_before_the_secondary_predictors_are_processed_again(
    sitting, shelf, now, monkeypatch
):
    shelf("affect")
    shelf("foursub")
    sense(sitting)
    at = now + timedelta(seconds=12)
    with monkeypatch.context() as dying:
        dying.setattr(pipeline_windows, "_estimate_secondary", _die)
        with pytest.raises(SystemExit):
            pipeline_windows.drain(now=lambda: at, rng=random.Random(1))
    assert set(Window.objects.filter(cut__lt=2).values_list("state", flat=True)) == {"helped"}
    assert windows.claim(at, 64, state="helped") == []

    drain(sitting, 12 + windows.LEASE.total_seconds() + 1)

    assert kinds_by_cut(sitting)[1] == {"affect", "foursub"}


def _die(*_):
    raise SystemExit


def test_an_unreadable_stream_affects_only_its_predictors(sitting, shelf, caplog):
    shelf("mvp", streams=("face",))
    shelf("foursub", streams=("activity",))
    sense(sitting)
    Block.objects.filter(stream="face").update(sealed=b"\x01 not what was sealed")

    drain(sitting)

    assert kinds_by_cut(sitting) == {cut: {"foursub"} for cut in range(12)}
    assert "window.unreadable" in caplog.text
    assert set(Window.objects.values_list("state", flat=True)) == {"done"}
