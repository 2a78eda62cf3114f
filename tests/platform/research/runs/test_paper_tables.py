"""A paper's tables as a Run: real processes on tiny data, resumed, shown, and refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.models import Leaf
from emotion.benchmarks.affect.plan import PROFILES
from emotion.benchmarks.papers.benchmark import EXTENTS, PAPERS
from estimates.models import Predictor
from research.models import Run
from research.runs import run_requests, training_worker
from research.runs.paper_tables import EXTENT_NAMES, build_tables
from research.runs.training_process import TrainingProcess
from research.runs.view_model import PAPER_TITLES
from tests.fixtures.emotion import paper_folders
from tests.platform.research.conftest import BOTH

pytestmark = pytest.mark.django_db
TABLES, RUNS = "/research/tables/", "/research/runs/"
INTERVAL = re.compile(r"\d\.\d{3} \(-?\d\.\d{3}–-?\d\.\d{3}\)")


class WorkerKilled(BaseException):
    """The worker is gone, as after a kill."""


@pytest.fixture
def wesad(settings, tmp_path):
    """The operator's folder with one tiny data set."""
    settings.DATA_SETS_DIR = tmp_path
    return paper_folders.write_wesad(tmp_path / "wesad")


def start(page, **fields):
    told = {"paper": "3", "extent": "quick", "data": "", **fields}
    return page.post(f"{TABLES}start/", told, follow=True)


def main(answer):
    return answer.content.decode().split("<main", 1)[1].split("</main>")[0]


def sections(page):
    """Return the text of each table's section by its name."""
    parts = re.findall(r'<section .*?<h2 [^>]*lang="en">(.*?)</h2>(.*?)</section>', page, re.DOTALL)
    return dict(parts)


def finish(run, later=timedelta()):
    training_worker.process_due(now=lambda: timezone.now() + later)
    run.refresh_from_db()


def test_simulated_people_give_tables_with_intervals_and_reasons(client_for, ravi, shelves):
    page = client_for(ravi)
    assert "Waiting" in main(start(page))
    run = Run.objects.get()
    finish(run)
    assert (run.state, run.artefact, run.simulated) == ("done", "", True)
    assert run.epoch == run.epochs > 10
    assert not Predictor.objects.exists()
    assert not training_worker.folder_of(run).exists()
    shown = sections(main(page.get(f"{RUNS}{run.id}/")))
    assert {"baselines", "Table 2", "Table 4", "Table 5", "Figure 9", "equations 3-4"} <= set(shown)
    assert all("Simulated people" in part for part in shown.values())
    assert len(INTERVAL.findall(shown["Figure 9"])) >= 4 * 4
    assert "Not computed" in shown["facial sub-network"]
    assert "needs pictures of faces" in shown["Table 2"]
    assert {line["paper"] for line in run.figures["rows"]} == {3}


def test_a_killed_worker_is_followed_by_one_that_fits_only_the_rest(
    client_for, ravi, shelves, wesad, monkeypatch
):
    assert "wesad (wesad)" in main(client_for(ravi).get(TABLES))
    start(client_for(ravi), data="wesad")
    run, read = Run.objects.get(), TrainingProcess.read_output

    def die(self, seconds):
        if self.epoch[0] > 2:
            raise WorkerKilled
        return read(self, seconds)

    monkeypatch.setattr(TrainingProcess, "read_output", die)
    with pytest.raises(WorkerKilled):
        training_worker.process_due(now=timezone.now)
    before = fits_of(run)
    monkeypatch.setattr(TrainingProcess, "read_output", read)
    monkeypatch.setattr(training_worker, "_delete_folder", lambda _run: None)
    finish(run, training_worker.PREPARES)
    assert (run.state, run.tries, run.data_folder) == ("done", 2, "wesad")
    after = fits_of(run)
    assert len(before) > 3
    assert before.items() < after.items()
    assert "Simulated" not in "".join(sections(main(client_for(ravi).get(f"{RUNS}{run.id}/"))))


def fits_of(run):
    """Return when each stored fit was written."""
    found = training_worker.folder_of(run).rglob("*.npz")
    return {path: path.stat().st_mtime_ns for path in found}


def test_a_data_set_that_is_gone_fails_the_run(client_for, ravi, shelves, wesad, settings):
    start(client_for(ravi), data="wesad")
    settings.DATA_SETS_DIR = wesad / "S2"
    run = Run.objects.get()
    finish(run)
    assert run.state == "failed"
    assert "computed no table" in main(client_for(ravi).get(f"{RUNS}{run.id}/"))


def test_a_snapshot_without_reports_says_so_for_each_table(two, freeze, client_for, ravi, shelves):
    snapshot = freeze(*BOTH)
    start(client_for(ravi), data=str(snapshot.id))
    run = Run.objects.get()
    finish(run)
    shown = sections(main(client_for(ravi).get(f"{RUNS}{run.id}/")))
    assert (run.state, run.snapshot) == ("done", snapshot)
    assert "expected Windows with a label" in shown["Figure 9"]


def test_a_start_that_cannot_be_is_answered_and_nothing_is_queued(client_for, ravi):
    page = client_for(ravi)
    for fields in ({"paper": "4"}, {"paper": ""}, {"extent": "huge"}):
        assert start(page, **fields).status_code == 422
    assert start(page, data="nowhere").status_code == 404
    assert not Run.objects.exists()


def test_tables_and_trainings_are_listed_apart(client_for, ravi, now):
    page = client_for(ravi)
    tables = run_requests.start_tables(1, "small", None, ravi, now=now)
    training = run_requests.start("prior", None, ravi, now=now)
    assert str(training.id) not in main(page.get(TABLES))
    assert str(tables.id) not in main(page.get(RUNS))
    assert Leaf.objects.get(public__contains=str(tables.id)).public.startswith("data=simulated")


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipe": "papers"},
        {"recipe": "prior", "paper": 1, "extent": "quick"},
        {"recipe": "papers", "paper": 4, "extent": "quick"},
        {"recipe": "papers", "paper": 1, "extent": "huge"},
        {"recipe": "prior", "data_folder": "deap"},
        {"recipe": "papers", "paper": 1, "extent": "quick", "data_folder": "../deap"},
    ],
)
def test_the_table_refuses_a_run_that_is_neither(wrong, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.create(asked_by=bytes(32), asked_at=now, due_at=now, **wrong)


def test_every_paper_and_extent_has_a_name():
    assert set(EXTENT_NAMES) == set(EXTENTS) == set(PROFILES)
    assert set(PAPER_TITLES) == set(PAPERS)


def test_a_row_without_figures_is_text_and_keeps_no_points():
    line = {"table": "Figure 4", "row": "ROC", "roc": {"0": [[0, 0]]}, "auc": 0.5}
    counts = {"table": "Figure 4", "row": "Raw", "counts": {"low": 24, "high": 51}}
    (table,) = build_tables({"rows": [line, counts]})
    assert [(other.name, other.text) for other in table.others] == [
        ("ROC", "AUC: 0.500"),
        ("Raw", "windows: low 24, high 51"),
    ]


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ({"counts": {"INTEREST": 91}}, "windows: interest 91"),
        ({"confusion": [[3, 1], [2, 4]]}, "counts by true and given state: [[3, 1], [2, 4]]"),
        ({"bars": {"micro_f1": 0.5, "macro_f1": 0.4}}, "scores: micro-F1 0.500, Macro-F1 0.400"),
        ({"train": [1.5], "valid": [1.6]}, "training loss by epoch: [1.5]; validation loss"),
        ({"rows": [1], "columns": [2], "grid": [[0.5]]}, "macro-F1 by row and column: [[0.5]]"),
        ({"f1": [0.5, 0.4, 0.6], "clips": 9}, "F1: 0.500 (0.400–0.600); clips: 9"),
    ],
)
def test_a_result_shows_words_for_its_parts(part, text):
    (table,) = build_tables({"rows": [{"table": "Figure 3", "row": "x", **part}]})
    assert text in table.others[0].text
